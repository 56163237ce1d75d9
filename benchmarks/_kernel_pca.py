"""Kernel PCA as a reconstruction: with the way back, and about the mean."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.decomposition import KernelPCA


def median_gamma(X):
    """Return one over the median squared distance of rows, of 1,000 at most."""
    return 1 / np.median(pdist(X[:1000], "sqeuclidean"))


def reconstructor(X, n_components, gamma, alpha, seed, eigen_solver="auto"):
    """Fit kernel PCA and return a function from rows to their reconstructions.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Training rows.

    n_components, gamma, alpha, eigen_solver
        As for `KernelPCA` with a Gaussian kernel; `alpha` is the ridge of the way back.

    seed : int
        Its random state.

    Returns
    -------
    reconstruct : callable
        From rows to reconstructions.
    """
    mean = X.mean(axis=0, dtype=np.float64)  # the way back has no intercept
    model = KernelPCA(
        n_components,
        kernel="rbf",
        gamma=gamma,
        alpha=alpha,
        fit_inverse_transform=True,
        eigen_solver=eigen_solver,
        random_state=seed,
    ).fit(X - mean)
    return lambda X: mean + model.inverse_transform(model.transform(X - mean))
