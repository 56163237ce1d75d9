"""Convolutional encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from sk_autoencoder.networks._dense import ACTIVATIONS
from sk_autoencoder.networks._network import Network

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

    def hidden_layer_sizes(self, n_features):
        """Return the default numbers of channels."""
        return 24, 48

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return convolutions and a linear layer, and the same mirrored."""
        channels, *lengths = self._checked_shape(sizes.sample_shape)
        settings = {
            "kernel_size": self.kernel_size,
            "stride": 2,
            "padding": self.kernel_size // 2,
        }
        convolution, transposed = LAYERS[len(lengths)]
        down, up = [], []
        for n_in, n_out in pairwise((channels, *hidden_layer_sizes)):
            shorter = [-(-length // 2) for length in lengths]
            even = [1 - length % 2 for length in lengths]  # what halving has rounded
            down += [convolution(n_in, n_out, **settings), ACTIVATIONS[activation]()]
            mirrored = transposed(n_out, n_in, output_padding=even, **settings)
            up = [ACTIVATIONS[activation](), mirrored, *up]
            channels, lengths = n_out, shorter
        n_inmost = channels * math.prod(lengths)
        to_code = nn.Linear(n_inmost, sizes.n_outputs)
        from_code = nn.Linear(sizes.n_components, n_inmost)
        if start_at_zero:
            for layer in (to_code, up[-1] if up else from_code):
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)
        return (
            nn.Sequential(
                nn.Unflatten(1, sizes.sample_shape), *down, nn.Flatten(), to_code
            ),
            nn.Sequential(
                from_code, nn.Unflatten(1, (channels, *lengths)), *up, nn.Flatten()
            ),
        )

    def _checked_shape(self, shape):
        """Return the shape of a sample, if convolutions can go along it."""
        if not (isinstance(self.kernel_size, int) and self.kernel_size % 2 == 1):
            raise ValueError(
                f"kernel_size of Conv must be an odd integer; got {self.kernel_size!r}."
            )
        if shape is None or len(shape) - 1 not in LAYERS:
            raise ValueError(
                "A convolutional network needs sample_shape=(channels, height, width) "
                f"or (channels, length); got {shape!r}."
            )
        return shape
