"""The penalties of bottlenecks against closed forms."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import pytest
import torch
from torch import nn

from sk_autoencoder.networks import Contractive, Sizes, Sparse, SquaredError

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


@pytest.mark.parametrize("Part", [Sparse, Contractive])
def test_penalty_is_the_same_for_codes_in_other_units(Part, rows):
    weight = torch.randn(3, N_FEATURES, generator=torch.Generator().manual_seed(1))
    expected = penalty(Part(), Linear(weight), rows)
    scaled = Linear(weight * torch.tensor([[100.0], [0.01], [1.0]]))
    torch.testing.assert_close(
        penalty(Part(), scaled, rows), expected, rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("Part", [Sparse, Contractive])
def test_penalty_has_a_strength(Part, rows):
    encoder = Linear(torch.eye(2, N_FEATURES))
    once, twice = (penalty(Part(strength=s), encoder, rows) for s in (0.3, 0.6))
    torch.testing.assert_close(twice, 2 * once)
    assert once.min() > 0
    assert not penalty(Part(strength=0), encoder, rows).any()


def test_sparseness_is_that_of_known_distributions(rows):
    # E|z| / sqrt(E z^2) is sqrt(2 / pi) for normal z; sqrt(p) if z is +-1 or 0.
    of_normal = penalty(Sparse(1.0), Linear(torch.eye(1, N_FEATURES)), rows)
    assert abs(of_normal.mean() - math.sqrt(2 / math.pi)) < 0.01
    rare = (rows > 1).float()
    share = rare[:, 0].mean()
    of_rare = penalty(Sparse(1.0), Linear(torch.eye(1, N_FEATURES)), rare)
    torch.testing.assert_close(of_rare.mean(), share.sqrt())


def test_slope_of_a_linear_encoder_is_the_norm_of_its_weights(rows):
    weight = torch.tensor([[1.0, 2, 0, 0, 0], [0, 0, 0.5, 0, 0]])
    rows = rows * torch.tensor([1.0, 1, 4, 1, 1])
    variance = (rows @ weight.T).var(dim=0)
    expected = (weight.square().sum(dim=1) / variance).mean()
    result = penalty(Contractive(1.0), Linear(weight), rows).mean()
    torch.testing.assert_close(result, expected, rtol=0.05, atol=0)


def test_codes_that_are_all_the_same_have_a_finite_penalty(rows):
    for part in (Sparse(), Contractive()):
        encoder = nn.Linear(N_FEATURES, 2)
        nn.init.zeros_(encoder.weight)
        nn.init.zeros_(encoder.bias)
        result = penalty(part, encoder, rows)
        result.sum().backward()
        assert not result.any()
        assert encoder.weight.grad.isfinite().all()
