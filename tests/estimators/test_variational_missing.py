"""Likelihoods of rows of which entries are missing: those of what is known."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp, xlogy
from scipy.stats import multivariate_normal, norm
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.metrics import roc_auc_score
from sklearn.utils import get_tags

from sk_autoencoder import (
    AutoencoderImputer,
    AutoencoderOutlierDetector,
    AutoencoderTransformer,
)
from sk_autoencoder.networks import Variational


def variational(n_components=2, n_importance_samples=64, **params):
    part = Variational(n_importance_samples=n_importance_samples)
    params = {"bottleneck": part, "cv": None, "random_state": 0} | params
    return AutoencoderTransformer(n_components, **params)


def without(X, share=0.2, seed=0):
    missing = np.random.default_rng(seed).random(X.shape) < share
    return np.where(missing, np.nan, X)


@pytest.fixture(scope="module")
def tumors():
    return load_breast_cancer().data


def noise_of(model):
    """Return the standard deviation around standardized reconstructions."""
    return float(model.model_.module.bottleneck.log_noise.detach().exp())


def normal_log_density(model, X):
    """Return that of the known entries of rows, by probabilistic PCA as it started."""
    eye = np.eye(model.n_components_)
    mean, scale = model.inverse_transform(0 * eye[:1])[0], model.scale_
    weights = (model.inverse_transform(eye) - mean).T / scale[:, None]
    covariance = weights @ weights.T + noise_of(model) ** 2 * np.eye(len(mean))
    densities = []
    for row in (X - mean) / scale:
        known = ~np.isnan(row)
        density = multivariate_normal(cov=covariance[known][:, known])
        densities.append(density.logpdf(row[known]) - np.log(scale[known]).sum())
    return np.array(densities)


@pytest.mark.rounding
@pytest.mark.parametrize("fitted_to", ["complete", "incomplete"])
@pytest.mark.parametrize(("share", "most"), [(0.1, 0.02), (0.3, 0.03), (0.5, 0.03)])
def test_score_before_training_is_that_of_what_is_known(tumors, fitted_to, share, most):
    """Features are in units that differ by factors of thousands."""
    incomplete = without(tumors, share)
    train = incomplete if fitted_to == "incomplete" else tumors
    model = variational(3, 1000, scale=True, max_iter=0).fit(train[::2])
    test = incomplete[1::8]
    difference = model.score_samples(test) - normal_log_density(model, test)
    assert np.abs(difference).mean() < most


@pytest.mark.rounding
def test_one_feature_that_is_known_has_its_own_normal_density(tumors):
    model = variational(3, 1000, scale=True, max_iter=0).fit(tumors)
    X = np.full((30, 30), np.nan)
    np.fill_diagonal(X, tumors[0])
    expected = normal_log_density(model, X)
    assert_allclose(model.score_samples(X), expected, atol=0.02)


@pytest.mark.rounding
def test_complete_rows_score_the_same_beside_others(tumors):
    X = tumors[400:450]
    model = variational(3, scale=True, max_iter=3).fit(tumors[:400])
    beside = model.score_samples(np.vstack([X, without(X)]))[:50]
    assert_allclose(beside, model.score_samples(X), atol=1e-3)


def exact_log_likelihood(model, X, log_density):
    """Integrate over the one component, from -8 to 8, what is known of rows."""
    codes = np.linspace(-8, 8, 2001)
    log_joint = log_density(X[:, None, :], model.model_.decode(codes[:, None])[None])
    total = np.nansum(log_joint, axis=2) + norm.logpdf(codes)
    return logsumexp(total, axis=1) + np.log(codes[1] - codes[0])


@pytest.mark.rounding
def test_score_of_bits_is_the_log_likelihood_of_those_known():
    rng = np.random.default_rng(0)
    chance = 1 / (1 + np.exp(-6 * rng.normal(size=(600, 1)) * np.linspace(-1, 1, 6)))
    X = without((rng.uniform(size=chance.shape) < chance).astype(float), 0.3)
    model = variational(1, 1000, loss="log_loss", init="random", max_iter=40)
    test, rest = X[500:], X[:500]
    expected = exact_log_likelihood(
        model.fit(rest), test, lambda x, p: xlogy(x, p) + xlogy(1 - x, 1 - p)
    )
    assert_allclose(model.score_samples(test), expected, atol=0.02)


def table(n_rows, share=0.3):
    """Return columns of numbers and levels about one number, and some hidden."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=n_rows)
    a, b, c, d = hidden + 0.5 * rng.normal(size=(4, n_rows))
    X = pd.DataFrame(
        {
            "a": 10 * a,
            "b": np.where(b > 0, "low", "high"),
            "c": np.array(["x", "y", "z"])[np.digitize(c, [-0.5, 0.5])],
            "d": -d,
        }
    )
    return X.mask(rng.random(X.shape) < share)


@pytest.mark.rounding
def test_a_column_of_levels_counts_once():
    X = table(500)
    model = variational(1, 4000, max_iter=10).fit(X[:400])
    # Of the mixture with the start, too: it is nowhere far from the trained model.
    start = variational(1, 4000, max_iter=0).fit(X[:400])
    numbers = model.table_.encode(X[400:], "error")
    expected = []
    for each in (model, start):
        noise = noise_of(each) * each.scale_[:2]

        def log_density(x, center, noise=noise):
            of_numbers = norm.logpdf(x[..., :2], center[..., :2], noise)
            return np.concatenate(
                [of_numbers, xlogy(x[..., 2:], center[..., 2:])], axis=2
            )

        expected.append(exact_log_likelihood(each, numbers, log_density))
    expected = np.logaddexp(expected[0] + np.log(0.99), expected[1] + np.log(0.01))
    assert_allclose(model.score_samples(X[400:]), expected, atol=0.05)


def test_a_level_that_is_new_is_missing():
    X = table(300, share=0.1)
    model = variational(1, max_iter=2).fit(X)
    scores = model.score_samples(X.assign(b="other"))
    assert_array_equal(scores, model.score_samples(X.assign(b=None)))
    assert (scores != model.score_samples(X)).any()


@pytest.mark.rounding
@pytest.mark.parametrize("init", ["pca", "random"])
def test_nothing_known_has_the_density_of_nothing(tumors, init):
    model = variational(2, init=init, scale=True, max_iter=2).fit(without(tumors))
    row = np.full((1, 30), np.nan)
    assert model.score_samples(row) == 0
    assert np.isfinite(model.transform(row)).all()
    assert np.isfinite(model.reconstruct(row)).all()


@pytest.mark.parametrize(("cv", "max_iter"), [(None, 30), (2, 12)])
def test_training_finds_a_likelier_model_of_what_is_known(cv, max_iter):
    X = without(load_digits().data[:500, 16:40] / 16)
    model = variational(2, max_iter=max_iter, cv=cv).fit(X[:400])
    start = variational(2, max_iter=0).fit(X[:400])
    assert model.score(X[400:]) > start.score(X[400:]) + 0.5
    assert np.isfinite(model.sample(100, random_state=0)).all()


def test_detectors_compare_rows_whatever_is_known_of_them():
    """They score by distances of rows that are completed, not by likelihood."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2)) @ rng.normal(size=(2, 10))
    X += 0.1 * rng.normal(size=X.shape)
    X[:10] = rng.permuted(X[:10], axis=0)
    detector = AutoencoderOutlierDetector(
        2, bottleneck="variational", max_iter=5, random_state=0
    )
    assert get_tags(detector).input_tags.allow_nan
    is_normal = np.arange(400) >= 10
    complete, incomplete = (
        roc_auc_score(is_normal, clone(detector).fit(rows).training_scores_)
        for rows in (X, without(X, 0.1))
    )
    assert incomplete > complete - 0.05
    assert complete > 0.9


def test_imputers_take_a_likelihood(tumors):
    incomplete = without(tumors[:, :10])
    estimator = variational(5, scale=True, max_iter=10)
    filled = AutoencoderImputer(clone(estimator), random_state=0).fit_transform(
        incomplete
    )
    missing, spread = np.isnan(incomplete), tumors[:, :10].std(axis=0)
    error = ((filled - tumors[:, :10]) / spread)[missing]
    assert np.square(error).mean() < 0.3
