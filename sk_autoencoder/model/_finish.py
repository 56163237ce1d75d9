"""From what a decoder says of a column to values like those of the data."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from scipy.stats import rankdata

# How often the shares of levels are adjusted to those of the data at most, and how
# close to them is enough.
N_ADJUSTMENTS, CLOSE = 200, 1e-3

# The least share of a level, which may be divided by.
LEAST_SHARE = 1e-12


class FinishNumber:
    """What makes values of a column of numbers of what was decoded.

    The residual of a training row is added, and the sum replaced by the value of the
    data that is as great among the data as the sum is among what is drawn.

    Parameters
    ----------
    rows, restored : ndarray of shape (n, 1)
        Values of training rows, NaN where they are missing, and their reconstruction.

    drawn : ndarray of shape (n_drawn, 1)
        What random codes decode to, of those that are not to be missing.

    donors : ndarray of int of shape (n_drawn,)
        Training rows, whose residuals are added to these.

    rng : RandomState
        For the residuals of values that are missing.
    """

    def __init__(self, rows, restored, drawn, donors, rng):
        missing = np.isnan(rows[:, 0])
        self.residuals = (rows - restored)[:, 0].astype(np.float64)
        known = np.flatnonzero(~missing) if not missing.all() else [0]
        self.residuals[missing] = self.residuals[rng.choice(known, missing.sum())]
        self.drawn = np.sort(drawn[:, 0] + self.residuals[donors])
        self.known = np.sort(rows[known, 0].astype(np.float64))

    def rows(self, outputs, donors, rng):
        """Return values for what was decoded, shape (n, 1)."""
        drawn = outputs[:, 0] + self.residuals[donors]
        share = _share_below(self.drawn, drawn, rng.uniform(size=len(drawn)))
        return _value_at(self.known, share)[:, None]

    def log_likelihood(self, outputs, given):
        """Return how likely outputs make a value, by normal residuals, shape (n,)."""
        before = np.quantile(self.drawn, _share_below(self.known, given, 0.5))
        std = self.residuals.std() or self.drawn.std() or 1.0
        return -0.5 * np.square((before - outputs[:, 0]) / std)


class FinishLevels:
    """What makes values of a column of levels of what was decoded.

    The shares that the decoder gives are multiplied by what makes them those of the
    data in the mean, and the level is taken that lies where that of a training row lies
    in its own distribution.

    Parameters
    ----------
    rows, restored, drawn, donors, rng
        As for `FinishNumber`, with a column for each level.
    """

    def __init__(self, rows, restored, drawn, donors, rng):
        missing = np.isnan(rows[:, 0])
        self.factors = np.ones(rows.shape[1])
        if len(drawn) and not missing.all():
            of_data = rows[~missing].mean(axis=0, dtype=np.float64)
            for _ in range(N_ADJUSTMENTS):
                of_drawn = self._shares(drawn).mean(axis=0)
                if np.abs(of_drawn - of_data).max() < CLOSE:
                    break
                self.factors *= of_data / of_drawn
        ends = self._shares(restored).cumsum(axis=1)
        begins = np.hstack([np.zeros((len(rows), 1)), ends[:, :-1]])
        index = np.arange(len(rows)), np.nan_to_num(rows).argmax(axis=1)
        self.places = rng.uniform(size=len(rows))
        inside = begins[index] + self.places * (ends[index] - begins[index])
        self.places[~missing] = inside[~missing]
        # Evenly spread, as the shares are adjusted for.
        self.places = (rankdata(self.places) - 0.5) / len(rows)

    def rows(self, outputs, donors, rng):
        """Return ones where rows have a level, else zeros, shape (n, n_levels)."""
        ends = self._shares(outputs).cumsum(axis=1)
        level = (ends[:, :-1] < self.places[donors, None]).sum(axis=1)
        return np.eye(len(self.factors))[level]

    def log_likelihood(self, outputs, given):
        """Return the log of the share of a level, shape (n,)."""
        return np.log(self._shares(outputs) @ given)

    def _shares(self, outputs):
        shares = np.maximum(outputs * self.factors, LEAST_SHARE)
        return shares / shares.sum(axis=1, keepdims=True)


def _share_below(ordered, values, among):
    """Return the share of numbers that are less than values, and some of the equal."""
    low, high = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    return (low + among * (high - low + 1)) / (len(ordered) + 1)


def _value_at(ordered, share):
    """Return quantiles: between two numbers, unless most come more than once."""
    repeats = len(np.unique(ordered)) < len(ordered) / 2
    return np.quantile(ordered, share, method="inverted_cdf" if repeats else "linear")
