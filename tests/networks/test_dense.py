"""The fully connected family."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest
import torch
from torch import nn

from sk_autoencoder.networks import ACTIVATIONS, Dense, Sizes


def linear_shapes(stack):
    return [
        (layer.in_features, layer.out_features)
        for layer in stack
        if isinstance(layer, nn.Linear)
    ]


@pytest.mark.parametrize(
    ("n_features", "width"),
    [
        (1, 64),
        (16, 64),
        (17, 68),
        (64, 256),
        (256, 1024),
        (257, 1024),
        (784, 1024),
        (8192, 1024),
        (65536, 128),
    ],
)
def test_default_is_4_units_a_feature_within_bounds_and_then_half(n_features, width):
    assert Dense().hidden_layer_sizes(n_features) == (width, width // 2)


@pytest.mark.parametrize("start_at_zero", [False, True])
def test_decoder_mirrors_the_encoder(start_at_zero):
    encoder, decoder = Dense().build(Sizes(6, 2, 2), (5, 4), "relu", start_at_zero)
    assert linear_shapes(encoder) == [(6, 5), (5, 4), (4, 2)]
    assert linear_shapes(decoder) == [(2, 4), (4, 5), (5, 6)]


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activation_follows_each_hidden_layer_but_not_the_last(name):
    for stack in Dense().build(Sizes(6, 2, 2), (5, 4), name, start_at_zero=False):
        kinds = [type(layer) for layer in stack]
        assert kinds == [nn.Linear, ACTIVATIONS[name]] * 2 + [nn.Linear]


def test_without_hidden_layers_both_are_affine():
    encoder, decoder = Dense().build(Sizes(6, 2, 2), (), "relu", start_at_zero=False)
    assert linear_shapes(encoder) == [(6, 2)]
    assert linear_shapes(decoder) == [(2, 6)]
    assert len(encoder) == len(decoder) == 1


def test_only_the_last_layers_start_at_zero():
    for stack in Dense().build(Sizes(6, 2, 2), (5, 4), "relu", start_at_zero=True):
        *hidden, last = (layer for layer in stack if isinstance(layer, nn.Linear))
        assert not last.weight.any()
        assert not last.bias.any()
        assert all(layer.weight.all() for layer in hidden)


def test_the_weights_follow_torchs_seed():
    torch.manual_seed(0)
    first, _ = Dense().build(Sizes(6, 2, 2), (5,), "relu", start_at_zero=False)
    again, _ = Dense().build(Sizes(6, 2, 2), (5,), "relu", start_at_zero=False)
    torch.manual_seed(0)
    same, _ = Dense().build(Sizes(6, 2, 2), (5,), "relu", start_at_zero=False)
    assert torch.equal(first[0].weight, same[0].weight)
    assert not torch.equal(first[0].weight, again[0].weight)
