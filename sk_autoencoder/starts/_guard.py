"""Where training data end: what lies beyond is left to the linear model."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch

# Of the values of a feature, the share at each end that is not trained on.
TAIL = 0.001

# The rows that are enough to tell where the tails begin.
TAIL_ROWS = 10_000

# By how much of their distance from the median codes may lie beyond those in training.
CODE_MARGIN = 0.5


def tails(X):
    """Return where the low and the high tail of each column begin.

    Parameters
    ----------
    X : ndarray of shape (n, n_columns)
        Some rows.

    Returns
    -------
    low, high : ndarray of shape (n_columns,)
        Values of X, all but a thousandth at each end between them.
    """
    # As np.quantile with the methods "lower" and "higher": the few values of the tails
    # are found in a quarter of the time that it takes to sort or to part all of them.
    n_tail = int(TAIL * (len(X) - 1)) + 1
    values = torch.from_numpy(X)
    low = values.topk(n_tail, dim=0, largest=False, sorted=False).values.amax(dim=0)
    high = values.topk(n_tail, dim=0, sorted=False).values.amin(dim=0)
    return low.numpy(), high.numpy()


def code_bounds(codes):
    """Return between which codes the decoder is trusted.

    Parameters
    ----------
    codes : ndarray of shape (n, n_components)
        Codes as in training.

    Returns
    -------
    low, high : ndarray of shape (n_components,)
        Their tails, farther from the median by a half.
    """
    middle = np.median(codes, axis=0)
    return [middle + (1 + CODE_MARGIN) * (end - middle) for end in tails(codes)]
