"""How far rows are from their nearest neighbors in small random samples."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from numbers import Integral

import numpy as np

from sk_autoencoder.data import some_rows
from sk_autoencoder.networks import Number
from sk_autoencoder.scoring._samples import Samples, draw
from sk_autoencoder.scoring._scoring import FittedScoring, Scoring

# Rows of a coarse and of a fine sample. Outliers that sit together are seldom in so few
# rows, and cannot vouch for each other; many rows show the shape of what is normal.
COARSE, FINE = 16, 512
# Coarse samples for each fine one, which takes longer to search.
COARSE_FOR_FINE = 16
# The share of rows, the most outlying by a first pass, that coarse samples leave out.
TRIMMED = 0.2
# Rows that are looked at to choose among them, and to find the unit of a distance.
N_ROWS_SEEN = 10_000


@dataclass
class Neighbors(Scoring):
    """Squared distances to the nearest rows of random samples of the training rows.

    The samples are small [1]_ and many [2]_. Coarse ones hold 16 reconstructions, of
    the four fifths of the training rows that are least outlying by other such samples
    from all rows. Fine ones, a sixteenth as many, hold 512 rows and their
    reconstructions: the rows alone would do where the network is poor, and both tell
    more. Distances to each kind are divided by their median over the training rows, so
    that 1 is ordinary, and the larger of the two counts: a row is as outlying as it
    looks from close by or from afar. For novelty there are only fine samples.

    Parameters
    ----------
    n_estimators : int, default=32
        The number of coarse samples; one at least.

    References
    ----------
    .. [1] Sugiyama, M., & Borgwardt, K. (2013). Rapid distance-based outlier detection
       via sampling. Advances in Neural Information Processing Systems, 26.

    .. [2] Aggarwal, C. C., & Sathe, S. (2015). Theoretical foundations and algorithms
       for outlier ensembles. ACM SIGKDD Explorations Newsletter, 17(1), 24-47.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder import AutoencoderOutlierDetector
    >>> from sk_autoencoder.scoring import Neighbors
    >>> X = np.random.default_rng(0).normal(size=(500, 4))
    >>> scoring = Neighbors(n_estimators=64)
    >>> detector = AutoencoderOutlierDetector(scoring=scoring, random_state=0)
    >>> detector.fit(X).predict([[0.0, 0.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0]])
    array([ 1, -1])
    """

    n_estimators: int = 32

    _parameter_constraints = {
        "n_estimators": [Number(Integral, 1, None, closed="left")]
    }

    def fit(self, rows, seed, novelty):
        """Draw the samples, and measure how far training rows are from them."""
        return self.fit_score(rows, seed, novelty)[0]

    def fit_score(self, rows, seed, novelty):
        """Draw the samples, and find units and scores from one search of them."""
        rng = np.random.default_rng(seed)
        all_rows = np.arange(len(rows))
        chosen = some_rows(all_rows, N_ROWS_SEEN, seed)
        samples = [_fine(rows, -(-self.n_estimators // COARSE_FOR_FINE), rng)]
        if not novelty:
            first = _coarse(rows, all_rows, self.n_estimators, rng)
            distances = first.squared_distances(rows[chosen].values)
            least = chosen[distances <= np.quantile(distances, 1 - TRIMMED)]
            samples.append(_coarse(rows, least, self.n_estimators, rng))
        distances = np.concatenate(
            [_distances(samples, some.values) for some in rows.blocks()], axis=1
        )
        units = np.array([_typical(each[chosen]) for each in distances])
        outlyingness = (distances / units[:, None]).max(axis=0)
        return FittedNeighbors(samples, units), outlyingness


@dataclass(frozen=True, eq=False)
class FittedNeighbors(FittedScoring):
    """Samples of training rows, to find the nearest of.

    Parameters
    ----------
    samples : list of Samples
        The fine ones, then the coarse ones, if there are such.

    units : ndarray of shape (n_kinds,)
        What squared distances to each kind are divided by.
    """

    samples: list
    units: np.ndarray

    def outlyingness(self, rows):
        """Return the larger of the mean squared distances."""
        return self._distances(rows.values).max(axis=0)

    def contributions(self, rows):
        """Share the larger distance by how much less it is without each feature."""
        X = rows.values
        distances, without = self._distances(X), _by_column(rows)
        for i, where in _kinds(distances):
            without[where] = self.samples[i].squared_distances_without(X[where])
        return self._shares(distances, without)

    def expected(self, rows):
        """Return each column's mean in the neighbors by the other columns."""
        X = rows.values
        expected = np.empty(X.shape)
        for i, where in _kinds(self._distances(X)):
            expected[where] = self.samples[i].expected(X[where])
        return expected

    def explain(self, rows):
        """Return both of these from one search."""
        X = rows.values
        distances, without = self._distances(X), _by_column(rows)
        expected = np.empty(X.shape)
        for i, where in _kinds(distances):
            without[where], expected[where] = self.samples[i].explain(X[where])
        return self._shares(distances, without), expected

    def _distances(self, X):
        """Return the distances from each kind of samples, in units of their own."""
        return _distances(self.samples, X) / self.units[:, None]

    def _shares(self, distances, without):
        """Return the larger distance, shared by how much less it is without."""
        total, kind = distances.max(axis=0)[:, None], distances.argmax(axis=0)
        # A negative difference is one of rounding.
        less = np.maximum(total - without / self.units[kind, None], 0)
        sums = less.sum(axis=1, keepdims=True)
        # Equal shares of what is but rounding.
        shares = np.full(less.shape, 1 / less.shape[1])
        np.divide(less, sums, out=shares, where=sums > 0)
        return shares * total


def _by_column(rows):
    """Return an array with room for a number of each column of each row."""
    return np.empty((len(rows), len(rows.column_ends)))


def _distances(samples, X):
    """Return the squared distances from each kind of samples."""
    return np.array([kind.squared_distances(X) for kind in samples])


def _kinds(distances):
    """Yield the kinds of samples that count for some rows, and for which."""
    counts = distances.argmax(axis=0)
    for i in np.unique(counts):
        yield i, counts == i


def _coarse(rows, among, n_samples, rng):
    """Return small samples of reconstructions."""
    drawn = rows[among[draw(len(among), COARSE, n_samples, rng)]]
    points = drawn.trusted.reconstruction
    return Samples(drawn.values, points, n_samples, rows.offset, rows.column_ends)


def _fine(rows, n_samples, rng):
    """Return large samples of rows, each of which is followed by its reconstruction."""
    drawn = rows[draw(len(rows), FINE, n_samples, rng)]
    values = np.repeat(drawn.values, 2, axis=0)
    points = np.repeat(drawn.trusted.values, 2, axis=0)
    points[1::2] = drawn.trusted.reconstruction
    return Samples(values, points, n_samples, rows.offset, rows.column_ends)


def _typical(distances):
    """Return the median, or the mean where most are zero, or one where all are."""
    return float(np.median(distances) or distances.mean() or 1.0)
