"""Random numbers that are the same each time."""

# SPDX-License-Identifier: BSD-3-Clause

import torch


def same_noise(n_rows, n_columns, like):
    """Return the same standard normal numbers each time, where a tensor is."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(n_rows, n_columns, generator=generator).to(like)
