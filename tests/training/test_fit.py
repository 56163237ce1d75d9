"""One training, from settings to a result that can be gone on with."""

# SPDX-License-Identifier: BSD-3-Clause

import dataclasses
import math

import pytest
import torch
from skorch.callbacks import Callback
from torch import nn

from sk_autoencoder.networks import (
    Autoencoder,
    Clean,
    GaussianNoise,
    ReconstructionLoss,
    SquaredError,
)
from sk_autoencoder.training import (
    AutoencoderNet,
    Path,
    Rows,
    TrainingSettings,
    _fit,
    follow,
    split_epochs,
    train,
)

SETTINGS = TrainingSettings(
    batch_size=16,
    max_epochs=5,
    epoch_rows=None,
    learning_rate=0.05,
    weight_decay=0.0,
    patience=5,
    tol=0.0,
    level=1,
    validation_fraction=0.25,
    final_epochs=0,
    corruption=Clean(),
    seed=0,
    device="cpu",
)


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(0)
    line = torch.randn(200, 1, generator=generator)
    return Rows.of(torch.cat([line, 2 * line, -line], dim=1))


CRITERION = ReconstructionLoss(SquaredError(), torch.zeros(3), torch.ones(3))


def seeded_module():
    torch.manual_seed(0)
    return Autoencoder(nn.Linear(3, 1), nn.Linear(1, 3))


def fit(rows, *callbacks, **changes):
    module = seeded_module()
    settings = dataclasses.replace(SETTINGS, **changes)
    return module, train(module, CRITERION, rows, settings, callbacks)


def loss_of(module, rows):
    with torch.no_grad():
        return float((module(rows.tensor).output - rows.tensor).square().mean())


def test_a_result_tells_of_the_network_that_was_given(rows):
    module, result = fit(rows)
    assert result.module is module
    assert not module.training
    assert result.n_iter == len(result.loss_curve) == 5
    assert len(result.validation_loss_curve) == 6
    assert result.best_loss == min(result.validation_loss_curve)
    assert result.validation_loss_curve[result.best_iter] == result.best_loss
    assert loss_of(module, rows) < 0.5 * result.validation_loss_curve[0]


def test_a_network_that_training_made_worse_is_put_back_at_the_start(rows):
    module, result = fit(rows, learning_rate=100.0, max_epochs=1)
    assert result.best_iter == 0
    assert result.best_loss == result.validation_loss_curve[0]
    untrained, _ = fit(rows, max_epochs=0)
    assert loss_of(module, rows) == loss_of(untrained, rows)


def test_one_can_go_on_with_the_optimizer_of_a_result(rows):
    module, result = fit(rows)
    before = loss_of(module, rows)
    held = {id(p) for group in result.optimizer.param_groups for p in group["params"]}
    assert held == {id(p) for p in module.parameters()}
    assert all(result.optimizer.state[p]["step"] > 0 for p in module.parameters())
    result.optimizer.param_groups[0]["lr"] = 0.01
    for _ in range(100):
        result.optimizer.zero_grad()
        (module(rows.tensor).output - rows.tensor).square().mean().backward()
        result.optimizer.step()
    assert loss_of(module, rows) < 0.5 * before
    result.forget_optimizer()
    assert not result.optimizer.state


def test_the_random_state_is_that_after_the_last_step(rows):
    _, first = fit(rows)
    _, again = fit(rows)
    _, longer = fit(rows, max_epochs=6)
    assert torch.equal(first.random_state, again.random_state)
    assert not torch.equal(first.random_state, longer.random_state)


def test_parameters_of_the_net_come_before_the_settings(rows):
    _, result = fit(rows, net_params={"max_epochs": 2, "lr": 0.5})
    assert result.n_iter == 2
    assert result.net.lr == 0.5


def test_passing_callbacks_hear_of_training_and_leave(rows):
    class Count(Callback):
        epochs = 0

        def on_epoch_end(self, net, **kwargs):
            self.epochs += 1

    passing, staying = Count(), Count()
    _, result = fit(rows, passing, callbacks=(staying,))
    assert passing.epochs == staying.epochs == 5
    assert staying in result.net.callbacks
    assert passing not in result.net.callbacks


def test_the_corruption_is_that_of_the_settings(rows):
    _, clean = fit(rows, max_epochs=0)
    _, noisy = fit(rows, max_epochs=0, corruption=GaussianNoise(3.0))
    assert noisy.validation_loss_curve[0] > clean.validation_loss_curve[0] + 0.2


def assert_same_weights(state, expected):
    assert state.keys() == expected.keys()
    for name, value in state.items():
        assert torch.equal(value, expected[name]), name


def test_without_validation_a_training_comes_to_the_same_end(rows):
    path = Path(1.0)
    module, _ = fit(rows, path, patience=math.inf, validation_fraction=None)
    followed = seeded_module()
    followed_path = follow(followed, CRITERION, rows, SETTINGS)
    assert_same_weights(followed.state_dict(), module.state_dict())
    assert_same_weights(followed_path.start_, seeded_module().state_dict())
    assert_same_weights(followed_path.end_, path.end_)
    assert not followed.training


def test_a_path_that_diverges_twice_ends_where_it_starts(rows, recwarn):
    module = seeded_module()
    settings = dataclasses.replace(SETTINGS, learning_rate=1e30)
    path = follow(module, CRITERION, rows, settings)
    assert_same_weights(module.state_dict(), seeded_module().state_dict())
    assert_same_weights(path.end_, path.start_)
    assert not recwarn  # whoever trains on all rows is told


def noisy(rows):
    """Return rows that no network of one component fits without rest."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(rows.tensor.shape, generator=generator)
    return Rows.of(rows.tensor + 0.3 * noise)


def test_the_best_epoch_is_trained_on_with_all_rows(rows):
    rows = noisy(rows)
    _, chosen = fit(rows)
    module, result = fit(rows, final_epochs=9)
    assert 0 < result.best_iter == chosen.best_iter
    assert result.n_final_iter == math.ceil(result.best_iter / 5)
    assert_same_weights(result.judged.state_dict(), chosen.module.state_dict())
    for name in ("n_iter", "best_loss", "loss_curve", "validation_loss_curve"):
        assert getattr(result, name) == getattr(chosen, name)
    _, held_out = result.net.get_split_datasets(result.net.get_dataset(rows))
    assert loss_of(module, held_out) < loss_of(result.judged, held_out)
    assert loss_of(module, rows) < loss_of(result.judged, rows)
    assert not module.training


def test_all_rows_are_trained_on_for_no_more_epochs_than_are_set_aside(rows):
    params = {"max_epochs": 12, "patience": 12, "learning_rate": 0.005}
    _, result = fit(noisy(rows), **params, final_epochs=2)
    assert result.best_iter > 10
    assert result.n_final_iter == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 100.0, "max_epochs": 1},  # the start is kept
        {"max_epochs": 0},
        {"final_epochs": 0},
    ],
)
def test_without_a_choice_by_held_out_rows_nothing_follows_it(rows, changes):
    module, result = fit(rows, **{"final_epochs": 3, **changes})
    expected, _ = fit(rows, **{**changes, "final_epochs": 0})
    assert result.n_final_iter == 0
    assert result.judged is module
    assert_same_weights(module.state_dict(), expected.state_dict())


@pytest.mark.parametrize("rate", [1.0, 1e30])
def test_last_epochs_that_do_harm_are_undone(rows, monkeypatch, rate):
    """Too long steps, or a loss that is no longer finite."""
    monkeypatch.setattr(_fit, "FINAL_SLOWER", SETTINGS.learning_rate / rate)
    module, result = fit(rows, final_epochs=9)
    expected, _ = fit(rows)
    assert result.best_iter > 0
    assert result.n_final_iter == 0
    assert_same_weights(module.state_dict(), expected.state_dict())


def test_last_epochs_that_the_user_interrupts_are_undone(rows, monkeypatch):
    def interrupted(net, train, *args):
        raise KeyboardInterrupt

    follow_loop = AutoencoderNet.fit_loop

    def fit_loop(net, *args, **params):
        if net.train_split is None:
            monkeypatch.setattr(net, "run_single_epoch", interrupted)
        return follow_loop(net, *args, **params)

    monkeypatch.setattr(AutoencoderNet, "fit_loop", fit_loop)
    with pytest.warns(UserWarning, match="user in the last epochs.* best state so far"):
        module, result = fit(rows, final_epochs=9)
    assert result.net.interrupted_
    assert result.n_final_iter == 0
    monkeypatch.undo()
    expected, _ = fit(rows)
    assert_same_weights(module.state_dict(), expected.state_dict())


@pytest.mark.parametrize(
    ("max_epochs", "expected"), [(0, (0, 0)), (5, (5, 0)), (6, (5, 1)), (60, (50, 10))]
)
def test_a_sixth_of_the_epochs_is_set_aside(max_epochs, expected):
    assert split_epochs(max_epochs) == expected
