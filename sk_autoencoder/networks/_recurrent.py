"""Recurrent encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from itertools import pairwise

import torch
from sklearn.utils._param_validation import StrOptions
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from sk_autoencoder.networks._network import Network
from sk_autoencoder.networks._sequences import (
    N_TIME,
    sequence_shape,
    time_of_steps,
)

CELLS = {"gru": nn.GRU, "lstm": nn.LSTM}

# The matrices of a unit.
GATES = {"gru": 3, "lstm": 4}

# What torch holds at a time for each unit and step: gates, states, outputs.
NUMBERS_PER_UNIT = 6


@dataclass
class Recurrent(Network):
    """The recurrent family, for sequences.

    The encoder reads a sequence in both directions and makes the code of what it holds
    in the mean over steps. The decoder unrolls the code, which each step is given [1]_.
    Both are told the time, as a line and as waves [3]_, so that they find their place
    in long sequences. Needs `sample_shape`: (time, channels). Sequences may be shorter,
    padded with NaN at the end: neither network nor loss sees the padding.

    The units have sigmoids and hyperbolic tangents inside, and what they give is linear
    in the output; the estimator's `activation` has no effect.

    Parameters
    ----------
    cell : {"gru", "lstm"}, default="gru"
        The unit: gated recurrent [2]_, or long short-term memory, which is slower.

    References
    ----------
    .. [1] Srivastava, N., Mansimov, E., & Salakhutdinov, R. (2015). Unsupervised
       learning of video representations using LSTMs. International Conference on
       Machine Learning, 843-852.

    .. [2] Cho, K. et al. (2014). Learning phrase representations using RNN
       encoder-decoder for statistical machine translation. Empirical Methods in Natural
       Language Processing, 1724-1734.

    .. [3] Vaswani, A. et al. (2017). Attention is all you need. Advances in Neural
       Information Processing Systems, 30.
    """

    cell: str = "gru"

    _parameter_constraints = {"cell": [StrOptions(set(CELLS))]}

    pads = True

    def hidden_layer_sizes(self, n_features):
        """Return one layer of 64 units."""
        return (64,)

    def example_shape(self, n_features):
        """Return the shape of a sequence of a few channels."""
        return sequence_shape(n_features)

    def activations_per_row(self, sizes, hidden_layer_sizes, parts=None):
        """Return the row, and what a layer takes and holds at all steps."""
        of_step = max(
            2 * n_in + NUMBERS_PER_UNIT * n_out
            for layers in _layers(sizes, hidden_layer_sizes)
            for n_in, n_out in pairwise(layers)
        )
        return sizes.n_features + sizes.sample_shape[0] * of_step

    def multiplications(self, sizes, hidden_layer_sizes, parts=None):
        """Return the weights of units and output at each step, and those of the code.

        Each unit of the encoder sees those of its own direction, half of its layer.
        """
        n_steps, n_channels = sizes.sample_shape
        to_code, from_code = _layers(sizes, hidden_layer_sizes)
        of_units = sum(
            n_out * (n_in + n_out // n_directions)
            for layers, n_directions in ((to_code, 2), (from_code, 1))
            for n_in, n_out in pairwise(layers)
        )
        of_step = GATES[self.cell] * of_units + from_code[-1] * n_channels
        return n_steps * of_step + to_code[-1] * sizes.n_outputs

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return recurrent layers with a linear one at the code and one at the end.

        `activation` has no effect: the units have functions of their own.
        """
        shape = sizes.sample_shape
        if shape is None or len(shape) != 2 or not hidden_layer_sizes:
            raise ValueError(
                "A recurrent network needs sample_shape=(time, channels) and at least "
                f"one of hidden_layer_sizes; got {shape!r} and {hidden_layer_sizes!r}."
            )
        cell = CELLS[self.cell]
        to_code, from_code = _layers(sizes, hidden_layer_sizes)
        encoder = SequenceEncoder(cell, shape, to_code, sizes.n_outputs)
        decoder = SequenceDecoder(cell, shape, from_code)
        if start_at_zero:
            for part in (encoder, decoder):
                nn.init.zeros_(part.linear.weight)
                nn.init.zeros_(part.linear.bias)
        return encoder, decoder


def _layers(sizes, widths):
    """Return the numbers of a step into and after each layer, of both parts.

    The layers of the encoder give a number for each unit and each direction.
    """
    return (
        (sizes.sample_shape[1] + N_TIME, *(2 * width for width in widths)),
        (sizes.n_inputs + N_TIME, *widths[::-1]),
    )


class SequenceEncoder(nn.Module):
    """Read a sequence in both directions.

    Parameters
    ----------
    cell : class
        The recurrent layer.

    shape : tuple of two int
        (time, channels).

    n_numbers : tuple of int
        What each step gives to the first layer and from each layer on.

    n_outputs : int
        What to give for each sequence.
    """

    def __init__(self, cell, shape, n_numbers, n_outputs):
        super().__init__()
        self.shape = shape
        self.register_buffer("time", time_of_steps(shape[0]))  # (t, w)
        self.layers = nn.ModuleList(
            cell(n_in, n_out // 2, batch_first=True, bidirectional=True)
            for n_in, n_out in pairwise(n_numbers)
        )
        self.linear = nn.Linear(n_numbers[-1], n_outputs)

    def forward(self, x):
        """Return shape (n, n_outputs) for ravelled sequences."""
        sequences = x.unflatten(1, self.shape)  # (n, t, c)
        lengths = (~sequences.isnan().all(dim=2)).sum(dim=1)  # (n,)
        hidden = torch.cat(
            [sequences.nan_to_num(), self.time.expand(len(x), -1, -1)], dim=2
        )
        for layer in self.layers:
            hidden = self._read(layer, hidden, lengths)  # (n, t, 2 h)
        return self.linear(hidden.sum(dim=1) / lengths[:, None])  # zero past the end

    def _read(self, layer, hidden, lengths):
        """Return what a layer holds at each step, where sequences end early too."""
        if (lengths == self.shape[0]).all():
            return layer(hidden)[0]
        packed = pack_padded_sequence(
            hidden, lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        return pad_packed_sequence(
            layer(packed)[0], batch_first=True, total_length=self.shape[0]
        )[0]


class SequenceDecoder(nn.Module):
    """Unroll a code.

    Parameters
    ----------
    cell : class
        The recurrent layer.

    shape : tuple of two int
        (time, channels).

    n_numbers
        As for `SequenceEncoder`.
    """

    def __init__(self, cell, shape, n_numbers):
        super().__init__()
        self.register_buffer("time", time_of_steps(shape[0]))  # (t, w)
        self.layers = nn.ModuleList(
            cell(n_in, n_out, batch_first=True) for n_in, n_out in pairwise(n_numbers)
        )
        self.linear = nn.Linear(n_numbers[-1], shape[1])

    def forward(self, code):
        """Return ravelled sequences, shape (n, t * c)."""
        n, t = len(code), len(self.time)
        hidden = torch.cat(
            [code[:, None].expand(-1, t, -1), self.time.expand(n, -1, -1)], dim=2
        )  # (n, t, k + w)
        for layer in self.layers:
            hidden, _ = layer(hidden)  # (n, t, h)
        return self.linear(hidden).flatten(1)
