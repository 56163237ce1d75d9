"""The recurrent family."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest
import torch

from sk_autoencoder.networks import Recurrent, Sizes

SHAPE = (7, 3)


def build(widths=(5,), shape=SHAPE, **params):
    torch.manual_seed(0)
    sizes = Sizes(21, 2, 2, shape)
    return Recurrent(**params).build(sizes, widths, "relu", start_at_zero=False)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("widths", [(5,), (6, 4), (1,)])
def test_sequences_become_codes_and_come_back(cell, widths):
    encoder, decoder = build(widths, cell=cell)
    x = torch.randn(4, 21)
    assert encoder(x).shape == (4, 2)
    assert decoder(encoder(x)).shape == x.shape


def test_units_are_the_recurrent_layers():
    assert {type(layer).__name__ for layer in build(cell="lstm")[0].layers} == {"LSTM"}
    encoder, decoder = build((6, 4))
    assert [layer.hidden_size for layer in encoder.layers] == [6, 4]
    assert [layer.hidden_size for layer in decoder.layers] == [4, 6]


@pytest.mark.parametrize("step", [0, 3, 6])
def test_code_knows_every_step(step):
    encoder, _ = build()
    x = torch.randn(1, 21, requires_grad=True)
    encoder(x).sum().backward()
    assert (x.grad.unflatten(1, SHAPE)[0, step] != 0).all()


def test_code_knows_the_middle_of_a_long_sequence_as_well_as_its_ends():
    encoder, _ = build(shape=(300, 3))
    x = torch.randn(8, 900, requires_grad=True)
    encoder(x).square().sum().backward()
    weight = x.grad.unflatten(1, (300, 3)).square().mean(dim=(0, 2)).sqrt()
    assert weight[140:160].mean() > 0.5 * weight[[0, -1]].mean()


def test_sequences_backwards_have_another_code():
    encoder, _ = build()
    x = torch.randn(4, *SHAPE)
    forth, back = (encoder(rows.flatten(1)) for rows in (x, x.flip(1)))
    assert (forth - back).abs().min() > 1e-4


def test_steps_of_a_decoded_sequence_differ():
    _, decoder = build()
    steps = decoder(torch.zeros(1, 2)).unflatten(1, SHAPE)[0]
    assert (steps.diff(dim=0).abs() > 1e-4).all()


@pytest.mark.parametrize("shape", [None, (21,), (1, 7, 3)])
def test_shape_that_is_no_sequence_is_refused(shape):
    with pytest.raises(ValueError, match="needs sample_shape=") as info:
        build(shape=shape)
    assert repr(shape) in str(info.value)


def test_no_layer_is_refused():
    with pytest.raises(ValueError, match=r"at least one of hidden_layer_sizes; got"):
        build(widths=())


def test_activation_has_no_effect_as_the_docstring_says():
    x = torch.randn(4, 21)
    codes = []
    for activation in ("relu", "tanh"):
        torch.manual_seed(0)
        family, sizes = Recurrent(), Sizes(21, 2, 2, SHAPE)
        encoder, _ = family.build(sizes, (5,), activation, start_at_zero=False)
        codes.append(encoder(x))
    assert torch.equal(*codes)
    assert "`activation` has no effect" in " ".join(Recurrent.__doc__.split())
