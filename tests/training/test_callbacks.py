"""What happens between the steps and the epochs of training."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback
from skorch.history import History
from torch import nn

from sk_autoencoder.networks import Autoencoder, ReconstructionLoss, SquaredError
from sk_autoencoder.networks.bottlenecks import Code
from sk_autoencoder.training import (
    AutoencoderNet,
    KeepBest,
    TrainOnAll,
    WarmUpCosine,
)


class Losses(nn.Module):
    """A network whose only weights are the validation losses it will have."""

    def __init__(self, losses):
        super().__init__()
        self.losses = nn.Parameter(torch.tensor(losses), requires_grad=False)
        self.bottleneck = Code()


def train(callback, start, epochs, max_epochs=None, judged=(), judged_errors=0.0):
    """Run a callback through a training with these losses of the validation rows.

    And with what else is judged of them, at the start and after each epoch, where one
    number is that of all rows.
    """
    judged = [torch.as_tensor(each).expand(len(start)) for each in judged]
    module = Losses(start)
    module.bottleneck.judged_errors = judged_errors
    net = SimpleNamespace(
        module_=module,
        history=History(),
        max_epochs=max_epochs or len(epochs),
        last_epoch_=max_epochs or len(epochs),
        sample_losses=lambda rows: module.losses.clone(),
        judge=lambda rows: judged[:1],
    )
    callback.on_train_begin(net)
    callback.on_start(net, net.sample_losses("rows"), "rows")
    for number, losses in enumerate(epochs, start=1):
        judged[:1] = []
        module.losses.copy_(torch.tensor(losses))
        net.history.new_epoch()
        net.history.record("epoch", number)
        net.history.record("valid_loss", float(np.mean(losses)))
        callback.on_epoch_end(net, dataset_valid="rows")
        if number == net.last_epoch_:
            break
    callback.on_train_end(net)
    return net


def keep_best(start, epochs, patience=100, tol=0.0, level=1, **judged):
    callback = KeepBest(patience, tol, level)
    net = train(callback, start, epochs, **judged)
    return callback, net.module_.losses.tolist()


def test_the_best_of_the_epochs_is_restored():
    callback, kept = keep_best([4.0, 4.0], [[3.0, 3.0], [1.0, 1.0], [2.0, 2.0]])
    assert kept == [1.0, 1.0]
    assert callback.best_epoch_ == 2
    assert callback.best_loss_ == 1.0


@pytest.mark.parametrize(
    ("judged", "best"),
    [
        ([5.0, 4.0, 6.0, 7.0], 1),  # the last two epochs are judged worse
        ([5.0, 6.0, 5.0, 7.0], 2),  # the same is no worse
        ([5.0, 6.0, 6.0, 5.1], 0),
        ([5.0, 6.0, math.nan, math.inf], 0),
    ],
)
def test_an_epoch_that_is_judged_worse_than_the_start_does_not_count(judged, best):
    losses = [[4.0, 4.0], [3.0, 3.0], [2.0, 2.0], [1.0, 1.0]]
    callback, kept = keep_best(losses[0], losses[1:], judged=judged)
    assert callback.best_epoch_ == best
    assert kept == losses[best]


@pytest.mark.parametrize(("judged_errors", "best"), [(0.0, 0), (1.9, 1), (2.1, 2)])
def test_an_epoch_may_be_judged_worse_by_some_standard_errors(judged_errors, best):
    """By 1 with an error of 1, and then by 2 with the same."""
    rows = np.array([-1.0, 1.0, -1.0, 1.0]) * math.sqrt(3)  # of which the error is 1
    judged = [np.zeros(4), rows + 1, rows + 2, rows + 3]
    losses = [[4.0] * 4, [3.0] * 4, [2.0] * 4, [1.0] * 4]
    callback, _ = keep_best(
        losses[0], losses[1:], judged=judged, judged_errors=judged_errors
    )
    assert callback.best_epoch_ == best


def test_the_start_is_restored_if_no_epoch_is_better():
    callback, kept = keep_best([1.0, 1.0], [[3.0, 3.0], [1.5, 1.5]])
    assert kept == [1.0, 1.0]
    assert callback.best_epoch_ == 0
    assert callback.best_loss_ == 1.0


def test_the_start_is_kept_without_any_epoch():
    callback, kept = keep_best([1.0, 2.0], [])
    assert kept == [1.0, 2.0]
    assert callback.best_epoch_ == 0
    assert callback.best_loss_ == 1.5


@pytest.mark.parametrize(
    ("gains", "trained_is_kept"),
    [
        ([1.0] * 8, True),  # 1 of 256 tosses gives as much
        ([1.0] * 6, False),  # 1 of 64
        ([1.0] * 9 + [-1.0], False),  # 11 of 1024: more than 0.01
        ([1.0] * 11 + [-1.0], True),  # 13 of 4096
        # One row cannot carry the others, but is not held against them either.
        ([15.0] + [-1.0] * 9, False),
        ([15.0] + [1.0] * 9, True),
    ],
)
def test_start_is_kept_unless_the_gain_is_beyond_doubt(gains, trained_is_kept):
    start = [20.0] * len(gains)
    best = (torch.tensor(start) - torch.tensor(gains)).tolist()
    callback, kept = keep_best(start, [best, [30.0] * len(gains)], level=0.01)
    assert kept == (best if trained_is_kept else start)
    assert callback.best_epoch_ == (1 if trained_is_kept else 0)
    assert callback.best_loss_ == pytest.approx(np.mean(kept), rel=1e-6)


def test_the_test_is_of_the_gains_not_of_the_losses():
    start = [4.0**i for i in range(8)]
    best = [loss - 0.5 for loss in start]
    assert keep_best(start, [best], level=0.01)[1] == best


def test_many_rows_are_tested_in_groups():
    gains = torch.full((5000,), -1.0)
    gains[::2] = 1.2
    start = torch.full((5000,), 20.0)
    for sign, expected in ((1, start - gains), (-1, start)):
        best = (start - sign * gains).tolist()
        assert keep_best(start.tolist(), [best], level=0.01)[1] == expected.tolist()


def test_without_a_level_the_lower_loss_is_kept():
    assert keep_best([2.0], [[1.9]])[1] == pytest.approx([1.9])
    assert keep_best([2.0], [[2.1]])[1] == [2.0]


def test_losses_that_are_not_numbers_are_never_kept():
    callback, kept = keep_best([2.0, 2.0], [[math.nan] * 2, [1.0] * 2, [math.nan] * 2])
    assert kept == [1.0, 1.0]
    assert callback.best_epoch_ == 2


def curve(*losses):
    """Return losses of two validation rows for each epoch."""
    return [[loss, loss] for loss in losses]


@pytest.mark.parametrize("patience", [1, 3])
def test_training_ends_twice_patience_epochs_after_the_last_improvement(patience):
    net = train(
        KeepBest(patience, tol=0.0, warm_up=0), [2.0, 2.0], curve(1.0, *[1.5] * 10)
    )
    assert len(net.history) == 1 + 2 * patience


def test_training_never_takes_more_epochs_than_it_may():
    epochs = curve(1.0, *[1.5] * 5)
    net = train(KeepBest(4, tol=0.0, warm_up=0), [2.0, 2.0], epochs)
    assert net.last_epoch_ == len(net.history) == 6


def test_the_end_stays_where_it_was_set():
    # The best of all comes while training is ending.
    losses = [1.0, 1.5, 1.5, 0.9, 0.8, 0.7, 0.6]
    callback = KeepBest(2, tol=0.0, warm_up=0)
    net = train(callback, [2.0, 2.0], curve(*losses))
    assert len(net.history) == 1 + 2 * 2
    assert callback.best_epoch_ == 5


def test_improvements_keep_training_going():
    epochs = curve(*np.linspace(2.0, 1.0, 12)[1:].tolist())
    net = train(KeepBest(1, tol=0.0), [2.0, 2.0], epochs)
    assert len(net.history) == 11


def test_infinite_patience_never_stops():
    net = train(KeepBest(math.inf, tol=0.5), [1.0, 1.0], curve(*[2.0] * 30))
    assert len(net.history) == 30


@pytest.mark.parametrize(
    ("max_epochs", "n_warm_up"), [(10, 1), (20, 1), (21, 2), (50, 3), (400, 20)]
)
def test_epochs_with_steps_of_the_warm_up_do_not_count(max_epochs, n_warm_up):
    # Without the warm-up it would stop after 1 + 2 + 2 epochs.
    net = train(KeepBest(2, tol=0.0), [1.0, 1.0], curve(*[2.0] * 50), max_epochs)
    assert len(net.history) == n_warm_up + 1 + 2 + 2


def test_training_is_not_over_while_it_comes_back_from_a_peak():
    # The best at its start and in the warm-up, and a peak of the learning rate.
    losses = [0.9, 1.1, 5.0, 4.0, 3.0, 2.5, 2.0, 1.6, 1.3, 1.2, 1.0, 0.8, 0.7]
    callback = KeepBest(3, tol=0.1, warm_up=0.1)
    net = train(callback, [1.0, 1.0], curve(*losses))
    assert callback.best_epoch_ == len(losses)
    assert net.module_.losses.tolist() == pytest.approx([0.7, 0.7])


def test_the_best_state_may_be_one_of_the_warm_up():
    losses = [0.8, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6]
    callback = KeepBest(2, tol=0.0, warm_up=0.1)
    net = train(callback, [1.0, 1.0], curve(*losses))
    assert len(net.history) == 4 + 2
    assert callback.best_epoch_ == 1
    assert net.module_.losses.tolist() == pytest.approx([0.8, 0.8])


def test_improvements_less_than_tol_do_not_count_until_they_add_up():
    # 0.8 is the first that is a tenth better than the first.
    epochs = curve(1.0, 0.95, 0.8, 0.79, 0.78, 0.77, 0.76, 0.75)
    callback = KeepBest(2, tol=0.1, warm_up=0)
    net = train(callback, [2.0, 2.0], epochs)
    assert len(net.history) == 5 + 2
    assert callback.best_epoch_ == 7
    assert net.module_.losses.tolist() == pytest.approx([0.76, 0.76])


def test_improvements_less_than_tol_are_still_kept():
    callback, kept = keep_best([1.0, 1.0], [[0.99, 0.99]], tol=0.5)
    assert kept == pytest.approx([0.99, 0.99])
    assert callback.best_epoch_ == 1


@pytest.mark.parametrize("start", [math.inf, math.nan])
def test_a_start_that_is_not_finite_gets_no_benefit_of_the_doubt(start):
    callback, kept = keep_best([start, 1.0], [[1.0, 1.0]])
    assert kept == [1.0, 1.0]
    assert callback.best_loss_ == 1.0


def test_no_state_is_held_after_training():
    callback, _ = keep_best([2.0, 2.0], [[1.0, 1.0]])
    held = [value for value in vars(callback).values() if not np.isscalar(value)]
    assert held == [None] * len(held)


# ------------------------------------------------- callbacks that need a real net


class RecordRates(Callback):
    """Record the learning rate of each step of the optimizer."""

    def on_train_begin(self, net, **kwargs):
        self.rates = []

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            self.rates.extend(group["lr"] for group in net.optimizer_.param_groups)


def fit(*callbacks, max_epochs, n_rows=20, lr=0.01):
    torch.manual_seed(0)
    module = Autoencoder(nn.Linear(3, 1), nn.Linear(1, 3))
    criterion = ReconstructionLoss(SquaredError(), torch.zeros(3), torch.ones(3))
    net = AutoencoderNet(
        module,
        criterion,
        train_split=TrainOnAll(seed=0),
        lr=lr,
        batch_size=4,
        max_epochs=max_epochs,
        callbacks=list(callbacks),
    )
    return net.fit(torch.randn(n_rows, 3))


def test_learning_rates_rise_linearly_and_fall_along_a_cosine():
    record = RecordRates()
    fit(WarmUpCosine(warm_up=0.2), record, max_epochs=8)
    step = np.arange(40)
    rise = np.minimum(1.0, (step + 1) / 8)
    fall = np.cos(np.pi * step / 80) ** 2  # the half-angle form of the cosine
    np.testing.assert_allclose(record.rates, 0.01 * rise * fall, rtol=1e-12)


def test_warm_up_takes_a_twentieth_of_the_steps_by_default():
    record = RecordRates()
    fit(WarmUpCosine(), record, max_epochs=8)
    # Two of forty steps.
    assert record.rates[0] == pytest.approx(0.01 / 2)
    assert record.rates[1] == pytest.approx(0.01 * np.cos(np.pi / 80) ** 2)


def test_learning_rate_ends_near_zero():
    record = RecordRates()
    fit(WarmUpCosine(), record, max_epochs=20)
    assert len(record.rates) == 100
    assert 0 < record.rates[-1] < 0.01 / 1000
    assert np.argmax(record.rates) == 4


class EndsAfter(Callback):
    """Let training end after the sixth epoch, as is known after the fourth."""

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == 4:
            net.last_epoch_ = 6


def test_learning_rate_falls_to_zero_where_training_is_to_end_sooner():
    record = RecordRates()
    fit(WarmUpCosine(), record, EndsAfter(), max_epochs=20)
    assert len(record.rates) == 6 * 5
    step = np.arange(5, 30)  # after the warm-up
    fall = np.cos(np.pi * step / 200) ** 2
    fall[15:] *= np.cos(np.pi * np.arange(10) / 20) ** 2
    np.testing.assert_allclose(record.rates[5:], 0.01 * fall, rtol=1e-12)


def test_schedule_of_a_single_step_starts_at_the_full_rate():
    record = RecordRates()
    fit(WarmUpCosine(), record, max_epochs=1, n_rows=2)
    assert record.rates == [0.01]


def test_schedule_starts_anew_with_each_fit():
    record = RecordRates()
    net = fit(WarmUpCosine(), record, max_epochs=2)
    first = record.rates
    net.fit(torch.randn(20, 3))
    assert record.rates == first
