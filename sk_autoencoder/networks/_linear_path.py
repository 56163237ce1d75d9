"""The PCA inside the network."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sk_autoencoder.networks._bounds import Fading, FadingToPredicted, fixed
from sk_autoencoder.networks.losses._predictor import Predictor


class Affine(nn.Module):
    """A linear map with an offset that does not train.

    Parameters
    ----------
    weight : Tensor of shape (n_out, n_in)
        The linear map.

    bias : Tensor of shape (n_out,)
        Its offset.
    """

    def __init__(self, weight, bias):
        super().__init__()
        self.register_buffer("weight", fixed(weight))
        self.register_buffer("bias", fixed(bias))

    def forward(self, x):
        """Return the map of `x`, shape (n, n_out)."""
        return nn.functional.linear(x, self.weight, self.bias)

    @property
    def linear(self):
        """The map alone, as of `Predicted`."""
        return self

    def followed_by(self, predictor):
        """Return the map with a predictor after it, where there is one."""
        return self if predictor is None else Predicted(self, predictor)

    def fading(self, *bounds, inside):
        """Return a decoder that goes over to this one beyond bounds; see `Fading`."""
        return Fading(*bounds, inside, self.weight, self.bias)


class Predicted(nn.Module):
    """A linear decoder through the link of a loss; neither trains.

    Parameters
    ----------
    linear : Affine
        From codes to standardized reconstructions.

    predictor : Predictor
        From these to the output.
    """

    def __init__(self, linear, predictor):
        super().__init__()
        self.linear = linear
        self.predictor = predictor

    def forward(self, code):
        """Return the output, shape (n, n_features)."""
        return self.predictor(self.linear(code))

    def fading(self, *bounds, inside):
        """Return a decoder that goes over to this one beyond bounds; see `Fading`."""
        return FadingToPredicted(*bounds, inside, self)


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
        The units of its outputs, in which networks beside it compute.

    to_features : Tensor of shape (n_features, n_inputs)
        The decoder's weights.

    code_units : Tensor of shape (n_inputs,)
        The units of what the decoder is given: the code, before all else.
    """

    to_code: Tensor
    bias: Tensor
    units: Tensor
    to_features: Tensor
    code_units: Tensor

    def encode(self, x):
        """Return the codes of standardized rows, shape (n, n_components)."""
        encoded = self.units * (x @ self.to_code.T + self.bias)
        return encoded[:, : len(self.code_units)]

    def decode(self, code):
        """Return what codes, or their first components, stand for."""
        k = code.shape[1]
        return code / self.code_units[:k] @ self.to_features[:, :k].T

    def frozen(self, predictor):
        """Return encoder and decoder as modules that do not train.

        Parameters
        ----------
        predictor : Predictor or None
            How a standardized reconstruction becomes an output; see `Loss.predictor`.

        Returns
        -------
        encoder : Affine
            The encoder.

        decoder : Affine or Predicted
            The decoder.
        """
        encoder = Affine(self.units[:, None] * self.to_code, self.units * self.bias)
        to_features = self.to_features / self.code_units
        decoder = Affine(to_features, torch.zeros_like(to_features[:, 0]))
        return encoder, decoder.followed_by(predictor)

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

    def with_marks(self):
        """Return the same maps where the decoder is given a mark for each component.

        It does not look at them.
        """
        unseen, ones = torch.zeros_like(self.to_features), torch.ones_like(self.units)
        return self._replace(
            to_features=torch.cat((self.to_features, unseen), dim=1),
            code_units=torch.cat((self.code_units, ones)),
        )

    def beside_marks(self):
        """Return the same maps where as many columns follow that are not looked at."""
        unseen = torch.zeros_like(self.to_code)
        return self._replace(to_code=torch.cat((self.to_code, unseen), dim=1))


class LinearPath(nn.Module):
    """A linear map with known weights, plus a learned correction that starts at zero.

    Before training it is the linear map; all of its weights train.

    Parameters
    ----------
    weight : Tensor of shape (n_out, n_in)
        The linear map to start from.

    bias : Tensor of shape (n_out,)
        Its offset.

    correction : Module
        From (n, n_in) to (n, n_out), zero everywhere before training.

    fills : bool, default=False
        Whether an input may be NaN, which then is zero to the linear map: the mean of
        the data.

    predictor : Predictor, default=None
        What the linear map goes through before it is corrected; None is nothing.
    """

    def __init__(self, weight, bias, correction, fills=False, predictor=None):
        super().__init__()
        self.linear = nn.Linear(*weight.shape[::-1], device=weight.device)
        with torch.no_grad():
            self.linear.weight.copy_(weight)
            self.linear.bias.copy_(bias)
        self.predictor = nn.Identity() if predictor is None else predictor
        self.correction = correction
        self.fills = fills

    def forward(self, x):
        """Return the corrected map of `x`, shape (n, n_out)."""
        known = x.nan_to_num() if self.fills else x
        return self.predictor(self.linear(known)) + self.correction(x)

    def loosen(self):
        """Let the predictor, where there is one, be as it is good to train."""
        if isinstance(self.predictor, Predictor):
            self.predictor.loosen()


class LinearStartEncoder(nn.Module):
    """An encoder that starts as a linear one.

    Parameters
    ----------
    maps : LinearMaps
        What to start at.

    correction : Module
        Zero before training; it computes in the units of the maps.

    fills : bool
        As for `LinearPath`.
    """

    def __init__(self, maps, correction, fills):
        super().__init__()
        self.path = LinearPath(maps.to_code, maps.bias, correction, fills)
        self.register_buffer("units", fixed(maps.units))

    def forward(self, x):
        """Return the encoder's output, shape (n, n_outputs)."""
        return self.path(x) * self.units


class LinearStartDecoder(nn.Module):
    """A decoder that starts as a linear one.

    Parameters
    ----------
    maps : LinearMaps
        What to start at.

    predictor : Predictor or None
        How a standardized reconstruction becomes an output; see `Loss.predictor`.

    correction : Module
        Zero before training; it computes in the units of the maps.
    """

    def __init__(self, maps, predictor, correction):
        super().__init__()
        weight = maps.to_features
        bias = torch.zeros_like(weight[:, 0])
        self.path = LinearPath(weight, bias, correction, predictor=predictor)
        self.register_buffer("rates", fixed(1 / maps.code_units))

    def forward(self, code):
        """Return the decoder's output, shape (n, n_features)."""
        return self.path(code * self.rates)


class InAxesOf(nn.Module):
    """Apply an encoder of coordinates along some axes to the features.

    Parameters
    ----------
    axes : Tensor of shape (r, n_features)
        Orthogonal unit vectors.

    inside : Module
        From (n, r) to (n, n_out).
    """

    def __init__(self, axes, inside):
        super().__init__()
        self.register_buffer("axes", fixed(axes))
        self.inside = inside

    def forward(self, x):
        """Return the map of `x`, shape (n, n_out)."""
        return self.inside(nn.functional.linear(x, self.axes))


class OutOfAxes(nn.Module):
    """Give the features for which a decoder gives coordinates along some axes.

    Parameters
    ----------
    axes : Tensor of shape (r, n_features)
        Orthogonal unit vectors.

    inside : Module
        From (n, n_components) to (n, r).
    """

    def __init__(self, axes, inside):
        super().__init__()
        self.register_buffer("axes", fixed(axes))
        self.inside = inside

    def forward(self, code):
        """Return the features, shape (n, n_features)."""
        return self.inside(code) @ self.axes
