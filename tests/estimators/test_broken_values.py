"""One broken value must not make all other rows look alike to the detector."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import roc_auc_score

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.data import _rows
from sk_autoencoder.scoring import SCORINGS

QUICK = {"max_iter": 5, "random_state": 0}
BROKEN = 4  # the feature


@pytest.fixture(scope="module")
def clean():
    """Return 600 rows of ten features that depend on three factors, around 20."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(600, 3))
    X = factors @ rng.normal(size=(3, 10)) + 0.3 * rng.normal(size=(600, 10))
    return 20 + 2 * X


@pytest.fixture(scope="module")
def planted(clean):
    """Return rows of which the second half are outliers in one feature, and which."""
    rng = np.random.default_rng(1)
    X = np.vstack([clean[:200], clean[:200]])
    X[np.arange(200, 400), rng.integers(10, size=200)] += 8
    return X, np.arange(400) >= 200


def spoil(X, *values):
    X = X.copy()
    X[: len(values), BROKEN] = values
    return X


def auc(detector, planted):
    X, is_outlier = planted
    return roc_auc_score(is_outlier, -detector.score_samples(X))


@pytest.mark.parametrize("novelty", [False, True])
@pytest.mark.parametrize("scoring", SCORINGS)
@pytest.mark.parametrize(
    "values",
    [(1e9,), (-1e9,), (1e30,), (1e9,) * 6, (1e3, -1e4, 1e9, -1e15, 1e30, 1e300)],
    ids=str,
)
def test_other_rows_are_told_apart_as_before(clean, planted, scoring, novelty, values):
    detector = AutoencoderOutlierDetector(scoring=scoring, novelty=novelty, **QUICK)
    expected = auc(detector.fit(clean), planted)
    X = spoil(clean, *values)
    assert auc(detector.fit(X), planted) > expected - 0.005
    scores, n_broken = detector.training_scores_, len(values)
    assert np.isfinite(scores).all()
    assert scores[:n_broken].max() < 10 * scores[n_broken:].min()
    blamed = detector.feature_scores(X[:n_broken]).argmax(axis=1)
    assert_array_equal(blamed, BROKEN)


@pytest.mark.parametrize("scale", [False, True])
def test_centre_and_scale_are_those_of_the_other_values(clean, scale):
    detector = AutoencoderOutlierDetector(scale=scale, max_iter=0)
    expected = vars(detector.fit(clean)).copy()
    detector.fit(spoil(clean, 1e9))
    assert_allclose(detector.mean_, expected["mean_"], rtol=0.01)
    assert_allclose(detector.scale_, expected["scale_"], rtol=0.01)


def test_one_in_a_hundred_values_of_each_feature_may_be_broken(clean, planted):
    rng = np.random.default_rng(2)
    X = clean.copy()
    for j in range(10):
        X[rng.choice(600, 6, replace=False), j] = rng.choice([1e9, -1e12, 1e30], 6)
    detector = AutoencoderOutlierDetector(**QUICK).fit(X)
    assert auc(detector, planted) > 0.95


@pytest.mark.rounding
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scoring", SCORINGS)
def test_a_memory_map_gives_the_same(
    clean, planted, scoring, dtype, tmp_path, monkeypatch, steady
):
    X = spoil(clean, 1e9, -1e30).astype(dtype)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    monkeypatch.setattr(_rows, "SMALL_COPY", 0)
    in_memory, by_map = (
        AutoencoderOutlierDetector(scoring=scoring, **QUICK, **steady).fit(x)
        for x in (X, mapped)
    )
    assert_allclose(by_map.scale_, in_memory.scale_, rtol=1e-5)
    for rows in (X, planted[0]):
        assert_allclose(
            by_map.score_samples(rows), in_memory.score_samples(rows), rtol=0.01
        )
    assert auc(by_map, planted) > 0.95


@pytest.mark.parametrize("network", ["recurrent", "attention"])
def test_the_padding_of_sequences_is_not_filled_with_broken_values(network):
    rng = np.random.default_rng(0)
    X = np.cumsum(rng.normal(size=(200, 12)), axis=1)
    X[100:, 8:] = np.nan
    detector = AutoencoderOutlierDetector(
        2, network=network, sample_shape=(12, 1), max_iter=1, random_state=0
    ).fit(X)
    expected = detector.scale_
    X[0, [3, 10]] = 1e9
    detector.fit(X)
    assert_allclose(detector.scale_, expected, rtol=0.05)
    assert np.isfinite(detector.training_scores_).all()
    assert detector.training_scores_.argmin() == 0


def test_counts_stay_in_the_domain_of_their_loss():
    X = np.random.default_rng(0).poisson(3.0, size=(300, 5)).astype(float)
    X[0, 2] = 1e9
    detector = AutoencoderOutlierDetector(2, loss="poisson", **QUICK).fit(X)
    assert detector.scale_[2] < 3
    assert detector.training_scores_.argmin() == 0


def test_a_warm_start_is_not_led_astray(clean, planted):
    detector = AutoencoderOutlierDetector(warm_start=True, **QUICK).fit(clean)
    expected = auc(detector, planted)
    detector.fit(spoil(clean, 1e9))
    assert auc(detector, planted) > expected - 0.005


def test_a_feature_with_nothing_but_a_broken_value_keeps_it(clean):
    X = clean.copy()
    X[:, BROKEN] = 2.0
    X[0, BROKEN] = 1e9
    detector = AutoencoderOutlierDetector(**QUICK).fit(X)
    assert detector.training_scores_.argmin() == 0


def test_the_transformer_is_pca_of_the_values_as_they_are(clean):
    X = spoil(clean, 1e9)
    transformer = AutoencoderTransformer(2, scale=True, max_iter=0).fit(X)
    assert_allclose(transformer.mean_, X.mean(axis=0), rtol=1e-9)
    assert_allclose(transformer.scale_, X.std(axis=0), rtol=1e-9)
