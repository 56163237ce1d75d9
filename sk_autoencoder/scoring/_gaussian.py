"""How far codes and residuals are from their means, in units of their variances."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import numpy as np

from sk_autoencoder.scoring._scoring import FittedScoring, Scoring

# The least variance of a residual or a code, as a share of the variance of the data:
# below it there is nothing but rounding, and a ratio would measure the rounding.
LEAST_VARIANCE = 1e-6


@dataclass
class Gaussian(Scoring):
    """Hotelling's T2 of the code plus the squared residuals over their variances.

    As for PCA in process control [1]_: with all components it is the squared
    Mahalanobis distance. T2 is shared out among the features by how far the code moves
    each of them, that is by the squared differences of the reconstruction from the mean
    one.

    References
    ----------
    .. [1] Jackson, J. E., & Mudholkar, G. S. (1979). Control procedures for residuals
       associated with principal component analysis. Technometrics, 21(3), 341-349.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder import AutoencoderOutlierDetector
    >>> from sk_autoencoder.scoring import Gaussian
    >>> X = np.random.default_rng(0).normal(size=(500, 4))
    >>> detector = AutoencoderOutlierDetector(scoring=Gaussian(), random_state=0)
    >>> detector.fit(X).predict([[0.0, 0.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0]])
    array([ 1, -1])
    """

    def fit(self, rows, seed, novelty):
        """Learn means and variances over training rows."""
        codes, residuals = rows.unscaled_codes, rows.residuals
        return FittedGaussian(
            code_mean=codes.mean(axis=0),
            code_variance=np.maximum(codes.var(axis=0), LEAST_VARIANCE),
            residual_variance=np.maximum(
                np.square(residuals).mean(axis=0), LEAST_VARIANCE
            ),
            mean_reconstruction=rows.reconstruction.mean(axis=0),
        )


@dataclass(frozen=True, eq=False)
class FittedGaussian(FittedScoring):
    """Means and variances of training rows.

    Parameters
    ----------
    code_mean, code_variance : ndarray of shape (n_components,)
        Of the codes of standardized rows.

    residual_variance : ndarray of shape (n_features,)
        The mean squared residual of each feature.

    mean_reconstruction : ndarray of shape (n_features,)
        In standardized units.
    """

    code_mean: np.ndarray
    code_variance: np.ndarray
    residual_variance: np.ndarray
    mean_reconstruction: np.ndarray

    def contributions(self, rows):
        """Return each feature's share of T2 plus its squared residual."""
        moved_by = rows.unscaled_codes - self.code_mean
        hotelling = np.square(moved_by) / self.code_variance
        moved = np.square(rows.reconstruction - self.mean_reconstruction) + 1e-12
        shares = moved / moved.sum(axis=1, keepdims=True)
        residual = np.square(rows.residuals) / self.residual_variance
        t2 = hotelling.sum(axis=1, keepdims=True)
        return rows.by_column(t2 * shares + residual)
