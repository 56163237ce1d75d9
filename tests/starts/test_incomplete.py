"""Probabilistic PCA of incomplete rows, against closed forms."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.covariance import OAS
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from sk_autoencoder.starts._incomplete import fill_by, fit_incomplete
from sk_autoencoder.starts._principal_axes import principal_axes


@pytest.fixture(scope="module")
def wine():
    return StandardScaler().fit_transform(load_wine().data)


def without(X, share, seed=0):
    missing = np.random.default_rng(seed).random(X.shape) < share
    return np.where(missing, np.nan, X), missing


def test_complete_rows_give_pca(wine):
    axes, variances, rest = fit_incomplete(wine).axes()
    pca = PCA().fit(wine)
    assert rest == 0
    assert_allclose(variances, pca.explained_variance_, rtol=1e-10)
    assert_allclose(np.abs((axes * pca.components_).sum(axis=1)), 1, rtol=1e-8)


def test_moments_are_the_most_likely_where_these_have_a_closed_form():
    """Anderson (1957): one column is missing where another one, all known, is large.

    The mean of what is known is then far off. Of so many rows little is shrunk.
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=50_000)
    y = 2 * x + rng.normal(size=50_000)
    Z = np.column_stack((x, y))
    known = x < 1
    Z[~known, 1] = np.nan
    x1, y1 = Z[known].T
    slope = np.cov(x1, y1, ddof=0)[0, 1] / x1.var()
    mean = y1.mean() + slope * (x.mean() - x1.mean())
    variance = y1.var() + slope**2 * (x.var() - x1.var())
    moments = fit_incomplete(Z)
    assert_allclose(moments.mean, [x.mean(), mean], atol=3e-3)
    expected = [[x.var(), slope * x.var()], [slope * x.var(), variance]]
    assert_allclose(moments.covariance, expected, rtol=2e-3)
    assert abs(np.nanmean(Z[:, 1]) - mean) > 0.3


def test_rows_are_filled_in_better_than_by_the_mean(wine):
    Z, missing = without(wine, 0.2)
    filled = fit_incomplete(Z).fill()(torch.from_numpy(Z).float()).numpy()
    error = np.square(filled - wine)[missing].mean()
    assert error < 0.65 * np.square(wine)[missing].mean()


@pytest.mark.parametrize("shape", [(40, 1), (2, 5), (3, 3), (30, 80)])
def test_any_shape_has_finite_moments(shape):
    X, _ = without(np.random.default_rng(1).normal(size=shape), 0.3)
    X[0] = 0.0  # each column is known somewhere
    moments = fit_incomplete(X)
    assert np.isfinite(moments.covariance).all()
    axes = moments.axes()
    assert axes.axes.shape == (shape[1], shape[1])
    filled = moments.fill()(torch.from_numpy(X).float())
    assert filled.isfinite().all()


def test_rows_that_are_all_the_same_have_finite_moments():
    X, _ = without(np.zeros((20, 4)), 0.3)
    moments = fit_incomplete(X)
    filled = moments.fill()(torch.from_numpy(X).float())
    assert_allclose(filled, 0)


@pytest.mark.parametrize("n_rows", [20, 178])
def test_complete_rows_are_filled_in_by_a_shrunk_covariance(wine, n_rows):
    """Which scikit-learn computes in another way."""
    X = wine[np.random.default_rng(0).permutation(178)[:n_rows]]
    X = X - X.mean(axis=0)
    pca = principal_axes(X, lambda rows: rows, 13, seed=0)
    variances = pca.variances * (n_rows - 1) / n_rows
    fill = fill_by(pca._replace(variances=variances), n_rows)
    covariance = OAS(assume_centered=True).fit(X).covariance_
    row = X[:1].copy()
    m, o = slice(0, 5), slice(5, 13)
    row[0, m] = np.nan
    expected = covariance[m, o] @ np.linalg.solve(covariance[o, o], row[0, o])
    filled = fill(torch.from_numpy(row).float())[0, m]
    assert_allclose(filled, expected, atol=2e-3)


def test_more_features_are_taken_for_uncorrelated_given_the_rest(monkeypatch):
    """Which changes little where little is missing, and nothing where nothing is."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 2)) @ rng.normal(size=(2, 8))
    X += 0.3 * rng.normal(size=X.shape)
    Z, _ = without(X, 0.02)
    exact = [fit_incomplete(rows).covariance for rows in (Z, X)]
    monkeypatch.setattr("sk_autoencoder.starts._incomplete.FEW_CORRELATED", 4)
    quick = [fit_incomplete(rows).covariance for rows in (Z, X)]
    assert_allclose(quick[0], exact[0], atol=0.005)
    assert np.abs(quick[0] - exact[0]).max() > 0
    assert_allclose(quick[1], exact[1], rtol=1e-12)
