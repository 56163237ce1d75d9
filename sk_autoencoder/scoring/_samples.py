"""Random samples of rows, and how far the nearest row of each is."""

# SPDX-License-Identifier: BSD-3-Clause

from itertools import pairwise

import numpy as np
import torch

from sk_autoencoder.data import blocks, padded
from sk_autoencoder.scoring._same_rows import SameRows

# Of an ordinary block of rows so many are made, so that distances stay in a cache.
BLOCKS_OF_BLOCK = 4
# So many times an ordinary block are searched at once for what is the same: a search
# of few rows takes nearly as long.
BLOCKS_OF_SEARCH = 4


def draw(n_rows, size, n_samples, rng):
    """Return random samples of row numbers in which all rows come about equally often.

    Parameters
    ----------
    n_rows : int
        The number of rows to draw from.

    size : int
        The size of a sample, but half of the rows at most.

    n_samples : int
        How many samples.

    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    index : ndarray of int of shape (n_samples * size,)
        One sample after the other, none with a row twice.
    """
    size = max(min(size, n_rows // 2), 1)
    a_round = n_rows // size  # samples that share no row
    rounds = [
        rng.permutation(n_rows)[: a_round * size]
        for _ in range(-(-n_samples // a_round))
    ]
    return np.concatenate(rounds)[: n_samples * size]


class Samples:
    """Samples of the same size, in each of which the nearest row is found.

    Parameters
    ----------
    values : ndarray of shape (n_samples * size, n_features)
        The standardized rows of one sample after the other.

    points : ndarray of shape (n_samples * size, n_features)
        What stands for each of these rows.

    n_samples : int
        The number of samples.

    offset : ndarray of shape (n_features,) or float, default=0.0
        How far the mean of a feature is from zero, in its scale.

    column_ends : tuple of int, default=None
        Where the features of each column of a table end; None where each is one.

    Notes
    -----
    A row is never its own neighbor: what stands for rows that are the same but for
    rounding, see `SameRows`, is passed over, so that a training row is scored as if it
    had not been drawn.
    """

    def __init__(self, values, points, n_samples, offset=0.0, column_ends=None):
        ends = column_ends or range(1, points.shape[1] + 1)
        self.columns = [slice(*edges) for edges in pairwise((0, *ends))]
        size = len(points) // n_samples
        self.shape = n_samples, size
        # The least of few is found fast where that is done for many at once.
        self.strides = (1, n_samples) if n_samples > size else (size, 1)
        place = self._place(np.arange(n_samples)[:, None], np.arange(size)).ravel()
        self.points = torch.empty(points.shape)
        self.points[place] = torch.from_numpy(points).float()
        self.squares = self.points.square().sum(dim=1)
        drawn = np.empty(points.shape, dtype=np.float32)
        drawn[place] = values
        self.drawn = SameRows(drawn, offset)

    def squared_distances(self, X):
        """Return the squared distance to the nearest point, a mean over samples.

        Parameters
        ----------
        X : ndarray of shape (n, n_features)
            Standardized rows.

        Returns
        -------
        distances : ndarray of shape (n,)
            In float64.
        """
        least = [(relative.amin(dim=2), x) for x, relative in self._relative(X)]
        return _mean_of_least(*map(torch.cat, zip(*least, strict=True)))

    def squared_distances_without(self, X):
        """Return the same where one of the columns is ignored.

        Parameters
        ----------
        X : ndarray of shape (n, n_features)
            Standardized rows.

        Returns
        -------
        distances : ndarray of shape (n, n_columns)
            In float64, one for each column ignored.
        """
        return self._without_columns(X, self._least_mean)[0]

    def expected(self, X):
        """Return each column's values at the points that are nearest without it.

        Parameters
        ----------
        X : ndarray of shape (n, n_features)
            Standardized rows.

        Returns
        -------
        values : ndarray of shape (n, n_features)
            Means over samples, in float64.
        """
        return self._without_columns(X, self._mean_of_nearest)[0]

    def explain(self, X):
        """Return both of these from one search.

        Parameters
        ----------
        X : ndarray of shape (n, n_features)
            Standardized rows.

        Returns
        -------
        distances, values : ndarray of shape (n, n_columns), (n, n_features)
            As `squared_distances_without` and `expected` return them.
        """
        return self._without_columns(X, self._least_mean, self._mean_of_nearest)

    def _least_mean(self, x, points, without):
        return _mean_of_least(without.amin(dim=2), x)[:, None]

    def _mean_of_nearest(self, x, points, without):
        sample = torch.arange(self.shape[0])
        nearest = points[self._place(sample, without.argmin(dim=2))]
        return nearest.mean(dim=1, dtype=torch.float64).numpy()

    def _place(self, sample, position):
        """Return where a row of a sample lies among the points."""
        return sample * self.strides[0] + position * self.strides[1]

    def _by_sample(self, by_point):
        """Return a view of shape (n, n_samples, size) of what stands point by point."""
        return by_point.as_strided(
            (len(by_point), *self.shape), (by_point.stride(0), *self.strides)
        )

    def _relative(self, X):
        """Yield some rows, and squared distances less the squares of these rows.

        The distances are written over by the next ones: to ask for so much memory
        again and again takes longer than to fill it.
        """
        X = X.astype(np.float32, copy=False)
        n_points, memory = len(self.points), None
        # Of degenerate data each row is the same as all that were drawn.
        for chunk in blocks(X, -(-n_points // BLOCKS_OF_SEARCH)):
            own, places = self.drawn.find(chunk)
            start = 0
            for some in blocks(chunk, n_points * BLOCKS_OF_BLOCK):
                n_rows, n_padded = len(some), padded(len(some))
                if memory is None:  # the first block is the largest
                    memory = torch.empty((n_padded, n_points))
                x = torch.zeros((n_padded, X.shape[1]))
                x[:n_rows] = torch.from_numpy(some)
                relative = torch.addmm(
                    self.squares, x, self.points.T, alpha=-2, out=memory[:n_padded]
                )[:n_rows]
                here = slice(*np.searchsorted(own, (start, start + n_rows)))
                relative.numpy()[own[here] - start, places[here]] = np.inf
                start += n_rows
                yield x[:n_rows], self._by_sample(relative)

    def _without_columns(self, X, *functions):
        """Return what functions give for each column that is ignored, side by side.

        A function is given some rows, the column at all points, and the squared
        distances without the column, less the squares of these rows.
        """
        of_blocks = []
        for x, relative in self._relative(X):
            of_columns = []
            for column in self.columns:
                points = self.points[:, column]
                squares = sum(
                    (values[:, None] - others).square()
                    for values, others in zip(x[:, column].T, points.T, strict=True)
                )
                without = relative - self._by_sample(squares)
                of_columns.append([call(x, points, without) for call in functions])
            of_blocks.append([np.hstack(of) for of in zip(*of_columns, strict=True)])
        return [np.concatenate(of) for of in zip(*of_blocks, strict=True)]


def _mean_of_least(relative, x):
    """Return means over samples of least distances, less the squares of the rows x."""
    least = relative + x.square().sum(dim=1, keepdim=True)
    least.clamp_(min=0)
    least[least.isinf()] = 0  # a sample of nothing but the row itself
    return least.mean(dim=1, dtype=torch.float64).numpy()
