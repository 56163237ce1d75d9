"""The fitted model: arrays in and arrays out."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.model._density import MIXTURE_ROWS, density_of
from sk_autoencoder.model._forecast import Correction, LinearForecast
from sk_autoencoder.model._kernel import KERNEL_ROWS
from sk_autoencoder.model._model import AutoencoderModel
from sk_autoencoder.model._posterior import Errors, Posterior
from sk_autoencoder.model._spec import Spec
from sk_autoencoder.model._synthesis import RowSampler
from sk_autoencoder.model._view import View

__all__ = [
    "KERNEL_ROWS",
    "MIXTURE_ROWS",
    "AutoencoderModel",
    "Correction",
    "Errors",
    "LinearForecast",
    "Posterior",
    "RowSampler",
    "Spec",
    "View",
    "density_of",
]
