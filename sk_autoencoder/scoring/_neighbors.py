"""How far rows are from their nearest neighbors in small random samples."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder.data._rows import some_rows
from sk_autoencoder.scoring._samples import Rows, Samples, draw
from sk_autoencoder.scoring._scoring import Scoring

# Rows of a coarse and of a fine sample. Outliers that sit together are seldom in so few
# rows, and cannot vouch for each other; many rows show the shape of what is normal.
COARSE, FINE = 16, 512
# Coarse samples for each fine one, which takes longer to search.
COARSE_FOR_FINE = 16
# The share of rows, the most outlying by a first pass, that coarse samples leave out.
TRIMMED = 0.2
# Rows that are looked at to choose among them, and to find the unit of a distance.
N_ROWS_SEEN = 10_000


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
    Coarse samples hold reconstructions, of the rows that are least outlying by other
    such samples from all rows. Fine ones hold rows and their reconstructions: the rows
    alone would do where the network is poor, and both tell more. Distances to each kind
    are divided by their median over the training rows, and the larger of the two
    counts: a row is as outlying as it looks from close by or from afar.
    """

    def __init__(self, n_estimators, novelty):
        self.n_estimators = n_estimators
        self.novelty = novelty

    def fit(self, rows, seed):
        """Draw the samples, and measure how far training rows are from them."""
        rng = np.random.default_rng(seed)
        all_rows = np.arange(len(rows))
        chosen = some_rows(all_rows, N_ROWS_SEEN, seed)
        seen = Rows.of(rows[chosen].values)
        self.samples = [_fine(rows, -(-self.n_estimators // COARSE_FOR_FINE), rng)]
        if not self.novelty:
            first = _coarse(rows, all_rows, self.n_estimators, rng)
            distances = first.squared_distances(seen)
            least = chosen[distances <= np.quantile(distances, 1 - TRIMMED)]
            self.samples.append(_coarse(rows, least, self.n_estimators, rng))
        self.units = [
            _typical(samples.squared_distances(seen)) for samples in self.samples
        ]
        return self

    def outlyingness(self, rows):
        """Return the larger of the mean squared distances."""
        return self._distances(Rows.of(rows.values)).max(axis=0)

    def contributions(self, rows):
        """Share the larger distance by how much less it is without each feature."""
        rows = Rows.of(rows.values)
        distances = self._distances(rows)
        less = np.empty(rows.values.shape)
        for i, where in self._kinds(distances):
            without = self.samples[i].squared_distances_without(rows[where])
            less[where] = distances[i, where, None] - without / self.units[i]
        less = np.maximum(less, 0)  # a negative difference is one of rounding
        total = less.sum(axis=1, keepdims=True)
        # Equal shares of what is but rounding.
        shares = np.full(less.shape, 1 / less.shape[1])
        np.divide(less, total, out=shares, where=total > 0)
        return shares * distances.max(axis=0)[:, None]

    def expected(self, rows):
        """Return each feature's mean in the neighbors by the other features."""
        rows = Rows.of(rows.values)
        expected = np.empty(rows.values.shape)
        for i, where in self._kinds(self._distances(rows)):
            expected[where] = self.samples[i].expected(rows[where])
        return expected

    def _distances(self, rows):
        """Return the distances from each kind of samples, in units of their own."""
        return np.array(
            [
                samples.squared_distances(rows) / unit
                for samples, unit in zip(self.samples, self.units, strict=True)
            ]
        )

    def _kinds(self, distances):
        """Yield the kinds of samples that count for some rows, and for which."""
        counts = distances.argmax(axis=0)
        for i in np.unique(counts):
            yield i, counts == i


def _coarse(rows, among, n_samples, rng):
    """Return small samples of reconstructions."""
    drawn = rows[among[draw(len(among), COARSE, n_samples, rng)]]
    return Samples(Rows.of(drawn.values), drawn.reconstruction, n_samples)


def _fine(rows, n_samples, rng):
    """Return large samples of rows, each of which is followed by its reconstruction."""
    drawn = rows[draw(len(rows), FINE, n_samples, rng)]
    values = np.repeat(drawn.values, 2, axis=0)
    points = values.copy()
    points[1::2] = drawn.reconstruction
    return Samples(Rows.of(values), points, n_samples)


def _typical(distances):
    """Return the median, or the mean where most are zero, or one where all are."""
    return float(np.median(distances) or distances.mean() or 1.0)
