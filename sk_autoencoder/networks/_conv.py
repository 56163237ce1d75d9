"""Convolutional encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral

from torch import nn

from sk_autoencoder.networks._dense import ACTIVATIONS
from sk_autoencoder.networks._network import Network
from sk_autoencoder.networks._part import Number

# The layers of convolutions, by the number of axes they go along.
LAYERS = {
    1: (nn.Conv1d, nn.ConvTranspose1d),
    2: (nn.Conv2d, nn.ConvTranspose2d),
}


@dataclass
class Conv(Network):
    """The convolutional family, for images and signals.

    Each layer halves height and width, or length; after the last, a linear layer gives
    the code. The decoder mirrors them. Needs `sample_shape`: (channels, height, width)
    or (channels, length).

    Parameters
    ----------
    kernel_size : int, default=3
        The width of the kernels along each axis, odd.

    References
    ----------
    Masci, J., Meier, U., Ciresan, D., & Schmidhuber, J. (2011). Stacked convolutional
    auto-encoders for hierarchical feature extraction. International Conference on
    Artificial Neural Networks, 52-59.
    """

    kernel_size: int = 3

    _parameter_constraints = {"kernel_size": [Number(Integral, 1, None, closed="left")]}

    def check(self):
        """Raise a `ValueError` unless the kernel is of odd width."""
        super().check()
        if self.kernel_size % 2 == 0:
            raise ValueError(
                f"kernel_size of Conv must be odd; got {self.kernel_size!r}."
            )

    def hidden_layer_sizes(self, n_features):
        """Return the default numbers of channels."""
        return 24, 48

    def example_shape(self, n_features):
        """Return the shape of a signal of one channel."""
        return 1, n_features

    def activations_per_row(self, sizes, hidden_layer_sizes, parts=None):
        """Return what a layer takes and gives, the larger of both three times.

        Convolutions copy them into a layout of their own, and activations follow.
        """
        numbers = [
            math.prod(shape)
            for shape in self._shapes(sizes.sample_shape, hidden_layer_sizes)
        ]
        numbers.append(sizes.n_outputs)
        return max(3 * max(pair) + min(pair) for pair in pairwise(numbers))

    def multiplications(self, sizes, hidden_layer_sizes, parts=None):
        """Return the weights of the kernels, times the positions they are used at."""
        shapes = self._shapes(sizes.sample_shape, hidden_layer_sizes)
        n_kernel = self.kernel_size ** (len(sizes.sample_shape) - 1)
        of_kernels = sum(
            n_in[0] * n_kernel * math.prod(n_out) for n_in, n_out in pairwise(shapes)
        )
        n_codes = sizes.n_outputs + sizes.n_inputs
        return 2 * of_kernels + n_codes * math.prod(shapes[-1])

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return convolutions and a linear layer, and the same mirrored."""
        shape = self._checked_shape(sizes.sample_shape)
        shapes = self._shapes(shape, hidden_layer_sizes)
        settings = {
            "kernel_size": int(self.kernel_size),
            "stride": 2,
            "padding": int(self.kernel_size) // 2,
        }
        convolution, transposed = LAYERS[len(shape) - 1]
        down, up = [], []
        for (n_in, *lengths), (n_out, *_) in pairwise(shapes):
            even = [1 - length % 2 for length in lengths]  # what halving has rounded
            down += [convolution(n_in, n_out, **settings), ACTIVATIONS[activation]()]
            mirrored = transposed(n_out, n_in, output_padding=even, **settings)
            up = [ACTIVATIONS[activation](), mirrored, *up]
        n_inmost = math.prod(shapes[-1])
        to_code = nn.Linear(n_inmost, sizes.n_outputs)
        from_code = nn.Linear(sizes.n_inputs, n_inmost)
        if start_at_zero:
            for layer in (to_code, up[-1] if up else from_code):
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)
        return (
            nn.Sequential(nn.Unflatten(1, shape), *down, nn.Flatten(), to_code),
            nn.Sequential(from_code, nn.Unflatten(1, shapes[-1]), *up, nn.Flatten()),
        )

    def _shapes(self, shape, hidden_layer_sizes):
        """Return (channels, *lengths) of the input and after each layer."""
        shapes = [tuple(shape)]
        for n_channels in hidden_layer_sizes:
            halves = (-(-length // 2) for length in shapes[-1][1:])
            shapes.append((n_channels, *halves))
        return shapes

    def _checked_shape(self, shape):
        """Return the shape of a sample, if convolutions can go along it."""
        if shape is None or len(shape) - 1 not in LAYERS:
            raise ValueError(
                "A convolutional network needs sample_shape=(channels, height, width) "
                f"or (channels, length); got {shape!r}."
            )
        return shape
