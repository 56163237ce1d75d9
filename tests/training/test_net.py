"""The skorch net against a hand-written loop."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback
from torch import nn

from sk_autoencoder.networks import (
    Autoencoder,
    Dense,
    ReconstructionLoss,
    Sizes,
    SquaredError,
)
from sk_autoencoder.training import (
    AutoencoderNet,
    HoldOut,
    KeepBest,
    Rows,
    WarmUpCosine,
)

N_TRAIN, N_VALID, N_FEATURES, N_COMPONENTS = 33, 17, 5, 2


def first_rows_train(rows):
    tensor, index = rows.tensor, rows.index
    return Rows(tensor, index[:N_TRAIN]), Rows(tensor, index[N_TRAIN:])


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(N_TRAIN + N_VALID, N_FEATURES, generator=generator)


def make_module():
    torch.manual_seed(1)
    return Autoencoder(
        *Dense().build(
            Sizes(N_FEATURES, N_COMPONENTS, N_COMPONENTS), (6,), "tanh", False
        )
    )


def make_net(module, **settings):
    criterion = ReconstructionLoss(
        SquaredError(), torch.zeros(N_FEATURES), torch.ones(N_FEATURES)
    )
    defaults = {"train_split": first_rows_train, "batch_size": 8, "max_epochs": 1}
    return AutoencoderNet(module, criterion, **(defaults | settings))


def weights(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def squared_errors(module, rows):
    """Return the loss of each row by numpy, in double precision."""
    with torch.no_grad():
        output = copy.deepcopy(module).double()(rows.double()).output
    return np.square(output.numpy() - rows.double().numpy()).mean(axis=1)


class AtEpochEnd(Callback):
    """Call a function with the net at the end of each epoch."""

    def __init__(self, function):
        self.function = function

    def on_epoch_end(self, net, **kwargs):
        self.function(net)


class InterruptAt(Callback):
    """Press Ctrl-C before a training step."""

    def __init__(self, step):
        self.step = step

    def on_train_begin(self, net, **kwargs):
        self.count = 0

    def on_batch_begin(self, net, training=False, **kwargs):
        self.count += training
        if self.count == self.step:
            raise KeyboardInterrupt


@pytest.mark.rounding
def test_an_epoch_equals_a_hand_written_loop(data):
    module = make_module()
    by_hand = copy.deepcopy(module)
    optimizer = torch.optim.SGD(by_hand.parameters(), lr=0.1)
    losses = []
    for batch in data[:N_TRAIN].tensor_split(5):
        optimizer.zero_grad()
        output = by_hand.decoder(by_hand.encoder(batch))
        loss = ((output - batch) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(batch))

    net = make_net(
        module, optimizer=torch.optim.SGD, lr=0.1, iterator_train__shuffle=False
    ).fit(data)
    assert net.steps_per_epoch_ == 5
    for name, value in weights(by_hand).items():
        torch.testing.assert_close(
            net.module_.state_dict()[name], value, rtol=0.0, atol=1e-6
        )
    assert net.history[-1, "train_loss"] == pytest.approx(
        sum(losses) / N_TRAIN, abs=1e-6
    )


def test_validation_losses_are_means_over_the_rows_held_out(data):
    module = make_module()
    expected = [squared_errors(module, data[N_TRAIN:]).mean()]
    record = AtEpochEnd(
        lambda net: expected.append(squared_errors(net.module_, data[N_TRAIN:]).mean())
    )
    # Batches of 6, 6 and 5 rows: a mean of their means would be another number.
    net = make_net(
        module, max_epochs=3, iterator_valid__batch_size=6, callbacks=[record]
    ).fit(data)
    curve = [net.start_loss_, *net.history[:, "valid_loss"]]
    np.testing.assert_allclose(curve, expected, rtol=1e-6)
    assert len(set(curve)) == 4


def test_validation_trains_nothing(data):
    module = make_module()
    before = weights(module)
    net = make_net(module, max_epochs=0).fit(data)
    assert net.start_loss_ > 0
    assert len(net.history) == 0
    for name, value in weights(net.module_).items():
        assert torch.equal(value, before[name])


def test_modules_are_in_training_mode_for_steps_only(data):
    class Watch(nn.Module):
        def __init__(self):
            super().__init__()
            self.modes = []

        def forward(self, x):
            self.modes.append(self.training)
            return x

    watch = Watch()
    module = Autoencoder(
        nn.Sequential(watch, nn.Linear(N_FEATURES, N_COMPONENTS)),
        nn.Linear(N_COMPONENTS, N_FEATURES),
    )
    net = make_net(module, max_epochs=2).fit(data)
    assert watch.modes == [False, *([True] * 5 + [False]) * 2]
    watch.modes.clear()
    net.sample_losses(Rows(data, torch.arange(4)))
    assert watch.modes == [False]


def test_sample_losses_are_those_of_each_row_in_order(data):
    net = make_net(make_module(), iterator_valid__batch_size=4).fit(data)
    rows = Rows(data, torch.tensor([40, 3, 8, 21, 0, 49]))
    losses = net.sample_losses(rows)
    assert not losses.requires_grad
    expected = squared_errors(net.module_, data[rows.index])
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_callbacks_are_told_the_losses_of_the_start(data):
    class Listen(Callback):
        def on_start(self, net, losses, dataset_valid):
            self.losses, self.valid = losses, dataset_valid

    listen = Listen()
    module = make_module()
    expected = squared_errors(module, data[N_TRAIN:])
    net = make_net(module, max_epochs=1, callbacks=[listen]).fit(data)
    np.testing.assert_allclose(listen.losses, expected, rtol=1e-5)
    assert net.start_loss_ == pytest.approx(expected.mean(), rel=1e-6)
    assert torch.equal(listen.valid.index, torch.arange(N_TRAIN, len(data)))


def test_a_callback_stops_training_after_its_epoch(data):
    def stop(net):
        net.stopped_ = len(net.history) == 3

    net = make_net(make_module(), max_epochs=10, callbacks=[AtEpochEnd(stop)]).fit(data)
    assert len(net.history) == 3
    assert net.stopped_
    assert not net.diverged_


def test_training_that_is_not_stopped_takes_all_epochs(data):
    net = make_net(make_module(), max_epochs=4).fit(data)
    assert net.history[:, "epoch"] == [1, 2, 3, 4]
    assert not net.stopped_
    assert not net.diverged_


def test_a_loss_that_diverges_ends_training_and_the_best_state_is_kept(data):
    module = make_module()
    before = weights(module)
    net = make_net(
        module,
        optimizer=torch.optim.SGD,
        lr=1e15,
        max_epochs=10,
        callbacks=[KeepBest(10, 0.0)],
    ).fit(data)
    assert net.diverged_
    assert len(net.history) == 1
    assert not np.isfinite(net.history[-1, "train_loss"])
    for name, value in weights(net.module_).items():
        assert torch.equal(value, before[name])


def test_a_new_fit_forgets_that_the_last_one_diverged(data):
    net = make_net(
        make_module(),
        optimizer=torch.optim.SGD,
        lr=1e15,
        max_epochs=2,
        callbacks=[KeepBest(10, 0.0)],
    ).fit(data)
    net.set_params(lr=0.01).fit(data)
    assert not net.diverged_
    assert len(net.history) == 2


def test_an_interrupt_restores_the_best_state(data):
    states = []
    net = make_net(
        make_module(),
        lr=0.01,
        max_epochs=10,
        callbacks=[
            KeepBest(10, 0.0),
            AtEpochEnd(lambda net: states.append(weights(net.module_))),
            InterruptAt(step=5 * 3 + 2),
        ],
    )
    net.fit(data)
    assert net.interrupted_
    assert len(states) == 3
    keep_best = net.callbacks_[1][1]
    curve = [net.start_loss_, *(row["valid_loss"] for row in net.history[:3])]
    assert keep_best.best_epoch_ == np.argmin(curve) == 3
    for name, value in weights(net.module_).items():
        assert torch.equal(value, states[2][name])


def test_an_interrupt_before_the_first_step_ends_leaves_the_start(data):
    module = make_module()
    before = weights(module)
    net = make_net(module, callbacks=[KeepBest(10, 0.0), InterruptAt(step=2)])
    net.fit(data)
    assert net.interrupted_
    for name, value in weights(net.module_).items():
        assert torch.equal(value, before[name])


def test_history_holds_epochs_but_no_batches(data):
    net = make_net(make_module(), max_epochs=3).fit(data)
    assert len(net.history) == 3
    for row in net.history.to_list():
        assert row["batches"] == []
        assert {"epoch", "train_loss", "valid_loss", "dur"} <= set(row)
        assert isinstance(row["train_loss"], float)


def test_the_default_optimizer_is_adamw_with_its_parameters(data):
    net = make_net(make_module(), lr=0.01, optimizer__weight_decay=0.25).fit(data)
    assert type(net.optimizer_) is torch.optim.AdamW
    (group,) = net.optimizer_.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.01, 0.25)


@pytest.mark.rounding
def test_training_follows_torchs_seed(data):
    def trained_weights(seed):
        module = make_module()
        torch.manual_seed(seed)
        settings = {"train_split": HoldOut(0.2, seed=0), "max_epochs": 2}
        net = make_net(module, callbacks=[WarmUpCosine()], lr=0.01, **settings)
        return net.fit(data).module_.encoder[0].weight

    assert torch.equal(trained_weights(0), trained_weights(0))
    assert not torch.equal(trained_weights(0), trained_weights(1))


def test_training_leaves_the_data_alone(data):
    before = data.clone()
    make_net(make_module(), max_epochs=2).fit(data)
    assert torch.equal(data, before)


def test_an_interrupt_after_a_loss_diverged_is_no_reason_to_restart(data):
    class Spoil(Callback):
        def on_batch_end(self, net, training=False, **kwargs):
            if not training:
                raise KeyboardInterrupt
            with torch.no_grad():
                net.module_.encoder[0].weight.fill_(math.nan)

    net = make_net(make_module(), callbacks=[Spoil()]).fit(data)
    assert net.interrupted_
    assert not net.diverged_


def test_predict_reconstructs_arrays_and_tensors(data):
    net = make_net(make_module()).fit(data)
    with torch.no_grad():
        expected = net.module_.eval()(data).output.numpy()
    np.testing.assert_allclose(net.predict(data), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(net.predict(data.numpy()), expected, 1e-5, 1e-6)


def test_a_snapshot_is_left_alone_by_further_training(data):
    callback = WarmUpCosine()
    net = make_net(make_module(), callbacks=[callback], lr=0.01).fit(data)
    snapshot = net.snapshot(callback)
    before = weights(snapshot.module_)
    net.partial_fit(data)
    for name, value in weights(snapshot.module_).items():
        assert torch.equal(value, before[name])
    assert not torch.equal(net.module_.encoder[0].weight, before["encoder.0.weight"])
    assert callback in net.callbacks
    assert callback not in snapshot.callbacks
    assert snapshot.callbacks == []  # the epoch timer is the net's own


def test_a_fitted_net_survives_pickling(data):
    net = make_net(make_module(), callbacks=[KeepBest(10, 0.0), WarmUpCosine()])
    net.fit(data)
    again = pickle.loads(pickle.dumps(net))
    rows = Rows(data, torch.arange(len(data)))
    assert torch.equal(again.sample_losses(rows), net.sample_losses(rows))
