"""What every registered bottleneck must do."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sk_autoencoder.networks import (
    BOTTLENECKS,
    Autoencoder,
    Dense,
    ReconstructionLoss,
    Sizes,
    SquaredError,
    known_entries,
    start_linear,
)

N_FEATURES, N_COMPONENTS = 8, 2
LINE = (torch.zeros(N_FEATURES), torch.ones(N_FEATURES))
DEVIATIONS = torch.tensor([2.0, 1.5, *[0.5] * (N_FEATURES - 2)])


class Filled(nn.Sequential):
    """A module that takes NaN for zero."""

    def forward(self, x):
        return super().forward(x.nan_to_num())


class Case(NamedTuple):
    """An autoencoder with a bottleneck, its criterion and the rows that it is for."""

    name: str
    module: Autoencoder
    criterion: nn.Module
    rows: Tensor

    def objective(self, reduction="none"):
        target, known = self.criterion.target(self.rows), known_entries(self.rows)
        result = self.module(self.rows)
        return self.module.objective(self.criterion, result, target, known, reduction)

    def trained(self, n_steps=5):
        torch.manual_seed(1)
        optimizer = torch.optim.AdamW(self.module.parameters(), lr=0.01)
        self.module.train()
        for _ in range(n_steps):
            optimizer.zero_grad()
            self.objective("mean").backward()
            optimizer.step()
        self.module.eval()
        return self

    def results(self):
        """Return all that a fitted network gives for the rows."""
        with torch.no_grad():
            return {
                "codes": self.module.encode(self.rows),
                "reconstruction": self.module.reconstruct(self.rows),
                "scores": self.module.score(self.criterion, self.rows),
                "objective": self.objective(),
            }


def build(name):
    """Return a freshly built autoencoder, the corrections of a linear path first."""
    part = BOTTLENECKS[name]()
    sizes = Sizes(
        N_FEATURES,
        part.n_outputs(N_COMPONENTS),
        N_COMPONENTS,
        n_marks=part.n_marks(N_COMPONENTS),
    )
    encoder, decoder = Dense().build(sizes, (16,), "silu", start_at_zero=True)
    return Filled(encoder), decoder, part.build(sizes, SquaredError())


def at_pca(name, n_samples=4000, missing=False):
    """Return rows whose PCA is known, and the autoencoder that starts there."""
    torch.manual_seed(0)
    rows = torch.randn(n_samples, N_FEATURES)
    rows = torch.linalg.qr(rows - rows.mean(dim=0)).Q * math.sqrt(n_samples)
    rows = rows * DEVIATIONS
    part = BOTTLENECKS[name]()
    axes = torch.eye(N_COMPONENTS, N_FEATURES)
    maps = part.at_pca(axes, DEVIATIONS[:N_COMPONENTS], noise=0.5)
    encoder, decoder, bottleneck = build(name)
    codes = maps.encode(rows)

    def loss_of(codes):
        return float((maps.decode(codes) - rows).square().mean())

    bottleneck.start_at_pca(maps, None, 0.5, codes, loss_of)
    module = Autoencoder(encoder, decoder, bottleneck).eval()
    start_linear(module, maps, None, fills=missing)
    if missing:
        rows[::2, 5:] = math.nan
    return Case(name, module, ReconstructionLoss(SquaredError(), *LINE), rows)


each_bottleneck = pytest.mark.parametrize("name", sorted(BOTTLENECKS))
states = ["at the start", "after some steps"]
states += [state + ", with missing entries" for state in states]


@pytest.fixture(
    params=[(name, state) for name in sorted(BOTTLENECKS) for state in states],
    ids=lambda param: f"{param[0]} {param[1]}",
)
def case(request):
    """A bottleneck at the start or later, with rows that are whole or not."""
    name, state = request.param
    case = at_pca(name, missing="missing" in state)
    return case.trained() if "after" in state else case


@each_bottleneck
def test_encoder_and_decoder_start_at_the_axes_of_pca(name):
    """Whatever the units of the codes: one component each, and none of the others."""
    _, module, _, rows = at_pca(name)
    encoded = module.encoder(rows)[:, :N_COMPONENTS]
    both = torch.cat([encoded, rows], dim=1).T
    together = torch.corrcoef(both)[:N_COMPONENTS, N_COMPONENTS:].abs()
    expected = torch.eye(N_COMPONENTS, N_FEATURES)
    torch.testing.assert_close(together, expected, atol=1e-4, rtol=0)
    reconstruction = module.reconstruct(rows)
    assert reconstruction[:, N_COMPONENTS:].abs().max() < 1e-5
    assert (reconstruction[:, :2] - rows[:, :2]).square().mean() < 0.1


@each_bottleneck
def test_codes_start_as_those_of_pca_but_for_little(name):
    _, module, _, rows = at_pca(name)
    codes, encoded = module.encode(rows), module.encoder(rows)[:, :N_COMPONENTS]
    assert codes.shape == (len(rows), N_COMPONENTS)
    assert (codes - encoded).square().mean() < 0.02 * encoded.square().mean()


def test_objective_of_the_samples_has_the_mean_that_training_minimizes(case):
    losses = case.objective()
    assert losses.shape == (len(case.rows),)
    assert losses.isfinite().all()
    torch.testing.assert_close(losses.mean(), case.objective("mean"))


def test_bottleneck_says_the_same_each_time_outside_training(case):
    first, second = case.results(), case.results()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_nothing_changes_outside_training(case):
    before = {key: value.clone() for key, value in case.module.state_dict().items()}
    case.results()
    for key, value in case.module.state_dict().items():
        assert torch.equal(value, before[key])


def test_score_of_a_sample_does_not_depend_on_the_others(case):
    _, module, criterion, rows = case
    together = module.score(criterion, rows[:32])
    assert together.shape == (32,)
    torch.testing.assert_close(module.score(criterion, rows[16:48])[:16], together[16:])


def test_gradients_reach_all_that_trains(case):
    case.module.train()
    case.objective("mean").backward()
    for name, parameter in case.module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
    for part in (case.module.encoder, case.module.decoder):
        assert part.path.linear.weight.grad.any()


def test_what_a_fitted_network_gives_is_in_its_state_dict(case):
    """A module built anew, which never saw the data or PCA, takes it over."""
    name, module, criterion, rows = case
    module.bottleneck.learn(module.encode(rows).detach())
    torch.manual_seed(2)
    encoder, decoder, bottleneck = build(name)
    other = BOTTLENECKS[name]().at_pca(
        torch.eye(N_COMPONENTS, N_FEATURES), torch.ones(N_COMPONENTS), noise=0.1
    )
    again = Autoencoder(encoder, decoder, bottleneck).eval()
    start_linear(again, other, None, fills=bool(rows.isnan().any()))
    again.load_state_dict(module.state_dict(), strict=True)
    expected, results = case.results(), Case(name, again, criterion, rows).results()
    for key, value in expected.items():
        assert torch.equal(results[key], value), key
    laws = [each.bottleneck.prior() for each in (module, again)]
    if laws[0] is not None:
        drawn = [np.asarray(law.sample(9, np.random.RandomState(0))) for law in laws]
        np.testing.assert_array_equal(*drawn)


@each_bottleneck
def test_state_has_the_same_shapes_before_and_after_the_start(name):
    fresh = build(name)[2].state_dict()
    trained = at_pca(name).trained().module.bottleneck.state_dict()
    assert {key: value.shape for key, value in fresh.items()} == {
        key: value.shape for key, value in trained.items()
    }


@each_bottleneck
def test_law_of_the_codes_is_the_one_that_training_rows_follow(name):
    """Where they have one: it has their mean, and about their spread."""
    case = at_pca(name)
    codes = case.results()["codes"]
    case.module.bottleneck.learn(codes)
    law = case.module.bottleneck.prior()
    if law is None:
        return
    drawn = torch.as_tensor(law.sample(4000, np.random.RandomState(0)))
    assert drawn.shape == codes.shape
    assert (drawn.mean(dim=0) - codes.mean(dim=0)).abs().max() < 0.1
    ratio = drawn.std(dim=0) / codes.std(dim=0)
    assert (ratio.log().abs() < 0.2).all()


@each_bottleneck
def test_component_that_is_the_same_for_all_samples_is_not_active(name):
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(50, 3, generator=generator) * torch.tensor([1.0, 0.0, 0.5])
    assert BOTTLENECKS[name]().active(codes).tolist() == [True, False, True]
