"""The convolutional family."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import pytest
import torch
from torch import nn

from sk_autoencoder.networks import Conv, Sizes

SHAPES = [(1, 8), (1, 1), (3, 11), (1, 8, 8), (2, 9, 12), (3, 28, 13)]


def build(shape, widths=(4, 6), n_outputs=2, **params):
    torch.manual_seed(0)
    sizes = Sizes(math.prod(shape), n_outputs, 2, shape)
    return Conv(**params).build(sizes, widths, "relu", start_at_zero=False)


def layers(module, kind):
    return [layer for layer in module if isinstance(layer, kind)]


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
@pytest.mark.parametrize("widths", [(), (4,), (4, 6, 5)])
@pytest.mark.parametrize("shape", SHAPES)
def test_any_size_comes_back(shape, widths, kernel_size):
    encoder, decoder = build(shape, widths, kernel_size=kernel_size)
    x = torch.randn(5, math.prod(shape))
    assert encoder(x).shape == (5, 2)
    assert decoder(encoder(x)).shape == x.shape


@pytest.mark.parametrize("shape", SHAPES)
def test_decoder_mirrors_the_encoder_at_every_layer(shape):
    encoder, decoder = build(shape)
    x = torch.randn(3, math.prod(shape))
    down, up = [encoder[0](x)], []
    for layer in layers(encoder, (nn.Conv1d, nn.Conv2d)):
        down.append(layer(down[-1]))
    hidden = down[-1]
    for layer in layers(decoder, (nn.ConvTranspose1d, nn.ConvTranspose2d)):
        hidden = layer(hidden)
        up.append(hidden)
    assert [list(h.shape) for h in up[::-1]] == [list(h.shape) for h in down[:-1]]


def test_activation_follows_each_hidden_layer_but_not_the_last():
    encoder, decoder = build((1, 8, 8))
    assert [type(layer).__name__ for layer in encoder] == [
        *("Unflatten", "Conv2d", "ReLU", "Conv2d", "ReLU", "Flatten", "Linear")
    ]
    assert [type(layer).__name__ for layer in decoder] == [
        *("Linear", "Unflatten", "ReLU", "ConvTranspose2d"),
        *("ReLU", "ConvTranspose2d", "Flatten"),
    ]


def test_a_row_is_the_ravel_of_a_sample():
    """A feature that moves along an axis of the sample moves along it inside."""
    encoder, _ = build((2, 8, 16))
    sample = torch.zeros(1, 2, 8, 16)
    sample[0, 1, 2, 4] = 1.0
    moved = sample.roll((2, 4), dims=(2, 3))  # by whole strides
    first, second = (encoder[:2](x.flatten(1)) for x in (sample, moved))
    torch.testing.assert_close(first.roll((1, 2), dims=(2, 3)), second)


@pytest.mark.parametrize("shape", [None, (64,), (1, 2, 8, 4)])
def test_shape_that_has_no_convolution_is_refused(shape):
    with pytest.raises(ValueError, match="needs sample_shape=") as info:
        Conv().build(Sizes(64, 2, 2, shape), (4,), "relu", start_at_zero=True)
    assert repr(shape) in str(info.value)
