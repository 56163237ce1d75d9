"""Which network a model has, as plain values and back."""

# SPDX-License-Identifier: BSD-3-Clause

import json
from dataclasses import replace

import pytest
import torch

from sk_autoencoder.model import Spec
from sk_autoencoder.networks import (
    BOTTLENECKS,
    LOSSES,
    NETWORKS,
    Custom,
    Dense,
    Deterministic,
    Huber,
    SquaredError,
)

SPEC = Spec(
    n_features=8,
    n_components=2,
    network=Dense(),
    sample_shape=None,
    hidden_layer_sizes=(5, 3),
    activation="silu",
    bottleneck=Deterministic(),
    loss=Huber(delta=0.5),
    scale=True,
    init="pca",
)

# The spec with each registered part in its place.
SPECS = [
    *(replace(SPEC, bottleneck=part()) for _, part in sorted(BOTTLENECKS.items())),
    *(replace(SPEC, loss=part()) for _, part in sorted(LOSSES.items())),
    *(
        replace(
            SPEC,
            network=part(),
            sample_shape=part().example_shape(8),
            hidden_layer_sizes=part().hidden_layer_sizes(8),
        )
        for _, part in sorted(NETWORKS.items())
    ),
]


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_a_spec_comes_back_from_text(spec):
    text = json.dumps(spec.to_config())
    assert Spec.from_config(json.loads(text)) == spec


def test_the_config_is_left_alone():
    config = SPEC.to_config()
    before = json.dumps(config)
    Spec.from_config(config)
    assert json.dumps(config) == before


def test_a_network_of_the_users_own_has_no_config():
    with pytest.raises(ValueError, match=r"'dense'.*cannot hold Custom"):
        replace(SPEC, network=Custom(torch.nn.Linear)).to_config()


def test_an_unknown_kind_is_refused():
    config = SPEC.to_config()
    config["loss"] = {"kind": "logcosh"}
    with pytest.raises(ValueError, match=r"loss must be one of .*got 'logcosh'"):
        Spec.from_config(config)


def test_a_network_is_built_for_the_columns_that_it_is_trained_on():
    module = SPEC.build(6)
    assert module.encoder(torch.zeros(4, 6)).shape == (4, 2)
    assert module.decoder(torch.zeros(4, 2)).shape == (4, 6)
    assert SPEC.build().encoder(torch.ones(1, 8)).abs().max() == 0  # a correction
    random = replace(SPEC, init="random").build()
    assert random.encoder(torch.ones(1, 8)).abs().max() > 0


def test_the_difference_of_two_specs_is_quoted():
    SPEC.check_same(replace(SPEC, init="random"))  # of no effect on a warm start
    other = replace(SPEC, loss=SquaredError())
    with pytest.raises(ValueError, match=r"loss was Huber\(delta=0.5\); got Squared"):
        SPEC.check_same(other)
