"""Losses with a link: where they start, and what training makes no worse."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import mean_poisson_deviance, r2_score

from sk_autoencoder import AutoencoderTransformer

COUNTED = ["poisson", "multinomial"]


def curve(mean):
    """Return counts along a curve, 450 rows to train on and 500 others."""
    rng = np.random.default_rng(0)
    t = rng.normal(size=950)
    bends = np.column_stack([t, t**2 - 1, np.sin(2 * t), np.cos(2 * t)])
    X = rng.poisson(mean * np.exp(0.3 * bends)).astype(float)
    return X[:450], X[450:]


def bits():
    X = (load_digits().data > 7).astype(float)
    return X[:1200], X[1200:]


def through_pca(n_components, X_train, X_test):
    """Return what PCA makes of rows, moved off zero by a hundredth of the mean."""
    pca = PCA(n_components).fit(X_train)
    rebuilt = pca.inverse_transform(pca.transform(X_test))
    return np.maximum(rebuilt, 0.01 * X_train.mean(axis=0))


def fitted(X, n_components=1, **params):
    params = {"random_state": 0, "device": "cpu"} | params
    return AutoencoderTransformer(n_components, **params).fit(X)


def squared_error(X, rebuilt):
    return np.square(X - rebuilt).mean()


def poisson_deviance(X, rebuilt):
    return mean_poisson_deviance(X.ravel(), rebuilt.ravel())


@pytest.mark.parametrize("mean", [1e3, 1e6])
def test_start_of_many_counts_is_pca(mean):
    X_train, X_test = curve(mean)
    start = fitted(X_train, loss="poisson", max_iter=0)
    assert_allclose(
        start.reconstruct(X_test),
        through_pca(1, X_train, X_test),
        rtol=1e-3,
        atol=0.01 * mean,
    )
    far = 1e3 * start.transform(X_test)
    assert np.isfinite(start.inverse_transform(far)).all()


@pytest.mark.parametrize("unit", [1e-24, 1e-9, 1e9, 1e27])
@pytest.mark.parametrize("loss", COUNTED)
def test_counts_are_reconstructed_alike_in_any_unit(loss, unit):
    X, _ = curve(1)
    X[:, 3] = 0  # never counted
    expected = fitted(X, loss=loss, max_iter=0).reconstruct(X)
    start, trained = (fitted(X * unit, loss=loss, max_iter=n) for n in (0, 1))
    assert_allclose(start.reconstruct(X * unit) / unit, expected, rtol=1e-3, atol=1e-4)
    assert np.isfinite(trained.score(X * unit))


@pytest.mark.parametrize(
    ("unit", "message"),
    [(1e-60, "value of X is 2e-56; .*needs 1e-25"), (1e35, r"X has 2e\+39")],
)
@pytest.mark.parametrize("loss", COUNTED)
def test_counts_that_single_precision_cannot_hold_are_refused(loss, unit, message):
    X, _ = curve(1)
    X[0, 0] = 20_000
    with pytest.raises(ValueError, match=f"{message}.*Rescale X"):
        fitted(X * unit, loss=loss)


def test_start_of_shares_is_pca_with_the_totals_of_the_rows():
    X_train, X_test = curve(1e3)
    rebuilt = through_pca(1, X_train, X_test)
    shares = rebuilt / rebuilt.sum(axis=1, keepdims=True)
    expected = shares * X_test.sum(axis=1, keepdims=True)
    start = fitted(X_train, loss="multinomial", max_iter=0)
    assert_allclose(start.reconstruct(X_test), expected, rtol=1e-3, atol=10)


def test_start_of_bits_is_pca_between_zero_and_one():
    X_train, X_test = bits()
    start = fitted(X_train, 8, loss="log_loss", max_iter=0).reconstruct(X_test)
    pca = PCA(8).fit(X_train)
    expected = pca.inverse_transform(pca.transform(X_test)).clip(0, 1)
    assert np.abs(start - expected).max() < 0.2
    assert np.abs(start - expected).mean() < 0.02
    ratio = squared_error(X_test, start) / squared_error(X_test, expected)
    assert ratio < 1.03


@pytest.mark.parametrize("mean", [10, 1e3, 1e5])
@pytest.mark.parametrize("loss", COUNTED)
def test_counts_are_explained_no_worse_than_by_pca_and_the_start(mean, loss):
    X_train, X_test = curve(mean)
    model = fitted(X_train, loss=loss).reconstruct(X_test)
    start = fitted(X_train, loss=loss, max_iter=0).reconstruct(X_test)
    of_pca = through_pca(1, X_train, X_test)
    if loss == "multinomial":
        totals = X_test.sum(axis=1) / of_pca.sum(axis=1)
        of_pca = of_pca * totals[:, None]
    for other in (of_pca, start):
        assert r2_score(X_test, model) > r2_score(X_test, other) - 0.002
        ratio = poisson_deviance(X_test, model) / poisson_deviance(X_test, other)
        assert ratio < 1.002


@pytest.mark.parametrize("mean", [1, 10, 1e5])
def test_start_has_the_deviance_of_pca_where_it_is_moved_off_zero_best(mean):
    X_train, X_test = curve(mean)
    pca = PCA(2).fit(X_train)

    def moved(X, share):
        rebuilt = pca.inverse_transform(pca.transform(X))
        return np.maximum(rebuilt, share * X_train.mean(axis=0))

    shares = np.geomspace(1e-3, 1, 13)
    best = min(shares, key=lambda s: poisson_deviance(X_train, moved(X_train, s)))
    start = fitted(X_train, 2, loss="poisson", max_iter=0).reconstruct(X_test)
    ratio = poisson_deviance(X_test, start)
    assert ratio < 1.02 * poisson_deviance(X_test, moved(X_test, best))


def shares_in(model):
    """Return where the path and its frozen twin bend, as shares of the mean."""
    state = model.net_.module_.state_dict()
    return [float(value) for name, value in state.items() if name.endswith("share")]


def test_what_is_trained_bends_sooner_than_the_start_that_may_be_kept():
    X_train, _ = curve(1e3)
    start = shares_in(fitted(X_train, loss="poisson", max_iter=0))
    trained = shares_in(fitted(X_train, loss="poisson"))
    assert start[0] == start[1] < 1 / 8
    assert sorted(trained) == [start[0], 1 / 8]


def test_many_counts_are_explained_better_than_by_pca():
    X_train, X_test = curve(1e5)
    model = fitted(X_train, 2, loss="poisson").reconstruct(X_test)
    of_pca = through_pca(2, X_train, X_test)
    assert squared_error(X_test, model) < 0.1 * squared_error(X_test, of_pca)
    assert poisson_deviance(X_test, model) < 0.1 * poisson_deviance(X_test, of_pca)


def test_bits_are_explained_better_than_by_the_start_in_both_ways():
    X_train, X_test = bits()
    start, model = (
        fitted(X_train, 2, loss="log_loss", **params)
        for params in ({"max_iter": 0}, {})
    )
    assert model.score(X_test) > start.score(X_test) + 0.03
    errors = (squared_error(X_test, m.reconstruct(X_test)) for m in (model, start))
    assert next(errors) < 0.85 * next(errors)


@pytest.mark.parametrize("mean", [1e6, 1e8])
@pytest.mark.parametrize("loss", COUNTED)
def test_no_score_of_many_counts_is_positive(mean, loss):
    rng = np.random.default_rng(0)
    X = rng.poisson(mean, size=(200, 4)).astype(float)
    model = fitted(X, loss=loss, max_iter=0)
    assert model.score_samples(X).max() <= 0
    if loss == "poisson":
        expected = poisson_deviance(X, model.reconstruct(X)) / 2
        assert_allclose(-model.score(X), expected, rtol=0.02)


def test_bits_of_a_likelihood_are_judged_by_it_alone():
    """Codes that are random restore less than PCA does, and explain more."""
    X_train, X_test = bits()
    start, model = (
        fitted(X_train, 20, loss="log_loss", bottleneck="variational", **params)
        for params in ({"max_iter": 0}, {"max_iter": 20})
    )
    assert model.best_iter_ > 0
    assert model.score(X_test) > start.score(X_test) + 1
