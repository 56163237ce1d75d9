"""Self-attention encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from sk_autoencoder.networks._dense import ACTIVATIONS
from sk_autoencoder.networks._network import Network
from sk_autoencoder.networks._part import Number
from sk_autoencoder.networks._sequences import (
    N_TIME,
    sequence_shape,
    time_of_steps,
)

# Hidden units of the feed-forward part of a block, for each of its width.
FORWARD = 2

# What torch holds at a time for each step and unit of a block.
NUMBERS_PER_UNIT = 8


@dataclass
class Attention(Network):
    """The self-attention family, for sequences.

    Each step looks at all others and takes what it needs from them [1]_: in each block
    by attention, then by a feed-forward part, both of which add to what they are given
    after layer normalization [2]_. The encoder makes the code of the mean over steps;
    the decoder gives the code to each step. Both are told the time. Nothing is dropped
    at random.

    Needs `sample_shape`: (time, channels). Sequences may be shorter, padded with NaN at
    the end: neither network nor loss sees the padding. The widths of the blocks are
    `hidden_layer_sizes`; where they change a linear layer leads over.

    Parameters
    ----------
    n_heads : int, default=4
        How many places each step looks at in each block; it divides all widths.

    References
    ----------
    .. [1] Vaswani, A. et al. (2017). Attention is all you need. Advances in Neural
       Information Processing Systems, 30.

    .. [2] Xiong, R. et al. (2020). On layer normalization in the Transformer
       architecture. International Conference on Machine Learning, 10524-10533.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> from sk_autoencoder.networks import Attention
    >>> X = load_digits().data[:200]  # eight steps of eight channels
    >>> model = AutoencoderTransformer(
    ...     4, network=Attention(n_heads=2), sample_shape=(8, 8), max_iter=1
    ... )
    >>> model.fit_transform(X).shape
    (200, 4)
    """

    n_heads: int = 4

    _parameter_constraints = {"n_heads": [Number(Integral, 1, None, closed="left")]}

    pads = True

    def hidden_layer_sizes(self, n_features):
        """Return one block of width 64."""
        return (64,)

    def example_shape(self, n_features):
        """Return the shape of a sequence of a few channels."""
        return sequence_shape(n_features)

    def activations_per_row(self, sizes, hidden_layer_sizes, parts=None):
        """Return the row, and what a block takes and holds at all steps."""
        of_step = max(
            n_in + NUMBERS_PER_UNIT * width
            for widths in _widths(sizes, hidden_layer_sizes)
            for n_in, width in pairwise(widths)
        )
        return sizes.n_features + sizes.sample_shape[0] * of_step

    def multiplications(self, sizes, hidden_layer_sizes, parts=None):
        """Return the weights times the steps, and the products of pairs of steps."""
        n_steps, n_channels = sizes.sample_shape
        both = _widths(sizes, hidden_layer_sizes)
        of_step = both[1][-1] * n_channels + sum(
            (n_in != width) * n_in * width
            + (4 + 2 * FORWARD) * width**2
            + 2 * n_steps * width
            for widths in both
            for n_in, width in pairwise(widths)
        )
        return n_steps * of_step + both[0][-1] * sizes.n_outputs

    def build(self, sizes, hidden_layer_sizes, activation, start_at_zero):
        """Return blocks of attention, with linear layers at both ends."""
        shape, n_heads = sizes.sample_shape, self.n_heads
        if shape is None or len(shape) != 2 or not hidden_layer_sizes:
            raise ValueError(
                "An attention network needs sample_shape=(time, channels) and at least "
                f"one of hidden_layer_sizes; got {shape!r} and {hidden_layer_sizes!r}."
            )
        if any(width % n_heads for width in hidden_layer_sizes):
            raise ValueError(
                f"n_heads of Attention must divide hidden_layer_sizes; got {n_heads!r} "
                f"and {hidden_layer_sizes!r}."
            )
        blocks = [
            Blocks(widths, int(n_heads), ACTIVATIONS[activation])
            for widths in _widths(sizes, hidden_layer_sizes)
        ]
        encoder = AttentionEncoder(shape, blocks[0], sizes.n_outputs)
        decoder = AttentionDecoder(shape, blocks[1])
        if start_at_zero:
            for part in (encoder, decoder):
                nn.init.zeros_(part.linear.weight)
                nn.init.zeros_(part.linear.bias)
        return encoder, decoder


def _widths(sizes, hidden):
    """Return the numbers of a step into and after each block, of both parts."""
    return (
        (sizes.sample_shape[1] + N_TIME, *hidden),
        (sizes.n_inputs + N_TIME, *hidden[::-1]),
    )


class Block(nn.Module):
    """Self-attention and a feed-forward part, each added to its input.

    Parameters
    ----------
    width : int
        The numbers of a step.

    n_heads : int
        How many places a step looks at; a divisor of the width.

    activation : class
        The activation of the feed-forward part.
    """

    def __init__(self, width, n_heads, activation):
        super().__init__()
        self.n_heads = n_heads
        self.look = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.take = nn.Linear(width, width)
        self.forward_part = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, FORWARD * width),
            activation(),
            nn.Linear(FORWARD * width, width),
        )

    def forward(self, hidden, known=None):
        """Return what each step holds, shape (n, t, width).

        Parameters
        ----------
        hidden : Tensor of shape (n, t, width)
            What each step holds before.

        known : Tensor of bool of shape (n, t), default=None
            The steps that may be looked at; None for all.
        """
        hidden = hidden + self.take(self._attend(self.look(hidden), known))
        return hidden + self.forward_part(hidden)

    def _attend(self, hidden, known):
        heads = self.query_key_value(hidden).unflatten(2, (3, self.n_heads, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # (n, heads, t, w / heads)
        mask = None if known is None else known[:, None, None]  # (n, 1, 1, t)
        found = scaled_dot_product_attention(query, key, value, mask)
        return found.transpose(1, 2).flatten(2)


class Blocks(nn.Module):
    """Blocks, each after a linear layer where the width changes; normalized at last.

    Parameters
    ----------
    widths : tuple of int
        The numbers of a step at first and in each block.

    n_heads, activation
        As for `Block`.
    """

    def __init__(self, widths, n_heads, activation):
        super().__init__()
        self.lines = nn.ModuleList(
            nn.Identity() if n_in == width else nn.Linear(n_in, width)
            for n_in, width in pairwise(widths)
        )
        self.blocks = nn.ModuleList(
            Block(width, n_heads, activation) for width in widths[1:]
        )
        self.norm = nn.LayerNorm(widths[-1])
        self.width = widths[-1]

    def forward(self, hidden, known=None):
        """Return shape (n, t, width); see `Block.forward`."""
        for line, block in zip(self.lines, self.blocks, strict=True):
            hidden = block(line(hidden), known)
        return self.norm(hidden)


class AttentionEncoder(nn.Module):
    """Let the steps look at each other and make a code of their mean.

    Parameters
    ----------
    shape : tuple of two int
        (time, channels).

    blocks : Blocks
        From channels and time to what a step holds.

    n_outputs : int
        What to give for each sequence.
    """

    def __init__(self, shape, blocks, n_outputs):
        super().__init__()
        self.shape = shape
        self.register_buffer("time", time_of_steps(shape[0]))  # (t, w)
        self.blocks = blocks
        self.linear = nn.Linear(blocks.width, n_outputs)

    def forward(self, x):
        """Return shape (n, n_outputs) for ravelled sequences."""
        sequences = x.unflatten(1, self.shape)  # (n, t, c)
        known = ~sequences.isnan().all(dim=2)  # (n, t)
        hidden = self.blocks(_with_time(sequences.nan_to_num(), self.time), known)
        weights = known / known.sum(dim=1, keepdim=True)  # (n, t)
        return self.linear((weights[:, None] @ hidden).squeeze(1))


class AttentionDecoder(nn.Module):
    """Give a code to all steps, which look at each other.

    Parameters
    ----------
    shape : tuple of two int
        (time, channels).

    blocks : Blocks
        From the code and time to what a step holds.
    """

    def __init__(self, shape, blocks):
        super().__init__()
        self.register_buffer("time", time_of_steps(shape[0]))  # (t, w)
        self.blocks = blocks
        self.linear = nn.Linear(blocks.width, shape[1])

    def forward(self, code):
        """Return ravelled sequences, shape (n, t * c)."""
        steps = code[:, None].expand(-1, len(self.time), -1)
        return self.linear(self.blocks(_with_time(steps, self.time))).flatten(1)


def _with_time(steps, time):
    """Return the steps, shape (n, t, c), beside their time, (n, t, c + w)."""
    return torch.cat([steps, time.expand(len(steps), -1, -1)], dim=2)
