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


@dataclass
class Dense(Network):
    """The fully connected family: any number of hidden layers, mirrored."""

    rotates = True

    def hidden_layer_sizes(self, n_features):
        """Return the default widths: 4 units a feature, 64 to 1024, then half of it."""
        width = min(max(4 * n_features, 64), 1024)
        return width, width // 2

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return two stacks of linear layers with activations between them."""
        hidden, mirrored = hidden_layer_sizes, hidden_layer_sizes[::-1]
        stacks = [
            _stack(
                (sizes.n_features, *hidden, sizes.n_outputs), ACTIVATIONS[activation]
            ),
            _stack(
                (sizes.n_components, *mirrored, sizes.n_features),
                ACTIVATIONS[activation],
            ),
        ]
        if start_at_zero:
            for stack in stacks:
                nn.init.zeros_(stack[-1].weight)
                nn.init.zeros_(stack[-1].bias)
        return stacks


def _stack(widths, activation):
    """Return linear layers of these widths with activations between them."""
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), activation()]
    return nn.Sequential(*layers[:-1])
