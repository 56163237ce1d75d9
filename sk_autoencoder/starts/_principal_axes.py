"""The principal axes of standardized data, by scikit-learn or a block at a time."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.decomposition import PCA, IncrementalPCA
from sklearn.utils import gen_batches

from sk_autoencoder.data import SparseRows, blocks, is_read_late, prepared

# Up to this many entries a copy is cheap.
FEW_ENTRIES = 2**22

# Up to this many features all axes come from the covariance.
FEW_FEATURES = 1000

# Rows that are read late are taken so many at a time where features are many.
INCREMENT_ROWS = 1024


class PrincipalAxes(NamedTuple):
    """The axes of greatest variance.

    Attributes
    ----------
    axes : ndarray of shape (n_axes, n_features)
        Unit vectors, in float64.

    variances : ndarray of shape (n_axes,)
        The variances along them, descending.

    rest : float
        The sum of the variances along all other axes.
    """

    axes: np.ndarray
    variances: np.ndarray
    rest: float

    def noise(self, n_components, n_axes_in_all):
        """Return what the first axes leave, as a standard deviation.

        Parameters
        ----------
        n_components : int
            How many axes are used.

        n_axes_in_all : int
            How many there are, the lesser of samples and features.

        Returns
        -------
        noise : float
            The root of the mean variance along the others, as in `PCA`; zero where
            there are none.
        """
        left = self.rest + float(self.variances[n_components:].sum())
        return math.sqrt(left / max(n_axes_in_all - n_components, 1))


def principal_axes(X, standardize, n_axes, seed, precise=False):
    """Return the first principal axes of standardized data.

    Parameters
    ----------
    X : ndarray or SparseRows of shape (n_samples, n_features)
        Data. What is read late is never held whole.

    standardize : callable
        From some rows of X to their standardized values; for `SparseRows` a
        `Standardizer`.

    n_axes : int
        How many axes; fewer come back where the data have no more.

    seed : int
        For the randomized solver.

    precise : bool, default=False
        Whether to compute in double precision where a copy is cheap: a likelihood
        divides by what the axes leave, which may be a millionth of the variance.

    Returns
    -------
    axes : PrincipalAxes
        The axes with their variances.
    """
    n_samples, n_features = X.shape
    n_axes = min(n_axes, n_samples, n_features)
    if X.size <= FEW_ENTRIES:
        Z = standardize(X[:])
        Z = Z.astype(np.float64) if precise else Z
        return _by_pca(PCA(n_axes, random_state=seed), Z)
    if n_features <= FEW_FEATURES:
        return _by_covariance(X, standardize, n_axes)
    if isinstance(X, SparseRows) and n_axes < min(X.shape):
        return _by_lanczos(X, standardize, n_axes, seed)
    if is_read_late(X):
        return _by_increments(X, standardize, n_axes)
    Z = prepared(X, standardize, n_features).numpy()
    return _by_pca(PCA(n_axes, random_state=seed), Z)


def _by_pca(pca, Z):
    with np.errstate(invalid="ignore"):  # shares of the variance, where it is zero
        pca.fit(Z)
    n_rest = min(Z.shape) - len(pca.components_)
    return _of_fitted(pca, n_rest * float(pca.noise_variance_) if n_rest else 0.0)


def _by_lanczos(X, standardizer, n_axes, seed):
    """Let scikit-learn center the products of a sparse matrix, not the matrix."""
    Z = X.matrix @ sparse.diags_array(1 / standardizer.scale.astype(np.float64))
    return _by_pca(PCA(n_axes, svd_solver="arpack", random_state=seed), Z.tocsr())


def _by_increments(X, standardize, n_axes):
    """Follow a few more axes than asked for: the last ones are the least exact."""
    n_followed = min(n_axes + 10, *X.shape)
    pca = IncrementalPCA(n_followed)
    n_rows = max(INCREMENT_ROWS, n_followed)  # it refuses fewer than its components
    for batch in gen_batches(len(X), n_rows, min_batch_size=n_followed):
        pca.partial_fit(standardize(X[batch]))
    n = pca.n_samples_seen_
    total = pca.var_.sum() * n / (n - 1)
    axes, variances, _ = _of_fitted(pca, 0.0)
    axes, variances = axes[:n_axes], variances[:n_axes]
    return PrincipalAxes(axes, variances, max(0.0, total - variances.sum()))


def _of_fitted(pca, rest):
    axes, variances = pca.components_, pca.explained_variance_
    return PrincipalAxes(axes.astype(np.float64), variances.astype(np.float64), rest)


def _by_covariance(X, standardize, n_axes):
    """Do as the solver "covariance_eigh" of PCA does, but a block at a time."""
    product = np.zeros((X.shape[1], X.shape[1]))
    for rows in blocks(X):
        Z = standardize(rows).astype(np.float64)
        product += Z.T @ Z
    return axes_of_covariance(product / (len(X) - 1), n_axes)


def axes_of_covariance(covariance, n_axes):
    """Return the first axes of a covariance matrix, as `principal_axes` does."""
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1].clip(0), axes[:, ::-1].T
    # One sign for each axis, as scikit-learn's: the largest entry is positive.
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
    return PrincipalAxes(
        axes[:n_axes], variances[:n_axes], float(variances[n_axes:].sum())
    )
