"""Random samples of rows, and the row of each that is nearest."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch

from sk_autoencoder._blocks import blocks, padded

# Of an ordinary block of rows so many are made, so that distances stay in a cache.
BLOCKS_OF_BLOCK = 4


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
        The rows of one sample after the other.

    points : ndarray of shape (n_samples * size, n_features)
        What stands for each of these rows.

    n_samples : int
        The number of samples.

    Notes
    -----
    A row is never its own neighbor: what stands for rows equal to it is passed over, so
    that a training row is scored as if it had not been drawn.
    """

    def __init__(self, values, points, n_samples):
        size = len(points) // n_samples
        self.shape = n_samples, size
        # The least of few is found fast where that is done for many at once.
        self.strides = (1, n_samples) if n_samples > size else (size, 1)
        place = self._place(np.arange(n_samples)[:, None], np.arange(size)).ravel()
        self.points = torch.empty(points.shape)
        self.points[place] = torch.from_numpy(points).float()
        self.squares = self.points.square().sum(dim=1)
        self.places = {}  # of each row that is different
        for row, i in zip(_keys(values), place.tolist(), strict=True):
            self.places.setdefault(row, []).append(i)

    def squared_distances(self, values):
        """Return the squared distance to the nearest point, a mean over samples.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
            Rows.

        Returns
        -------
        distances : ndarray of shape (n,)
            In float64.
        """
        nearest = torch.cat(
            [distances.amin(dim=2) for distances in self._distances(values)]
        ).clamp_(min=0)
        nearest[nearest.isinf()] = 0  # a sample of nothing but the row itself
        return nearest.mean(dim=1, dtype=torch.float64).numpy()

    def nearest(self, values):
        """Return the nearest point of each sample.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
            Rows.

        Returns
        -------
        points : ndarray of shape (n, n_samples, n_features)
            The points.
        """
        sample = torch.arange(self.shape[0])
        places = [
            self._place(sample, distances.argmin(dim=2))
            for distances in self._distances(values)
        ]
        return self.points[torch.cat(places)].numpy()

    def _place(self, sample, position):
        """Return where a row of a sample lies among the points."""
        return sample * self.strides[0] + position * self.strides[1]

    def _distances(self, values):
        """Yield the squared distances of some rows, shape (n, n_samples, size)."""
        n_points = len(self.points)
        for rows in blocks(values, n_points * BLOCKS_OF_BLOCK):
            x = torch.zeros((padded(len(rows)), rows.shape[1]))
            x[: len(rows)] = torch.from_numpy(rows)
            distances = torch.addmm(self.squares, x, self.points.T, alpha=-2)
            distances += x.square().sum(dim=1, keepdim=True)
            own = [
                (i, place)
                for i, row in enumerate(_keys(rows))
                for place in self.places.get(row, ())
            ]
            if own:
                distances[tuple(np.transpose(own))] = torch.inf
            yield distances.as_strided(
                (len(rows), *self.shape), (n_points, *self.strides)
            )


def _keys(values):
    """Return something hashable for each row, the same for equal ones."""
    values = values.astype(np.float32) + 0.0  # minus zero becomes zero
    return [row.tobytes() for row in values]
