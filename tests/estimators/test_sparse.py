"""Sparse X: the same as the array that it stands for, which is never made whole."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.data import SparseRows, _rows
from sk_autoencoder.starts import _pca, _principal_axes
from sk_autoencoder.training import _batches

SETTINGS = {"max_iter": 2, "random_state": 0}


@pytest.fixture(scope="module")
def counts():
    """Return counts of few kinds of rows, of which two thirds are zero."""
    rng = np.random.default_rng(0)
    rates = rng.gamma(0.5, size=(200, 3)) @ rng.gamma(0.3, size=(3, 40))
    return rng.poisson(rates).astype(np.float64)


@pytest.fixture
def late(monkeypatch):
    """Make few entries many: what is sparse is read a few rows at a time."""
    monkeypatch.setattr(_rows, "SMALL_COPY", 0)
    monkeypatch.setattr(_rows, "BLOCK_ENTRIES", 40 * 17)
    monkeypatch.setattr(_rows, "MOST_ENTRIES", 40 * 30)
    monkeypatch.setattr(_rows, "LEAST_ROWS", 30)
    monkeypatch.setattr(_batches, "GATHERED_ENTRIES", 40 * 33)
    monkeypatch.setattr(_principal_axes, "FEW_ENTRIES", 0)
    for module in (_principal_axes, _pca):
        monkeypatch.setattr(module, "FEW_FEATURES", 3)


@pytest.mark.rounding
@pytest.mark.parametrize("loss", ["squared_error", "poisson", "multinomial"])
def test_a_transformer_does_with_sparse_rows_what_it_does_with_dense_ones(counts, loss):
    dense, same = (
        AutoencoderTransformer(3, loss=loss, **SETTINGS).fit(X)
        for X in (counts, sparse.csr_array(counts))
    )
    X = sparse.csr_matrix(counts[:50])
    assert_allclose(same.transform(X), dense.transform(counts[:50]), 1e-4, 1e-5)
    assert_allclose(same.reconstruct(X), dense.reconstruct(counts[:50]), 1e-4, 1e-5)
    assert_allclose(same.score_samples(X), dense.score_samples(counts[:50]), 1e-4)
    assert_allclose(same.transform(counts[:50]), same.transform(X), 1e-5, 1e-6)
    assert_allclose(same.sample(5, random_state=0), dense.sample(5, random_state=0))


@pytest.mark.rounding
@pytest.mark.parametrize("scoring", ["neighbors", "gaussian", "residual"])
def test_a_detector_does_too(counts, scoring):
    X = counts.copy()
    X[7, 3] = 1e9  # broken: another value stands for it
    dense, same = (
        AutoencoderOutlierDetector(3, scoring=scoring, **SETTINGS).fit(rows)
        for rows in (X, sparse.csr_array(X))
    )
    assert_allclose(same.training_scores_, dense.training_scores_, 1e-3)
    assert_allclose(
        same.feature_scores(sparse.csr_array(X[:5])), dense.feature_scores(X[:5]), 1e-3
    )
    assert same.predict(sparse.csr_array(X[:20])).tolist() == (
        dense.predict(X[:20]).tolist()
    )


@pytest.mark.parametrize(
    "Estimator", [AutoencoderTransformer, AutoencoderOutlierDetector]
)
def test_no_more_than_a_few_rows_are_dense_at_a_time(
    counts, late, monkeypatch, Estimator
):
    n_read, read = [], SparseRows.__getitem__

    def watched(rows, index):
        dense = read(rows, index)
        n_read.append(len(dense))
        return dense

    monkeypatch.setattr(SparseRows, "__getitem__", watched)
    X = sparse.csr_array(counts)
    model = Estimator(2, scale=True, batch_size=8, **SETTINGS).fit(X)
    model.score_samples(X)
    most = 30 if Estimator is AutoencoderTransformer else 33
    assert 17 <= max(n_read) <= most + 3
    assert len(n_read) > 40


@pytest.mark.rounding
@pytest.mark.parametrize("scale", [False, True])
def test_the_start_on_many_sparse_rows_is_pca(counts, late, scale):
    X = sparse.csr_array(counts)
    model = AutoencoderTransformer(3, scale=scale, max_iter=0, random_state=0).fit(X)
    Z = StandardScaler(with_std=scale).fit_transform(counts)
    assert_allclose(model.transform(X), PCA(3).fit_transform(Z), atol=1e-4)


def test_all_formats_and_dtypes_are_taken(counts):
    first = AutoencoderTransformer(2, **SETTINGS).fit(sparse.csr_array(counts))
    codes = first.transform(sparse.csr_array(counts))
    for X in (
        sparse.csc_array(counts),
        sparse.coo_matrix(counts),
        sparse.csr_array(counts.astype(np.int32)),
        sparse.lil_matrix(counts),
    ):
        model = AutoencoderTransformer(2, **SETTINGS).fit(X)
        assert_allclose(model.transform(X), codes, 1e-10, 1e-12)
    single = AutoencoderTransformer(2, **SETTINGS).fit(
        sparse.csr_array(counts, dtype=np.float32)
    )
    assert single.transform(sparse.csr_array(counts, dtype=np.float32)).dtype == "f4"


def test_stored_nan_is_a_missing_entry(counts):
    X = counts.copy()
    X[::7, 4] = np.nan
    dense, same = (
        AutoencoderTransformer(2, **SETTINGS).fit(rows)
        for rows in (X, sparse.csr_array(X))
    )
    assert dense.model_.spec.incomplete
    assert_allclose(same.transform(X), dense.transform(X), 1e-4, 1e-5)


@pytest.mark.parametrize(
    ("X", "params", "message"),
    [
        (sparse.eye_array(5).tocsr(), {"categorical_features": [0]}, "toarray"),
        (-sparse.eye_array(5).tocsr(), {"loss": "poisson"}, "Negative values.*-1"),
        (sparse.csr_array([[np.inf, 0], [0, 1]]), {}, "infinity"),
        (sparse.eye_array(5, dtype=complex).tocsr(), {}, "Complex data"),
    ],
)
def test_bad_sparse_data_are_refused(X, params, message):
    model = AutoencoderTransformer(1, **params)
    with pytest.raises(ValueError, match=message):
        model.fit(X)
    assert not hasattr(model, "n_features_in_")


def test_another_number_of_columns_is_refused(counts):
    model = AutoencoderTransformer(2, **SETTINGS).fit(sparse.csr_array(counts))
    with pytest.raises(ValueError, match=r"39 features.*expecting 40"):
        model.transform(sparse.csr_array(counts[:, 1:]))
