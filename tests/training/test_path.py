"""The way of a training, also where nobody validates on it."""

# SPDX-License-Identifier: BSD-3-Clause

import dataclasses
import math
from types import SimpleNamespace

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from sk_autoencoder.networks import (
    Autoencoder,
    Clean,
    ReconstructionLoss,
    SquaredError,
)
from sk_autoencoder.training import Path, Rows, TrainingSettings, follow, train

SETTINGS = TrainingSettings(
    batch_size=16,
    max_epochs=5,
    epoch_rows=None,
    learning_rate=0.05,
    weight_decay=0.0,
    patience=math.inf,
    tol=0.0,
    level=1,
    validation_fraction=None,
    corruption=Clean(),
    seed=0,
    device="cpu",
)
CRITERION = ReconstructionLoss(SquaredError(), torch.zeros(3), torch.ones(3))


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(0)
    line = torch.randn(200, 1, generator=generator)
    return Rows.of(torch.cat([line, 2 * line, -line], dim=1))


def seeded_module():
    torch.manual_seed(0)
    return Autoencoder(nn.Linear(3, 1), nn.Linear(1, 3))


def assert_same_weights(state, expected):
    assert state.keys() == expected.keys()
    for name, value in state.items():
        assert torch.equal(value, expected[name]), name


def test_a_path_is_the_straight_line_between_weights():
    net = nn.Linear(2, 2)
    path, ends = Path(0.25), []
    for _ in (1, 2):  # as if the first had diverged
        state = {name: value.clone() for name, value in net.state_dict().items()}
        path.on_start(SimpleNamespace(module_=net), None, None)
        ends.append(state)
        nn.init.normal_(net.weight)
        path.end_ = {name: value.clone() for name, value in net.state_dict().items()}
    path.on_train_end(SimpleNamespace(module_=net, diverged_=False))
    expected = 0.75 * ends[0]["weight"] + 0.25 * path.end_["weight"]
    assert_allclose(net.weight.detach(), expected, 1e-6)


def test_without_validation_a_training_comes_to_the_same_end(rows):
    module, path = seeded_module(), Path(1.0)
    train(module, CRITERION, rows, SETTINGS, [path])
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
