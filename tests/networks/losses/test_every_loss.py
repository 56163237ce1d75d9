"""What every registered loss must do, also where it couples the entries of a row."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from sk_autoencoder.networks import (
    LOSSES,
    Autoencoder,
    Dense,
    Deterministic,
    Loss,
    ReconstructionLoss,
    Sizes,
    Variational,
)

N_SAMPLES, N_FEATURES, N_COMPONENTS = 9, 8, 2

# Nothing that a loss should see: its squares overflow in single precision.
GARBAGE = 1e30

LOG_NOISE = torch.tensor(0.3, dtype=torch.float64)


def normal(seed, *shape, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=dtype)


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

    def likelihood(self, *args, **kwargs):
        """Return the negative log-likelihood with some noise."""
        return self.loss.nats(*args, LOG_NOISE, **kwargs)


def make_task(name):
    loss = LOSSES[name]()
    output = 1.5 * normal(0, N_SAMPLES, N_FEATURES)
    mean = torch.full((N_FEATURES,), 0.4, dtype=torch.float64)
    scale = torch.full((N_FEATURES,), 0.7, dtype=torch.float64)
    rows = normal(2, N_SAMPLES, N_FEATURES).abs()  # whose totals differ
    data = loss.reconstruct(output, mean, scale, rows)
    return Task(loss, output, data, mean, scale)


def has_likelihood(name):
    try:
        LOSSES[name]().nats(*torch.zeros(2, 1, 1), None, LOG_NOISE)
    except ValueError:
        return False
    return True


LIKELY = [name for name in sorted(LOSSES) if has_likelihood(name)]


@pytest.fixture(params=sorted(LOSSES))
def task(request):
    return make_task(request.param)


@pytest.fixture(params=LIKELY)
def likely(request):
    """Return the task of a loss that belongs to a likelihood."""
    return make_task(request.param)


@pytest.fixture
def known():
    """Return which entries are known: in some rows all, in one a single one."""
    known = normal(3, N_SAMPLES, N_FEATURES) < 0.5
    known[0], known[1] = True, False
    known[1, 2] = True
    return known


# ---------------------------------------------------------------------- the values


def test_reconstructions_lie_in_the_domain_of_the_loss(task):
    low, high = task.loss.domain
    assert low < task.data.min()
    assert task.data.max() < high


def test_data_that_were_reconstructed_are_reconstructed_alike(task):
    again = task.loss.reconstruct(task.output, task.mean, task.scale, task.x)
    torch.testing.assert_close(again, task.data)
    single = task.loss.reconstruct(task.output, task.mean, task.scale, task.x.float())
    assert single.dtype == torch.float64
    torch.testing.assert_close(single, task.data, rtol=1e-5, atol=1e-5)


def test_a_reconstruction_does_not_depend_on_what_is_unknown(task, known):
    x = torch.where(known, task.x, torch.nan)
    whole = task.loss.reconstruct(task.output, task.mean, task.scale, x)
    assert whole.isfinite().all()
    row, short = slice(3, 4), known[3]
    part = task.loss.reconstruct(
        task.output[row, short], task.mean[short], task.scale[short], x[row, short]
    )
    torch.testing.assert_close(whole[row, short], part)


def test_loss_of_each_row_is_not_negative(task):
    value = task.loss.evaluate(3 * normal(1, *task.output.shape), task.target)
    assert value.shape == (N_SAMPLES,)
    assert value.min() >= 0


@pytest.mark.parametrize("step", [-2.0, -0.1, 0.1, 2.0])
def test_loss_is_least_where_the_reconstruction_is_the_data(task, step):
    """Of each entry: a loss of shares does not mind where the whole row goes."""
    least = task.loss.evaluate(task.output, task.target)
    for entry in torch.eye(N_FEATURES, dtype=torch.float64):
        beside = task.loss.evaluate(task.output + step * entry, task.target)
        assert (beside > least).all()


def test_the_mean_of_a_loss_is_the_mean_of_its_rows(task, known):
    output = normal(1, *task.output.shape)
    for mask in (None, known):
        rows = task.loss.evaluate(output, task.target, mask)
        mean = task.loss.evaluate(output, task.target, mask, reduction="mean")
        torch.testing.assert_close(mean, rows.mean())


@pytest.mark.parametrize("masked", [False, True])
def test_gradient_of_the_loss_is_its_derivative(task, known, masked):
    output = normal(1, *task.output.shape).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda output: task.loss.evaluate(
            output, task.target, known if masked else None
        ),
        output,
    )


@pytest.mark.parametrize("extremes", [(-80.0, -80.0), (80.0, 80.0), (-80.0, 80.0)])
def test_loss_and_gradient_are_finite_at_extreme_outputs(task, extremes):
    # The exponential of 80 is near the largest number of single precision.
    criterion = ReconstructionLoss(task.loss, task.mean, task.scale)
    output = torch.where(
        normal(4, *task.output.shape) > 0, *map(torch.tensor, extremes)
    )
    output = output.requires_grad_()
    value = criterion(output, criterion.target(task.x.float()))
    value.sum().backward()
    assert value.isfinite().all()
    assert output.grad.isfinite().all()
    assert output.grad.abs().min() > 0


def test_criterion_gives_one_value_a_sample_that_no_other_sample_changes(task, known):
    criterion = ReconstructionLoss(task.loss, task.mean, task.scale)
    output = normal(1, *task.output.shape, dtype=torch.float32)
    target = criterion.target(task.x.float())
    together = criterion(output, target, known)
    assert together.shape == (N_SAMPLES,)
    for row in range(N_SAMPLES):
        alone = criterion(output[[row]], target[[row]], known[[row]])
        torch.testing.assert_close(together[[row]], alone)


# ------------------------------------------------------------------- what is known


def test_what_is_known_everywhere_can_be_said_or_not(task):
    output = normal(1, *task.output.shape)
    everywhere = torch.ones(output.shape, dtype=torch.bool)
    said = task.loss.evaluate(output, task.target, everywhere)
    torch.testing.assert_close(said, task.loss.evaluate(output, task.target))


def test_loss_of_a_padded_row_is_that_of_the_shorter_row(task):
    output, target = normal(1, *task.output.shape), task.target
    known = torch.arange(N_FEATURES).expand(N_SAMPLES, -1) < 5
    short = task.loss.evaluate(output[:, :5], target[:, :5])
    torch.testing.assert_close(task.loss.evaluate(output, target, known), short)


def test_likelihood_of_a_padded_row_is_that_of_the_shorter_row(likely):
    output, target = normal(1, *likely.output.shape), likely.target
    known = torch.arange(N_FEATURES).expand(N_SAMPLES, -1) < 5
    short = likely.likelihood(output[:, :5], target[:, :5], None)
    torch.testing.assert_close(likely.likelihood(output, target, known), short)


def with_gradient(function, output):
    """Return what a function gives, and the gradient of its sum."""
    output = output.clone().requires_grad_()
    value = function(output)
    (gradient,) = torch.autograd.grad(value.sum(), output)
    return value.detach(), gradient


def check_that_unknown_entries_change_nothing(function, task, known):
    output, target = normal(1, *task.output.shape).float(), task.target.float()
    expected, slope = with_gradient(lambda o: function(o, target, known), output)
    assert not slope[~known].any()
    for value in (GARBAGE, -3.0):
        strange = target.where(known, torch.tensor(abs(value)))
        for other in (output, output.where(known, torch.tensor(value))):
            result = with_gradient(lambda o, t=strange: function(o, t, known), other)
            torch.testing.assert_close(result, (expected, slope), rtol=0, atol=0)


def test_what_is_unknown_changes_neither_loss_nor_gradient(task, known):
    check_that_unknown_entries_change_nothing(task.loss.evaluate, task, known)


def test_what_is_unknown_changes_neither_likelihood_nor_gradient(likely, known):
    check_that_unknown_entries_change_nothing(likely.likelihood, likely, known)


def test_targets_of_unknown_entries_are_finite(task, known):
    criterion = ReconstructionLoss(task.loss, task.mean, task.scale)
    x, output = task.x.float(), normal(1, *task.output.shape).float()
    target = criterion.target(x.where(known, torch.tensor(torch.nan)))
    assert target.isfinite().all()
    low, high = task.loss.domain
    assert low <= target.min()
    assert target.max() <= high
    expected = criterion(output, criterion.target(x), known)
    torch.testing.assert_close(criterion(output, target, known), expected)


def test_a_row_of_which_nothing_is_known_costs_nothing(task):
    nowhere = torch.zeros(task.output.shape, dtype=torch.bool)
    loss, gradient = with_gradient(
        lambda output: task.loss.evaluate(output, task.target, nowhere), task.output
    )
    assert not loss.any()
    assert not gradient.any()


# ------------------------------------------------------------------ the likelihood


@pytest.mark.parametrize("name", sorted(set(LOSSES) - set(LIKELY)))
def test_a_loss_without_a_likelihood_says_so(name):
    loss = LOSSES[name]()
    with pytest.raises(ValueError, match="belongs to no likelihood") as info:
        loss.nats(*torch.zeros(2, 1, 1), None, LOG_NOISE)
    assert repr(loss) in str(info.value)


def test_the_mean_of_likelihoods_is_that_of_the_rows(likely, known):
    output = normal(1, *likely.output.shape)
    for mask in (None, known):
        rows = likely.likelihood(output, likely.target, mask)
        assert rows.shape == (N_SAMPLES,)
        mean = likely.likelihood(output, likely.target, mask, reduction="mean")
        torch.testing.assert_close(mean, rows.mean())


def test_a_likelihood_and_its_loss_pull_the_same_way(likely):
    output = normal(1, *likely.output.shape)
    _, of_loss = with_gradient(lambda o: likely.loss.evaluate(o, likely.target), output)
    _, pull = with_gradient(lambda o: likely.likelihood(o, likely.target, None), output)
    ratio = pull / of_loss
    assert ratio.min() > 0
    torch.testing.assert_close(ratio, ratio[0, 0].expand_as(ratio))


# ------------------------------------------------------------- where training starts


def started(task, mean, values):
    """Return what values of the data are reconstructed as, at the start."""
    scale = torch.full_like(mean, 0.3)
    x = (values - mean) / scale
    predictor = task.loss.predictor(mean, scale)
    output = x if predictor is None else predictor(x).double()
    return task.loss.reconstruct(output, mean, scale, x)


def test_reconstructions_within_the_domain_stay_as_they_are(task):
    """Two thirds of the mean from a border, and less, are moved by a thousandth."""
    mean = torch.linspace(0.05, 0.95, N_FEATURES, dtype=torch.float64)
    values = mean + 0.3 * torch.minimum(mean, 1 - mean) * normal(5, 20, 8).tanh()
    torch.testing.assert_close(
        started(task, mean, values), values, rtol=2e-3, atol=2e-3
    )


def test_reconstructions_beyond_the_domain_are_moved_into_it_and_keep_their_order(task):
    low, high = task.loss.domain
    mean = torch.full((N_FEATURES,), 0.4, dtype=torch.float64)
    values = torch.tile(mean, (41, 1))
    values[:, 0] = torch.linspace(-0.15, 1.4, 41)  # the others hold a row's total
    scale = torch.ones_like(mean)
    x = ((values - mean) / scale).float().requires_grad_()
    predictor = task.loss.predictor(mean, scale)
    if predictor is None:
        return
    output = predictor(x)
    output.sum().backward()
    assert output.isfinite().all()
    assert (output[:, 0].diff() > 0).all()
    assert x.grad.isfinite().all()
    data = task.loss.inverse_link(output)
    assert low < data.min()
    assert data.max() < high


def test_the_start_is_finite_for_features_at_a_border_and_for_far_values(task):
    borders = [value for value in task.loss.domain if math.isfinite(value)]
    mean = torch.tensor([0.4, *borders], dtype=torch.float64)
    for far in (-1e6, -1.0, 0.0, 1.0, 1e6):
        values = torch.full((2, len(mean)), far, dtype=torch.float64)
        assert started(task, mean, values).isfinite().all()


def test_what_is_expected_is_the_reconstruction(task, known):
    """Beside a target, of which `reconstruct` has the standardized row."""
    criterion = ReconstructionLoss(task.loss, task.mean, task.scale)
    if not criterion.judges:
        assert not task.loss.has_link
        return
    (squared_error,) = criterion.judges
    output = normal(1, *task.output.shape)
    for mask in (None, known):
        x = task.x if mask is None else torch.where(mask, task.x, torch.nan)
        rebuilt = task.loss.reconstruct(output, task.mean, task.scale, x)
        residual = (rebuilt - task.data) / task.scale
        expected = (
            residual.square().mean(dim=1)
            if mask is None
            else (residual.square() * mask).sum(dim=1) / mask.sum(dim=1)
        )
        torch.testing.assert_close(squared_error(output, task.target, mask), expected)


# ------------------------------------------------------------------------- training


def train(task, bottleneck, known, spoil, n_steps=30):
    """Return the objective before each step, and the weights after the last."""
    torch.manual_seed(0)
    sizes = Sizes(N_FEATURES, bottleneck.n_outputs(N_COMPONENTS), N_COMPONENTS)
    parts = Dense().build(sizes, (16,), "silu", start_at_zero=False)
    code = bottleneck.build(sizes, task.loss)
    module = Autoencoder(*parts, code).train()
    criterion = ReconstructionLoss(task.loss, task.mean, task.scale)
    x = task.x.float()
    target = criterion.target(x).where(known, torch.tensor(spoil))
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    curve = []
    for _ in range(n_steps):
        torch.manual_seed(1)
        result = module(x * known)
        objective = module.objective(criterion, result, target, known, "mean")
        rows = module.objective(criterion, result, target, known)
        torch.testing.assert_close(rows.mean(), objective)
        optimizer.zero_grad()
        objective.backward()
        optimizer.step()
        curve.append(objective.item())
    return curve, module.state_dict()


def check_training(task, bottleneck, known):
    curve, weights = train(task, bottleneck, known, spoil=0.5)
    assert all(map(math.isfinite, curve))
    assert curve[-1] < curve[0] - 0.02
    again, same = train(task, bottleneck, known, spoil=GARBAGE)
    assert curve == again
    assert all(torch.equal(weights[name], same[name]) for name in weights)


def test_training_lowers_the_loss_and_never_sees_what_is_unknown(task, known):
    check_training(task, Deterministic(), known)


def test_training_of_random_codes_never_sees_what_is_unknown(likely, known):
    check_training(likely, Variational(), known)
