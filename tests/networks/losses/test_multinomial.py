"""The multinomial loss against closed forms, and in both estimators."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.special import logsumexp
from scipy.stats import multinomial, norm

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.networks import Multinomial, Variational

N_FEATURES, N_TOPICS = 12, 3


def tensor(array):
    return torch.as_tensor(array, dtype=torch.float64)


def softmax(output):
    return np.exp(output - logsumexp(output, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def words():
    """Return counts of documents that mix topics, 5 to 500 words long."""
    rng = np.random.default_rng(0)
    topics = rng.dirichlet(np.full(N_FEATURES, 0.3), size=N_TOPICS)
    shares = rng.dirichlet(np.full(N_TOPICS, 0.5), size=1200) @ topics
    lengths = np.exp(rng.uniform(np.log(5), np.log(500), size=1200)).astype(int)
    X = rng.multinomial(lengths, shares).astype(float)
    return X[:900], X[900:]


@pytest.fixture(scope="module")
def sequences(words):
    """Return counts in four steps of three channels, some of which end early."""
    X = words[0][:300].copy()
    X[:, 0] += 1  # the first step is never empty
    X[::2, 9:] = np.nan
    return X


def transformer(n_components=2, **params):
    params = {"loss": "multinomial", "cv": None, "random_state": 0} | params
    return AutoencoderTransformer(n_components, **params)


def deviances(X, reconstruction):
    """Return the multinomial deviance of each row, entry by entry."""
    result = []
    for counts, row in zip(X, reconstruction, strict=True):
        known = ~np.isnan(counts)
        counts, p = counts[known], row[known] / row[known].sum()
        pairs = [(c, c / counts.sum() / q) for c, q in zip(counts, p, strict=True)]
        result.append(2 * sum(c * np.log(ratio) for c, ratio in pairs if c > 0))
    return np.array(result)


# ------------------------------------------------------------------------ the loss


@pytest.mark.parametrize("n_words", [1, 30, 100_000])
def test_likelihood_is_that_of_scipy(n_words):
    rng = np.random.default_rng(0)
    output = rng.normal(size=(6, 5))
    counts = rng.multinomial(n_words, softmax(rng.normal(size=(6, 5))))
    nats = Multinomial().nats(tensor(output), tensor(counts), None, tensor(0.7))
    expected = -multinomial.logpmf(counts, n_words, softmax(output))
    assert_allclose(5 * nats, expected, rtol=1e-10)


def test_likelihood_of_many_counts_is_exact_in_single_precision():
    """The logs of the factorials of a million are as large as 10^7."""
    counts = np.array([[400_000, 350_000, 250_000]])
    output = np.log(counts)
    output[0, 0] += 1e-3
    nats = Multinomial().nats(
        tensor(output).float(), tensor(counts).float(), None, torch.tensor(0.0)
    )
    expected = -multinomial.logpmf(counts, 1_000_000, softmax(output))
    assert_allclose(3 * nats, expected, atol=0.3)
    assert 10 < expected[0] < 1000


@pytest.mark.parametrize("n_words", [1_000, 10**6, 10**8])
def test_loss_of_many_counts_is_exact_in_single_precision(n_words):
    rng = np.random.default_rng(0)
    output = rng.normal(size=(50, 5)).astype(np.float32)
    counts = rng.multinomial(n_words, softmax(output.astype(np.float64)))
    loss = Multinomial().evaluate(torch.tensor(output), tensor(counts).float())
    assert loss.min() >= 0
    expected = deviances(counts, softmax(output.astype(np.float64))) / 2 / 5
    assert_allclose(loss, expected, rtol=1e-4, atol=0.03)


def test_loss_is_half_the_deviance_over_the_number_of_features():
    counts, output = np.array([[3.0, 0.0, 1.0]]), np.zeros((1, 3))
    expected = (3 * np.log(3 / 4 * 3) + np.log(1 / 4 * 3)) / 3
    loss = Multinomial().evaluate(tensor(output), tensor(counts))
    assert_allclose(loss, [expected], rtol=1e-12)
    assert_allclose(6 * loss, deviances(counts, softmax(output)), rtol=1e-12)


def test_loss_minds_only_the_shares():
    rng = np.random.default_rng(0)
    output, counts = tensor(rng.normal(size=(4, 5))), tensor(rng.poisson(3, (4, 5)))
    shifted = output + tensor([[1.0], [-7.0], [50.0], [0.0]])
    loss = Multinomial().evaluate(output, counts)
    assert_allclose(Multinomial().evaluate(shifted, counts), loss, rtol=1e-10)


@pytest.mark.parametrize("function", ["evaluate", "nats"])
def test_row_without_counts_costs_nothing(function):
    output = torch.randn(2, 4).requires_grad_()
    arguments = (None, torch.tensor(0.0)) if function == "nats" else ()
    value = getattr(Multinomial(), function)(output, torch.zeros(2, 4), *arguments)
    value.sum().backward()
    assert not value.any()
    assert not output.grad.any()


def test_counts_of_what_is_unknown_are_told_beside_the_total():
    output = tensor([[0.0, np.log(2), np.log(6)]])
    x = tensor([[4.0, 5.0, np.nan]])
    ones, zeros = torch.ones(3).double(), torch.zeros(3).double()
    result = Multinomial().reconstruct(output, zeros, ones, x)
    assert_allclose(result, [[3.0, 6.0, 18.0]], rtol=1e-12)


# ------------------------------------------------------------------- in estimators


def test_rows_keep_their_totals_but_codes_do_not_tell_them(words):
    X_train, X_test = words
    model = transformer(max_iter=3).fit(X_train)
    rebuilt = model.reconstruct(X_test)
    assert_allclose(rebuilt.sum(axis=1), X_test.sum(axis=1), rtol=1e-5)
    decoded = model.inverse_transform(model.transform(X_test))
    assert_allclose(decoded.sum(axis=1), X_train.sum(axis=1).mean(), rtol=1e-5)
    shares = rebuilt / rebuilt.sum(axis=1, keepdims=True)
    expected = decoded / decoded.sum(axis=1, keepdims=True)
    assert_allclose(shares, expected, rtol=1e-3, atol=1e-6)
    assert_allclose(model.sample(5).sum(axis=1), decoded[0].sum(), rtol=1e-5)


def test_score_is_half_the_deviance(words):
    X_train, X_test = words
    model = transformer(max_iter=3).fit(X_train)
    expected = deviances(X_test, model.reconstruct(X_test)) / 2 / N_FEATURES
    assert_allclose(-model.score_samples(X_test), expected, rtol=1e-3, atol=1e-4)


def test_mean_row_starts_at_the_mean_shares(words):
    X = words[0]
    model = transformer(max_iter=0).fit(X)
    mean = X.mean(axis=0, keepdims=True)
    assert_allclose(model.reconstruct(mean), mean, rtol=1e-4)


def test_topics_are_found_better_than_by_squared_error(words):
    X_train, X_test = words
    left = {}
    for loss in ("multinomial", "poisson", "squared_error"):
        model = transformer(loss=loss, max_iter=25).fit(X_train)
        rebuilt = model.reconstruct(X_test).clip(1e-3)
        left[loss] = deviances(X_test, rebuilt).mean()
    assert left["multinomial"] < 0.8 * left["squared_error"]
    assert left["multinomial"] < left["poisson"]


def test_a_row_without_counts_has_scores_and_no_counts_after(words):
    X = words[0].copy()
    X[:5] = 0
    model = transformer(max_iter=2).fit(X)
    assert_allclose(model.score_samples(X[:5]), 0, atol=1e-3)
    assert_allclose(model.reconstruct(X[:5]), 0, atol=1e-3)


def test_sequences_keep_the_totals_of_what_is_known(sequences):
    model = transformer(network="recurrent", sample_shape=(4, 3), max_iter=40)
    rebuilt = model.fit(sequences).reconstruct(sequences)
    assert np.array_equal(np.isnan(rebuilt), np.isnan(sequences))
    assert_allclose(np.nansum(rebuilt, 1), np.nansum(sequences, 1), rtol=1e-4)
    n_known = (~np.isnan(sequences)).sum(axis=1)
    expected = deviances(sequences, rebuilt) / 2 / n_known
    scores = model.score_samples(sequences)
    assert_allclose(-scores, expected, rtol=1e-3, atol=1e-4)
    assert model.best_loss_ < model.validation_loss_curve_[0]


def test_likelihood_of_a_variational_code_is_the_integral_over_codes(words):
    """By quadrature: what the decoder says of each code, times its density."""
    X_train, X_test = words
    bottleneck = Variational(n_importance_samples=2048)
    model = transformer(1, bottleneck=bottleneck, init="random", max_iter=10)
    X_test = X_test[X_test.sum(axis=1) < 30][:40]
    scores = model.fit(X_train).score_samples(X_test)
    grid = np.linspace(-6, 6, 2001)
    rows = model.inverse_transform(grid[:, None])
    shares = rows / rows.sum(axis=1, keepdims=True)
    prior = norm.logpdf(grid) + np.log(grid[1] - grid[0])
    expected = [
        logsumexp(multinomial.logpmf(counts, counts.sum(), shares) + prior)
        for counts in X_test
    ]
    assert_allclose(scores, expected, atol=0.1)


def test_variational_start_is_linear_and_training_improves_it(words):
    X_train, X_test = words
    start, end = (
        transformer(2, bottleneck="variational", max_iter=max_iter).fit(X_train)
        for max_iter in (0, 30)
    )
    assert np.isfinite(start.score_samples(X_test)).all()
    assert end.score(X_test) > start.score(X_test) + 1


def test_detector_compares_rows_with_those_of_their_own_total(words):
    X_train, X_test = words
    detector = AutoencoderOutlierDetector(
        2, loss="multinomial", scoring="residual", max_iter=5, random_state=0
    ).fit(X_train)
    expected = detector.expected(X_test)
    assert_allclose(expected.sum(axis=1), X_test.sum(axis=1), rtol=1e-5)
    residual = (X_test - expected) / detector.scale_
    assert_allclose(
        -detector.score_samples(X_test), np.square(residual).sum(axis=1), rtol=1e-4
    )
