"""The PCA inside the network."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

import torch
from torch import Tensor, nn

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
        self.register_buffer("weight", _fixed(weight))
        self.register_buffer("bias", _fixed(bias))

    def forward(self, x):
        """Return the map of `x`, shape (n, n_out)."""
        return nn.functional.linear(x, self.weight, self.bias)

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

    def encode(self, x):
        """Return the codes of standardized rows, shape (n, n_components)."""
        encoded = self.units * (x @ self.to_code.T + self.bias)
        return encoded[:, : len(self.code_units)]

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
        self.register_buffer("units", _fixed(maps.units))

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
        self.register_buffer("rates", _fixed(1 / maps.code_units))

    def forward(self, code):
        """Return the decoder's output, shape (n, n_features)."""
        return self.path(code * self.rates)


class Bounded(nn.Module):
    """Apply an encoder within bounds, and a linear map to what lies beyond them.

    Parameters
    ----------
    low, high : Tensor of shape (n_in,)
        The bounds.

    inside : Module
        From (n, n_in) to (n, n_out); it sees rows within the bounds only.

    weight : Tensor of shape (n_out, n_in)
        The linear map; it does not train.

    fills : bool
        Whether an input may be NaN, which is not beyond any bound.
    """

    def __init__(self, low, high, inside, weight, fills):
        super().__init__()
        self.register_buffer("low", _fixed(low))
        self.register_buffer("high", _fixed(high))
        self.register_buffer("weight", _fixed(weight))
        self.inside = inside
        self.fills = fills

    def forward(self, x):
        """Return the map of `x`, shape (n, n_out)."""
        bounded = x.clamp(self.low, self.high)
        beyond = x - bounded
        beyond = beyond.nan_to_num() if self.fills else beyond
        return torch.addmm(self.inside(bounded), beyond, self.weight.T)


class BoundedDecoder(nn.Module):
    """A decoder that is trusted within bounds of the code, and fades beyond them.

    Parameters
    ----------
    low, high : Tensor of shape (n_components,)
        The bounds of the code.

    rates : Tensor of shape (n_components,)
        What distances in the code are multiplied by.

    inside : Module
        From (n, n_components) to (n, n_out); it sees codes within the bounds only.
    """

    def __init__(self, low, high, rates, inside):
        super().__init__()
        self.register_buffer("low", _fixed(low))
        self.register_buffer("high", _fixed(high))
        self.register_buffer("rates", _fixed(rates))
        self.inside = inside

    def _share(self, beyond):
        """Return the decoder's share, (n, 1), by what lies beyond: 1 within bounds."""
        distance = (beyond * self.rates).square().sum(dim=1, keepdim=True)
        return 1 / (1 + distance)


class Fading(BoundedDecoder):
    """Apply a decoder to codes within bounds, and go over to a linear one beyond them.

    What the decoder differs by from the linear one is taken at the bounds and divided
    by one plus the squared distance from them: ``linear(code) + share *
    (inside(bounded) - linear(bounded))``, summed with a single linear map.

    Parameters
    ----------
    low, high, rates, inside
        As for `BoundedDecoder`.

    weight : Tensor of shape (n_out, n_components)
        The linear decoder; it does not train.

    bias : Tensor of shape (n_out,)
        Its offset; it does not train.
    """

    def __init__(self, low, high, rates, inside, weight, bias):
        super().__init__(low, high, rates, inside)
        self.register_buffer("linear", _fixed(torch.column_stack((weight, bias))))

    def forward(self, code):
        """Return the map of `code`, shape (n, n_out)."""
        bounded = code.clamp(self.low, self.high)
        beyond = code - bounded
        share = self._share(beyond)
        rest = 1 - share
        shift = torch.cat((beyond + rest * bounded, rest), dim=1)  # (n, k + 1)
        return torch.addmm(share * self.inside(bounded), shift, self.linear.T)


class FadingToPredicted(BoundedDecoder):
    """The same as `Fading` where the linear decoder goes through a link.

    Parameters
    ----------
    low, high, rates, inside
        As for `BoundedDecoder`.

    start : Predicted
        What to go over to.
    """

    def __init__(self, low, high, rates, inside, start):
        super().__init__(low, high, rates, inside)
        self.start = start

    def forward(self, code):
        """Return the map of `code`, shape (n, n_out)."""
        bounded = code.clamp(self.low, self.high)
        difference = self.inside(bounded) - self.start(bounded)
        share = self._share(code - bounded)
        return torch.addcmul(self.start(code), share, difference)


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
        self.register_buffer("axes", _fixed(axes))
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
        self.register_buffer("axes", _fixed(axes))
        self.inside = inside

    def forward(self, code):
        """Return the features, shape (n, n_features)."""
        return self.inside(code) @ self.axes


def _fixed(values):
    """Return values as a buffer keeps them: laid out as after loading, to the bit."""
    return values.float().contiguous()
