"""What the benchmarks measure and how they show it."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np


def unexplained(X, reconstruction):
    """Return the squared error over the squared deviations from the mean of X."""
    X = X.astype(np.float64)
    return float(((X - reconstruction) ** 2).sum() / ((X - X.mean(axis=0)) ** 2).sum())


def geometric_mean(values):
    """Return the geometric mean of positive numbers."""
    return float(np.exp(np.log(values).mean()))


def show(title, table, digits=3):
    """Print a table under its title."""
    print(f"\n{title}\n\n{table.round(digits).to_string(na_rep='-')}")
