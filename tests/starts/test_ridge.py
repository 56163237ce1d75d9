"""Ridge regression of sequences, against scikit-learn's on the same rows."""

# SPDX-License-Identifier: BSD-3-Clause

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from sk_autoencoder.data import SequenceLayout
from sk_autoencoder.sequences import BlockedKFold
from sk_autoencoder.starts import clearly_positive, fit_ridge
from sk_autoencoder.starts._ridge import (
    ANCHORS,
    STRENGTHS,
    Anchoring,
    Moments,
    RidgeSystem,
    RidgeVariant,
)
from sk_autoencoder.starts._stacked_ridge import mixed_or_best, stacking_weights

LAYOUT = SequenceLayout(6, 2, 3, 4, 2)


@pytest.fixture
def rows():
    """Return rows of two channels with a level of their own, and three columns."""
    rng = np.random.default_rng(0)
    series = rng.normal(size=(150, 10, 2)).cumsum(axis=1)
    series += 5 * rng.normal(size=(150, 1, 2))
    exog = rng.normal(size=(150, 3))
    X = np.hstack([series[:, :6].reshape(150, -1), exog])
    return np.hstack([X, series[:, 6:].reshape(150, -1) + exog[:, :1]])


def system_of(Z, scale=1):
    """Return the ridge regressions of rows that are computed in some units."""
    scale = np.broadcast_to(scale, 23)
    return RidgeSystem(Moments.of(Z / scale), Anchoring(LAYOUT, scale))


def by_hand(variant, channel, Z):
    """Return inputs, targets and what was taken away, from rows in their shapes."""
    windows = Z[:, :12].reshape(-1, 6, 2)
    anchor = {
        "none": 0 * windows[:, :1],
        "mean": windows.mean(axis=1, keepdims=True),
        "first": windows[:, :1],
        "last": windows[:, -1:],
    }[variant.anchor]
    inputs = windows - anchor
    inputs = inputs[..., channel] if variant.own else inputs.reshape(len(Z), -1)
    if variant.exog:
        inputs = np.hstack([inputs, Z[:, 12:15]])
    taken = anchor[..., channel]
    return inputs, Z[:, 15:].reshape(-1, 4, 2)[..., channel] - taken, taken


@pytest.mark.parametrize(
    "variant",
    [RidgeVariant(*v) for v in product(ANCHORS, (False, True), (False, True))],
    ids=str,
)
@pytest.mark.parametrize("channel", [0, 1])
def test_each_variant_is_the_ridge_of_scikit_learn(rows, variant, channel):
    train, test = rows[:100], rows[100:]
    system = system_of(train)
    coef, center = system.coef(variant, channel, 0.1), system.center
    targets = LAYOUT.target(channel)
    predicted = (test[:, :15] - center[:15]) @ coef + center[targets]

    inputs, outputs, _ = by_hand(variant, channel, train)
    peer = Ridge(alpha=0.1 * len(train)).fit(inputs, outputs)
    inputs, _, taken = by_hand(variant, channel, test)
    assert_allclose(predicted, peer.predict(inputs) + taken, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("n", [10, 100])  # fewer rows than columns, and more
def test_the_penalty_is_that_of_generalized_cross_validation(rows, n):
    variant, Z = RidgeVariant("last", True, False), rows[:n]
    inputs, outputs, _ = by_hand(variant, 0, Z)
    inputs, outputs = inputs - inputs.mean(axis=0), outputs - outputs.mean(axis=0)
    errors = []
    for strength in STRENGTHS:
        penalty = n * strength * np.eye(inputs.shape[1])
        hat = inputs @ np.linalg.solve(inputs.T @ inputs + penalty, inputs.T) + 1 / n
        left = outputs - hat @ outputs
        errors.append(np.square(left).sum() / np.trace(np.eye(n) - hat) ** 2)
    assert system_of(Z).best_strength(variant, 0) == STRENGTHS[np.argmin(errors)]


def test_units_of_window_and_target_may_differ(rows):
    scale = np.ones(23)
    scale[15::2] = 4  # the first channel of Y is computed in fours
    variant = RidgeVariant("mean", True, True)
    plain = system_of(rows).coef(variant, 0, 0.1)
    scaled = system_of(rows, scale).coef(variant, 0, 0.1)
    assert_allclose(4 * scaled, plain, atol=1e-10)


def test_nothing_is_taken_from_what_is_another_quantity(rows):
    scale = np.ones(23)
    scale[15::2] = 50
    anchors = {v.anchor for v in Anchoring(LAYOUT, scale).variants(0)}
    assert anchors == {"none"}
    anchors = {v.anchor for v in Anchoring(LAYOUT, scale).variants(1)}
    assert anchors == set(ANCHORS)


def test_weights_have_the_least_error_of_all_mixtures():
    errors = np.random.default_rng(0).normal(size=(3, 200)) * [[1], [1.5], [9]]
    errors[2] += 5
    weights = stacking_weights(errors @ errors.T)
    grid = np.linspace(0, 1, 101)
    mixtures = [(a, b, 1 - a - b) for a in grid for b in grid if a + b <= 1]
    least = min(np.square(w @ errors).sum() for w in mixtures)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    assert least * (1 - 1e-3) < np.square(weights @ errors).sum() <= least


def test_a_mixture_must_be_better_in_blocks_it_was_not_chosen_by():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(4, 2, 500))
    alike = np.array([e @ e.T for e in noise])  # the mean has half of the error
    assert_allclose(mixed_or_best(alike), 0.5, atol=0.05)
    first = noise.copy()
    first[:, 1] = 3 * first[:, 0]
    assert mixed_or_best(np.array([e @ e.T for e in first])).tolist() == [1, 0]


def test_a_gain_counts_beyond_its_standard_error():
    gains = np.array([3.0, 1, 1, -1])  # mean 1, standard error 0.816
    assert clearly_positive(gains)
    assert not clearly_positive(gains - 0.2)
    assert not clearly_positive(np.array([5.0]))


def test_ridges_are_the_mixture_that_they_say_of_the_rows_that_they_may_see(rows):
    folds = list(BlockedKFold(3, gap=4).split(rows))
    fit = fit_ridge(LAYOUT, rows, np.ones(23), folds)
    seen = [rows, *(rows[train] for train, _ in folds)]
    for ridge, Z in zip([fit.ridge, *fit.of_folds], seen, strict=True):
        for channel, mix in enumerate(fit.mix):
            assert sum(weight for *_, weight in mix) == pytest.approx(1)
            coef = sum(
                weight * system_of(Z).coef(variant, channel, strength)
                for variant, strength, weight in mix
            )
            columns = LAYOUT.target(channel) - LAYOUT.n_inputs
            assert_allclose(ridge.coef[:, columns], coef, atol=1e-10)
        assert_allclose(ridge(Z[:, :15]).mean(axis=0), Z[:, 15:].mean(axis=0))
