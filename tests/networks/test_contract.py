"""What every registered network and loss must do."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from typing import NamedTuple

import pytest
import torch
from sklearn.base import clone
from torch import Tensor

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.networks import (
    ACTIVATIONS,
    BOTTLENECKS,
    CORRUPTIONS,
    LOSSES,
    NETWORKS,
    Autoencoder,
    Deterministic,
    Loss,
    ReconstructionLoss,
    Sizes,
    start_linear,
)

N_SAMPLES, N_FEATURES, N_COMPONENTS = 9, 8, 2
# The shape of a sample for the networks that need one.
SHAPES = {"conv": (1, 8), "recurrent": (4, 2)}
PARTS = [
    *(("bottleneck", part) for _, part in sorted(BOTTLENECKS.items())),
    *(("corruption", part) for _, part in sorted(CORRUPTIONS.items())),
    *(("loss", part) for _, part in sorted(LOSSES.items())),
    *(("network", part) for _, part in sorted(NETWORKS.items())),
]

each_network = pytest.mark.parametrize("name", sorted(NETWORKS))
each_part = pytest.mark.parametrize(("parameter", "part"), PARTS)


def normal(seed, *shape, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=dtype)


# ------------------------------------------------------------------------- losses


class Task(NamedTuple):
    """A loss, the output of a network, and the data for which it is perfect."""

    loss: Loss
    output: Tensor
    data: Tensor
    mean: Tensor
    scale: Tensor

    @property
    def x(self):
        return (self.data - self.mean) / self.scale

    @property
    def target(self):
        return self.loss.target(self.x, self.mean, self.scale)


@pytest.fixture(params=sorted(LOSSES))
def task(request):
    loss = LOSSES[request.param]()
    output = 1.5 * normal(0, N_SAMPLES, N_FEATURES)
    mean = torch.full((N_FEATURES,), 0.4, dtype=torch.float64)
    scale = torch.full((N_FEATURES,), 0.7, dtype=torch.float64)
    return Task(loss, output, loss.reconstruct(output, mean, scale), mean, scale)


@pytest.fixture
def line(task):
    """Return the same task with the mean and scale of its data, and their line."""
    mean, scale = task.data.mean(dim=0), task.data.std(dim=0, correction=0)
    low, high = task.data.amin(dim=0), task.data.amax(dim=0)
    line = task.loss.linearize(mean, scale, low, high)
    return task._replace(mean=mean, scale=scale), *line


def test_reconstructions_lie_in_the_domain_of_the_loss(task):
    low, high = task.loss.domain
    assert low < task.data.min()
    assert task.data.max() < high


def test_loss_of_each_row_is_not_negative(task):
    value = task.loss.evaluate(3 * normal(1, *task.output.shape), task.target)
    assert value.shape == (N_SAMPLES,)
    assert value.min() >= 0


def test_loss_is_least_where_the_reconstruction_is_the_data(task):
    least = task.loss.evaluate(task.output, task.target)
    for step in (-2.0, -0.1, 0.1, 2.0):
        beside = task.loss.evaluate(task.output + step, task.target)
        assert (beside > least).all()


def test_gradient_of_the_loss_is_its_derivative(task):
    output = normal(1, *task.output.shape).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda output: task.loss.evaluate(output, task.target), output
    )


@pytest.mark.parametrize("extreme", [-80.0, 80.0])
def test_loss_and_gradient_are_finite_at_extreme_outputs(task, extreme):
    # The exponential of 80 is near the largest number of single precision.
    criterion = ReconstructionLoss(task.loss, task.mean, task.scale)
    output = torch.full(task.output.shape, extreme, requires_grad=True)
    value = criterion(output, criterion.target(task.x.float()))
    value.sum().backward()
    assert value.isfinite().all()
    assert output.grad.isfinite().all()
    assert output.grad.abs().min() > 0


@pytest.mark.rounding
def test_criterion_gives_one_value_a_sample_that_no_other_sample_changes(task):
    criterion = ReconstructionLoss(task.loss, task.mean, task.scale)
    output = normal(1, *task.output.shape, dtype=torch.float32)
    target = criterion.target(task.x.float())
    together = criterion(output, target)
    assert together.shape == (N_SAMPLES,)
    for row in range(N_SAMPLES):
        alone = criterion(output[[row]], target[[row]])
        torch.testing.assert_close(together[[row]], alone)


def test_linearized_mean_reconstructs_the_mean(line):
    task, offset, _ = line
    mean = task.loss.reconstruct(offset, task.mean, task.scale)
    torch.testing.assert_close(mean, task.mean)


def test_linearized_extremes_do_not_overshoot_the_data(line):
    task, offset, slope = line
    assert (slope > 0).all()
    start = task.loss.reconstruct(offset + slope * task.x, task.mean, task.scale)
    assert (start >= task.data.amin(dim=0) - 1e-12).all()
    assert (start <= task.data.amax(dim=0) + 1e-12).all()


def test_linearized_slope_is_the_tangent_where_data_hardly_vary(task):
    step = torch.full_like(task.mean, 1e-4)
    offset, slope = task.loss.linearize(
        task.mean, step, task.mean - step, task.mean + step
    )
    moved = task.loss.reconstruct(offset + slope, task.mean, step)
    torch.testing.assert_close(moved - task.mean, step, rtol=1e-3, atol=0.0)


def test_linearize_is_finite_for_constant_and_border_features(task):
    borders = [value for value in task.loss.domain if math.isfinite(value)]
    mean = torch.tensor([0.4, *borders], dtype=torch.float64)
    for extremes in ((mean, mean), (mean, mean + 0.1), (mean - 0.1, mean)):
        for values in task.loss.linearize(mean, torch.ones_like(mean), *extremes):
            assert values.isfinite().all()


# ----------------------------------------------------------------------- networks


def build(name, activation="silu", start_at_zero=False, n_outputs=N_COMPONENTS):
    torch.manual_seed(0)
    family = NETWORKS[name]()
    widths = family.hidden_layer_sizes(N_FEATURES)
    sizes = Sizes(N_FEATURES, n_outputs, N_COMPONENTS, SHAPES.get(name))
    return family.build(sizes, widths, activation, start_at_zero)


@each_network
def test_network_maps_rows_to_codes_and_back(name):
    encoder, decoder = build(name)
    codes = encoder(normal(0, N_SAMPLES, N_FEATURES, dtype=torch.float32))
    assert codes.shape == (N_SAMPLES, N_COMPONENTS)
    assert decoder(codes).shape == (N_SAMPLES, N_FEATURES)


@each_network
def test_network_tells_rows_apart_unless_it_starts_at_zero(name):
    encoder, decoder = build(name)
    assert encoder(normal(0, 2, N_FEATURES, dtype=torch.float32)).std(dim=0).min() > 0
    assert decoder(normal(0, 2, N_COMPONENTS, dtype=torch.float32)).std(dim=0).min() > 0


@each_network
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_network_that_starts_at_zero_is_exactly_zero_and_can_leave_it(name, activation):
    inputs = normal(0, N_SAMPLES, N_FEATURES, dtype=torch.float32)
    parts = build(name, activation, start_at_zero=True)
    for part, rows in zip(parts, (inputs, inputs[:, :N_COMPONENTS]), strict=True):
        output = part(rows)
        assert output.abs().max() == 0.0
        (output - 1.0).square().sum().backward()
        with torch.no_grad():
            for weight in part.parameters():
                weight -= 1e-3 * weight.grad
            assert (part(rows) > 0).all()


@each_network
def test_corrections_of_the_linear_path_learn(name):
    rows = normal(0, 50, N_FEATURES, dtype=torch.float32)
    axes = torch.eye(N_COMPONENTS, N_FEATURES)
    corrections = build(name, start_at_zero=True)
    line = (torch.zeros(N_FEATURES), torch.ones(N_FEATURES))
    maps = Deterministic().at_pca(axes, torch.ones(N_COMPONENTS), noise=0.1)
    module = Autoencoder(*corrections)
    start_linear(module, maps, *line, fills=False)
    start = module(rows).output
    torch.testing.assert_close(start, rows * axes.sum(dim=0))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05)
    for _ in range(20):
        optimizer.zero_grad()
        (module(rows).output - rows).square().mean().backward()
        optimizer.step()
    for correction, inputs in zip(
        corrections, (rows, rows[:, :N_COMPONENTS]), strict=True
    ):
        assert correction(inputs).abs().mean() > 1e-4


@each_network
def test_network_has_default_widths_that_are_whole_numbers(name):
    for n_features in (1, 10, 2000):
        widths = NETWORKS[name]().hidden_layer_sizes(n_features)
        assert isinstance(widths, tuple)
        assert all(isinstance(width, int) and width >= 1 for width in widths)


@each_network
def test_encoder_gives_as_many_numbers_as_the_bottleneck_needs(name):
    encoder, decoder = build(name, n_outputs=5)
    assert encoder(normal(0, 3, N_FEATURES, dtype=torch.float32)).shape == (3, 5)
    assert decoder(torch.ones(3, N_COMPONENTS)).shape == (3, N_FEATURES)


# -------------------------------------------------------------------------- parts


@each_part
def test_part_is_cloned_to_an_equal_one(parameter, part):
    copy = clone(part())
    assert copy == part()
    assert type(copy) is part


@each_part
def test_part_shows_its_parameters_in_its_repr(parameter, part):
    shown = [f"{name}={value!r}" for name, value in part().get_params().items()]
    assert repr(part()) == f"{part.__name__}({', '.join(shown)})"


@each_part
def test_parameters_of_a_part_are_reached_through_the_estimator(parameter, part):
    estimator = AutoencoderTransformer(**{parameter: part()})
    for name, value in part().get_params().items():
        path = f"{parameter}__{name}"
        assert estimator.get_params()[path] == value
        marker = object()
        estimator.set_params(**{path: marker})
        assert getattr(getattr(estimator, parameter), name) is marker
    with pytest.raises(ValueError, match="Invalid parameter 'no_such_thing'"):
        estimator.set_params(**{f"{parameter}__no_such_thing": 1})


def test_the_mean_of_a_loss_is_the_mean_of_its_rows(task):
    output = normal(1, *task.output.shape)
    mean = task.loss.evaluate(output, task.target, reduction="mean")
    torch.testing.assert_close(mean, task.loss.evaluate(output, task.target).mean())
