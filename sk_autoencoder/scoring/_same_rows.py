"""Which rows are the same but for rounding."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder.data import blocks

# Rows are the same if they agree to six significant digits: rounding to so many, or to
# float32, moves a value by half of this share of it at most.
DIGITS = 1e-5
# Of values that are far from zero beside their spread, so many scales count at most:
# beyond, the spread itself is in the digits that would not be looked at.
MOST_OFFSET = 1e3


class SameRows:
    """Some rows, among which those are found that are the same as a given one.

    What is said of a row does not depend on the rows it is passed with: a projection
    to one number finds all that may be the same, and their entries decide.

    Parameters
    ----------
    values : ndarray of float32 of shape (m, n_features)
        The rows, standardized.

    offset : ndarray of shape (n_features,) or float
        How far the mean of a feature is from zero, in its scale: standardized values
        have the rounding of what they were made from.
    """

    def __init__(self, values, offset):
        offset = np.minimum(offset, MOST_OFFSET)
        self.values = values
        self.tolerance = (DIGITS * (1 + offset + np.abs(values))).astype(np.float32)
        self.weights = np.random.default_rng(0).uniform(1, 2, values.shape[1])
        self.position = values @ self.weights
        # A little more than the tolerance, for the rounding of the projection.
        self.reach = 1.001 * (self.tolerance @ self.weights)

    def find(self, X):
        """Return pairs of rows that are the same.

        Parameters
        ----------
        X : ndarray of float32 of shape (n, n_features)
            Standardized rows.

        Returns
        -------
        of_X, of_values : ndarray of int of shape (n_pairs,)
            Numbers of the rows, in the order of X.
        """
        position = X @ self.weights
        order = np.argsort(position)
        first, last = (
            np.searchsorted(position, self.position + reach, side, sorter=order)
            for reach, side in ((-self.reach, "left"), (self.reach, "right"))
        )
        counts = last - first
        of_values = np.repeat(np.arange(len(counts)), counts)
        ends = np.cumsum(counts)
        of_X = order[np.arange(len(of_values)) + np.repeat(last - ends, counts)]
        same = np.empty(len(of_X), dtype=bool)
        for some in blocks(np.arange(len(of_X)), X.shape[1]):
            i, k = of_X[some], of_values[some]
            far = np.abs(X[i] - self.values[k]) > self.tolerance[k]
            same[some] = ~far.any(axis=1)
        of_X, of_values = of_X[same], of_values[same]
        order = np.argsort(of_X, kind="stable")
        return of_X[order], of_values[order]
