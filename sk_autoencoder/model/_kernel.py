"""A kernel density of codes, to draw new ones near those of training rows."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

# The rows that it is made of at most.
KERNEL_ROWS = 5_000

# The widths of kernels to choose from, in units of the spread of the codes.
WIDTHS = np.geomspace(0.05, 0.95, 16)

# What is added to the variances of whitened codes, of which some may be zero.
LEAST_VARIANCE = 1e-6


class CodeKernel:
    """A kernel density of codes: what is drawn is near one of those given.

    The kernels are normal and have the covariance of the codes, but are narrower by a
    factor. Around them the codes are moved towards their mean, so that what is drawn
    has the covariance that they have [1]_. The factor is the least one with which what
    is drawn is as far from four fifths of the codes as the others are, or the one with
    which these explain the others best, if that is larger.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        The codes of training rows.

    References
    ----------
    .. [1] Silverman, B. W., & Young, G. A. (1987). The bootstrap: to smooth or not to
       smooth? Biometrika, 74(3), 469-479.
    """

    def __init__(self, codes):
        codes = codes.astype(np.float64)
        self.center, spread = codes.mean(axis=0), codes.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        scaled = (codes - self.center) / spread
        covariance = scaled.T @ scaled / len(codes)
        root = np.linalg.cholesky(covariance + LEAST_VARIANCE * np.eye(len(spread)))
        self.whitened = np.linalg.solve(root, scaled.T).T
        self.to_codes = (spread[:, None] * root).T
        self.width = _best_width(self.whitened)

    def sample(self, n_samples, rng):
        """Return random codes, and the number of the row that each is near.

        Parameters
        ----------
        n_samples : int
            How many.

        rng : RandomState
            The source of randomness.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            In float64.

        origins : ndarray of int of shape (n_samples,)
            Which of the rows.
        """
        origins = rng.randint(len(self.whitened), size=n_samples)
        near = np.sqrt(1 - self.width**2) * self.whitened[origins]
        drawn = near + self.width * rng.normal(size=near.shape)
        return self.center + drawn @ self.to_codes, origins


def _best_width(whitened):
    """Return the width for some rows to stand for others; see `CodeKernel`."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(whitened))
    judged, kept = np.split(whitened[order], [max(len(order) // 5, 1)])
    n_components = whitened.shape[1]
    noise = rng.normal(size=judged.shape)
    origins = kept[rng.integers(len(kept), size=len(judged))]

    def closest(rows):
        return np.median(cdist(rows, kept).min(axis=1))

    def log_likelihood(width):
        near = np.sqrt(1 - width**2) * kept
        logs = -0.5 * cdist(judged, near, "sqeuclidean") / width**2
        return logsumexp(logs, axis=1).mean() - n_components * np.log(width)

    best, far_enough = max(WIDTHS, key=log_likelihood), closest(judged)
    for width in WIDTHS[WIDTHS >= best]:
        if closest(np.sqrt(1 - width**2) * origins + width * noise) >= far_enough:
            return width
    return WIDTHS[-1]
