"""The rules behind every "auto"."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest

from sk_autoencoder.estimators._auto import (
    FEW_STEPS,
    auto_batch_size,
    auto_learning_rate,
    auto_max_iter,
    auto_n_components,
    auto_n_iter_no_change,
)


@pytest.mark.parametrize(
    ("n_samples", "batch_size", "max_iter"),
    [
        (2, 32, 400),  # one step an epoch, 400 epochs at most
        (150, 32, 300),  # 5 steps an epoch, 1,500 at least
        (1437, 32, 60),  # 45 steps an epoch
        (8_400, 128, 60),
        (60_000, 256, 17),
        (300_000, 512, 10),  # 586 steps an epoch, 4,000 at most
        (1_000_000_000, 1024, 10),  # 10 epochs at least
    ],
)
def test_batch_size_and_epochs_by_samples(n_samples, batch_size, max_iter):
    assert auto_batch_size(n_samples) == batch_size
    assert auto_max_iter(n_samples, batch_size) == max_iter


@pytest.mark.parametrize(
    ("n_samples", "batch_size", "max_iter"),
    [(2, 32, 400), (320, 32, 100), (10_000, 128, 12), (1_000_000, 1024, 10)],
)
def test_the_detector_trains_for_a_thousand_steps(n_samples, batch_size, max_iter):
    assert auto_max_iter(n_samples, batch_size, FEW_STEPS) == max_iter


@pytest.mark.parametrize(
    ("n_samples", "batch_size"),
    [(64**2, 64), (128**2, 128), (512**2, 512), (1024**2, 1024), (2048**2, 1024)],
)
def test_batch_size_is_the_root_where_that_is_a_power_of_two(n_samples, batch_size):
    assert auto_batch_size(n_samples) == batch_size


@pytest.mark.parametrize(
    ("n_samples", "batch_size", "max_iter"),
    [
        (800, 32, 60),  # 25 steps an epoch: 60 epochs are 1,500 steps
        (768, 32, 63),  # 24 steps an epoch: 1,500 steps are 62.5 epochs
        (66 * 32, 32, 60),  # 60 epochs are 3,960 steps
        (67 * 32, 32, 59),  # 4,000 steps are 59.7 epochs
        (69 * 32, 32, 57),  # 4,000 steps are 57.97 epochs
        (4 * 32, 32, 375),  # 4 steps an epoch
        (3 * 32, 32, 400),  # 3 steps an epoch
        (100_000, 32, 10),  # 3,125 steps an epoch
    ],
)
def test_epochs_follow_the_batch_size_that_is_used(n_samples, batch_size, max_iter):
    assert auto_max_iter(n_samples, batch_size) == max_iter


@pytest.mark.parametrize(
    ("max_iter", "patience"),
    [(0, 10), (10, 10), (21, 10), (60, 10), (66, 11), (300, 50), (1500, 250)],
)
def test_patience_is_a_sixth_of_the_epochs(max_iter, patience):
    assert auto_n_iter_no_change(max_iter) == patience


@pytest.mark.parametrize(
    ("widest", "rate"), [(1, 5e-3), (1024, 5e-3), (4096, 2.5e-3), (16384, 1.25e-3)]
)
def test_learning_rate_falls_with_the_root_of_the_width(widest, rate):
    assert auto_learning_rate(widest, 128) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(
    ("batch_size", "factor"), [(1, 1), (128, 1), (200, 1.25), (256, 2), (1024, 2)]
)
def test_learning_rate_rises_with_the_root_of_large_batches(batch_size, factor):
    expected = 5e-3 * (factor if factor == 1.25 else factor**0.5)
    assert auto_learning_rate(64, batch_size) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("n_features", "n_components"),
    [(1, 1), (2, 1), (3, 2), (30, 5), (64, 8), (784, 28)],
)
def test_components_are_the_root_of_the_features(n_features, n_components):
    assert auto_n_components(n_features) == n_components
