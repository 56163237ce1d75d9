"""Fully connected encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from sk_autoencoder.networks._network import Network

ACTIVATIONS = {
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "identity": nn.Identity,
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}

# Weights of the first hidden layer at most, by default: 32 MiB.
MOST_WEIGHTS = 2**23


@dataclass
class Dense(Network):
    """The fully connected family: any number of hidden layers, mirrored."""

    rotates = True

    def hidden_layer_sizes(self, n_features):
        """Return the default widths: 4 units a feature, 64 to 1024, then half of it.

        Of more than 8,192 features, fewer: as make eight million weights.
        """
        width = min(max(4 * n_features, 64), 1024, max(MOST_WEIGHTS // n_features, 2))
        return width, width // 2

    def activations_per_row(self, sizes, hidden_layer_sizes, parts=None):
        """Return the row, and a hidden layer before and after its activation."""
        return sizes.n_features + max(
            (2 * width for width in hidden_layer_sizes), default=sizes.n_outputs
        )

    def multiplications(self, sizes, hidden_layer_sizes, parts=None):
        """Return the number of weights."""
        return sum(
            n_in * n_out
            for widths in _widths(sizes, hidden_layer_sizes)
            for n_in, n_out in pairwise(widths)
        )

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return two stacks of linear layers with activations between them."""
        stacks = [
            _stack(widths, ACTIVATIONS[activation])
            for widths in _widths(sizes, hidden_layer_sizes)
        ]
        if start_at_zero:
            for stack in stacks:
                nn.init.zeros_(stack[-1].weight)
                nn.init.zeros_(stack[-1].bias)
        return stacks


def _widths(sizes, hidden):
    """Return the widths of the encoder and of the decoder, both ends included."""
    return (
        (sizes.n_features, *hidden, sizes.n_outputs),
        (sizes.n_inputs, *hidden[::-1], sizes.n_features),
    )


def _stack(widths, activation):
    """Return linear layers of these widths with activations between them."""
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), activation()]
    return nn.Sequential(*layers[:-1])
