"""Densities of codes, to draw new ones from."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.utils import check_random_state

# The rows whose codes are kept for it.
MIXTURE_ROWS = 10_000

# Components of the mixture at most, and the rows for each number that one estimates.
MAX_MIXTURE, ROWS_A_NUMBER = 10, 5


class CodePrior:
    """The standard normal distribution of codes that a variational bottleneck has.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        Some codes, for their number of components and their dtype.
    """

    def __init__(self, codes):
        self.codes = codes

    def sample(self, n_samples, random_state):
        """Return random codes, shape (n_samples, n_components)."""
        rng = check_random_state(random_state)
        codes = rng.standard_normal((n_samples, self.codes.shape[1]))
        return codes.astype(self.codes.dtype)


class CodeMixture:
    """A Gaussian mixture of codes, fitted when it is first drawn from.

    The mixture has ten components with full covariances, fewer where rows are few.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        The codes of training data.
    """

    def __init__(self, codes):
        self.codes = codes

    def sample(self, n_samples, random_state):
        """Return random codes, shape (n_samples, n_components), in random order."""
        rng = check_random_state(random_state)
        mixture, center, spread = self._fitted()
        mixture.random_state = rng
        whitened, _ = mixture.sample(n_samples)
        rng.shuffle(whitened)
        return (whitened * spread + center).astype(self.codes.dtype)

    def _fitted(self):
        if not hasattr(self, "_fit"):
            codes = self.codes.astype(np.float64)
            center, spread = codes.mean(axis=0), codes.std(axis=0)
            whitened = (codes - center) / np.where(spread > 0, spread, 1)
            n_samples, k = codes.shape
            n_numbers = 1 + k + k * (k + 1) // 2
            n_mixture = n_samples // (ROWS_A_NUMBER * n_numbers)
            mixture = GaussianMixture(
                min(max(n_mixture, 1), MAX_MIXTURE), random_state=0
            )
            self._fit = mixture.fit(whitened), center, spread
        return self._fit
