"""Networks and corruptions with which nothing can be trained."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from torch import nn

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer

ESTIMATORS = (AutoencoderTransformer, AutoencoderOutlierDetector)


class Broken(nn.Module):
    """Give NaN always, for few rows, or in training alone."""

    def __init__(self, when):
        super().__init__()
        self.when = when

    def forward(self, x):
        if self.when == "always":
            return x * float("nan")
        if self.when == "in training":
            return x * float("nan") if self.training else x
        # In each batch of 32 normal rows, but not for zeros.
        return torch.where(x > 1, float("nan"), x)


def network(when="always", where="encoder"):
    """Return a factory of networks that are broken."""

    def build(n_features, n_components):
        module = nn.Module()
        module.encoder = nn.Sequential(nn.Linear(n_features, n_components))
        module.decoder = nn.Sequential(nn.Linear(n_components, n_features))
        getattr(module, where).insert(0, Broken(when))
        return module

    return build


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(100, 5)) * [3, 2, 1, 1, 1] + 7


OBSTACLES = [
    ({"network": network()}, "The network gives numbers that are not finite for X,"),
    ({"network": network(where="decoder")}, "The network gives numbers"),
    ({"network": network("in training")}, "The network gives numbers"),
    ({"network": network("some rows")}, "The network gives numbers"),
    ({"corruption": 1e39}, r"GaussianNoise\(std=1e\+39\) makes numbers of X that"),
    ({"corruption": 1e30}, r"The loss of .* for X with GaussianNoise\(std=1e\+30\) is"),
]


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(("params", "message"), OBSTACLES)
def test_pca_is_kept_and_the_warning_says_what_has_happened(
    Estimator, params, message, X
):
    model = Estimator(2, max_iter=3, random_state=0, **params)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X)
    (warning,) = caught
    assert warning.category is ConvergenceWarning
    assert warning.filename == __file__
    with pytest.raises(ConvergenceWarning, match=message):
        raise warning.message
    with pytest.raises(ConvergenceWarning, match=r"PCA, the start, is kept \(best_it"):
        raise warning.message
    assert model.best_iter_ == 0
    assert model.n_iter_ == 1
    start = Estimator(2, max_iter=0, random_state=0).fit(X)
    far = np.vstack([X, 100 * X])  # beyond the bounds of what was trained on too
    assert_allclose(model.score_samples(far), start.score_samples(far), rtol=1e-4)


def test_what_is_kept_is_pca_of_scikit_learn(X):
    model = AutoencoderTransformer(2, network=network(), max_iter=1)
    with pytest.warns(ConvergenceWarning):
        codes = model.fit_transform(X)
    pca = PCA(2).fit(X)
    assert_allclose(codes, pca.transform(X), atol=1e-5)
    expected = pca.inverse_transform(codes)
    assert_allclose(model.inverse_transform(codes), expected, atol=1e-5)


@pytest.mark.rounding
def test_what_is_kept_is_the_start_to_the_bit(X):
    def build(n_features, n_components):
        module = network("in training")(n_features, n_components)
        module.encoder.insert(0, nn.BatchNorm1d(n_features))  # moves in each batch
        return module

    with pytest.warns(ConvergenceWarning):
        kept = AutoencoderTransformer(2, network=build, random_state=0).fit(X)
    start = AutoencoderTransformer(2, network=build, random_state=0, max_iter=0).fit(X)
    expected = start.net_.module_.state_dict()
    for name, value in kept.net_.module_.state_dict().items():
        assert torch.equal(value, expected[name]), name


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("max_iter", [0, 3])
@pytest.mark.parametrize(("params", "message"), OBSTACLES[:2] + OBSTACLES[-2:])
def test_without_pca_it_is_an_error_and_the_last_fit_stays(
    Estimator, max_iter, params, message, X
):
    model = Estimator(2, init="random", max_iter=1, random_state=0).fit(X)
    scores, before = model.score_samples(X), dict(vars(model))
    model.set_params(max_iter=max_iter, **params)
    with pytest.raises(ValueError, match=f"{message}.*with init='pca' would keep PCA"):
        model.fit(X)
    assert vars(model) == before | {"max_iter": max_iter} | params
    assert_array_equal(model.score_samples(X), scores)


def test_a_warm_start_that_cannot_go_on_leaves_the_last_fit(X):
    model = AutoencoderTransformer(2, max_iter=2, warm_start=True).fit(X)
    codes = model.transform(X)
    with pytest.raises(ValueError, match="nothing could be trained"):
        model.set_params(corruption=1e39).fit(X)
    assert_array_equal(model.transform(X), codes)


def test_a_network_that_diverges_is_still_given_another_try(X):
    model = AutoencoderTransformer(2, learning_rate_init=1e30, max_iter=2)
    with (
        pytest.warns(UserWarning, match="diverged at a learning rate of 1e"),
        pytest.warns(ConvergenceWarning, match="diverged again"),
    ):
        model.fit(X)
    assert model.best_iter_ == 0
