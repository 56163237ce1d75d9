"""Rows decoded from paths and grids of codes, against closed forms of PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.generation import interpolate, latent_grid


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5)) + 3


def test_a_path_through_pca_is_the_line_between_both_reconstructions(X):
    pca = PCA(2).fit(X)
    path = interpolate(pca, X[0], X[1], n_steps=5)
    start, end = pca.inverse_transform(pca.transform(X[:2]))
    expected = [start + share * (end - start) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert_allclose(path, expected)


def test_a_path_through_an_autoencoder_follows_the_data():
    position = np.linspace(-1, 1, 500)
    X = np.column_stack([3 * position, position**2])
    model = AutoencoderTransformer(1, cv=None, random_state=0).fit(X)
    path = interpolate(model, X[0], X[-1], n_steps=9)
    assert_allclose(path[[0, -1]], model.reconstruct(X[[0, -1]]), atol=1e-5)
    assert_allclose(path[:, 1], (path[:, 0] / 3) ** 2, atol=0.1)
    assert path[:, 1].min() < 0.1  # the straight line stays at 1


def test_a_path_goes_through_pipelines_and_data_frames(X):
    model = make_pipeline(StandardScaler(), PCA(2)).fit(X)
    expected = interpolate(model, X[0], X[1])
    model[-1].set_output(transform="pandas")
    assert_allclose(interpolate(model, X[0], X[1]), expected)


def test_ends_of_a_path_are_checked(X):
    pca = PCA(2).fit(X)
    for n_steps in (1, -3, 2.5, "3", True, None):
        expected = f"n_steps must be an integer of at least 2; got {n_steps!r}"
        with pytest.raises(ValueError, match=expected):
            interpolate(pca, X[0], X[1], n_steps=n_steps)
    with pytest.raises(ValueError, match=r"same length; got shapes \(5,\) and \(4,\)"):
        interpolate(pca, X[0], X[1, :4])
    with pytest.raises(ValueError, match=r"rows of the same length; got shapes \(2, 5"):
        interpolate(pca, X[:2], X[:2])


def test_a_grid_varies_two_components_between_quantiles(X):
    pca = PCA(3).fit(X)
    grid = latent_grid(pca, X, components=(2, 0), n_steps=4, quantiles=(0.1, 0.9))
    assert grid.shape == (4, 4, 5)
    codes = pca.transform(X)
    low, high = np.quantile(codes, (0.1, 0.9), axis=0)
    found = pca.transform(grid.reshape(16, 5)).reshape(4, 4, 3)
    assert_allclose(found[:, :, 1], np.median(codes[:, 1]), atol=1e-9)
    for j in range(4):
        assert_allclose(found[:, j, 2], np.linspace(low[2], high[2], 4), atol=1e-9)
        assert_allclose(found[j, :, 0], np.linspace(low[0], high[0], 4), atol=1e-9)


def test_small_integers_of_numpy_count_the_steps_of_a_grid(X):
    pca = PCA(2).fit(X)
    grid = latent_grid(pca, X, n_steps=np.int8(12))  # 144 is beyond them
    np.testing.assert_array_equal(grid, latent_grid(pca, X, n_steps=12))


@pytest.mark.parametrize("components", [(0, 0), (0, 3), (-1, 0)])
def test_components_of_a_grid_are_checked(X, components):
    with pytest.raises(ValueError, match="two different ones of the 3"):
        latent_grid(PCA(3).fit(X), X, components=components)


def test_steps_and_quantiles_of_a_grid_are_checked(X):
    pca = PCA(3).fit(X)
    for n_steps in (0, "3", 2.5):
        expected = f"n_steps must be an integer of at least 1; got {n_steps!r}"
        with pytest.raises(ValueError, match=expected):
            latent_grid(pca, X, n_steps=n_steps)
    for quantiles in ((-0.1, 1), (0.5, 98), ("a", 1)):
        with pytest.raises(ValueError, match=r"numbers in \[0, 1\]; got"):
            latent_grid(pca, X, quantiles=quantiles)
