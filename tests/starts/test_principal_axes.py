"""The axes, whichever way they are found, against scikit-learn's PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.decomposition import PCA

from sk_autoencoder.data import SparseRows, Standardizer, _rows
from sk_autoencoder.starts import _principal_axes
from sk_autoencoder.starts._principal_axes import principal_axes

standardizer = Standardizer(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 1, 1, 0.5]))


@pytest.fixture
def X(tmp_path):
    """Return a memory-mapped array, whose rows can be read like others."""
    Z = np.random.default_rng(0).normal(size=(50, 4)) @ np.diag([4.0, 2.0, 1.0, 0.5])
    np.save(tmp_path / "X.npy", Z - Z.mean(axis=0) + [1.0, 2.0, 3.0, 4.0])
    return np.load(tmp_path / "X.npy", mmap_mode="r")


@pytest.fixture(params=["whole", "covariance", "randomized", "increments", "lanczos"])
def way(request, monkeypatch):
    # Of 50 rows: the last ones are fewer.
    monkeypatch.setattr(_rows, "BLOCK_ENTRIES", 19 * 4)
    monkeypatch.setattr(_principal_axes, "INCREMENT_ROWS", 19)
    if request.param != "whole":
        monkeypatch.setattr(_principal_axes, "FEW_ENTRIES", 0)
    if request.param in ("randomized", "increments", "lanczos"):
        monkeypatch.setattr(_principal_axes, "FEW_FEATURES", 3)
    if request.param == "randomized":
        monkeypatch.setattr(_principal_axes, "is_read_late", lambda X: False)
    return request.param


@pytest.mark.rounding
@pytest.mark.parametrize("n_axes", [1, 3, 4])
def test_axes_and_variances_are_those_of_pca(X, way, n_axes):
    Z = standardizer(X)
    if way == "lanczos":
        X = SparseRows(csr_array(X))
    axes, variances, rest = principal_axes(X, standardizer, n_axes, seed=0)
    pca = PCA(n_axes).fit(Z)
    every = PCA().fit(Z).explained_variance_
    assert_allclose(variances, every[:n_axes], 1e-5)
    assert_allclose(rest, every[n_axes:].sum(), 1e-5, atol=1e-12)
    assert_allclose(axes, pca.components_, atol=1e-5)


@pytest.mark.parametrize("n_samples", [2, 3, 50])
def test_there_are_no_more_axes_than_the_data_have(X, n_samples):
    pca = principal_axes(X[:n_samples], standardizer, 1000, seed=0)
    assert len(pca.axes) == min(n_samples, 4)
    assert pca.rest == 0


@pytest.mark.parametrize("entries", [0, 2**22])
def test_data_that_do_not_vary_have_axes_without_a_warning(
    recwarn, monkeypatch, entries
):
    monkeypatch.setattr(_principal_axes, "FEW_ENTRIES", entries)
    pca = principal_axes(np.zeros((10, 3)), np.array, 2, seed=0)
    assert_array_equal(pca.variances, [0, 0])
    assert pca.rest == 0
    assert not recwarn.list
