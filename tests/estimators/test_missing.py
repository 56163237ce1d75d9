"""Entries that are missing anywhere, in fit and afterwards."""

# SPDX-License-Identifier: BSD-3-Clause

import json
import pickle

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.model import AutoencoderModel
from sk_autoencoder.networks import BOTTLENECKS, NETWORKS

ESTIMATORS = (AutoencoderTransformer, AutoencoderOutlierDetector)


def without(X, share=0.2, seed=0):
    missing = np.random.default_rng(seed).random(X.shape) < share
    return np.where(missing, np.nan, X)


@pytest.fixture(scope="module")
def digits():
    X = load_digits().data / 16
    return X, without(X)


@pytest.fixture(scope="module")
def fitted(digits):
    model = AutoencoderTransformer(8, random_state=0, max_iter=20)
    return model.fit(digits[1][:1500])


def test_mean_and_scale_are_those_of_what_is_known(digits):
    model = AutoencoderTransformer(2, scale=True, max_iter=0).fit(digits[1])
    assert_allclose(model.mean_, np.nanmean(digits[1], axis=0))
    varies = model.mean_ > 0.01
    std = np.nanstd(digits[1], axis=0)
    assert_allclose(model.scale_[varies], std[varies])


def test_hidden_entries_are_restored_better_than_by_pca_of_means(digits, fitted):
    X, incomplete = digits[0][1500:], digits[1][1500:]
    hidden = np.isnan(incomplete)
    pca = make_pipeline(SimpleImputer(), PCA(8)).fit(digits[1][:1500])
    restored = pca[-1].inverse_transform(pca.transform(incomplete))
    of_pca = np.square(restored - X)
    error = np.square(fitted.reconstruct(incomplete) - X)
    assert fitted.best_iter_ > 0
    assert error[hidden].mean() < 0.8 * of_pca[hidden].mean()
    assert error[~hidden].mean() < 0.8 * of_pca[~hidden].mean()


def test_training_gains_on_the_start(digits, fitted):
    start = clone(fitted).set_params(max_iter=0).fit(digits[1][:1500])
    X, incomplete = digits[0][1500:], digits[1][1500:]
    hidden = np.isnan(incomplete)
    errors = [
        np.square(model.reconstruct(incomplete) - X)[hidden].mean()
        for model in (fitted, start)
    ]
    assert errors[0] < 0.9 * errors[1]


def test_start_is_pca_of_conditional_means(digits):
    """With one component more than is left over, it fills in nothing but these."""
    X = load_breast_cancer().data[:, :6]
    incomplete = without(X)
    model = AutoencoderTransformer(6, scale=True, max_iter=0).fit(incomplete)
    fill = model.model_.module.encoder.fill
    z = (incomplete - model.mean_) / model.scale_
    expected = fill(torch.from_numpy(z).float()).numpy() * model.scale_ + model.mean_
    restored = model.reconstruct(incomplete)
    assert_allclose(restored, expected, atol=1e-4 * X.std(axis=0).max())
    known = ~np.isnan(incomplete)
    assert_allclose(restored[known], X[known], rtol=1e-4)


@pytest.mark.rounding
def test_a_fit_of_complete_rows_fills_in_too(digits):
    """By what it knows of the features, which is more than their means."""
    X, incomplete = digits
    model = AutoencoderTransformer(8, max_iter=5, random_state=0).fit(X[:1500])
    assert not model.model_.spec.incomplete
    means = np.where(np.isnan(incomplete), model.mean_, incomplete)
    missing = np.isnan(incomplete[1500:])
    error, of_means = (
        np.square(model.reconstruct(rows[1500:]) - X[1500:])[missing].mean()
        for rows in (incomplete, means)
    )
    assert error < 0.7 * of_means
    complete = ~np.isnan(without(X, 0.01)).any(axis=1)
    assert_allclose(
        model.transform(without(X, 0.01))[complete],
        model.transform(X)[complete],
        atol=1e-5,
    )


def test_scores_are_means_over_what_is_known(digits, fitted):
    incomplete = digits[1][1500:]
    error = np.square((fitted.reconstruct(incomplete) - incomplete) / fitted.scale_)
    expected = -np.nanmean(error, axis=1)
    assert_allclose(fitted.score_samples(incomplete), expected, rtol=1e-4)


@pytest.mark.rounding
def test_rows_do_not_depend_on_what_others_lack(digits, fitted):
    rows = digits[1][1500:1530]
    alone = np.concatenate([fitted.transform(row[None]) for row in rows])
    assert_allclose(alone, fitted.transform(rows), atol=1e-5)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_a_row_of_which_nothing_is_known_gets_an_answer(digits, Estimator):
    model = Estimator(4, max_iter=1, cv=None, random_state=0).fit(digits[1][:300])
    row = np.full((1, 64), np.nan)
    assert np.isfinite(model.score_samples(row)).all()
    assert np.isfinite(model.score_samples(np.vstack([row, digits[0]]))).all()


def test_a_row_of_which_nothing_is_known_is_in_the_domain_of_each_loss(digits):
    model = AutoencoderTransformer(4, loss="log_loss", max_iter=0).fit(digits[1][:300])
    assert model.score_samples(np.full((1, 64), np.nan)) == 0


def test_the_most_probable_row_is_made_of_nothing(digits):
    model = AutoencoderTransformer(4, max_iter=0).fit(digits[1][:300])
    row = model.reconstruct(np.full((1, 64), np.nan))
    assert_allclose(row[0], model.mean_, atol=0.02)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_networks_that_do_not_pad_take_missing_entries(digits, Estimator, network):
    family = NETWORKS[network]()
    shape = (8, 8) if family.example_shape(64) else None
    model = Estimator(4, network=network, sample_shape=shape, max_iter=1, cv=None)
    assert get_tags(model).input_tags.allow_nan != family.pads
    if family.pads:
        with pytest.raises(ValueError, match="NaN that are not padding"):
            model.fit(digits[1])
    else:
        scores = model.fit(digits[1][:300]).score_samples(digits[1])
        assert np.isfinite(scores).all()


@pytest.mark.parametrize("bottleneck", sorted(BOTTLENECKS))
@pytest.mark.parametrize("init", ["pca", "random"])
@pytest.mark.parametrize("given", ["complete", "incomplete"])
def test_each_bottleneck_takes_missing_entries(digits, bottleneck, init, given):
    X = digits[given == "incomplete"][:300]
    model = AutoencoderTransformer(
        3, bottleneck=bottleneck, init=init, max_iter=2, cv=None, random_state=0
    ).fit(X)
    assert model.model_.spec.incomplete == (given == "incomplete")
    new = digits[1][300:400]
    restored = model.reconstruct(new)
    assert np.isfinite(restored).all()
    assert np.isfinite(model.transform(new)).all()
    config = json.loads(json.dumps(model.model_.to_config()))
    again = AutoencoderModel.from_state_dict(config, model.model_.state_dict())
    assert_array_equal(again.reconstruct(new), restored)
    assert_array_equal(pickle.loads(pickle.dumps(model)).reconstruct(new), restored)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_what_is_never_known_is_named(digits, Estimator):
    X = digits[1].copy()
    X[:, 9] = np.nan
    model = Estimator(3)
    with pytest.raises(ValueError, match="NaN in all of its 1797 rows in column 9"):
        model.fit(X)
    assert not hasattr(model, "model_")


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_infinity_is_not_missing(digits, Estimator):
    X = digits[1][:300].copy()
    model = Estimator(3, max_iter=1, cv=None).fit(X)
    X[5, 5] = np.inf
    for use in (clone(model).fit, model.score_samples):
        with pytest.raises(ValueError, match="Input X contains infinity"):
            use(X)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_missing_entries_of_frames_are_nan(digits, Estimator):
    X = digits[1][:200]
    model = Estimator(3, max_iter=2, cv=None, random_state=0)
    expected = clone(model).fit(X).score_samples(X)
    nullable = pd.DataFrame(X).astype("Float64")
    assert nullable.isna().any(axis=None)
    for frame in (nullable, polars.DataFrame(X).fill_nan(None)):
        assert_array_equal(clone(model).fit(frame).score_samples(frame), expected)


def test_training_goes_on_with_rows_that_lack_entries(digits):
    model = AutoencoderTransformer(4, warm_start=True, max_iter=2, random_state=0)
    model.fit(digits[0])
    before = model.score(digits[1])
    model.set_params(max_iter=5).fit(digits[1])
    assert model.score(digits[1]) > before


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_large_memory_maps_may_lack_entries(tmp_path, monkeypatch, Estimator):
    monkeypatch.setattr("sk_autoencoder.data._rows.SMALL_COPY", 1000)
    X = without(np.random.default_rng(0).normal(size=(500, 6)))
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    model = Estimator(2, max_iter=2, random_state=0)
    expected = clone(model).fit(X).score_samples(X)
    result = clone(model).fit(mapped).score_samples(mapped)
    assert_allclose(result, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())


def test_features_may_be_too_many_for_a_covariance(monkeypatch):
    """The start is then PCA of rows filled with means."""
    monkeypatch.setattr("sk_autoencoder.starts._pca.FEW_FEATURES", 5)
    X = without(load_breast_cancer().data[:, :10])
    model = AutoencoderTransformer(2, scale=True, max_iter=0, random_state=0).fit(X)
    Z = np.nan_to_num((X - model.mean_) / model.scale_)
    spread = np.linalg.svd(Z, full_matrices=False)[2][:2]
    complete = ~np.isnan(X).any(axis=1)
    expected = (Z @ spread.T @ spread) * model.scale_ + model.mean_
    restored = model.reconstruct(X)
    assert_allclose(restored[complete], expected[complete], rtol=1e-3)
    assert np.isfinite(restored).all()


def test_outliers_are_found_with_a_tenth_of_the_entries_missing():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3)) @ rng.normal(size=(3, 12))
    X += 0.1 * rng.normal(size=X.shape)
    is_outlier = np.arange(600) < 30
    X[is_outlier] = rng.permuted(X[is_outlier], axis=0)
    scores = [
        AutoencoderOutlierDetector(random_state=0).fit(rows).training_scores_
        for rows in (X, without(X, 0.1))
    ]
    complete, incomplete = (roc_auc_score(~is_outlier, each) for each in scores)
    assert incomplete > complete - 0.02
    assert complete > 0.95


@pytest.mark.parametrize("scoring", ["neighbors", "gaussian", "residual"])
def test_features_share_the_score_also_where_one_is_missing(scoring):
    X = without(np.random.default_rng(0).normal(size=(300, 5)))
    detector = AutoencoderOutlierDetector(scoring=scoring, max_iter=3).fit(X)
    total = detector.feature_scores(X).sum(axis=1)
    assert_allclose(total, -detector.score_samples(X), rtol=1e-4, atol=1e-6)
    assert np.isfinite(detector.expected(X)).all()
