"""The squared error of reconstruction."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import numpy as np

from sk_autoencoder.scoring._scoring import FittedScoring, Scoring


@dataclass
class Residual(Scoring):
    """Squared differences from the row's own reconstruction [1]_.

    They are in units of the features' variances. Outliers that sit together are missed:
    the autoencoder learns to reconstruct them.

    References
    ----------
    .. [1] Hawkins, S., He, H., Williams, G., & Baxter, R. (2002). Outlier detection
       using replicator neural networks. Data Warehousing and Knowledge Discovery,
       170-180.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder import AutoencoderOutlierDetector
    >>> from sk_autoencoder.scoring import Residual
    >>> x = np.random.default_rng(0).normal(size=(200, 1))
    >>> detector = AutoencoderOutlierDetector(1, scoring=Residual(), max_iter=0)
    >>> detector.fit(x * [1.0, 1.0]).predict([[2.0, 2.0], [2.0, -2.0]])
    array([ 1, -1])
    """

    def fit(self, rows, seed, novelty):
        """Return the scores; there is nothing to learn."""
        return FittedResidual()


class FittedResidual(FittedScoring):
    """The squared error of each feature."""

    def contributions(self, rows):
        """Return squared residuals, in units of the features' variances."""
        return rows.by_column(np.square(rows.residuals))
