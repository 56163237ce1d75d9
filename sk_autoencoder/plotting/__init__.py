"""Displays, which need matplotlib."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.plotting._feature_scores import FeatureScoresDisplay
from sk_autoencoder.plotting._reconstruction_curve import ReconstructionCurveDisplay

__all__ = ["FeatureScoresDisplay", "ReconstructionCurveDisplay"]
