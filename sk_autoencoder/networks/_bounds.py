"""Where a network is trusted: what lies beyond is left to what it started as."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import nn


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
        self.register_buffer("low", fixed(low))
        self.register_buffer("high", fixed(high))
        self.register_buffer("weight", fixed(weight))
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
        self.register_buffer("low", fixed(low))
        self.register_buffer("high", fixed(high))
        self.register_buffer("rates", fixed(rates))
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
        self.register_buffer("linear", fixed(torch.column_stack((weight, bias))))

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


def fixed(values):
    """Return values as a buffer keeps them: laid out as after loading, to the bit."""
    return values.float().contiguous()
