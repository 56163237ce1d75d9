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


def best_strengths(moments, anchoring, channel, variants):
    """Return the penalties by generalized cross-validation (Golub et al., 1979).

    Parameters
    ----------
    moments : Moments
        Of the rows.

    anchoring : Anchoring
        What the columns are.

    channel : int
        Of Y.

    variants : list of RidgeVariant
        Which regressions.

    Returns
    -------
    strengths : list of float
        For each of them, of `STRENGTHS`.
    """
    gram, strengths = moments.about(moments.center), []
    for variant in variants:
        inputs, targets = anchoring.columns(variant, channel)
        left = anchoring.left(gram, variant.anchor)
        values, axes = eigh(left[np.ix_(inputs, inputs)])
        seen = values > len(values) * np.finfo(float).eps * values[-1:]
        values, axes = values[seen, None], axes[:, seen]
        fitted = np.square(axes.T @ left[np.ix_(inputs, targets)]) / values
        n_unseen = max(moments.n - 1 - len(values), 0)  # one for the mean
        unseen = np.trace(left[np.ix_(targets, targets)]) - fitted.sum()
        unseen = max(unseen, 0) if n_unseen else 0  # as rounding may say otherwise
        errors = []
        for strength in STRENGTHS:
            shrunk = moments.n * strength / (values + moments.n * strength)
            error = unseen + np.sum(fitted * shrunk**2)
            errors.append(error / (n_unseen + shrunk.sum()) ** 2)
        strengths.append(STRENGTHS[np.argmin(errors)])
    return strengths


def ridge_coef(moments, anchoring, channel, variant, strength):
    """Return what deviations of X from the center are multiplied by.

    Parameters
    ----------
    moments, anchoring, channel
        As for `best_strengths`.

    variant : RidgeVariant
        Which regression.

    strength : float
        The penalty a row.

    Returns
    -------
    coef : ndarray of shape (n_inputs, n_target_steps)
        Of all inputs, with what the anchor adds.
    """
    inputs, targets = anchoring.columns(variant, channel)
    gram = anchoring.left(moments.about(moments.center), variant.anchor)
    penalized = gram[np.ix_(inputs, inputs)]
    penalized[np.diag_indices_from(penalized)] += moments.n * strength
    crossed = gram[np.ix_(inputs, targets)]
    coef = solve(penalized, crossed, assume_a="pos", overwrite_a=True)
    return anchoring.restored(coef, inputs, targets, variant.anchor)
