"""Broken values, beyond all reason, and rows in which others stand for them."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings

import numpy as np

from sk_autoencoder.data._rows import (
    affordable,
    blocks,
    is_read_late,
    part_of,
    some_rows,
)

# A value is broken that is so many times as far from the median as nearly all of those
# that differ from it: 23 standard deviations off, where they are normal.
FAR = 10.0
# The share of the values that differ from the median that is nearly all.
NEARLY_ALL = 0.98
# Rows that are enough to tell.
N_ROWS_SEEN = 10_000


def usual_values(X, seed):
    """Return the median of each feature, and how far from it nearly all values are.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Rows; NaN is passed over.

    seed : int
        Of many rows, determines which are looked at.

    Returns
    -------
    middle, distance : ndarray of shape (n_features,)
        In the dtype of X; the distance is infinite where nothing is known.

    Notes
    -----
    Values equal to the median tell nothing of how far the others may be from it: a
    feature that is zero in nearly all rows keeps the values that are not.
    """
    X = some_rows(X, affordable(N_ROWS_SEEN, X.shape[1]), seed)
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # of features without a value
        middle = np.nanmedian(X, axis=0)
        distances = np.abs(X - middle)
        # What differs by rounding does not differ.
        distances[distances <= 10 * np.finfo(X.dtype).eps * np.abs(middle)] = np.nan
        distance = np.nanquantile(distances, NEARLY_ALL, axis=0, method="lower")
    return np.nan_to_num(middle), np.nan_to_num(distance, nan=np.inf, posinf=np.inf)


def without_broken_values(X, seed):
    """Return rows in which usual values stand for broken ones.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Rows; NaN stays.

    seed : int
        Of many rows, determines which are looked at to tell what is usual.

    Returns
    -------
    rows : ndarray or Repaired of shape (n_samples, n_features)
        X itself where nothing is broken; what is read late is repaired then.
    """
    repaired = Repaired(X, *usual_values(X, seed))
    if not any(repaired.is_broken(rows).any() for rows in blocks(X)):
        return X
    return repaired if is_read_late(X) else repaired[:]


class Repaired:
    """Rows of an array, repaired when they are read; as much of an array as a fit uses.

    Parameters
    ----------
    base : ndarray or SparseRows of shape (n_samples, n_features)
        The array.

    middle, distance : ndarray of shape (n_features,)
        As `usual_values` gives them.
    """

    def __init__(self, base, middle, distance):
        self.base = base
        self.middle = middle
        self.distance = distance
        with np.errstate(over="ignore"):
            self.low, self.high = middle - FAR * distance, middle + FAR * distance
        self.shape = base.shape
        self.size = base.size
        self.dtype = base.dtype

    def is_broken(self, rows):
        """Return which entries of some rows are broken."""
        return (rows < self.low) | (rows > self.high)

    def __len__(self):
        return len(self.base)

    def __getitem__(self, index):
        rows = np.array(self.base[index])
        broken = np.nonzero(self.is_broken(rows))
        middle, distance = self.middle[broken[-1]], self.distance[broken[-1]]
        rows[broken] = middle + np.where(rows[broken] > middle, distance, -distance)
        return rows

    def at(self, index):
        """Return some of the rows, still to be repaired."""
        return Repaired(part_of(self.base, index), self.middle, self.distance)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)
