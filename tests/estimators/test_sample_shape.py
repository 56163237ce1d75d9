"""Networks for samples with a shape: images, signals and sequences."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.metrics import reconstruction_r2
from sk_autoencoder.networks import NETWORKS

EXAMPLES = {name: NETWORKS[name]().example_shape(64) for name in sorted(NETWORKS)}
SHAPED = [
    ("conv", (1, 8, 8)),
    *((name, shape) for name, shape in EXAMPLES.items() if shape is not None),
]
each_shape = pytest.mark.parametrize(("network", "shape"), SHAPED)


@pytest.fixture(scope="module")
def digits():
    X = load_digits().data
    return X[:1000], X[1000:]


def shaped(network, shape, n_components=4, **params):
    return AutoencoderTransformer(
        n_components, network=network, sample_shape=shape, random_state=0, **params
    )


@each_shape
def test_every_network_starts_at_pca(digits, network, shape):
    train, test = digits
    pca = PCA(4).fit(train)
    model = shaped(network, shape, max_iter=0).fit(train)
    codes = pca.transform(test)
    assert_allclose(np.abs(model.transform(test)), np.abs(codes), atol=1e-2)
    assert_allclose(model.reconstruct(test), pca.inverse_transform(codes), atol=1e-2)


@each_shape
def test_training_improves_on_pca(digits, network, shape):
    train, test = digits
    model = shaped(network, shape, max_iter=20).fit(train)
    pca = PCA(4).fit(train)
    assert reconstruction_r2(model, test) > reconstruction_r2(pca, test) + 0.1


@pytest.mark.rounding
@each_shape
def test_samples_may_come_in_their_shape(digits, network, shape):
    rows = digits[0][:100]
    samples = rows.reshape(-1, *shape)
    model = shaped(network, shape, max_iter=2)
    of_rows, of_samples = model.fit_transform(rows), model.fit_transform(samples)
    assert_array_equal(of_rows, of_samples)
    assert_array_equal(model.transform(samples.tolist()), of_rows)
    assert_array_equal(model.transform(samples), model.transform(rows))
    assert_array_equal(model.reconstruct(samples), model.reconstruct(rows))
    assert_array_equal(model.score_samples(samples), model.score_samples(rows))
    model.set_params(sample_shape=(2, 4, 8))  # has no effect before the next fit
    assert_array_equal(model.transform(samples), model.transform(rows))


def test_samples_in_another_shape_are_refused(digits):
    samples = digits[0][:100].reshape(-1, 1, 4, 16)
    model = shaped("conv", (1, 8, 8), max_iter=0)
    with pytest.raises(ValueError, match=r"shape \(1, 4, 16\); sample_shape is \(1, 8"):
        model.fit(samples)
    model.fit(digits[0])
    with pytest.raises(ValueError, match=r"shape \(1, 4, 16\); sample_shape is \(1, 8"):
        model.transform(samples)


@pytest.mark.parametrize("shape", [(1, 8, 9), (8.0, 8), (-8, -8), [[8, 8]], 64, ()])
def test_shape_that_is_not_that_of_the_rows_is_refused(digits, shape):
    model = shaped("dense", shape)
    with pytest.raises(ValueError, match="sample_shape") as info:
        model.fit(digits[0][:50])
    assert repr(shape) in str(info.value)
    assert not hasattr(model, "net_")


def test_warm_start_needs_the_same_shape(digits):
    model = shaped("conv", (1, 8, 8), max_iter=1, warm_start=True).fit(digits[0][:99])
    model.set_params(sample_shape=(1, 64))
    with pytest.raises(ValueError, match=r"sample_shape was \(1, 8, 8\); got \(1, 64"):
        model.fit(digits[0][:99])
