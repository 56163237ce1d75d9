"""Rows through a fitted network, a block at a time."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch

# The last block is padded, so that a row passes through matrix products of one shape,
# whatever rows it is passed with: what is said of it is then the same but for rounding.
BLOCK_ROWS = 256


def map_blocks(function, X, prepare, device):
    """Apply a function of tensors to the rows of an array.

    Parameters
    ----------
    function : callable
        From a float32 tensor of shape (BLOCK_ROWS, n_columns) to a tensor with as many
        rows.

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
    block = torch.zeros((BLOCK_ROWS, X.shape[1]))
    results = []
    for start in range(0, len(X), BLOCK_ROWS):
        rows = X[start : start + BLOCK_ROWS]
        block.numpy()[: len(rows)] = prepare(rows)
        with torch.inference_mode():
            result = function(block.to(device))
        results.append(result.cpu().numpy()[: len(rows)].astype(X.dtype))
    return np.concatenate(results)
