"""Autoencoders as scikit-learn estimators, trained with PyTorch and skorch."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder._outlier_detector import AutoencoderOutlierDetector
from sk_autoencoder._transformer import AutoencoderTransformer

__version__ = "0.1.0.dev0"

__all__ = ["AutoencoderOutlierDetector", "AutoencoderTransformer"]
