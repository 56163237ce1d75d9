"""The squared error of reconstruction."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder.scoring._scoring import Scoring


class Residual(Scoring):
    """Squared differences from the row's own reconstruction."""

    def fit(self, rows, seed):
        """Return self: there is nothing to learn."""
        return self

    def contributions(self, rows):
        """Return squared residuals, in units of the features' variances."""
        return np.square(rows.residuals)
