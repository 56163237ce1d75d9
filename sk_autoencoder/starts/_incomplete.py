"""Probabilistic PCA of rows of which some entries are missing."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

import numpy as np
import torch

from sk_autoencoder.networks import Filling, code_roots, solve_codes
from sk_autoencoder.starts._principal_axes import axes_of_covariance

# Factors at most: a step of training solves a system of so many equations for each row.
MOST_FACTORS = 32

# Up to so many features what is missing in a row is taken to be correlated.
FEW_CORRELATED = 128

# Multiplications of a step over the rows that the moments are fitted to, at most.
WORK = 2**26

# Steps at most; fewer if the moments change by less than `STEADY` of the variance.
N_STEPS, STEADY = 20, 1e-4

# The least noise, as a share of the largest variance along an axis.
LEAST_NOISE = 1e-6


class Moments(NamedTuple):
    """First and second moments of rows.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        The mean.

    covariance : ndarray of shape (n_features, n_features)
        The covariance about it.

    n_rows : int
        How many rows they are of.
    """

    mean: np.ndarray
    covariance: np.ndarray
    n_rows: int

    def factors(self):
        """Return the factors and the noise of probabilistic PCA; see `_factors`."""
        pca = axes_of_covariance(self.covariance, len(self.mean))
        return _factors(pca, self.n_rows)

    def axes(self):
        """Return the principal axes about zero, the mean of standardized rows."""
        about_zero = self.covariance + np.outer(self.mean, self.mean)
        of_sample = about_zero * self.n_rows / (self.n_rows - 1)
        return axes_of_covariance(of_sample, len(self.mean))

    def fill(self):
        """Return what fills in rows that have these moments."""
        factors, noise = self.factors()
        return Filling(torch.from_numpy(self.mean), torch.from_numpy(factors), noise)


class Gaps(NamedTuple):
    """What rows lack: those that lack the same entries have the same covariance.

    Attributes
    ----------
    missing : Tensor of shape (n_patterns, n_features)
        One where an entry is missing, zero elsewhere.

    of_row : ndarray of int of shape (n_rows,)
        The pattern of each row.

    shares : Tensor of shape (n_patterns,)
        Of all rows.
    """

    missing: torch.Tensor
    of_row: np.ndarray
    shares: torch.Tensor

    @classmethod
    def of(cls, Z):
        """Return those of rows with NaN."""
        patterns, of_row, counts = np.unique(
            np.isnan(Z), axis=0, return_inverse=True, return_counts=True
        )
        shares = torch.from_numpy(counts / len(Z))
        return cls(torch.from_numpy(patterns).double(), of_row.ravel(), shares)


def fill_by(pca, n_rows):
    """Return what fills in rows by principal axes.

    Parameters
    ----------
    pca : PrincipalAxes
        Some of the axes of standardized rows, whose mean is zero.

    n_rows : int
        How many rows there were.

    Returns
    -------
    fill : Filling
        By probabilistic PCA.
    """
    factors, noise = _factors(pca, n_rows)
    return Filling(torch.zeros(len(factors)), torch.from_numpy(factors), noise)


def fit_incomplete(Z):
    """Return the moments that incomplete rows have in expectation.

    Parameters
    ----------
    Z : ndarray of shape (n, n_features)
        Standardized rows in a random order, NaN where an entry is missing.

    Returns
    -------
    moments : Moments
        Those of rows that are filled in by probabilistic PCA, and of what that leaves
        open, which is normal.

    Notes
    -----
    Probabilistic PCA is fitted by expectation and maximization [1]_, but without codes
    as hidden variables: given the moments it is known in closed form, so that complete
    rows need a single step. Its covariance is shrunk, see `_factors`; the moments are
    not. Of many rows and features, the first rows are used; of many features, what is
    missing is taken to be uncorrelated, given the rest of the row.

    References
    ----------
    .. [1] Tipping, M. E., & Bishop, C. M. (1999). Probabilistic principal component
       analysis. Journal of the Royal Statistical Society B, 61(3), 611-622.
    """
    n_features = Z.shape[1]
    n_rows = WORK // (n_features * min(n_features, MOST_FACTORS) ** 2)
    Z = Z[: max(n_rows, n_features)].astype(np.float64)
    moments, gaps = _first_moments(Z), Gaps.of(Z)
    for _ in range(N_STEPS):
        before, moments = moments, _next_moments(Z, gaps, moments)
        change = np.abs(moments.covariance - before.covariance).max()
        if change <= STEADY * moments.covariance.diagonal().max():
            break
    return moments


def _factors(pca, n_rows):
    """Return probabilistic PCA with as many factors as can be afforded.

    Parameters
    ----------
    pca : PrincipalAxes
        Axes of rows.

    n_rows : int
        How many rows there were.

    Returns
    -------
    factors : ndarray of shape (n_features, n_factors)
        What standard normal codes are multiplied by.

    noise : float
        The variance of what is added to each feature.

    Notes
    -----
    Few rows know a covariance badly: it is shrunk towards that of equal variances by as
    much as Chen et al. [1]_ find best.

    References
    ----------
    .. [1] Chen, Y., Wiesel, A., Eldar, Y. C., & Hero, A. O. (2010). Shrinkage
       algorithms for MMSE covariance estimation. IEEE Transactions on Signal
       Processing, 58(10), 5016-5029.
    """
    n_features = pca.axes.shape[1]
    n_factors = min(len(pca.axes), MOST_FACTORS, max(n_features - 1, 0))
    variances = pca.variances[:n_factors]
    rest = pca.rest + pca.variances[n_factors:].sum()
    noise = rest / max(n_features - n_factors, 1)
    mean = (variances.sum() + rest) / n_features
    square = np.square(pca.variances).sum() + pca.rest * noise
    power = square / n_features**2
    excess = (n_rows + 1) * (power - mean**2 / n_features)
    shrinkage = min((power + mean**2) / excess, 1.0) if excess > 0 else 1.0
    signal = np.sqrt((1 - shrinkage) * (variances - noise).clip(0))
    noise = (1 - shrinkage) * noise + shrinkage * mean
    least = LEAST_NOISE * (variances.max(initial=mean) or 1.0)
    return pca.axes[:n_factors].T * signal, float(max(noise, least))


def _first_moments(Z):
    """Return the moments of what is known, of features as if nearly independent."""
    known = ~np.isnan(Z)
    n_known = np.maximum(known.sum(axis=0), 1)
    mean = np.nansum(Z, axis=0) / n_known
    rows = np.nan_to_num(Z - mean)
    covariance = rows.T @ rows / len(Z)
    np.fill_diagonal(covariance, np.square(rows).sum(axis=0) / n_known)
    return Moments(mean, covariance, len(Z))


def _next_moments(Z, gaps, moments):
    """Return the moments that rows have in expectation, if they have had these."""
    filled, spread = _expect(Z, gaps, moments)
    mean = filled.mean(axis=0)
    rows = filled - mean
    return Moments(mean, rows.T @ rows / len(Z) + spread, len(Z))


def _expect(Z, gaps, moments):
    """Return the expected rows, and the mean covariance of what they lack."""
    factors, noise = moments.factors()
    factors = torch.from_numpy(factors)
    centered = torch.from_numpy(Z - moments.mean)
    roots = code_roots(1 - gaps.missing, factors, noise)  # (p, q, q)
    codes = solve_codes(centered.nan_to_num(), factors, roots[gaps.of_row])
    filled = torch.where(centered.isnan(), codes @ factors.T, centered)
    weights = gaps.shares.sqrt()[:, None] * gaps.missing  # (p, d)
    # The inverse, transposed, is a root of the covariance of the codes.
    eye = torch.eye(factors.shape[1], dtype=torch.double)
    inverse = torch.linalg.solve_triangular(roots, eye.expand_as(roots), upper=False)
    loose = (weights[:, :, None] * (factors @ inverse.mT)).transpose(0, 1).flatten(1)
    spread = noise * torch.diag(gaps.shares @ gaps.missing)
    if Z.shape[1] <= FEW_CORRELATED:
        spread += noise * loose @ loose.T
    else:
        spread.diagonal().add_(noise * loose.square().sum(dim=1))
    return filled.numpy() + moments.mean, spread.numpy()
