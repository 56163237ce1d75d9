"""Where training starts: the best linear model, in closed form."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.starts._ease import ItemWeighting, fit_items
from sk_autoencoder.starts._pca import (
    IncompletePCAStart,
    PCAStart,
    RotatedPCAStart,
    start_at_pca,
)
from sk_autoencoder.starts._principal_axes import principal_axes
from sk_autoencoder.starts._ridge import RidgeVariant
from sk_autoencoder.starts._stacked_ridge import clearly_positive, fit_ridge
from sk_autoencoder.starts._start import RandomStart, Start

__all__ = [
    "IncompletePCAStart",
    "ItemWeighting",
    "PCAStart",
    "RandomStart",
    "RidgeVariant",
    "RotatedPCAStart",
    "Start",
    "clearly_positive",
    "fit_items",
    "fit_ridge",
    "principal_axes",
    "start_at_pca",
]
