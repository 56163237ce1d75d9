"""Recurrent encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from sk_autoencoder.networks._network import Network

CELLS = {"gru": nn.GRU, "lstm": nn.LSTM}

# Waves of so many lengths, each half of the last, tell the networks the time.
N_WAVES = 6


@dataclass
class Recurrent(Network):
    """The recurrent family, for sequences.

    The encoder reads a sequence in both directions and makes the code of what it holds
    in the mean over steps. The decoder unrolls the code, which each step is given [1]_.
    Both are told the time, as a line and as waves [3]_, so that they find their place
    in long sequences. Needs `sample_shape`: (time, channels). Sequences may be shorter,
    padded with NaN at the end: neither network nor loss sees the padding.

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

    pads = True

    def hidden_layer_sizes(self, n_features):
        """Return one layer of 64 units."""
        return (64,)

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return recurrent layers with a linear one at the code and one at the end.

        The units have activations of their own; `activation` is not used.
        """
        if self.cell not in CELLS:
            raise ValueError(
                f"cell of Recurrent must be one of {sorted(CELLS)}; got {self.cell!r}."
            )
        shape = sizes.sample_shape
        if shape is None or len(shape) != 2 or not hidden_layer_sizes:
            raise ValueError(
                "A recurrent network needs sample_shape=(time, channels) and at least "
                f"one of hidden_layer_sizes; got {shape!r} and {hidden_layer_sizes!r}."
            )
        cell = CELLS[self.cell]
        encoder = SequenceEncoder(cell, shape, hidden_layer_sizes, sizes.n_outputs)
        mirrored = hidden_layer_sizes[::-1]
        decoder = SequenceDecoder(cell, shape, mirrored, sizes.n_components)
        if start_at_zero:
            for part in (encoder, decoder):
                nn.init.zeros_(part.linear.weight)
                nn.init.zeros_(part.linear.bias)
        return encoder, decoder


class SequenceEncoder(nn.Module):
    """Read a sequence in both directions.

    Parameters
    ----------
    cell : class
        The recurrent layer.

    shape : tuple of two int
        (time, channels).

    widths : tuple of int
        The units of the layers, in each direction.

    n_outputs : int
        What to give for each sequence.
    """

    def __init__(self, cell, shape, widths, n_outputs):
        super().__init__()
        self.shape = shape
        self.register_buffer("time", _time(shape[0]))  # (t, w)
        n_inputs = shape[1] + self.time.shape[1], *(2 * width for width in widths)
        self.layers = nn.ModuleList(
            cell(n_in, n_out // 2, batch_first=True, bidirectional=True)
            for n_in, n_out in pairwise(n_inputs)
        )
        self.linear = nn.Linear(n_inputs[-1], n_outputs)

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

    widths : tuple of int
        The units of the layers.

    n_components : int
        The width of the code.
    """

    def __init__(self, cell, shape, widths, n_components):
        super().__init__()
        self.register_buffer("time", _time(shape[0]))  # (t, w)
        n_inputs = n_components + self.time.shape[1], *widths
        self.layers = nn.ModuleList(
            cell(n_in, n_out, batch_first=True) for n_in, n_out in pairwise(n_inputs)
        )
        self.linear = nn.Linear(widths[-1], shape[1])

    def forward(self, code):
        """Return ravelled sequences, shape (n, t * c)."""
        n, t = len(code), len(self.time)
        hidden = torch.cat(
            [code[:, None].expand(-1, t, -1), self.time.expand(n, -1, -1)], dim=2
        )  # (n, t, k + w)
        for layer in self.layers:
            hidden, _ = layer(hidden)  # (n, t, h)
        return self.linear(hidden).flatten(1)


def _time(n_steps):
    """Return a line and waves over time, shape (n_steps, 1 + 2 * N_WAVES)."""
    line = torch.linspace(-1, 1, n_steps)[:, None]
    phase = torch.pi / 2 * line * 2.0 ** torch.arange(N_WAVES)
    return torch.cat([line, phase.sin(), phase.cos()], dim=1)
