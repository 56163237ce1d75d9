"""Ridge regression of sequences on windows, in closed form."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, solve

# Of windows and targets, what is taken away from both.
ANCHORS = ("none", "mean", "first", "last")

# Penalties that are tried: a row, for inputs of variance one.
STRENGTHS = np.logspace(-7, 2, 19)

# Where the channel of a window and that of Y have deviations that differ by more than
# this factor, they are not the same quantity: nothing is taken away.
SAME_UNITS = 10


@dataclass(frozen=True)
class RidgeVariant:
    """Which ridge regression predicts a channel.

    Parameters
    ----------
    anchor : {"none", "mean", "first", "last"}
        What is taken away from the window, channel by channel, and from what follows
        it: the window's mean, or its value at either end.

    exog : bool
        Whether the columns after the window are inputs.

    own : bool
        Whether of the window the channel itself is the only input.
    """

    anchor: str
    exog: bool
    own: bool


class Moments(NamedTuple):
    """Sums over rows, from which each ridge regression of these rows follows.

    Attributes
    ----------
    n : int
        The number of rows.

    total : ndarray of shape (n_columns,)
        The sums of columns.

    gram : ndarray of shape (n_columns, n_columns)
        The sums of products.
    """

    n: int
    total: np.ndarray
    gram: np.ndarray

    @classmethod
    def of(cls, Z):
        """Return those of some rows."""
        return cls(len(Z), Z.sum(axis=0), Z.T @ Z)

    def without(self, other):
        """Return those of these rows without some of them."""
        return Moments(*(a - b for a, b in zip(self, other, strict=True)))

    @property
    def center(self):
        """The means of columns."""
        return self.total / self.n

    def about(self, center):
        """Return the sums of products of deviations from a center."""
        product = np.outer(self.total, center)
        return self.gram - product - product.T + self.n * np.outer(center, center)


class Anchoring:
    """What ridge regressions take away from standardized rows of X and Y.

    Parameters
    ----------
    layout : SequenceLayout
        What the columns are.

    scale : ndarray of shape (n_columns,)
        The units of the standardized columns.
    """

    def __init__(self, layout, scale):
        self.layout = layout
        self.scale = scale

    def variants(self, channel):
        """Return which ridge regressions may predict a channel of Y, plain first."""
        layout = self.layout
        shared = channel < layout.n_shared_channels
        return [
            RidgeVariant(*which)
            for which in product(
                ANCHORS if shared and self._is_same(channel) else ANCHORS[:1],
                (True, False) if layout.n_exog else (False,),
                (False, True) if shared and layout.n_channels > 1 else (False,),
            )
        ]

    def _is_same(self, channel):
        """Return whether a channel of X and one of Y may be the same quantity."""
        ratio = self._ratio(channel)
        return 1 / SAME_UNITS <= ratio <= SAME_UNITS

    def _ratio(self, channel):
        """Return how many units of a channel of Y one of X is."""
        with np.errstate(over="ignore", under="ignore"):
            return self.scale[channel] / self.scale[self.layout.n_inputs + channel]

    def columns(self, variant, channel):
        """Return which columns are inputs, and which are to be predicted."""
        layout = self.layout
        window = layout.window(channel) if variant.own else np.arange(layout.n_window)
        exog = np.arange(layout.n_window, layout.n_inputs) if variant.exog else []
        return np.append(window, exog).astype(int), layout.target(channel)

    def maps(self, anchor):
        """Return how anchors are made, and from what they are taken away.

        Parameters
        ----------
        anchor : {"none", "mean", "first", "last"}
            Which.

        Returns
        -------
        weights : ndarray of shape (n_columns, n_channels)
            The anchor of each channel is ``Z @ weights``.

        members : ndarray of shape (n_channels, n_columns)
            What is left is ``Z - Z @ weights @ members``.
        """
        layout = self.layout
        weights = np.zeros((layout.n_columns, layout.n_channels))
        members = np.zeros((layout.n_channels, layout.n_columns))
        if anchor == "none":
            return weights, members
        for channel in range(layout.n_channels):
            window = layout.window(channel)
            taken = {"mean": window, "first": window[:1], "last": window[-1:]}[anchor]
            weights[taken, channel] = 1 / len(taken)
            members[channel, window] = 1
            if channel < layout.n_shared_channels and self._is_same(channel):
                members[channel, layout.target(channel)] = self._ratio(channel)
        return weights, members

    def left(self, gram, anchor):
        """Return the products of what is left, for those of columns."""
        weights, members = self.maps(anchor)
        taken = gram @ weights @ members
        both = members.T @ (weights.T @ gram @ weights) @ members
        return gram - taken - taken.T + both

    def restored(self, coef, inputs, targets, anchor):
        """Return coefficients of all of X, for those of what is left of some inputs."""
        of_all = np.zeros((self.layout.n_columns, len(targets)))
        of_all[inputs] = coef
        weights, members = self.maps(anchor)
        of_all += weights @ (members[:, targets] - members @ of_all)
        return of_all[: self.layout.n_inputs]


class RidgeSystem:
    """All ridge regressions of some rows.

    Parameters
    ----------
    moments : Moments
        Of the standardized rows of X and Y side by side.

    anchoring : Anchoring
        What the columns are.
    """

    def __init__(self, moments, anchoring):
        self.n = moments.n
        self.center = moments.center
        self.gram = moments.about(self.center)
        self.anchoring = anchoring
        self._left, self._eigen = {}, {}

    def best_strength(self, variant, channel):
        """Return the penalty by generalized cross-validation (Golub et al., 1979).

        Parameters
        ----------
        variant : RidgeVariant
            Which regression.

        channel : int
            Of Y.

        Returns
        -------
        strength : float
            The penalty a row, of `STRENGTHS`.
        """
        of_inputs, crossed, of_targets = self._products(variant, channel)
        key = variant, variant.own and channel  # channels may share their inputs
        if key not in self._eigen:
            self._eigen[key] = eigh(of_inputs)
        values, axes = self._eigen[key]
        seen = values > len(values) * np.finfo(float).eps * values[-1:]
        values, axes = values[seen, None], axes[:, seen]
        fitted = np.square(axes.T @ crossed) / values
        n_unseen = max(self.n - 1 - len(values), 0)  # one for the mean
        unseen = np.trace(of_targets) - fitted.sum()
        unseen = max(unseen, 0) if n_unseen else 0  # as rounding may say otherwise
        errors = []
        for strength in STRENGTHS:
            shrunk = self.n * strength / (values + self.n * strength)
            error = unseen + np.sum(fitted * shrunk**2)
            errors.append(error / (n_unseen + shrunk.sum()) ** 2)
        return STRENGTHS[np.argmin(errors)]

    def coef(self, variant, channel, strength):
        """Return what deviations of X from the center are multiplied by.

        Parameters
        ----------
        variant, channel
            As for `best_strength`.

        strength : float
            The penalty a row.

        Returns
        -------
        coef : ndarray of shape (n_inputs, n_target_steps)
            Of all inputs, with what the anchor adds.
        """
        penalized, crossed, _ = self._products(variant, channel)
        penalized[np.diag_indices_from(penalized)] += self.n * strength
        coef = solve(penalized, crossed, assume_a="pos", overwrite_a=True)
        inputs, targets = self.anchoring.columns(variant, channel)
        return self.anchoring.restored(coef, inputs, targets, variant.anchor)

    def _products(self, variant, channel):
        """Return the products of inputs, of inputs and targets, and of targets."""
        anchor = variant.anchor
        if anchor not in self._left:
            self._left[anchor] = self.anchoring.left(self.gram, anchor)
        left = self._left[anchor]
        inputs, targets = self.anchoring.columns(variant, channel)
        pairs = (inputs, inputs), (inputs, targets), (targets, targets)
        return [left[np.ix_(*pair)] for pair in pairs]
