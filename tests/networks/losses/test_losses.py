"""Losses against closed forms and other implementations."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from scipy.special import huber, logit
from sklearn.metrics import (
    log_loss,
    mean_absolute_error,
    mean_poisson_deviance,
    mean_squared_error,
)

from sk_autoencoder.networks import (
    AbsoluteError,
    Huber,
    LogLoss,
    Multinomial,
    Poisson,
    ReconstructionLoss,
    SquaredError,
)

N_SAMPLES, N_FEATURES = 7, 3


def normal(seed, shape=(N_SAMPLES, N_FEATURES)):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(*shape, generator=generator, dtype=torch.float64)


def seeded():
    return torch.Generator().manual_seed(0)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def criterion_value(loss, output, data):
    """Return the loss of each sample, for data that is standardized first."""
    mean, scale = data.mean(dim=0), data.std(dim=0, correction=0)
    criterion = ReconstructionLoss(loss, mean, scale)
    target = criterion.target(((data - mean) / scale).float())
    return criterion(output.float(), target)


@pytest.mark.parametrize(
    ("loss", "metric"),
    [(SquaredError(), mean_squared_error), (AbsoluteError(), mean_absolute_error)],
)
def test_error_losses_equal_the_metric_of_scikit_learn(loss, metric):
    output, target = normal(0), normal(1)
    expected = [metric(t, o) for t, o in zip(target, output, strict=True)]
    np.testing.assert_allclose(loss.evaluate(output, target), expected, rtol=1e-12)


@pytest.mark.parametrize("delta", [0.1, 1.35, 10.0])
def test_huber_equals_scipy(delta):
    output, target = normal(0), normal(1)
    expected = huber(delta, (output - target).numpy())
    np.testing.assert_allclose(
        Huber(delta).entries(output, target), expected, rtol=1e-12
    )


def test_huber_defaults_to_the_delta_of_95_percent_efficiency():
    value = Huber().entries(tensor(1.0, 3.0), tensor(0.0, 0.0))
    np.testing.assert_allclose(value, [0.5, 1.35 * (3.0 - 1.35 / 2)], rtol=1e-12)


def test_log_loss_equals_scikit_learn():
    output = normal(0)
    bits = (normal(1) > 0).double()
    chance = torch.sigmoid(output)
    expected = [
        log_loss(row, p, labels=[0, 1]) for row, p in zip(bits, chance, strict=True)
    ]
    np.testing.assert_allclose(LogLoss().evaluate(output, bits), expected, rtol=1e-12)


def test_log_loss_of_a_probability_is_its_cross_entropy():
    value = LogLoss().entries(torch.logit(tensor(0.8)), tensor(0.3))
    expected = -(0.3 * np.log(0.8) + 0.7 * np.log(0.2))
    np.testing.assert_allclose(value, [expected], rtol=1e-12)


def test_poisson_equals_half_the_deviance_of_scikit_learn():
    output = normal(0)
    counts = normal(1).square().round()
    assert (counts == 0).any()
    expected = [
        mean_poisson_deviance(row, mean) / 2
        for row, mean in zip(counts, output.exp(), strict=True)
    ]
    np.testing.assert_allclose(Poisson().evaluate(output, counts), expected, rtol=1e-10)


def test_poisson_is_zero_where_the_mean_is_the_count():
    counts = tensor(1.0, 2.0, 10.0)
    np.testing.assert_allclose(Poisson().entries(counts.log(), counts), 0.0, atol=1e-14)


@pytest.mark.parametrize("mean", [1.0, 1e6, 1e8])
@pytest.mark.parametrize("off", [0.0, 1e-4, 0.1, 1.0])
def test_poisson_of_many_counts_is_exact_in_single_precision(mean, off):
    """The terms of the definition are as large as X, the deviance is near one.

    The log of 1e8 has a unit in the last place of 2e-6, and counts deviate by 1e4.
    """
    counts = torch.poisson(torch.full((200, 4), mean).double(), generator=seeded())
    output = (torch.full_like(counts, mean).log() + off).float()
    value = Poisson().evaluate(output, counts.float())
    assert value.min() >= 0
    expected = [
        mean_poisson_deviance(row, rates) / 2
        for row, rates in zip(counts, output.double().exp(), strict=True)
    ]
    np.testing.assert_allclose(value, expected, rtol=1e-4, atol=0.03)


def test_gradient_of_poisson_is_what_is_expected_less_what_is_there():
    output = torch.tensor([-80.0, 0.0, 5.0, 5.0, 18.0, 80.0], requires_grad=True)
    counts = torch.tensor([1e8, 0.0, 148.0, 0.0, 1e8, 3.0])
    Poisson().entries(output, counts).sum().backward()
    expected = output.detach().exp() - counts
    np.testing.assert_allclose(output.grad, expected, rtol=1e-6)


def test_start_of_poisson_is_the_log_of_the_count_off_zero():
    """By hand: a softplus that begins at an eighth of the mean."""
    predictor = Poisson().predictor(tensor(2.0, 2.0, 1e6), tensor(4.0, 4.0, 1e3))
    output = predictor(torch.tensor([[-0.5, -10.0, 1.0]]))
    expected = [0.25 * (1 + np.log1p(np.exp(-2.0)) / 2), 0.25, 1e6 + 1e3]
    np.testing.assert_allclose(output[0].exp(), expected, rtol=2e-6)


def test_start_of_log_loss_is_the_logit_between_zero_and_one():
    predictor = LogLoss().predictor(tensor(0.5, 0.5, 0.2), tensor(1.0, 1.0, 1.0))
    output = predictor(torch.tensor([[0.0, 100.0, 0.3]]))
    expected = logit([0.5, 1 - 0.0625 / 100.5, 0.5])
    np.testing.assert_allclose(output[0], expected, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("loss", [Poisson(), Multinomial()])
def test_a_predictor_bends_where_the_loss_is_least(loss):
    generator = torch.Generator().manual_seed(0)
    mean, scale = torch.full((3,), 2.0), torch.full((3,), 1.5)
    x = torch.randn(200, 3, generator=generator)
    counts = torch.poisson((mean + scale * x).clamp_min(0.3), generator=generator)
    predictor = loss.predictor(mean, scale).fit(x, counts)
    found = float(loss.evaluate(predictor(x), counts).mean())
    others = []
    for share in np.geomspace(1e-3, 0.7, 20):
        predictor.share.fill_(share)
        others.append(float(loss.evaluate(predictor(x), counts).mean()))
    assert found < 1.001 * min(others)
    assert found < 0.95 * max(others)


@pytest.mark.parametrize("loss", [SquaredError(), AbsoluteError(), Huber()])
def test_losses_without_a_link_start_as_the_reconstruction(loss):
    assert loss.predictor(tensor(5.0, -2.0), tensor(3.0, 0.1)) is None


@pytest.mark.parametrize("loss", [SquaredError(), AbsoluteError(), Huber()])
def test_identity_link_reconstructs_in_the_units_of_the_data(loss):
    output, mean, scale = tensor(1.0, -2.0), tensor(10.0, 20.0), tensor(3.0, 0.5)
    assert loss.reconstruct(output, mean, scale).tolist() == [13.0, 19.0]


def test_reconstruction_loss_of_standardized_data_is_a_mean_over_features():
    data, output = normal(0), normal(1)
    mean, scale = data.mean(dim=0), data.std(dim=0, correction=0)
    expected = (output - (data - mean) / scale).square().mean(dim=1)
    value = criterion_value(SquaredError(), output, data)
    assert value.shape == (N_SAMPLES,)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_reconstruction_loss_with_a_link_compares_with_the_data_itself():
    counts = normal(0).square()
    output = normal(1)
    expected = Poisson().evaluate(output, counts)
    value = criterion_value(Poisson(), output, counts)
    np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("loss", [LogLoss(), Poisson()])
def test_data_at_a_border_of_the_domain_stays_in_it_although_float32_rounds(loss):
    generator = torch.Generator().manual_seed(0)
    data = torch.rand(50, 40, generator=generator, dtype=torch.float64)
    data[::2] = 0.0
    mean, scale = data.mean(dim=0), data.std(dim=0, correction=0)
    x = ((data - mean) / scale).float()
    unclamped = x * scale.float() + mean.float()
    assert (unclamped < 0).any()
    target = loss.target(x, mean.float(), scale.float())
    assert target.min() == 0.0
    np.testing.assert_allclose(target, data, atol=1e-6)
    assert criterion_value(loss, torch.zeros(50, 40), data).isfinite().all()


def test_reconstruction_loss_moves_its_numbers_along_with_the_module():
    criterion = ReconstructionLoss(Poisson(), tensor(1.0), tensor(2.0))
    assert {name for name, _ in criterion.named_buffers()} == {"mean", "scale"}
    assert list(criterion.parameters()) == []
