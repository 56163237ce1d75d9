"""Autoencoders as scikit-learn estimators, trained with PyTorch and skorch."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder._version import __version__
from sk_autoencoder.estimators import (
    AutoencoderImputer,
    AutoencoderOutlierDetector,
    AutoencoderRecommender,
    AutoencoderSequenceRegressor,
    AutoencoderTransformer,
    AutoencoderTransformerCV,
)

__all__ = [
    "AutoencoderImputer",
    "AutoencoderOutlierDetector",
    "AutoencoderRecommender",
    "AutoencoderSequenceRegressor",
    "AutoencoderTransformer",
    "AutoencoderTransformerCV",
    "__version__",
]
