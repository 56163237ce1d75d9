"""Where training data end: what lies beyond is left to the linear model."""

# SPDX-License-Identifier: BSD-3-Clause

import torch

# The rows that are enough to tell where they end.
END_ROWS = 10_000

# How far beyond the farthest values networks are trusted, by the distance of these from
# the median.
MARGIN = 0.5

# A value is wild that is so many times as far from the median as the nearest of this
# share of the values, the farthest on its side.
WILD, TAIL = 3.0, 0.003


def trusted_range(X):
    """Return between which values of each column a network is trusted.

    Parameters
    ----------
    X : ndarray of shape (n, n_columns)
        Some rows as in training.

    Returns
    -------
    low, high : ndarray of shape (n_columns,)
        Half as far again from the median as the values of the column lie. One that is
        wild does not count for all of its distance: on each side three thousandths of
        the values lie farther out than the others, and three times the distance of the
        nearest of these is the most that counts. Where that is the median itself, as in
        a column that is seldom anything but zero, no value is wild.
    """
    values = torch.from_numpy(X)
    middle = values.median(dim=0).values
    # The few values of the tails are found in a quarter of the time that sorting takes.
    n_tail = int(TAIL * (len(X) - 1)) + 1
    ends = []
    for largest in (False, True):
        tail = values.topk(n_tail, dim=0, largest=largest).values - middle
        farthest, nearest = tail[0], tail[-1]
        most = torch.where(nearest == 0, farthest, WILD * nearest)
        reach = torch.minimum(farthest.abs(), most.abs()).copysign(farthest)
        ends.append((middle + (1 + MARGIN) * reach).numpy())
    return ends
