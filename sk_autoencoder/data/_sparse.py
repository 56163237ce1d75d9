"""Rows of a sparse matrix, made dense when they are read."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np


class SparseRows:
    """Rows of a sparse matrix; as much of an array as a fit uses.

    Only those are dense that are read, a block or a batch at a time.

    Parameters
    ----------
    matrix : sparse matrix or array of shape (n_samples, n_features)
        In the CSR format.
    """

    def __init__(self, matrix):
        self.matrix = matrix
        self.shape = matrix.shape
        self.dtype = matrix.dtype
        self.size = matrix.shape[0] * matrix.shape[1]

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        return self.matrix[index].toarray()

    def at(self, index):
        """Return some of the rows, still sparse."""
        return SparseRows(self.matrix[index])

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self[:], dtype)
