"""How far codes and residuals are from their means, in units of their variances."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder.scoring._scoring import Scoring

# The least variance of a residual or a code, as a share of the variance of the data:
# below it there is nothing but rounding, and a ratio would measure the rounding.
LEAST_VARIANCE = 1e-6


class Gaussian(Scoring):
    """Hotelling's T2 of the code and the squared residuals over their variances.

    T2 is shared out among the features by how far the code moves each of them, that is
    by the squared differences of the reconstruction from the mean one.
    """

    def fit(self, rows, seed):
        """Learn means and variances over training rows."""
        codes, residuals = rows.codes.astype(np.float64), rows.residuals
        least = LEAST_VARIANCE * rows.code_scale**2
        self.code_mean = codes.mean(axis=0)
        self.code_variance = np.maximum(codes.var(axis=0), least)
        self.residual_variance = np.maximum(
            np.square(residuals).mean(axis=0), LEAST_VARIANCE
        )
        self.mean_reconstruction = rows.reconstruction.mean(axis=0)
        return self

    def contributions(self, rows):
        """Return each feature's share of T2 plus its squared residual."""
        hotelling = np.square(rows.codes - self.code_mean) / self.code_variance
        moved = np.square(rows.reconstruction - self.mean_reconstruction) + 1e-12
        shares = moved / moved.sum(axis=1, keepdims=True)
        residual = np.square(rows.residuals) / self.residual_variance
        return hotelling.sum(axis=1, keepdims=True) * shares + residual
