"""Rows through a fitted network, a block at a time."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch

# Rows of one block: enough to make Python's share small, few enough for little memory.
BLOCK_ROWS = 8192

# A block is padded to a multiple of this many rows: products of matrices with one or a
# few rows are rounded in another way than others, and what is said of a row should not
# depend on the rows it is passed with.
ROW_MULTIPLE = 16


def map_blocks(function, X, prepare, device):
    """Apply a function of tensors to the rows of an array.

    Parameters
    ----------
    function : callable
        From a float32 tensor of shape (n, n_columns) to a tensor with as many rows.

    X : ndarray of shape (n_rows, n_columns)
        The rows.

    prepare : callable
        From some rows of X to what is passed to `function`, as an array.

    device : str
        Where `function` computes.

    Returns
    -------
    results : ndarray of shape (n_rows, ...)
        The results in the dtype of X.
    """
    results = None
    for start in range(0, len(X), BLOCK_ROWS):
        rows = X[start : start + BLOCK_ROWS]
        n_padded = -(-len(rows) // ROW_MULTIPLE) * ROW_MULTIPLE
        block = torch.zeros((n_padded, X.shape[1]))
        block.numpy()[: len(rows)] = prepare(rows)
        with torch.inference_mode():
            result = function(block.to(device))[: len(rows)].cpu().numpy()
        if results is None:
            results = np.empty((len(X), *result.shape[1:]), dtype=X.dtype)
        results[start : start + len(rows)] = result
    return results
