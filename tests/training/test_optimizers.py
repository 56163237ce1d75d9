"""Torch's optimizers train, or are refused with the reason."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from torch import optim

from sk_autoencoder import AutoencoderTransformer

OPTIMIZERS = sorted(
    name
    for name, kind in vars(optim).items()
    if isinstance(kind, type) and issubclass(kind, optim.Optimizer)
)

REFUSED = {
    "LBFGS": "must make a step of the gradients at hand; LBFGS evaluates the loss",
    "Muon": "only supports 2D parameters",  # torch says it
    "SparseAdam": "cannot be SparseAdam: it takes sparse gradients alone",
}


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 2)) @ rng.normal(size=(2, 5))


def fit(X, optimizer, **params):
    settings = {"init": "random", "hidden_layer_sizes": 8, "max_iter": 4}
    settings |= {"learning_rate_init": 0.01, "random_state": 0, **params}
    return AutoencoderTransformer(
        2, net_params={"optimizer": optimizer}, **settings
    ).fit(X)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "Optimizer"])
def test_every_optimizer_of_torch_trains_or_is_refused(name, X):
    optimizer = getattr(optim, name)
    if name in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[name]):
            fit(X, optimizer)
        return
    model = fit(X, optimizer, alpha=0.25)
    assert type(model.net_.optimizer_) is optimizer
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    decays = [group.get("weight_decay") for group in model.net_.optimizer_.param_groups]
    assert decays == ([None] if name == "Rprop" else [0.25])


def test_what_builds_an_optimizer_is_told_the_weight_decay_that_it_takes(X):
    told = []

    def build(params, lr, weight_decay=0.0):
        told.append(weight_decay)
        return optim.SGD(params, lr=lr)

    fit(X, build, alpha=0.25)
    fit(X, lambda params, **settings: told.append(settings) or optim.SGD(params, 0.1))
    assert told == [0.25, {"lr": 0.01, "weight_decay": 1e-4}]


@pytest.mark.parametrize("optimizer", ["adam", None, torch.zeros(1)])
def test_what_is_no_optimizer_is_quoted(optimizer, X):
    with pytest.raises(ValueError, match=r"a class of torch.optim.*got") as error:
        fit(X, optimizer)
    assert repr(optimizer) in str(error.value)
