"""Sequences: their shape, and what tells a network the time."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import torch

# Waves of so many lengths, each half of the last.
N_WAVES = 6

# The columns of what tells the time.
N_TIME = 1 + 2 * N_WAVES


def time_of_steps(n_steps):
    """Return a line and waves over time.

    Parameters
    ----------
    n_steps : int
        The length of the sequences.

    Returns
    -------
    time : Tensor of shape (n_steps, N_TIME)
        Numbers from -1 to 1.
    """
    line = torch.linspace(-1, 1, n_steps)[:, None]
    phase = torch.pi / 2 * line * 2.0 ** torch.arange(N_WAVES)
    return torch.cat([line, phase.sin(), phase.cos()], dim=1)


def sequence_shape(n_features):
    """Return (time, channels) with at least as many steps as channels, near a square.

    Parameters
    ----------
    n_features : int
        Their product.

    Returns
    -------
    shape : tuple of two int
        An example.
    """
    n_channels = math.isqrt(n_features)
    while n_features % n_channels:
        n_channels -= 1
    return n_features // n_channels, n_channels
