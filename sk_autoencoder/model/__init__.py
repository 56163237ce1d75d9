"""The fitted model: arrays in and arrays out."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.model._density import MIXTURE_ROWS, density_of
from sk_autoencoder.model._model import AutoencoderModel
from sk_autoencoder.model._spec import Spec
from sk_autoencoder.model._view import View

__all__ = ["MIXTURE_ROWS", "AutoencoderModel", "Spec", "View", "density_of"]
