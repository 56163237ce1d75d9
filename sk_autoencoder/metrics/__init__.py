"""Scores of reconstructions, of synthetic data and of recommendations.

The first three are scorers of any transformer that can be inverted: callables of
``(estimator, X, y=None)`` that are greater for better models, so that one grid search
compares `sklearn.decomposition.PCA`, a `sklearn.pipeline.Pipeline` and an autoencoder,
in the units of X. Others compare synthetic rows, of any origin, with real ones, or say
how the items that were held out rank among those that a recommender scores.
"""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.metrics._closest import closest_distances, copied_share
from sk_autoencoder.metrics._ranking import (
    coverage_at,
    ndcg_at,
    ranking_scorer,
    recall_at,
)
from sk_autoencoder.metrics._reconstruction import (
    neg_mean_absolute_reconstruction_error,
    neg_mean_squared_reconstruction_error,
    reconstruction_r2,
)
from sk_autoencoder.metrics._synthetic import (
    discrimination_auc,
    marginal_distance,
    pairwise_distance,
    train_synthetic_test_real,
)

__all__ = [
    "closest_distances",
    "copied_share",
    "coverage_at",
    "discrimination_auc",
    "marginal_distance",
    "ndcg_at",
    "neg_mean_absolute_reconstruction_error",
    "neg_mean_squared_reconstruction_error",
    "pairwise_distance",
    "ranking_scorer",
    "recall_at",
    "reconstruction_r2",
    "train_synthetic_test_real",
]
