"""The quantized bottleneck against k-means and values worked out by hand."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from torch import nn

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.metrics import reconstruction_r2
from sk_autoencoder.networks import Quantized, Sizes, SquaredError

SIZES = Sizes(n_features=5, n_outputs=1, n_components=1)


def quantized(n_codes=16, n_components=4, **params):
    params = {"random_state": 0, "device": "cpu"} | params
    bottleneck = Quantized(n_codes=n_codes)
    return AutoencoderTransformer(n_components, bottleneck=bottleneck, **params)


def codebook(model):
    """Return the vectors of the codebook in the units of the codes."""
    return model.net_.module_.bottleneck.codebook.numpy() * model.code_scale_


def rows_of(codes):
    return {row.tobytes() for row in codes}


@pytest.fixture(scope="module")
def digits():
    X = load_digits().data.astype(np.float32)
    return X[:1300], X[1300:]


@pytest.fixture(scope="module")
def fitted(digits):
    return quantized(max_iter=20).fit(digits[0])


def module(vectors, commitment=0.25):
    """Return a code of one component with these vectors."""
    code = Quantized(len(vectors), commitment).build(SIZES, SquaredError())
    code.codebook.copy_(torch.tensor(vectors)[:, None])
    return code


# --------------------------------------------------------------------- the module


def test_codes_are_the_nearest_vectors():
    code = module([-1.0, 0.5, 3.0])
    encoded = torch.tensor([[-9.0], [-0.3], [0.0], [1.7], [1.8], [50.0]])
    expected = [-1.0, -1.0, 0.5, 0.5, 3.0, 3.0]
    assert code.code(encoded)[:, 0].tolist() == expected
    assert code(nn.Identity(), encoded)[0][:, 0].tolist() == expected


def test_gradient_passes_the_codebook_straight_through():
    code = module([-1.0, 0.5], commitment=0.0)
    encoded = torch.tensor([[-0.7], [0.123456], [40.0]], requires_grad=True)
    codes, _ = code(nn.Identity(), encoded)
    assert codes[:, 0].tolist() == [-1.0, 0.5, 0.5]  # to the bit, not but for rounding
    (codes**3).sum().backward()
    assert encoded.grad[:, 0].tolist() == [3.0, 0.75, 0.75]  # 3 z^2 at the vectors


def test_penalty_is_the_squared_distance_a_feature_and_counts_in_training_only():
    code = module([-1.0, 0.5], commitment=0.75)
    encoded = torch.tensor([[-3.0], [1.0]], requires_grad=True)
    _, penalty = code(nn.Identity(), encoded)
    assert_allclose(penalty.detach(), [0.75 * 4 / 5, 0.75 * 0.25 / 5], rtol=1e-6)
    penalty.sum().backward()
    assert_allclose(encoded.grad[:, 0], [0.75 * -4 / 5, 0.75 * 1 / 5], rtol=1e-6)
    assert code.eval()(nn.Identity(), encoded)[1] is None


def test_codebook_follows_the_means_of_the_rows_that_choose_it():
    code = module([-1.0, 0.5, 100.0])
    encoded = torch.tensor([[-3.0], [-2.0], [-1.0], [0.7]])
    for _ in range(2000):
        code(nn.Identity(), encoded)
    assert_allclose(code.codebook[:, 0], [-2.0, 0.7, 100.0], rtol=1e-5)
    assert_allclose(code.shares, [0.75, 0.25, 0.0], atol=1e-5)


def test_codebook_moves_as_a_moving_average_of_sums_and_counts():
    """Equations 6 to 8 of van den Oord et al. (2017), with shares for counts."""
    code = module([-1.0, 0.5])
    counts, sums = np.array([0.5, 0.5]), np.array([-0.5, 0.25])
    for _ in range(2):
        code(nn.Identity(), torch.tensor([[-3.0], [-2.0], [-1.0], [0.7]]))
        counts = 0.98 * counts + 0.02 * np.array([0.75, 0.25])
        sums = 0.98 * sums + 0.02 * np.array([-6, 0.7]) / 4
    assert_allclose(code.codebook[:, 0], sums / counts, rtol=1e-6)
    assert_allclose(code.shares, counts, rtol=1e-6)


def test_law_has_the_shares_that_were_learned():
    code = module([-1.0, 0.5, 3.0])
    code.learn(torch.tensor([[3.0]] * 3 + [[-1.0]]))
    drawn = code.prior().sample(4000, np.random.RandomState(0))
    assert drawn.shape == (4000, 1)
    assert_allclose(
        (drawn == [-1.0, 0.5, 3.0]).mean(axis=0), [0.25, 0, 0.75], atol=0.03
    )


# ------------------------------------------------------------------- the estimator


def test_start_is_pca_with_codes_of_k_means(digits):
    train, test = digits
    model = quantized(max_iter=0).fit(train)
    pca = PCA(4).fit(train)
    k_means = KMeans(16, random_state=0).fit(pca.transform(train).astype(np.float64))
    centers = k_means.cluster_centers_
    expected = centers[k_means.predict(pca.transform(test).astype(np.float64))]
    assert_allclose(model.transform(test), expected, atol=1e-3)
    expected = pca.inverse_transform(expected)
    assert_allclose(model.reconstruct(test), expected, atol=1e-3)
    losses = np.square(test - expected).mean(axis=1) / model.scale_[0] ** 2
    assert_allclose(model.score_samples(test), -losses, rtol=1e-4)


def test_training_is_better_than_k_means_beyond_doubt(digits, fitted):
    train, test = digits
    start = quantized(max_iter=0).fit(train)
    assert reconstruction_r2(fitted, test) > reconstruction_r2(start, test) + 0.05


def test_training_that_gains_nothing_ends_at_k_means():
    X = np.random.default_rng(0).normal(size=(500, 6))
    start, model = (quantized(8, 2, max_iter=n).fit(X) for n in (0, 10))
    assert_array_equal(model.transform(X), start.transform(X))
    assert_array_equal(model.score_samples(X), start.score_samples(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("params", [{}, {"corruption": "masking"}, {"scale": True}])
def test_codes_after_training_are_vectors_of_the_codebook_to_the_bit(
    digits, params, dtype
):
    train, test = (X.astype(dtype) for X in digits)
    model = quantized(max_iter=8, **params).fit(train)
    assert model.best_loss_ < model.validation_loss_curve_[0]  # not the start
    vectors = model.net_.module_.bottleneck.codebook.numpy().astype(dtype)
    vectors *= model.code_scale_
    assert rows_of(model.transform(train)) <= rows_of(vectors)
    assert rows_of(model.transform(test)) <= rows_of(vectors)
    assert len(rows_of(vectors)) == 16
    back = model.inverse_transform(model.transform(test))
    assert_allclose(model.reconstruct(test), back, atol=1e-4)


def test_samples_are_as_frequent_as_in_the_training_data(digits, fitted):
    codes = fitted.transform(digits[0])
    vectors, counts = np.unique(codes, axis=0, return_counts=True)
    samples = fitted.sample(20_000, random_state=0)
    drawn, times = np.unique(samples, axis=0, return_counts=True)
    assert len(drawn) == len(vectors)
    decoded = fitted.inverse_transform(vectors)
    nearest = np.square(drawn[:, None] - decoded).sum(axis=2).argmin(axis=1)
    assert_allclose(drawn, decoded[nearest], atol=1e-4)
    assert_allclose(times / 20_000, counts[nearest] / len(codes), atol=0.012)


def test_frequencies_are_those_of_the_last_fit_also_after_a_warm_start(digits):
    model = quantized(8, max_iter=3, warm_start=True).fit(digits[0])
    model.fit(digits[0][:300])
    codes = model.transform(digits[0][:300])
    shares = (codes[:, None] == codebook(model).astype(np.float32)).all(axis=2)
    assert_allclose(
        model.net_.module_.bottleneck.shares, shares.mean(axis=0), atol=1e-6
    )


def test_fewer_different_rows_than_codes_are_kept_apart():
    X = np.repeat(np.random.default_rng(0).normal(size=(5, 3)), 20, axis=0)
    model = quantized(16, 2, max_iter=0).fit(X)
    pca = PCA(2).fit(X)
    assert_allclose(model.transform(X), pca.transform(X), atol=1e-5)
    assert len(np.unique(model.transform(X), axis=0)) == 5
    assert len(np.unique(model.sample(200, random_state=0), axis=0)) == 5


def test_one_code_is_the_mean(digits):
    model = quantized(1, 2, max_iter=0).fit(digits[0])
    assert_allclose(
        model.reconstruct(digits[1][:3]),
        np.tile(digits[0].mean(axis=0), (3, 1)),
        atol=1e-3,
    )
    assert not model.active_components_.any()


def test_random_start_learns_a_codebook(digits):
    train, test = digits
    model = quantized(16, 2, init="random").fit(train)
    assert reconstruction_r2(model, test) > reconstruction_r2(PCA(2).fit(train), test)
    assert len(np.unique(model.transform(train), axis=0)) > 12


def test_sequences_of_unequal_length_are_quantized(digits):
    X = digits[0][:300].copy()
    X[::3, 48:] = np.nan
    model = quantized(8, 2, network="recurrent", sample_shape=(8, 8), max_iter=2).fit(X)
    assert len(np.unique(model.transform(X), axis=0)) == 8
    assert np.isfinite(model.score_samples(X)).all()


def test_outliers_are_found_with_discrete_codes():
    X = np.random.default_rng(0).normal(size=(500, 4)) * [5, 3, 0.1, 0.1]
    detector = AutoencoderOutlierDetector(2, bottleneck="quantized", random_state=0)
    labels = detector.fit(X).predict([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 4.0, 4.0]])
    assert labels.tolist() == [1, -1]
