"""What tells a network the time."""

# SPDX-License-Identifier: BSD-3-Clause

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
