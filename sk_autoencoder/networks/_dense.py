"""Fully connected encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from sk_autoencoder.networks._part import Part

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
class Dense(Part):
    """The fully connected family: any number of hidden layers, mirrored."""

    def hidden_layer_sizes(self, n_features):
        """Return the default widths: one layer of 4 units a feature, 64 to 1024."""
        return (min(max(4 * n_features, 64), 1024),)

    def build(
        self, n_features, n_components, hidden_layer_sizes, activation, start_at_zero
    ):
        """Return the encoder and the decoder.

        Parameters
        ----------
        n_features, n_components : int
            The widths of the input and of the code.

        hidden_layer_sizes : tuple of int
            The encoder's widths from the input on; the decoder mirrors them.

        activation : str
            A key of `ACTIVATIONS`.

        start_at_zero : bool
            Whether both start as the zero function: the correction to a linear path.

        Returns
        -------
        encoder, decoder : Module
            From (n, n_features) to (n, n_components) and back.
        """
        widths = (n_features, *hidden_layer_sizes, n_components)
        stacks = [
            _stack(widths, ACTIVATIONS[activation]),
            _stack(widths[::-1], ACTIVATIONS[activation]),
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
