"""The variational autoencoder against probabilistic PCA and exact likelihoods."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import logsumexp, xlogy
from scipy.stats import laplace, norm
from sklearn.base import clone
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from torch import nn

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.networks import Variational
from sk_autoencoder.networks._bounds import Fading


def variational(n_components=2, **params):
    params = {"bottleneck": "variational", "cv": None, "random_state": 0} | params
    return AutoencoderTransformer(n_components, **params)


@pytest.fixture(scope="module")
def parabola():
    rng = np.random.default_rng(0)
    t = rng.normal(size=1200)
    X = np.column_stack([2 * t, t**2, t]) + 0.1 * rng.normal(size=(1200, 3))
    return X[:800], X[800:]


@pytest.fixture(scope="module")
def fitted(parabola):
    """A network of one component whose likelihood is an integral over one number."""
    return variational(1, bottleneck=Variational(n_importance_samples=1000)).fit(
        parabola[0]
    )


@pytest.mark.rounding
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_components", [1, 2, 8])
@pytest.mark.parametrize("load", [load_digits, load_wine])
def test_score_before_training_is_that_of_pca(load, n_components, dtype):
    X = StandardScaler().fit_transform(load().data).astype(dtype)
    train, test = X[::2], X[1::2]
    pca = PCA(n_components).fit(train)
    model = variational(n_components, max_iter=0).fit(train)
    expected = pca.score_samples(test)
    assert_allclose(model.score_samples(test), expected, rtol=1e-3, atol=1e-3)
    assert abs(model.score(test) - pca.score(test)) < 1e-3 * X.shape[1]


@pytest.mark.rounding
def test_start_is_that_of_pca_far_off_along_an_axis_of_next_to_no_variance():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 6)) @ rng.normal(size=(6, 6))
    X[:, 5] = X[:, 0] - X[:, 1] + 0.02 * rng.normal(size=1000)
    X = StandardScaler().fit_transform(X).astype(np.float32)
    far = X[:5].copy()
    far[:, 5] += 1000
    expected = PCA(5).fit(X.astype(np.float64)).score_samples(far)
    model = variational(5, max_iter=0).fit(X)
    assert_allclose(model.score_samples(far), expected, rtol=2e-6)


def test_units_of_the_data_count(parabola):
    train, test = (1000 * X + 7 for X in parabola)
    expected = PCA(1).fit(train).score_samples(test)
    model = variational(1, max_iter=0).fit(train)
    assert_allclose(model.score_samples(test), expected, rtol=1e-4)


def test_scaled_features_keep_the_density_of_their_own_units(parabola):
    train, test = parabola
    scaler = StandardScaler().fit(train)
    pca = PCA(1).fit(scaler.transform(train))
    expected = pca.score_samples(scaler.transform(test)) - np.log(scaler.scale_).sum()
    model = variational(1, scale=True, max_iter=0).fit(train)
    assert_allclose(model.score_samples(test), expected, rtol=1e-4)


def test_codes_before_training_are_the_posterior_means(parabola):
    train, test = parabola
    pca = PCA(2).fit(train)
    gain = 1 - pca.noise_variance_ / pca.explained_variance_
    expected = pca.transform(test) * np.sqrt(gain / pca.explained_variance_)
    model = variational(2, max_iter=0).fit(train)
    assert_allclose(model.transform(test), expected, atol=1e-4)
    # The reconstruction is drawn to the mean by the share of the noise.
    back = pca.inverse_transform(pca.transform(test) * gain)
    assert_allclose(model.reconstruct(test), back, atol=1e-4)
    assert_allclose(model.inverse_transform(model.transform(test)), back, atol=1e-4)


def test_training_finds_a_likelier_model_than_pca(parabola, fitted):
    train, test = parabola
    # The best Gaussian in three dimensions, with all of its directions.
    assert fitted.score(test) > PCA(1).fit(train).score(test) + 0.5
    assert fitted.score(test) > PCA(2).fit(train).score(test) + 0.5


def exact_log_likelihood(model, X, log_density):
    """Integrate over the one component, from -8 to 8."""
    codes = np.linspace(-8, 8, 4001)
    centers = model.inverse_transform(codes[:, None])
    log_joint = log_density(X[:, None, :], centers[None]).sum(axis=2)
    log_joint += norm.logpdf(codes)
    return logsumexp(log_joint, axis=1) + np.log(codes[1] - codes[0])


def with_start(score, of_start):
    """Return the log-likelihood of the mixture with the model before training."""
    return np.logaddexp(score + np.log(0.99), of_start + np.log(0.01))


def noise_of(model):
    return (
        float(model.model_.module.bottleneck.log_noise.detach().exp()) * model.scale_[0]
    )


def test_score_is_the_log_likelihood(parabola, fitted):
    train, test = parabola
    noise = noise_of(fitted)
    expected = exact_log_likelihood(
        fitted, test, lambda x, center: norm.logpdf(x, center, noise)
    )
    expected = with_start(expected, PCA(1).fit(train).score_samples(test))
    difference = fitted.score_samples(test) - expected
    assert np.quantile(np.abs(difference), 0.9) < 0.01
    assert np.abs(difference).mean() < 0.02  # in the tails the posterior is far off


def test_score_of_noise_of_laplace_is_the_log_likelihood(parabola):
    train, test = parabola
    part = Variational(n_importance_samples=1000)
    model = variational(1, loss="absolute_error", bottleneck=part, init="random").fit(
        train
    )
    noise = noise_of(model)
    expected = exact_log_likelihood(
        model, test[:50], lambda x, center: laplace.logpdf(x, center, noise)
    )
    assert_allclose(model.score_samples(test[:50]), expected, atol=0.2)


def test_score_of_bits_is_the_log_likelihood():
    rng = np.random.default_rng(0)
    chance = 1 / (1 + np.exp(-3 * rng.normal(size=(600, 1)) * np.linspace(-1, 1, 6)))
    X = (rng.uniform(size=chance.shape) < chance).astype(float)
    part = Variational(n_importance_samples=1000)
    model = variational(1, loss="log_loss", bottleneck=part, init="random").fit(X[:500])
    expected = exact_log_likelihood(
        model, X[500:], lambda x, p: xlogy(x, p) + xlogy(1 - x, 1 - p)
    )
    assert_allclose(model.score_samples(X[500:]), expected, atol=0.02)
    assert model.score(X[500:]) > -0.9 * 6 * np.log(2)


def test_more_importance_samples_come_closer(parabola, fitted):
    few, some = (
        clone(fitted)
        .set_params(bottleneck__n_importance_samples=n_samples)
        .fit(parabola[0])
        .score_samples(parabola[1])
        for n_samples in (4, 64)
    )
    many = fitted.score_samples(parabola[1])
    assert np.abs(some - many).mean() < 0.5 * np.abs(few - many).mean()


def test_samples_before_training_have_the_covariance_of_the_components(parabola):
    model = variational(2, max_iter=0).fit(parabola[0])
    pca = PCA(2).fit(parabola[0])
    signal = pca.explained_variance_ - pca.noise_variance_
    expected = pca.components_.T @ np.diag(signal) @ pca.components_
    samples = model.sample(50_000, random_state=0)
    assert_allclose(np.cov(samples.T), expected, atol=0.05)
    assert_allclose(samples.mean(axis=0), pca.mean_, atol=0.03)


def test_samples_after_training_lie_on_the_parabola(fitted):
    samples = fitted.sample(500, random_state=0)
    assert np.abs(samples[:, 1] - samples[:, 0] ** 2 / 4).mean() < 0.1


def test_decoder_is_free_wherever_random_codes_fall():
    """Also along components that carry next to nothing, whose means hardly vary."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 8)) * [3, 1, 1, 1, 1, 1, 1, 1]
    model = variational(3).fit(X)
    assert model.transform(X).std(axis=0).min() < 0.4
    fading = next(m for m in model.net_.module_.modules() if isinstance(m, Fading))
    assert fading.low.max() < -2.5
    assert fading.high.min() > 2.5


def test_no_row_is_less_likely_than_a_hundredth_of_what_pca_says(parabola):
    train, _ = parabola
    rng = np.random.default_rng(1)
    far = rng.normal(size=(200, 3)) * np.logspace(-1, 4, 200)[:, None]
    model = variational(2).fit(train)
    of_pca = PCA(2).fit(train).score_samples(far)
    lost = of_pca - model.score_samples(far)
    assert (lost < -np.log(0.01) + 1e-4 * np.abs(of_pca)).all()
    assert lost.max() > 4  # some are as unlikely as that


def test_components_that_carry_nothing_are_told_of(parabola):
    with pytest.warns(UserWarning, match=r"Of 3 components \d carry nothing") as heard:
        model = variational(3, bottleneck=Variational(beta=30.0), init="random").fit(
            parabola[0]
        )
    assert heard[0].filename == __file__
    codes = model.transform(parabola[0])
    assert_allclose(model.active_components_, codes.var(axis=0) > 0.01)
    assert not model.active_components_.all()


def test_a_larger_beta_costs_reconstruction(parabola):
    errors = [
        np.square(
            variational(2, bottleneck=Variational(beta=beta))
            .fit(parabola[0])
            .reconstruct(parabola[1])
            - parabola[1]
        ).mean()
        for beta in (0.1, 30.0)
    ]
    assert errors[0] < 0.5 * errors[1]


def test_own_network_gives_means_and_deviations(parabola):
    def factory(n_features, n_components):
        module = nn.Module()
        module.encoder = nn.Linear(n_features, 2 * n_components)
        module.decoder = nn.Linear(n_components, n_features)
        return module

    model = variational(1, network=factory, max_iter=0).fit(parabola[0])
    pca = PCA(1).fit(parabola[0])
    assert abs(model.score(parabola[1]) - pca.score(parabola[1])) < 1e-3

    def too_narrow(n_features, n_components):
        module = factory(n_features, n_components)
        module.encoder = nn.Linear(n_features, n_components)
        return module

    with pytest.raises(ValueError, match=r"must map shape \(n, 3\) to \(n, 4\)"):
        variational(2, network=too_narrow).fit(parabola[0])


@pytest.mark.rounding
def test_warm_start_goes_on_with_the_noise_it_has_learned(parabola):
    model = variational(1, warm_start=True, max_iter=20).fit(parabola[0])
    score, noise = model.score(parabola[1]), noise_of(model)
    model.set_params(max_iter=0).fit(parabola[0])
    assert noise_of(model) == noise
    assert model.score(parabola[1]) == pytest.approx(score)


def test_outliers_are_found_with_random_codes(parabola):
    train, _ = parabola
    detector = AutoencoderOutlierDetector(1, bottleneck="variational", random_state=0)
    labels = detector.fit(train).predict([[2.0, 1.0, 1.0], [0.0, 3.0, 0.0]])
    assert labels.tolist() == [1, -1]


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("exponent", [-1000, -160, 140, 1000])
def test_a_log_likelihood_moves_by_the_log_of_the_unit(parabola, exponent, scale):
    """Powers of two change no digit of what the network sees."""
    train, test = parabola[0], parabola[1]
    model, other = (
        variational(1, scale=scale, max_iter=1).fit(X)
        for X in (train, train * 2.0**exponent)
    )
    expected = model.score_samples(test) - 3 * exponent * np.log(2)
    assert_allclose(other.score_samples(test * 2.0**exponent), expected, rtol=1e-12)
