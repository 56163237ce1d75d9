"""The PCA inside the network."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Affine(nn.Module):
    """A linear map with an offset that does not train; NaN is zero to it.

    Parameters
    ----------
    weight : Tensor of shape (n_out, n_in)
        The linear map.

    bias : Tensor of shape (n_out,)
        Its offset.
    """

    def __init__(self, weight, bias):
        super().__init__()
        self.register_buffer("weight", weight.float())
        self.register_buffer("bias", bias.float())

    def forward(self, x):
        """Return the map of `x`, shape (n, n_out)."""
        return nn.functional.linear(x.nan_to_num(), self.weight, self.bias)


class LinearMaps(NamedTuple):
    """A linear encoder and a linear decoder.

    The encoder is ``units * (to_code @ x + bias)``, the decoder
    ``to_features @ (z / units)``, with the units of the code.

    Attributes
    ----------
    to_code : Tensor of shape (n_outputs, n_features)
        The encoder's weights.

    bias : Tensor of shape (n_outputs,)
        Its offset.

    units : Tensor of shape (n_outputs,)
        The units of its outputs, in which networks beside it compute: those of the
        code come first.

    to_features : Tensor of shape (n_features, n_components)
        The decoder's weights.
    """

    to_code: Tensor
    bias: Tensor
    units: Tensor
    to_features: Tensor

    @property
    def code_units(self):
        """The units of the code, shape (n_components,)."""
        return self.units[: self.to_features.shape[1]]

    def frozen(self, offset, slope):
        """Return encoder and decoder as modules that do not train.

        Parameters
        ----------
        offset, slope : Tensor of shape (n_features,)
            How a standardized feature becomes an output, `Loss.linearize`.

        Returns
        -------
        encoder, decoder : Affine
            The maps.
        """
        return (
            Affine(self.units[:, None] * self.to_code, self.units * self.bias),
            Affine(slope[:, None] * self.to_features / self.code_units, offset),
        )

    def in_axes(self, axes):
        """Return the same maps of coordinates along orthogonal unit vectors.

        Parameters
        ----------
        axes : Tensor of shape (r, n_features)
            The vectors.

        Returns
        -------
        maps : LinearMaps
            From and to r coordinates.
        """
        return self._replace(
            to_code=self.to_code @ axes.T, to_features=axes @ self.to_features
        )


class LinearPath(nn.Module):
    """A linear map with known weights, plus a learned correction that starts at zero.

    Before training it is the linear map; all of its weights train. What is missing,
    NaN, is zero to it, the mean of the data.

    Parameters
    ----------
    weight : Tensor of shape (n_out, n_in)
        The linear map to start from.

    bias : Tensor of shape (n_out,)
        Its offset.

    correction : Module
        From (n, n_in) to (n, n_out), zero everywhere before training.
    """

    def __init__(self, weight, bias, correction):
        super().__init__()
        self.linear = nn.Linear(*weight.shape[::-1], device=weight.device)
        with torch.no_grad():
            self.linear.weight.copy_(weight)
            self.linear.bias.copy_(bias)
        self.correction = correction

    def forward(self, x):
        """Return the corrected map of `x`, shape (n, n_out)."""
        return self.linear(x.nan_to_num()) + self.correction(x)


class Bounded(nn.Module):
    """Apply a module within bounds, and a linear map to what lies beyond them.

    Parameters
    ----------
    low, high : Tensor of shape (n_in,)
        The bounds.

    inside : Module
        From (n, n_in) to (n, n_out); it sees rows within the bounds only.

    weight : Tensor of shape (n_out, n_in)
        The linear map; it does not train.
    """

    def __init__(self, low, high, inside, weight):
        super().__init__()
        self.register_buffer("low", low.float())
        self.register_buffer("high", high.float())
        self.register_buffer("weight", weight.float())
        self.inside = inside

    def forward(self, x):
        """Return the map of `x`, shape (n, n_out)."""
        bounded = x.clamp(self.low, self.high)
        beyond = (x - bounded).nan_to_num()  # what is missing is not beyond
        return self.inside(bounded) + nn.functional.linear(beyond, self.weight)


class Fading(Bounded):
    """Apply a module within bounds, and go over to a linear map beyond them.

    What the module differs by from the linear map is taken at the bounds and divided
    by one plus the squared distance from them.

    Parameters
    ----------
    low, high, inside, weight
        As for `Bounded`.

    bias : Tensor of shape (n_out,)
        The offset of the linear map; it does not train.
    """

    def __init__(self, low, high, inside, weight, bias):
        super().__init__(low, high, inside, weight)
        self.register_buffer("bias", bias.float())

    def forward(self, x):
        """Return the map of `x`, shape (n, n_out)."""
        bounded = x.clamp(self.low, self.high)
        distance = (x - bounded).square().sum(dim=1, keepdim=True)  # (n, 1)
        difference = self.inside(bounded) - self._linear(bounded)
        return self._linear(x) + difference / (1 + distance)

    def _linear(self, x):
        return nn.functional.linear(x, self.weight, self.bias)


class Rescale(nn.Module):
    """Multiply each column by a constant.

    Parameters
    ----------
    factors : Tensor of shape (n_columns,)
        The constants.
    """

    def __init__(self, factors):
        super().__init__()
        self.register_buffer("factors", factors.float())

    def forward(self, x):
        """Return the rescaled columns, shape (n, n_columns)."""
        return x * self.factors


class Rotate(nn.Module):
    """Map rows by a fixed matrix.

    Parameters
    ----------
    weight : Tensor of shape (n_out, n_in)
        The matrix; it does not train.
    """

    def __init__(self, weight):
        super().__init__()
        self.register_buffer("weight", weight.float())

    def forward(self, x):
        """Return the rotated rows, shape (n, n_out)."""
        return nn.functional.linear(x, self.weight)


def add_linear_path(encoder, decoder, maps, offset, slope):
    """Start an autoencoder at linear maps.

    Parameters
    ----------
    encoder, decoder : Module
        The corrections, zero before training. Both work in the units of the maps.

    maps : LinearMaps
        What to start at.

    offset, slope : Tensor of shape (n_features,)
        How a standardized feature becomes an output, `Loss.linearize`.

    Returns
    -------
    encoder, decoder : Module
        The same with the linear path beside them.
    """
    to_output = slope[:, None] * maps.to_features  # (d, k)
    return (
        nn.Sequential(
            LinearPath(maps.to_code, maps.bias, encoder), Rescale(maps.units)
        ),
        nn.Sequential(
            Rescale(1 / maps.code_units), LinearPath(to_output, offset, decoder)
        ),
    )


def bound_input(encoder, to_code, bounds):
    """Let an encoder stay as it starts for what lies outside some bounds.

    Parameters
    ----------
    encoder : Module
        As `add_linear_path` returns it.

    to_code : Tensor of shape (n_outputs, n_features)
        As in the maps that it started at.

    bounds : tuple of two Tensor of shape (n_features,)
        The least and the greatest values to train on.

    Returns
    -------
    encoder : Module
        The same map within the bounds, that of the start for what lies beyond.
    """
    path, rescale = encoder
    return nn.Sequential(Bounded(*bounds, path, to_code), rescale)


def bound_code(decoder, start, bounds):
    """Let a decoder go over to what it started as beyond some bounds.

    Parameters
    ----------
    decoder : Module
        As `add_linear_path` returns it.

    start : tuple of Tensor of shape (n_out, n_components) and (n_out,)
        Weight and bias of its linear path before training.

    bounds : tuple of two Tensor of shape (n_components,)
        The bounds of the code, in the units of the maps.

    Returns
    -------
    decoder : Module
        The same map within the bounds.
    """
    rescale, path = decoder
    return nn.Sequential(rescale, Fading(*bounds, path, *start))


def encoder_of_features(encoder, axes):
    """Make an encoder of coordinates along some axes one of the features.

    Parameters
    ----------
    encoder : Module
        As `add_linear_path` returns it, for inputs of shape (n, r).

    axes : Tensor of shape (r, n_features)
        Orthogonal unit vectors.

    Returns
    -------
    encoder : Module
        The same map, for inputs of shape (n, n_features).
    """
    path, rescale = encoder
    correction = nn.Sequential(Rotate(axes), path.correction)
    path = LinearPath(path.linear.weight @ axes, path.linear.bias, correction)
    return nn.Sequential(path, rescale)


def decoder_of_features(decoder, axes):
    """Make a decoder to coordinates along some axes one to the features.

    Parameters
    ----------
    decoder : Module
        With outputs of shape (n, r).

    axes : Tensor of shape (r, n_features)
        Orthogonal unit vectors.

    Returns
    -------
    decoder : Module
        The same map, with outputs of shape (n, n_features).
    """
    return nn.Sequential(decoder, Rotate(axes.T))
