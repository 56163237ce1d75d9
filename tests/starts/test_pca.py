"""Where training starts, and that its coordinates do not show."""

# SPDX-License-Identifier: BSD-3-Clause

import copy

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.decomposition import PCA
from torch import nn

from sk_autoencoder.data import Standardizer
from sk_autoencoder.model import Spec
from sk_autoencoder.networks import (
    Autoencoder,
    Clean,
    Dense,
    Deterministic,
    GaussianNoise,
    MaskingNoise,
    ReconstructionLoss,
    SquaredError,
)
from sk_autoencoder.starts import PCAStart, RotatedPCAStart, start_at_pca
from sk_autoencoder.starts._guard import trusted_range

DEVIATIONS = [4.0, 2.0, 1.0, 0.5, 0.01, 0.005]


@pytest.fixture
def Z():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    X = rng.uniform(-1.7, 1.7, size=(60, 6)) @ np.diag(DEVIATIONS) @ axes
    return X - X.mean(axis=0)


class InFeatures(Dense):
    """The dense family where it is kept in the coordinates of the features."""

    rotates = False


def start(Z, n_components, rotates, corruption=None):
    """Return the start at data that are taken as they are."""
    d = Z.shape[1]
    spec = Spec(
        n_features=d,
        n_components=n_components,
        network=Dense() if rotates else InFeatures(),
        sample_shape=None,
        hidden_layer_sizes=(7,),
        activation="tanh",
        bottleneck=Deterministic(),
        loss=SquaredError(),
        scale=False,
        init="pca",
    )
    standardizer = Standardizer(np.zeros(d), np.ones(d))
    criterion = ReconstructionLoss(SquaredError(), *standardizer.as_tensors(float))
    return start_at_pca(Z, spec, standardizer, criterion, corruption or Clean(), 0)


def finished(start, at_zero=True):
    """Return the network that is trained, and then the same for the features.

    Where it is not to start at zero, weights are changed in between.
    """
    torch.manual_seed(0)
    module = start.wrap(start.spec.build(start.n_inputs)).eval()
    if not at_zero:
        with torch.no_grad():
            for weight in module.parameters():
                weight += 0.3 * torch.randn(weight.shape)
    inside = copy.deepcopy(module)
    return inside, start.serve(module)


@pytest.mark.rounding
@pytest.mark.parametrize("rotates", [False, True])
@pytest.mark.parametrize("n_components", [1, 2, 4, 8])
def test_the_start_is_pca_in_the_features(Z, n_components, rotates):
    pca = PCA(min(n_components, 6)).fit(Z)
    _, module = finished(start(Z, n_components, rotates))
    output, codes, _ = module(torch.from_numpy(Z).float())
    expected = pca.transform(Z)
    assert_allclose(codes.detach()[:, :6], expected, atol=1e-4)
    assert_allclose(codes.detach()[:, 6:], 0)
    assert_allclose(output.detach(), pca.inverse_transform(expected), atol=1e-4)


def test_negligible_axes_are_left_out_where_coordinates_do_not_matter(Z):
    rotated = start(Z, 2, rotates=True)
    assert isinstance(rotated, RotatedPCAStart)
    assert rotated.n_axes == 4  # the others have 1e-4 of what two components leave
    assert_allclose(rotated.prepare(Z), PCA(4).fit_transform(Z), atol=1e-8)
    plain = start(Z, 2, rotates=False)
    assert type(plain) is PCAStart
    assert plain.n_axes is None


@pytest.mark.rounding
def test_rows_are_rotated_alike_however_many_they_are(Z):
    """A product in single precision would be off by many units in the last place, and
    by others in a block of other size."""
    rotated = start(Z, 2, rotates=True)
    rows = Z.astype(np.float32)
    expected = rows.astype(np.float64) @ rotated.axes.T
    eps = np.finfo(np.float32).eps
    for size in (1, 7, 60):
        out = np.empty((60, 4), dtype=np.float32)
        for i in range(0, 60, size):
            rotated.prepare(rows[i : i + size], out=out[i : i + size])
        assert_allclose(out, expected, rtol=eps, atol=1e-14)


def test_only_noise_that_is_the_same_in_all_coordinates_is_trained_against_in_axes(Z):
    assert type(start(Z, 2, True, GaussianNoise(0.1))) is RotatedPCAStart
    assert type(start(Z, 2, True, MaskingNoise())) is PCAStart


def test_noise_that_is_trained_against_is_within_the_bounds(Z):
    low, high = start(Z, 2, True, GaussianNoise(10.0)).bounds
    without = trusted_range(Z)
    assert (low < without[0] - 10).all()
    assert (high > without[1] + 10).all()


def test_features_are_kept_where_nearly_all_axes_matter(Z):
    assert type(start(Z, 5, rotates=True)) is PCAStart


def test_data_in_a_subspace_are_trained_in_it(Z):
    Z = np.hstack([Z[:, :2], 2 * Z[:, :2]])
    assert start(Z, 1, rotates=True).n_axes == 2
    assert start(np.zeros((9, 3)), 2, rotates=True).n_axes == 2


def test_a_trained_network_is_the_same_map_in_the_features(Z):
    """Corrections that are not zero: the rotation must go through all of them."""
    rotated = start(Z, 2, rotates=True)
    inside, module = finished(rotated, at_zero=False)
    output, codes, _ = module(torch.from_numpy(Z).float())
    coordinates = torch.from_numpy(rotated.prepare(Z)).float()
    expected = inside(coordinates)
    assert_allclose(codes.detach(), expected.code.detach(), atol=1e-4)
    assert_allclose(
        output.detach(), expected.output.detach().numpy() @ rotated.axes, atol=1e-4
    )


@pytest.mark.rounding
def test_the_loss_in_the_axes_is_that_of_the_features(Z):
    rotated = start(Z, 2, rotates=True)
    inside, module = finished(rotated, at_zero=False)
    coordinates = torch.from_numpy(rotated.prepare(Z)).float()
    X = torch.from_numpy(Z).float()
    expected = (module(X).output - X).square().mean()
    output = inside(coordinates).output
    loss = rotated.criterion(output, coordinates, reduction="mean")
    assert_allclose(loss.detach(), expected.detach(), rtol=1e-5)
    rows = rotated.criterion(output, coordinates)
    assert rows.shape == (60,)
    assert_allclose(rows.mean().detach(), expected.detach(), rtol=1e-5)


class Sees(nn.Module):
    """A correction of nothing that remembers what it saw."""

    def __init__(self, n_outputs):
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(n_outputs))

    def forward(self, x):
        self.seen = x.detach()
        return self.nothing.expand(len(x), -1)


def see(Z, rotates, rows, n_components=2):
    """Return the start, codes, and what the networks see of some rows."""
    begun = start(Z, n_components, rotates)
    encoder, decoder = Sees(n_components), Sees(begun.n_inputs)
    bottleneck = begun.spec.build().bottleneck
    module = begun.serve(begun.wrap(Autoencoder(encoder, decoder, bottleneck)))
    codes = module(torch.from_numpy(rows)).code.detach()
    return begun, codes, encoder.seen, decoder.seen


def lower_median(X):
    """Return the median, of an even number of values the lower one of the two."""
    return np.quantile(X, 0.5, axis=0, method="lower")


@pytest.mark.parametrize("rotates", [False, True])
def test_the_networks_see_what_lies_half_as_far_again_as_the_data_at_most(Z, rotates):
    far = np.array([[1e3, -1e3, 0.0, 0.1, 1e3, 0.0]], dtype=np.float32)
    begun, codes, of_encoder, of_decoder = see(Z, rotates, far)
    pca = PCA(2).fit(Z)
    assert_allclose(codes, pca.transform(far), rtol=1e-4)
    middle = lower_median(Z)
    low, high = (1.5 * ends - 0.5 * middle for ends in (Z.min(axis=0), Z.max(axis=0)))
    assert_allclose(of_encoder, begun.prepare(np.clip(far, low, high)), rtol=1e-4)
    whitened = pca.transform(Z) / np.sqrt(pca.explained_variance_)
    ends = np.where(codes.numpy()[0] > 0, whitened.max(axis=0), whitened.min(axis=0))
    expected = 1.5 * ends - 0.5 * lower_median(whitened)
    assert_allclose(of_decoder[0], expected, rtol=1e-4)


@pytest.mark.parametrize("rotates", [False, True])
@pytest.mark.parametrize(("factor", "seen"), [(2.5, 2.5), (100, 4.5)])
def test_the_networks_see_rare_values_but_not_how_far_wild_ones_lie(
    rotates, factor, seen
):
    """Also where both are told by a half of the rows."""
    rng = np.random.default_rng(0)
    Z = rng.uniform(-1, 1, size=(20_000, 4)) * [4, 1, 0.001, 0.001]
    Z[:10] = factor * np.array([4, 1, 0.001, 0.001])
    Z[:10:2] *= -1
    Z[:10:3, 1] *= -1
    Z -= Z.mean(axis=0)
    begun, codes, of_encoder, _ = see(Z, rotates, Z[:10].astype(np.float32))
    expected = begun.prepare(Z[:10] * seen / factor)
    assert_allclose(of_encoder[:, :2], expected[:, :2], rtol=0.02)
    expected = PCA(2).fit(Z).transform(Z[:10])
    assert_allclose(np.abs(codes.numpy()), np.abs(expected), rtol=1e-3)


def test_the_decoder_sees_components_that_only_the_network_has(Z):
    Z = np.hstack([Z[:, :2], 2 * Z[:, :2]])  # of rank 2
    begun = start(Z, 3, rotates=False)
    inside, module = finished(begun, at_zero=False)
    X = torch.from_numpy(Z).float()
    codes = inside.encoder(X)
    assert codes[:, 2].std() > 0.01
    middle = (codes[:, 2] - codes[:, 2].median()).abs().argsort()[:30]
    expected = inside.decoder(codes).detach()[middle]
    assert_allclose(module.decoder(codes).detach()[middle], expected, atol=1e-5)


@pytest.mark.parametrize("rotates", [False, True])
def test_an_optimizer_keeps_its_hold_of_the_weights(Z, rotates):
    begun = start(Z, 2, rotates)
    module = begun.wrap(begun.spec.build(begun.n_inputs))
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
    rows = torch.from_numpy(begun.prepare(Z)).float()
    begun.criterion(module(rows).output, rows, reduction="mean").backward()
    optimizer.step()
    served = begun.serve(module)
    held = {
        id(weight) for group in optimizer.param_groups for weight in group["params"]
    }
    assert held == {id(weight) for weight in served.parameters()}
    X = torch.from_numpy(Z).float()
    before = (served(X).output - X).square().mean()
    for _ in range(20):
        optimizer.zero_grad()
        (served(X).output - X).square().mean().backward()
        optimizer.step()
    assert (served(X).output - X).square().mean() < before


@pytest.mark.parametrize("factor", [np.nan, np.inf, 1e30])
def test_rows_that_corruption_spoils_tell_nothing_of_the_bounds(Z, factor):
    class Spoil(Clean):
        def corrupt(self, x, known=None, generator=None):
            return x * factor

    spoiled = start(Z, 2, False, Spoil())
    assert_allclose(spoiled.bounds, trusted_range(Z))
