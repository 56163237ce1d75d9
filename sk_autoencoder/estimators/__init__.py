"""The estimators, and how their parameters become a fitted model."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.estimators._imputer import AutoencoderImputer
from sk_autoencoder.estimators._outlier_detector import AutoencoderOutlierDetector
from sk_autoencoder.estimators._recommender import AutoencoderRecommender
from sk_autoencoder.estimators._sequence_regressor import AutoencoderSequenceRegressor
from sk_autoencoder.estimators._transformer import AutoencoderTransformer
from sk_autoencoder.estimators._transformer_cv import AutoencoderTransformerCV

__all__ = [
    "AutoencoderImputer",
    "AutoencoderOutlierDetector",
    "AutoencoderRecommender",
    "AutoencoderSequenceRegressor",
    "AutoencoderTransformer",
    "AutoencoderTransformerCV",
]
