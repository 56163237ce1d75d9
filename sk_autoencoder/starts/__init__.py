"""Where training starts: the best linear model, in closed form."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.starts._pca import (
    IncompletePCAStart,
    PCAStart,
    RotatedPCAStart,
    start_at_pca,
)
from sk_autoencoder.starts._start import RandomStart, Start

__all__ = [
    "IncompletePCAStart",
    "PCAStart",
    "RandomStart",
    "RotatedPCAStart",
    "Start",
    "start_at_pca",
]
