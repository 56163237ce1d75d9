"""What every way to score outliers can do."""

# SPDX-License-Identifier: BSD-3-Clause


class Scoring:
    """How outlying rows are, feature by feature, by what an autoencoder makes of them.

    Rows are passed as `Autoencoded`: their standardized values, codes and
    reconstructions, of which the last two are computed when they are asked for.
    """

    def fit(self, rows, seed):
        """Learn from training rows what is normal.

        Parameters
        ----------
        rows : Autoencoded
            All training rows.

        seed : int
            Determines random choices.

        Returns
        -------
        self : Scoring
            Fitted.
        """
        raise NotImplementedError

    def contributions(self, rows):
        """Return what each feature adds to how outlying rows are.

        Parameters
        ----------
        rows : Autoencoded
            Some rows.

        Returns
        -------
        contributions : ndarray of shape (n, n_features)
            Not negative, finite; the sum of a row is how outlying it is.
        """
        raise NotImplementedError

    def expected(self, rows):
        """Return the standardized values that the contributions are measured from.

        Parameters
        ----------
        rows : Autoencoded
            Some rows.

        Returns
        -------
        values : ndarray of shape (n, n_features)
            One value for each entry.
        """
        return rows.reconstruction

    def outlyingness(self, rows):
        """Return how outlying rows are.

        Parameters
        ----------
        rows : Autoencoded
            Some rows.

        Returns
        -------
        outlyingness : ndarray of shape (n,)
            Not negative, finite; higher is more outlying.
        """
        return self.contributions(rows).sum(axis=1)
