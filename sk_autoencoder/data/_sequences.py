"""What the columns of rows of sequences are, and in which units they are computed."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sk_autoencoder.data._standardizer import Standardizer, center_and_scale

# What is added to the deviation of a window before its logarithm is taken, in those of
# its channel: windows that hardly vary are much alike.
LEAST_DEVIATION = 1e-3


class SequenceLayout(NamedTuple):
    """What the columns of a row of X and of Y are.

    Both are ravelled: all channels of the first time step, then of the next.

    Attributes
    ----------
    n_steps : int
        The time steps of a window.

    n_channels : int
        The numbers of a step of a window.

    n_exog : int
        The columns of X after the window.

    n_target_steps, n_target_channels : int
        The same of Y.
    """

    n_steps: int
    n_channels: int
    n_exog: int
    n_target_steps: int
    n_target_channels: int

    @property
    def n_window(self):
        """The columns of the window."""
        return self.n_steps * self.n_channels

    @property
    def n_inputs(self):
        """The columns of X."""
        return self.n_window + self.n_exog

    @property
    def n_targets(self):
        """The columns of Y."""
        return self.n_target_steps * self.n_target_channels

    @property
    def n_columns(self):
        """The columns of X and Y side by side."""
        return self.n_inputs + self.n_targets

    @property
    def n_shared_channels(self):
        """The channels that X and Y both have: the first ones."""
        return min(self.n_channels, self.n_target_channels)

    def window(self, channel):
        """Return which columns of X are the window of a channel."""
        return np.arange(channel, self.n_window, self.n_channels)

    def target(self, channel):
        """Return which columns are a channel of Y, of X and Y side by side."""
        return np.arange(
            self.n_inputs + channel, self.n_columns, self.n_target_channels
        )

    def channels(self, X):
        """Return the windows of rows of X as an array (n, n_steps, n_channels)."""
        return X[:, : self.n_window].reshape(len(X), self.n_steps, self.n_channels)


def standardizers(layout, X, Y):
    """Return what standardizes rows of X and of Y: the steps of a channel alike.

    Parameters
    ----------
    layout : SequenceLayout
        What the columns are.

    X : ndarray of float64 of shape (n_samples, n_inputs)
        Rows.

    Y : ndarray of float64 of shape (n_samples, n_targets)
        What is to be predicted.

    Returns
    -------
    of_X, of_Y : Standardizer
        For each.
    """
    n_window, n_steps = layout.n_window, layout.n_steps
    mean, scale = _of_channels(X[:, :n_window], n_steps, layout.n_channels)
    if layout.n_exog:
        of_exog = center_and_scale(X[:, n_window:], per_feature=True)
        mean, scale = np.append(mean, of_exog[0]), np.append(scale, of_exog[1])
    of_Y = _of_channels(Y, layout.n_target_steps, layout.n_target_channels)
    return Standardizer(mean, scale), Standardizer(*of_Y)


def _of_channels(rows, n_steps, n_channels):
    """Return mean and scale of each column, which those of a channel share."""
    by_step = np.ascontiguousarray(rows).reshape(-1, n_channels)
    return [np.tile(part, n_steps) for part in center_and_scale(by_step, True)]


@dataclass(frozen=True)
class WindowFeatures:
    """What a network is told of standardized rows of X.

    The windows less the mean of each channel, the logarithms of the channels'
    deviations in them, and the columns after the window. Of levels, which drift, it
    knows nothing, unless `leveled`.

    Parameters
    ----------
    layout : SequenceLayout
        What the columns are.

    leveled : bool
        Whether the means are told too.

    mean, scale, low, high : ndarray of shape (n_features,)
        The standardization of what is told, and the bounds that it stays within: those
        of the rows that it was fitted to.
    """

    layout: SequenceLayout
    leveled: bool
    mean: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def fitted(cls, layout, X, leveled):
        """Return the features with the standardization of some rows."""
        features = _features(layout, X, leveled)
        mean, scale = center_and_scale(features, per_feature=True)
        low, high = features.min(axis=0), features.max(axis=0)
        return cls(layout, leveled, mean, scale, low, high)

    def __call__(self, X):
        """Return the features of rows, shape (n, n_features)."""
        features = _features(self.layout, X, self.leveled)
        np.clip(features, self.low, self.high, out=features)
        return (features - self.mean) / self.scale

    def from_inputs(self, coef):
        """Return the coefficients of features for those of standardized columns of X.

        Parameters
        ----------
        coef : ndarray of shape (n_inputs, n_out)
            The coefficients of the columns.

        Returns
        -------
        coef : ndarray of shape (n_features, n_out)
            Those of a linear map that gives the same, but for levels that are not told.
        """
        layout, n_out = self.layout, coef.shape[1]
        parts = [coef, np.zeros((layout.n_channels, n_out))]  # none of deviations
        if self.leveled:
            by_step = coef[: layout.n_window].reshape(-1, layout.n_channels, n_out)
            parts.append(by_step.sum(axis=0))
        return np.vstack(parts) * self.scale[:, None]


def _features(layout, X, leveled):
    """Return features before they are standardized, those of the columns of X first."""
    windows = layout.channels(X)  # (n, t, c)
    levels = windows.mean(axis=1)  # (n, c)
    around = windows - levels[:, None]
    deviations = np.log(np.sqrt(np.square(around).mean(axis=1)) + LEAST_DEVIATION)
    told = [around.reshape(len(X), -1), X[:, layout.n_window :], deviations]
    return np.hstack(told + [levels] * leveled)
