"""How far rows are from their nearest neighbors in small random samples."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder._blocks import some_rows
from sk_autoencoder.scoring._samples import Samples, draw
from sk_autoencoder.scoring._scoring import Scoring

# Rows of a coarse and of a fine sample. Outliers that sit together are seldom in so few
# rows, and cannot vouch for each other; many rows show the shape of what is normal.
COARSE, FINE = 16, 512
# Coarse samples for each fine one, which takes longer to search.
COARSE_FOR_FINE = 8
# Training rows that the unit of a distance is taken from.
N_ROWS_UNIT = 10_000


class Neighbors(Scoring):
    """Squared distances to the nearest rows of random samples of the training rows.

    Parameters
    ----------
    n_estimators : int
        The number of coarse samples.

    novelty : bool
        Whether the training rows are clean: then there are only fine samples.

    Notes
    -----
    Coarse samples hold reconstructions, fine ones the rows themselves. Distances to
    each kind are divided by their median over the training rows, and the larger of the
    two counts: a row is as outlying as it looks from close by or from afar.
    """

    def __init__(self, n_estimators, novelty):
        self.n_estimators = n_estimators
        self.novelty = novelty

    def fit(self, rows, seed):
        """Draw the samples, and measure how far training rows are from them."""
        rng = np.random.default_rng(seed)
        n_fine = -(-self.n_estimators // COARSE_FOR_FINE)
        fine = rows[draw(len(rows), FINE, n_fine, rng)]
        self.samples = [Samples(fine.values, fine.values, n_fine)]
        if not self.novelty:
            coarse = rows[draw(len(rows), COARSE, self.n_estimators, rng)]
            self.samples.append(
                Samples(coarse.values, coarse.reconstruction, self.n_estimators)
            )
        values = rows[some_rows(np.arange(len(rows)), N_ROWS_UNIT, seed)].values
        self.units = [
            _typical(samples.squared_distances(values)) for samples in self.samples
        ]
        return self

    def outlyingness(self, rows):
        """Return the larger of the mean squared distances."""
        return self._distances(rows).max(axis=0)

    def contributions(self, rows):
        """Return each feature's share of the larger distance."""
        distances = self._distances(rows)
        squares = np.empty(rows.values.shape)
        for where, nearest in self._nearest(rows, distances):
            squares[where] = np.square(rows.values[where, None] - nearest).mean(axis=1)
        total = squares.sum(axis=1, keepdims=True)
        # The same but for rounding, as distances are not found by differences.
        exact = distances.max(axis=0)[:, None] / np.where(total > 0, total, 1)
        return squares * exact

    def expected(self, rows):
        """Return the mean of the nearest rows of the samples."""
        means = np.empty(rows.values.shape)
        for where, nearest in self._nearest(rows, self._distances(rows)):
            means[where] = nearest.mean(axis=1)
        return means

    def _distances(self, rows):
        """Return the distances from each kind of samples, in units of their own."""
        return np.array(
            [
                samples.squared_distances(rows.values) / unit
                for samples, unit in zip(self.samples, self.units, strict=True)
            ]
        )

    def _nearest(self, rows, distances):
        """Yield the rows for which each kind of samples counts, and their points."""
        counts = distances.argmax(axis=0)
        for i, samples in enumerate(self.samples):
            if (where := counts == i).any():
                yield where, samples.nearest(rows.values[where])


def _typical(distances):
    """Return the median, or the mean where most are zero, or one where all are."""
    return float(np.median(distances) or distances.mean() or 1.0)
