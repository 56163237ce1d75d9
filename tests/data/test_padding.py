"""Sequences of unequal length, padded with NaN."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn.decomposition import PCA

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.data._padding import check_padding, fill_padding
from sk_autoencoder.networks import (
    LOSSES,
    NETWORKS,
    Recurrent,
    SaltAndPepper,
    SwapNoise,
)

SHAPE = (10, 2)
STEPS = np.repeat(np.arange(SHAPE[0]), SHAPE[1])


def padded(X, lengths):
    return np.where(STEPS[None] < np.asarray(lengths)[:, None], X, np.nan)


@pytest.fixture(scope="module")
def waves():
    """Return sequences of two channels, whole and cut."""
    rng = np.random.default_rng(0)
    phase, speed = rng.uniform(0, 6, 300), rng.uniform(0.3, 0.9, 300)
    angle = phase[:, None] + speed[:, None] * np.arange(SHAPE[0])
    X = np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(300, -1)
    X += 0.05 * rng.normal(size=X.shape)
    return X, padded(X, rng.integers(4, SHAPE[0] + 1, 300))


def recurrent(**params):
    params = {"network": "recurrent", "random_state": 0, "max_iter": 20} | params
    return AutoencoderTransformer(3, sample_shape=SHAPE, device="cpu", **params)


@pytest.fixture(
    scope="module",
    params=[name for name, family in sorted(NETWORKS.items()) if family.pads],
)
def fitted(waves, request):
    return recurrent(network=request.param).fit(waves[1])


def test_padding_stays_padding_and_the_rest_is_reconstructed(waves, fitted):
    _, X = waves
    result = fitted.reconstruct(X)
    assert_array_equal(np.isnan(result), np.isnan(X))
    known = ~np.isnan(X)
    error = np.square(result - X)[known].mean()
    baseline = np.square(fitted.mean_ - X)[known].mean()
    assert error < 0.5 * baseline
    assert np.isfinite(fitted.transform(X)).all()
    assert np.isfinite(fitted.inverse_transform(fitted.transform(X))).all()


def test_scores_are_means_over_what_is_known(waves, fitted):
    _, X = waves
    error = np.square((fitted.reconstruct(X) - X) / fitted.scale_)
    assert_allclose(fitted.score_samples(X), -np.nanmean(error, axis=1), rtol=1e-4)


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_each_loss_is_that_of_what_is_known(waves, loss):
    """By hand, of each row alone and no longer than it is."""
    X = expit(waves[1])  # in the domain of any loss
    model = recurrent(max_iter=2, loss=loss).fit(X)
    module, part = model.net_.module_, LOSSES[loss]()
    scores, rebuilt = model.score_samples(X), model.reconstruct(X)
    for i in range(0, 300, 50):
        known = ~np.isnan(X[i])
        mean, scale = (torch.tensor(v[known]) for v in (model.mean_, model.scale_))
        z = torch.tensor((X[[i]] - model.mean_) / model.scale_)
        with torch.no_grad():
            output = module.reconstruct(z.float())[:, known].double()
        z = z[:, known]
        expected = part.evaluate(output, part.target(z, mean, scale))
        assert_allclose(-scores[i], expected[0], rtol=1e-4, atol=1e-6)
        expected = part.reconstruct(output, mean, scale, z)
        assert_allclose(rebuilt[i, known], expected[0], rtol=1e-4, atol=1e-5)
        assert np.isnan(rebuilt[i, ~known]).all()


def test_network_reads_a_cut_sequence_as_far_as_it_goes(waves, fitted):
    """A sequence that ends early is not one that goes on with zeros or the mean."""
    X = padded(waves[0], [5] * 300)
    codes = fitted.transform(X)
    filled = fitted.transform(fill_padding(X, fitted.mean_))
    assert np.abs(codes - filled).max() > 0.1


@pytest.mark.rounding
def test_rows_do_not_depend_on_the_lengths_of_others(waves, fitted):
    whole, cut = waves[0][:40], padded(waves[0][40:80], [6] * 40)
    together = fitted.transform(np.vstack([whole, cut]))
    assert_allclose(fitted.transform(whole), together[:40], atol=1e-5)
    assert_allclose(fitted.transform(cut), together[40:], atol=1e-5)


class NeverPadded(Recurrent):
    """The family as it is where no sequence ends early."""

    pads = False


@pytest.mark.rounding
def test_whole_sequences_are_trained_on_as_if_there_were_no_padding(
    waves, steady, assert_same_but_for_rounding
):
    X = waves[0]
    result = recurrent(max_iter=2, **steady).fit(X)
    expected = recurrent(max_iter=2, **steady).set_params(network=NeverPadded()).fit(X)
    assert_same_but_for_rounding(result.transform(X), expected.transform(X))
    assert_same_but_for_rounding(result.loss_curve_, expected.loss_curve_)


def test_start_is_pca_of_filled_sequences(waves):
    X = waves[1]
    model = recurrent(max_iter=0).fit(X)
    filled = fill_padding(X, np.nanmean(X, axis=0))
    pca = PCA(3).fit(filled)
    expected = pca.inverse_transform(pca.transform(filled))
    known = ~np.isnan(X)
    assert_allclose(model.reconstruct(X)[known], expected[known], atol=1e-3)


def test_detector_scores_sequences_of_unequal_length(waves):
    detector = AutoencoderOutlierDetector(
        3, network="recurrent", sample_shape=SHAPE, max_iter=10, random_state=0
    ).fit(waves[1])
    assert np.isfinite(detector.score_samples(waves[1])).all()
    noise = np.random.default_rng(1).normal(size=(50, 20))
    noise = padded(noise, [7] * 50)
    assert (detector.predict(noise) == -1).mean() > 0.8


def test_variational_code_refuses_padding(waves):
    model = recurrent(bottleneck="variational", max_iter=1)
    model.fit(waves[0])
    with pytest.raises(ValueError, match=r"bottleneck=Variational.* needs X without"):
        model.fit(waves[1])


@pytest.mark.parametrize(
    "missing", [(0, slice(0, 2)), (0, slice(4, 6)), (0, 19), (0, slice(None))]
)
def test_gaps_are_not_padding(waves, fitted, missing):
    X = waves[0].copy()
    X[missing] = np.nan
    for use in (recurrent().fit, fitted.transform, fitted.score_samples):
        with pytest.raises(ValueError, match="NaN that are not padding"):
            use(X)


def test_steps_that_no_sequence_reaches_are_left_alone(waves):
    X = padded(waves[0], [6] * 300)
    model = recurrent(max_iter=5).fit(X)
    result = model.reconstruct(X)
    assert_array_equal(np.isnan(result), np.isnan(X))
    assert np.isfinite(model.score_samples(X)).all()
    # The rest is what it would be without these steps.
    short = AutoencoderTransformer(
        3, network="recurrent", sample_shape=(6, 2), max_iter=0
    ).fit(X[:, :12])
    start = recurrent(max_iter=0).fit(X)
    assert_allclose(
        start.reconstruct(X)[:, :12], short.reconstruct(X[:, :12]), atol=1e-4
    )


def test_shape_is_that_of_the_fit(waves):
    model = recurrent(max_iter=1).fit(waves[1])
    expected = model.transform(waves[1])
    model.set_params(sample_shape=(2, 10), network="dense")
    assert_array_equal(model.transform(waves[1]), expected)


def test_infinity_is_not_padding(waves):
    X = waves[1].copy()
    X[0, 0] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        check_padding(X, SHAPE, "Estimator")


@pytest.mark.parametrize("corruption", [SaltAndPepper(0.5), SwapNoise(0.5)])
def test_corruption_leaves_the_ends_of_sequences_where_they_are(waves, corruption):
    """Also of the only sequence that is longer than all others."""
    X = padded(waves[0], [10] + [6] * 299)
    seen = []

    def record(encoder, inputs):
        if encoder.training:
            seen.append((~inputs[0].isnan()).sum(dim=1))

    class Recorded(Recurrent):
        def build(self, *args, **kwargs):
            encoder, decoder = super().build(*args, **kwargs)
            encoder.register_forward_pre_hook(record)
            return encoder, decoder

    model = recurrent(corruption=corruption, max_iter=2, early_stopping=False)
    model.set_params(network=Recorded()).fit(X)
    assert np.isfinite(model.loss_curve_).all()
    lengths = torch.cat(seen).tolist()
    assert sorted(lengths) == [12] * 2 * 299 + [20] * 2
