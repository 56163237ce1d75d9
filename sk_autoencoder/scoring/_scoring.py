"""What every way to score outliers can do."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder.networks import Part


class Scoring(Part):
    """A way to say how outlying rows are, by what an autoencoder makes of them.

    It only says what is wanted; what it learns from training rows is an object of its
    own. Rows are passed as `View`: their standardized values, codes and
    reconstructions, of which the last two are computed when they are asked for.
    """

    def fit(self, rows, seed, novelty):
        """Learn from training rows what is normal.

        Parameters
        ----------
        rows : View
            All training rows, without broken values.

        seed : int
            Determines random choices.

        novelty : bool
            Whether the training rows are known to be clean.

        Returns
        -------
        fitted : FittedScoring
            What was learned. The scoring itself stays as it is.
        """
        raise NotImplementedError

    def fit_score(self, rows, seed, novelty):
        """Learn from training rows what is normal, and score them.

        Parameters
        ----------
        rows : View
            All training rows; `View.trusted` are those to learn from.

        seed : int
            Determines random choices.

        novelty : bool
            Whether the training rows are known to be clean.

        Returns
        -------
        fitted : FittedScoring
            What was learned.

        outlyingness : ndarray of shape (n,)
            How outlying the training rows are by it.
        """
        fitted = self.fit(rows.trusted, seed, novelty)
        return fitted, np.concatenate([*map(fitted.outlyingness, rows.blocks())])


class FittedScoring:
    """How outlying rows are, feature by feature."""

    def contributions(self, rows):
        """Return what each feature adds to how outlying rows are.

        Parameters
        ----------
        rows : View
            Some rows.

        Returns
        -------
        contributions : ndarray of shape (n, n_columns)
            Of the columns of `View.column_ends`: not negative, finite; the sum of a row
            is how outlying it is.
        """
        raise NotImplementedError

    def expected(self, rows):
        """Return the standardized values that the contributions are measured from.

        Parameters
        ----------
        rows : View
            Some rows.

        Returns
        -------
        values : ndarray of shape (n, n_features)
            One value for each entry.
        """
        return rows.reconstruction

    def explain(self, rows):
        """Return contributions and expected values, of which much is found together.

        Parameters
        ----------
        rows : View
            Some rows.

        Returns
        -------
        contributions, values : ndarray of shape (n, n_columns), (n, n_features)
            As `contributions` and `expected` return them.
        """
        return self.contributions(rows), self.expected(rows)

    def outlyingness(self, rows):
        """Return how outlying rows are.

        Parameters
        ----------
        rows : View
            Some rows.

        Returns
        -------
        outlyingness : ndarray of shape (n,)
            Not negative, finite; higher is more outlying.
        """
        return self.contributions(rows).sum(axis=1)
