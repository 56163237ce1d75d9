"""The fitted model: arrays in and arrays out, and all of it in plain values."""

# SPDX-License-Identifier: BSD-3-Clause

import io
import json
import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.model import AutoencoderModel
from sk_autoencoder.networks import BOTTLENECKS, LOSSES, NETWORKS

# One fit for each part in the registries, from both starts.
KINDS = [
    *({"bottleneck": name} for name in sorted(BOTTLENECKS)),
    *({"loss": name} for name in sorted(LOSSES)),
    *(
        {"network": name, "sample_shape": part().example_shape(64)}
        for name, part in sorted(NETWORKS.items())
    ),
    {"init": "random"},
    {"scale": True},
]
each_kind = pytest.mark.parametrize("params", KINDS, ids=repr)


def fitted(X, **params):
    params = {"max_iter": 3, "cv": None, "random_state": 0} | params
    return AutoencoderTransformer(3, **params).fit(X)


def through_files(model):
    """Return a model that went through JSON and torch's weights-only files."""
    config = json.loads(json.dumps(model.to_config()))
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    return AutoencoderModel.from_state_dict(config, state)


def assert_same_model(one, other, X):
    codes = one.encode(X)
    assert_array_equal(other.encode(X), codes)
    assert_array_equal(other.decode(codes), one.decode(codes))
    assert_array_equal(other.reconstruct(X), one.reconstruct(X))
    assert_array_equal(other.score(X), one.score(X))


@each_kind
def test_a_model_comes_back_from_its_config_and_state_to_the_bit(params, digits):
    X_train, X_test = digits[0][:300] / 16, digits[1][:50] / 16
    model = fitted(X_train, **params).model_
    copy = through_files(model)
    assert_same_model(model, copy, X_test)
    assert_same_model(model, copy, X_test.astype(np.float32))


@pytest.mark.parametrize("shape", [(2, 8), (5, 80), (60, 8)])
def test_a_model_of_few_rows_comes_back_to_the_bit(shape):
    """However PCA has laid out its axes in memory."""
    X = np.random.default_rng(0).normal(size=shape)
    model = AutoencoderTransformer(2, max_iter=2, random_state=0).fit(X).model_
    assert_same_model(model, through_files(model), X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_estimator_hands_all_to_its_model(digits, dtype):
    X_train, X_test = (X.astype(dtype) for X in digits)
    estimator = fitted(X_train)
    model, codes = estimator.model_, estimator.transform(X_test)
    assert_array_equal(model.encode(X_test), codes)
    assert_array_equal(model.decode(codes), estimator.inverse_transform(codes))
    assert_array_equal(model.reconstruct(X_test), estimator.reconstruct(X_test))
    assert_array_equal(model.score(X_test), estimator.score_samples(X_test))
    assert model.encode(X_test).dtype == dtype


def test_a_model_at_the_start_is_pca(digits):
    X = digits[0]
    model = AutoencoderTransformer(3, max_iter=0).fit(X).model_
    pca = PCA(3).fit(X)
    assert_allclose(model.encode(X), pca.transform(X), atol=1e-3)
    assert_allclose(
        model.reconstruct(X), pca.inverse_transform(pca.transform(X)), atol=1e-3
    )


def test_what_is_seen_of_rows_is_what_the_model_gives(digits):
    X = digits[1]
    model = AutoencoderOutlierDetector(3, max_iter=2, random_state=0).fit(X).model_
    view, mean, scale = model.view(X), model.standardizer.mean, model.standardizer.scale
    assert_allclose(view.values, (X - mean) / scale)
    assert_array_equal(view.codes, model.encode(X))
    reconstruction = (model.reconstruct(X) - mean) / scale
    assert_allclose(view.reconstruction, reconstruction, atol=1e-6)
    assert_allclose(view.residuals, view.values - reconstruction, atol=1e-6)
    assert_allclose(view[3:5].values, view.values[3:5])


def test_what_is_seen_of_rows_too_far_for_single_precision_is_finite(digits):
    model = AutoencoderOutlierDetector(3, max_iter=1, random_state=0).fit(digits[0])
    X = digits[1][:3].copy()
    X[0, 5] = 1e300
    view = model.model_.view(X)
    for values in (view.values, view.codes, view.reconstruction, view.residuals):
        assert np.isfinite(values).all()
    for method in (model.model_.encode, model.model_.reconstruct):
        with pytest.raises(ValueError, match=r"X has 1e\+300 in column 5"):
            method(X)


def test_a_state_of_another_network_is_refused(digits):
    small, large = fitted(digits[0]).model_, fitted(digits[0], scale=True).model_
    state = {name: value for name, value in large.state_dict().items() if "low" in name}
    with pytest.raises(RuntimeError, match="Missing key"):
        AutoencoderModel.from_state_dict(small.to_config(), state)


def test_a_network_of_the_users_own_says_that_no_text_can_hold_it(digits):
    class Own(torch.nn.Module):
        def __init__(self, n_features, n_components):
            super().__init__()
            self.encoder = torch.nn.Linear(n_features, n_components)
            self.decoder = torch.nn.Linear(n_components, n_features)

    model = fitted(digits[0], network=Own).model_
    with pytest.raises(ValueError, match="cannot hold Custom"):
        model.to_config()


def test_the_weights_are_pickled_once(digits):
    estimator = fitted(digits[0])
    copy = pickle.loads(pickle.dumps(estimator))
    assert copy.net_.module_ is copy.model_.module
    weights = sum(p.numel() for p in estimator.model_.module.parameters()) * 4
    of_model = len(pickle.dumps(estimator.model_))
    assert of_model > weights
    codes = 64 * 1347  # what is drawn from
    assert len(pickle.dumps(estimator)) < 1.5 * of_model + codes


def test_rows_that_are_not_finite_are_refused_in_the_name_of_the_estimator(digits):
    X = digits[1].copy()
    model = fitted(digits[0]).model_
    X[3, 4] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        model.encode(X)
    X[3, 4] = np.nan
    params = {"network": "recurrent", "sample_shape": (8, 8)}
    model = fitted(digits[0], bottleneck="variational", **params).model_
    with pytest.raises(ValueError, match=r"bottleneck=Variational.* needs X without"):
        model.encode(X)


EXPONENTS = [-1000, -160, 140, 1000]  # beyond single precision, or its squares


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_what_is_said_of_rows_does_not_hang_on_their_unit(parabola, exponent, scale):
    """Powers of two change no digit of what the network sees."""
    unit = 2.0**exponent
    model, large = (fitted(X, scale=scale) for X in (parabola, parabola * unit))
    of_codes = 1 if scale else unit
    codes = model.transform(parabola)
    assert_allclose(large.transform(parabola * unit), codes * of_codes)
    decoded = model.inverse_transform(codes)
    assert_allclose(large.inverse_transform(codes * of_codes), decoded * unit)
    assert_allclose(large.score_samples(parabola * unit), model.score_samples(parabola))
    assert_allclose(large.sample(20, 0), model.sample(20, 0) * unit, rtol=1e-5)
    assert_array_equal(large.active_components_, model.active_components_)


def test_rows_whose_result_does_not_fit_their_dtype_are_told_to_be_converted(parabola):
    model = fitted(parabola * 1e100)
    single = parabola.astype(np.float32)
    with pytest.raises(ValueError, match=r"reach .* dtype float32: it reaches"):
        model.transform(single)
    with pytest.raises(ValueError, match="Convert X to float64"):
        model.reconstruct(single)
    assert_allclose(model.score_samples(single), model.score_samples(parabola))
    assert np.isfinite(model.reconstruct(single.astype(np.float64))).all()


def test_codes_that_single_precision_does_not_hold_are_refused_with_their_size(digits):
    model = fitted(digits[0])
    with pytest.raises(
        ValueError, match=r"X, whose values reach 1e\+40, is not finite"
    ):
        model.inverse_transform(np.full((1, 3), 1e40))


def test_a_network_that_gives_no_numbers_for_some_rows_says_so(digits):
    class Root(torch.nn.Linear):
        def forward(self, x):
            return super().forward(x) * (9 - x.amax(dim=1, keepdim=True)).sqrt()

    def factory(n_features, n_components):
        module = torch.nn.Module()
        module.encoder = Root(n_features, n_components)
        module.decoder = torch.nn.Linear(n_components, n_features)
        return module

    X = digits[1]
    model = fitted(X, network=factory, init="random")
    assert np.isfinite(model.transform(X)).all()
    X = np.vstack([X, np.full((1, 64), 1e3)])
    for method in (model.transform, model.reconstruct, model.score_samples):
        with pytest.raises(ValueError, match=r"values reach 1e\+03, is not finite"):
            method(X)
