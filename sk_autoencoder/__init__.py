"""Autoencoders as scikit-learn estimators, trained with PyTorch and skorch."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.estimators import (
    AutoencoderOutlierDetector,
    AutoencoderTransformer,
)

__version__ = "0.1.0.dev0"

__all__ = ["AutoencoderOutlierDetector", "AutoencoderTransformer"]
