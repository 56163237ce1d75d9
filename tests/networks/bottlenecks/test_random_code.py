"""The variational bottleneck against closed forms."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import pytest
import torch
from torch import nn

from sk_autoencoder.networks import (
    AutoencoderOutput,
    Huber,
    LogLoss,
    Poisson,
    ReconstructionLoss,
    Sizes,
    SquaredError,
    Variational,
)

N_FEATURES = 5
SIZES = Sizes(N_FEATURES, n_outputs=4, n_components=2)


@pytest.fixture
def rows():
    return torch.randn(4000, N_FEATURES, generator=torch.Generator().manual_seed(0))


class Linear(nn.Module):
    """An encoder with these weights."""

    def __init__(self, weight):
        super().__init__()
        self.weight = torch.as_tensor(weight, dtype=torch.float32)

    def forward(self, x):
        return x @ self.weight.T


def penalty(part, encoder, rows):
    return part.build(SIZES, SquaredError()).eval()(encoder, rows)[1]


def test_probabilistic_pca_is_its_maximum_likelihood_solution():
    """Tipping & Bishop (1999), equations 7 and 6: W W^T, and the posterior."""
    variances, noise = torch.tensor([4.0, 2.25], dtype=torch.float64), 0.5
    axes = torch.linalg.qr(torch.randn(N_FEATURES, 2, dtype=torch.float64)).Q.T
    maps = Variational().at_pca(axes, variances.sqrt(), noise)
    W = maps.to_features
    torch.testing.assert_close(
        W @ W.T, axes.T @ torch.diag(variances - noise**2) @ axes
    )
    M = W.T @ W + noise**2 * torch.eye(2)
    torch.testing.assert_close(maps.to_code[:2], torch.linalg.inv(M) @ W.T)
    assert not maps.to_code[2:].any()
    covariance = noise**2 * torch.linalg.inv(M)
    torch.testing.assert_close((2 * maps.bias[2:]).exp(), torch.diag(covariance))
    assert not maps.bias[:2].any()


def test_component_without_data_starts_at_the_prior():
    components = torch.zeros(2, N_FEATURES, dtype=torch.float64)
    components[0, 0] = 1
    maps = Variational().at_pca(components, torch.tensor([2.0, 1.0]).double(), 0.1)
    assert maps.bias[3] == 0
    assert not maps.to_code[1].any()
    assert not maps.to_features[:, 1].any()


def test_divergence_is_that_of_two_normal_distributions(rows):
    weight = torch.randn(4, N_FEATURES, generator=torch.Generator().manual_seed(1))
    encoder = Linear(0.3 * weight)
    mean, encoded = encoder(rows).chunk(2, dim=1)
    deviation = 1 + nn.functional.elu(encoded)  # exponential up to one, then linear
    of_samples = torch.distributions.Normal(mean, deviation)
    prior = torch.distributions.Normal(0.0, 1.0)
    expected = torch.distributions.kl_divergence(of_samples, prior).sum(dim=1)
    result = penalty(Variational(beta=3.0), encoder, rows)
    torch.testing.assert_close(result, 3 * expected / N_FEATURES)


def test_codes_in_training_have_the_mean_and_deviation_of_the_encoder():
    encoder = Linear([[1.0, 0, 0, 0, 0], [0, math.log(0.25), 0, 0, 0]])
    rows = torch.tensor([[2.0, 1, 0, 0, 0]]).repeat(20_000, 1)
    torch.manual_seed(0)
    code, _ = Variational().build(SIZES, SquaredError())(encoder, rows)
    assert abs(code.mean() - 2) < 0.01
    assert abs(code.std() - 0.25) < 0.01
    again, _ = Variational().build(SIZES, SquaredError())(encoder, rows)
    assert not torch.equal(code, again)


def test_code_of_an_outlandish_sample_is_not_astronomic():
    """The encoder may give it 30, and exp(30) would undo the training so far."""
    encoder = Linear([[0.0, 0, 0, 0, 0], [0, 30.0, 0, 0, 0]])
    rows = torch.tensor([[0.0, 1, 0, 0, 0]])
    cost = penalty(Variational(), encoder, rows)
    assert 0.5 * 30**2 / N_FEATURES < cost < 0.5 * 31**2 / N_FEATURES


@pytest.mark.parametrize("loss", [Huber(), Poisson()])
def test_loss_without_a_likelihood_is_refused(loss):
    with pytest.raises(ValueError, match="belongs to no likelihood") as info:
        Variational().build(SIZES, loss)
    assert repr(loss) in str(info.value)


def test_noise_of_bits_has_nothing_to_learn():
    module, loss = Variational().build(SIZES, LogLoss()), LogLoss()
    with torch.no_grad():
        module.slow_log_noise.fill_(1.0)
    criterion = ReconstructionLoss(loss, torch.zeros(N_FEATURES), torch.ones(1))
    output, target = torch.randn(3, N_FEATURES), torch.rand(3, N_FEATURES)
    cost = module.cost(criterion, AutoencoderOutput(output, None), target)
    assert torch.equal(cost, loss.evaluate(output, target))


def test_each_known_entry_costs_what_it_does_in_a_complete_row(rows):
    """So that the divergence, which does not shrink, weighs what it does there."""
    module = Variational().build(SIZES, SquaredError())
    with torch.no_grad():
        module.slow_log_noise.fill_(0.05)
    criterion = ReconstructionLoss(
        SquaredError(), torch.zeros(N_FEATURES), torch.ones(N_FEATURES)
    )
    output, target, known = rows[:4], rows[4:8], rows[8:12] > 0
    known[0], known[1] = True, False
    density = torch.distributions.Normal(output, module.log_noise.exp())
    entries = torch.where(known, density.log_prob(target), 0)
    expected = -entries.sum(dim=1) / N_FEATURES
    of_nan = target.masked_fill(~known, torch.nan)
    for given in (target, criterion.target(of_nan)):
        compared = AutoencoderOutput(output, None), given, known
        torch.testing.assert_close(module.cost(criterion, *compared), expected)
        mean = module.cost(criterion, *compared, reduction="mean")
        torch.testing.assert_close(mean, expected.mean())
