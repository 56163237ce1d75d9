"""Entries of tables that are taken away."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from scipy.special import expit
from scipy.stats import rankdata

SHARE, STEEPNESS = 0.3, 6.0


def by_another(X, rng):
    """Return what is missing where each column hangs on the next one.

    Half of the columns lose twice as much; the others, by which it is decided, nothing.
    """
    missing = np.zeros(X.shape, dtype=bool)
    for j in range(0, X.shape[1] - 1, 2):
        rank = rankdata(X[:, j + 1]) / len(X)
        chance = expit(STEEPNESS * (rank - 0.5))
        missing[:, j] = rng.random(len(X)) < 2 * SHARE * chance
    return missing


# What is missing: a share of all entries, or of each column those of rows in which the
# next column is large.
PATTERNS = {
    "10 %": lambda X, rng: rng.random(X.shape) < 0.1,
    "30 %": lambda X, rng: rng.random(X.shape) < 0.3,
    "50 %": lambda X, rng: rng.random(X.shape) < 0.5,
    "30 %, by another": by_another,
}


def with_gaps(X, pattern, seed):
    """Return rows without some entries, and which these are.

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
        Complete rows.

    pattern : str
        A key of `PATTERNS`.

    seed : int
        Determines what is missing.

    Returns
    -------
    incomplete : ndarray of shape (n, n_features)
        The rows with NaN.

    missing : ndarray of bool of shape (n, n_features)
        Where. At least two values of each column stay.
    """
    rng = np.random.default_rng(seed)
    missing = PATTERNS[pattern](X, rng)
    missing[rng.permutation(len(X))[:2]] = False
    return np.where(missing, np.nan, X), missing
