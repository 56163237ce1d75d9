"""The self-attention family."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.data._padding import fill_with_means
from sk_autoencoder.networks import ACTIVATIONS, Attention, Sizes
from sk_autoencoder.networks._attention import Block

SHAPE = (7, 3)


def build(widths=(8,), shape=SHAPE, activation="gelu", **params):
    torch.manual_seed(0)
    sizes = Sizes(21, 2, 2, shape)
    return Attention(**params).build(sizes, widths, activation, start_at_zero=False)


@pytest.mark.parametrize("widths", [(8,), (8, 8), (12, 4), (16,)])
def test_sequences_become_codes_and_come_back(widths):
    encoder, decoder = build(widths)
    x = torch.randn(4, 21)
    assert encoder(x).shape == (4, 2)
    assert decoder(encoder(x)).shape == x.shape


def test_attention_is_a_softmax_of_products_over_the_steps_that_are_known():
    """Head by head, as in equation (1) of Vaswani et al."""
    torch.manual_seed(0)
    block, hidden = Block(6, 2, nn.GELU), torch.randn(1, 4, 6)
    known = torch.tensor([[True, True, True, False]])
    query, key, value = block.query_key_value(hidden)[0].split(6, dim=1)
    expected = []
    for head in (slice(0, 3), slice(3, 6)):
        products = query[:, head] @ key[:3, head].T / math.sqrt(3)
        expected.append(products.softmax(dim=1) @ value[:3, head])
    result = block._attend(hidden, known)[0]
    torch.testing.assert_close(result, torch.cat(expected, dim=1))


def test_code_is_that_of_the_steps_that_are_known():
    """Whatever stands in the other steps of a sequence."""
    encoder, _ = build((8, 8))
    hidden, known = torch.randn(2, 7, 16), torch.arange(7).expand(2, -1) < 5
    other = hidden.clone()
    other[:, 5:] = torch.randn(2, 2, 16)
    first, second = (encoder.blocks(h, known)[:, :5] for h in (hidden, other))
    torch.testing.assert_close(first, second)
    x = torch.randn(1, 21)
    x[0, 15:] = math.nan
    held = []
    encoder.blocks.register_forward_hook(lambda *args: held.append(args[2]))
    code = encoder(x)
    torch.testing.assert_close(code, encoder.linear(held[0][:, :5].mean(dim=1)))


@pytest.mark.parametrize("step", [0, 3, 6])
def test_code_knows_every_step(step):
    encoder, _ = build()
    x = torch.randn(1, 21, requires_grad=True)
    encoder(x).sum().backward()
    assert (x.grad.unflatten(1, SHAPE)[0, step] != 0).all()


def test_sequences_backwards_have_another_code():
    encoder, _ = build()
    x = torch.randn(4, *SHAPE)
    forth, back = (encoder(rows.flatten(1)) for rows in (x, x.flip(1)))
    assert (forth - back).abs().min() > 1e-4


def test_steps_of_a_decoded_sequence_differ():
    _, decoder = build()
    steps = decoder(torch.zeros(1, 2)).unflatten(1, SHAPE)[0]
    assert (steps.diff(dim=0).abs() > 1e-4).all()


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_activation_is_that_of_the_feed_forward_parts(activation):
    for part in build((8, 4), activation=activation):
        kinds = [type(module) for module in part.modules()]
        assert kinds.count(ACTIVATIONS[activation]) >= 2


def test_training_and_use_are_the_same_function():
    encoder, _ = build()
    x = torch.randn(4, 21)
    x[1, 9:] = math.nan
    with torch.inference_mode():
        used = encoder.eval()(x)
    torch.testing.assert_close(encoder.train()(x), used)


@pytest.mark.parametrize("shape", [None, (21,), (1, 7, 3)])
def test_shape_that_is_no_sequence_is_refused(shape):
    with pytest.raises(ValueError, match="needs sample_shape=") as info:
        build(shape=shape)
    assert repr(shape) in str(info.value)


def test_no_layer_is_refused():
    with pytest.raises(ValueError, match=r"at least one of hidden_layer_sizes; got"):
        build(widths=())


def test_heads_that_do_not_divide_a_width_are_refused():
    with pytest.raises(ValueError, match=r"got 3 and \(6, 8\)"):
        build(widths=(6, 8), n_heads=3)


def test_sequences_that_end_start_at_pca_and_end_better(digits):
    train, test = (X.copy() for X in digits)
    for X, seed in ((train, 0), (test, 1)):  # the lower rows of some images are cut
        lengths = np.random.default_rng(seed).integers(4, 9, len(X))
        X[np.repeat(np.arange(8), 8) >= lengths[:, None]] = np.nan

    pca = PCA(4).fit(fill_with_means(train))
    filled = np.where(np.isnan(test), np.nanmean(train, axis=0), test)
    of_pca = pca.inverse_transform(pca.transform(filled))

    def fitted(max_iter):
        model = AutoencoderTransformer(
            4, network="attention", sample_shape=(8, 8), max_iter=max_iter
        )
        return model.set_params(random_state=0).fit(train)

    def error(reconstruction):
        return np.nanmean(np.square(reconstruction - test))

    start = fitted(max_iter=0).reconstruct(test)
    assert error(start) == pytest.approx(error(of_pca), rel=1e-3)
    assert error(fitted(max_iter=10).reconstruct(test)) < 0.8 * error(of_pca)
