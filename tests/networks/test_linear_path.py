"""The linear path against scikit-learn's PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from sk_autoencoder.networks import (
    Autoencoder,
    Deterministic,
    Poisson,
    bound_input,
    decode_to_features,
    encode_from_features,
    fade,
    start_linear,
)

N_SAMPLES, N_FEATURES, N_COMPONENTS = 30, 5, 2


class Constant(nn.Module):
    """A correction that gives one number."""

    def __init__(self, value, n_out):
        super().__init__()
        self.value = nn.Parameter(torch.full((n_out,), value, dtype=torch.float32))

    def forward(self, x):
        return self.value.expand(len(x), -1)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_SAMPLES, N_FEATURES)) @ rng.normal(size=(N_FEATURES,) * 2)
    return (X - X.mean(axis=0)).astype(np.float32)


def maps_of(pca):
    return Deterministic().at_pca(
        torch.as_tensor(pca.components_),
        torch.as_tensor(np.sqrt(pca.explained_variance_)),
        noise=np.sqrt(pca.noise_variance_),
    )


def started(maps, predictor=None, corrections=(0.0, 0.0), fills=False):
    """Return an autoencoder at linear maps, its corrections constants."""
    n_features = len(maps.to_features)
    module = Autoencoder(
        Constant(corrections[0], N_COMPONENTS), Constant(corrections[1], n_features)
    )
    start_linear(module, maps, predictor, fills)
    return module


def path(pca, *args, **kwargs):
    module = started(maps_of(pca), *args, **kwargs)
    return module.encoder, module.decoder


def log_of_counts():
    """Return what takes standardized reconstructions to logs of counts, off zero."""
    mean, scale = torch.arange(1.0, 6.0), torch.tensor([0.5, 1.0, 2.0, 3.0, 4.0])
    return Poisson().predictor(mean, scale)


def change_weights(module):
    with torch.no_grad():
        for weight in module.parameters():
            weight += 0.1 * torch.randn(
                weight.shape, generator=torch.Generator().manual_seed(0)
            )


def test_codes_at_the_start_are_those_of_pca(data):
    pca = PCA(N_COMPONENTS).fit(data)
    encoder, _ = path(pca)
    codes = encoder(torch.from_numpy(data)).detach()
    np.testing.assert_allclose(codes, pca.transform(data), atol=1e-5)


def test_reconstructions_at_the_start_are_those_of_pca(data):
    pca = PCA(N_COMPONENTS).fit(data)
    encoder, decoder = path(pca)
    reconstruction = decoder(encoder(torch.from_numpy(data))).detach()
    expected = pca.inverse_transform(pca.transform(data))
    np.testing.assert_allclose(reconstruction, expected, atol=1e-5)


def test_a_link_acts_on_the_reconstruction_before_it_is_corrected(data):
    pca = PCA(N_COMPONENTS).fit(data)
    predictor = log_of_counts()
    encoder, decoder = path(pca, predictor, corrections=(0.0, -3.0))
    output = decoder(encoder(torch.from_numpy(data))).detach()
    rebuilt = pca.inverse_transform(pca.transform(data))
    counts = np.arange(1.0, 6.0) + [0.5, 1.0, 2.0, 3.0, 4.0] * rebuilt
    expected = predictor(torch.from_numpy(rebuilt)) - 3
    np.testing.assert_allclose(output, expected, atol=1e-4)
    far = counts > np.arange(1.0, 6.0)
    assert far.mean() > 0.2
    np.testing.assert_allclose(output[far], np.log(counts[far]) - 3, atol=1e-3)


def test_corrections_are_added_that_of_the_code_in_units_of_its_deviations(data):
    pca = PCA(N_COMPONENTS).fit(data)
    rows = torch.from_numpy(data)
    plain_encoder, plain_decoder = path(pca)
    encoder, decoder = path(pca, corrections=(0.25, -3.0))
    codes = plain_encoder(rows)
    torch.testing.assert_close(encoder(rows), codes + 0.25 * codes.std(dim=0))
    torch.testing.assert_close(decoder(codes), plain_decoder(codes) - 3.0)


def test_the_correction_of_the_decoder_sees_codes_of_unit_variance(data):
    seen = []
    pca = PCA(N_COMPONENTS).fit(data)
    encoder, decoder = path(pca)
    correction = next(m for m in decoder.modules() if isinstance(m, Constant))
    correction.register_forward_hook(lambda module, args, output: seen.append(*args))
    decoder(encoder(torch.from_numpy(data)))
    expected = PCA(N_COMPONENTS, whiten=True).fit_transform(data)
    np.testing.assert_allclose(seen[0].detach(), expected, atol=1e-5)


def test_components_beyond_those_of_the_data_are_zero_and_change_nothing(data):
    pca = PCA(1).fit(data)
    components = torch.zeros(N_COMPONENTS, N_FEATURES, dtype=torch.float64)
    components[:1] = torch.as_tensor(pca.components_)
    deviations = torch.tensor([np.sqrt(pca.explained_variance_[0]), 1.0])
    module = started(Deterministic().at_pca(components, deviations, noise=0.1))
    encoder, decoder = module.encoder, module.decoder
    codes = encoder(torch.from_numpy(data)).detach()
    assert codes[:, 1].tolist() == [0.0] * N_SAMPLES
    expected = pca.inverse_transform(pca.transform(data))
    np.testing.assert_allclose(decoder(codes).detach(), expected, atol=1e-5)


def test_all_weights_train(data):
    encoder, decoder = path(PCA(N_COMPONENTS).fit(data))
    rows = torch.from_numpy(data)
    (decoder(encoder(rows)) - rows).pow(4).mean().backward()
    for module in (encoder, decoder):
        parameters = dict(module.named_parameters())
        names = {".".join(name.split(".")[-2:]) for name in parameters}
        assert names == {"linear.weight", "linear.bias", "correction.value"}
        for parameter in parameters.values():
            assert parameter.grad.abs().max() > 0


def test_the_path_owns_its_weights(data):
    pca = PCA(N_COMPONENTS).fit(data)
    before = pca.components_.copy()
    encoder, _ = path(pca)
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.add_(1.0)
    np.testing.assert_array_equal(pca.components_, before)


def test_a_trained_encoder_is_itself_within_bounds_and_adds_pca_beyond(data):
    pca = PCA(N_COMPONENTS).fit(data)
    module = started(maps_of(pca))
    free = module.encoder
    change_weights(free)
    low, high = torch.full((N_FEATURES,), -1.0), torch.full((N_FEATURES,), 0.5)
    bound_input(module, low, high, torch.as_tensor(pca.components_), fills=False)
    bounded = module.encoder
    rows = torch.from_numpy(data)
    inside = rows.clamp(low, high)
    torch.testing.assert_close(bounded(inside), free(inside))
    beyond = (rows - inside).numpy() @ pca.components_.T
    assert np.abs(beyond).max() > 1
    expected = free(inside).detach().numpy() + beyond
    np.testing.assert_allclose(bounded(rows).detach(), expected, atol=1e-5)


@pytest.mark.parametrize("predictor", [None, log_of_counts()])
def test_a_trained_decoder_is_itself_within_bounds_and_goes_over_to_pca_beyond(
    data, predictor
):
    pca = PCA(N_COMPONENTS).fit(data)
    bounds = torch.tensor([-1.0, -0.5]), torch.tensor([0.5, 1.0])
    module = started(maps_of(pca), predictor)
    free = module.decoder
    change_weights(free)
    deviations = torch.as_tensor(pca.explained_variance_).sqrt()
    start_map = maps_of(pca).frozen(predictor)[1]
    low, high = (deviations * bound for bound in bounds)
    fade(module, low, high, 1 / deviations, start_map)
    bounded = module.decoder
    whitened = torch.tensor([[0.4, 0.9], [0.5, 3.0], [-7.0, 1.0], [1000.0, 0.0]])
    inside = whitened.clamp(*bounds)

    def start(whitened):
        codes = (whitened * deviations).numpy()
        rebuilt = pca.inverse_transform(codes) - pca.mean_
        if predictor is None:
            return rebuilt
        return predictor(torch.from_numpy(rebuilt).float()).numpy()

    difference = free(inside * deviations).detach().numpy() - start(inside)
    # What lies beyond: nothing, 2 of one component, 6 and 999.5 of the other.
    share = np.array([[1.0], [1 / (1 + 4)], [1 / (1 + 36)], [1 / (1 + 999.5**2)]])
    expected = start(whitened) + share * difference
    output = bounded(whitened * deviations).detach()
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-4)
    assert np.abs(difference).min(axis=1).max() > 0.01


def test_maps_in_axes_are_the_same_maps_of_coordinates(data):
    maps = maps_of(PCA(N_COMPONENTS).fit(data.astype(np.float64)))
    axes = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64)).Q
    rotated = maps.in_axes(axes)
    rows = torch.from_numpy(data).double()
    codes = rows @ maps.to_code.T
    torch.testing.assert_close(rows @ axes.T @ rotated.to_code.T, codes)
    torch.testing.assert_close(
        codes @ rotated.to_features.T @ axes, codes @ maps.to_features.T
    )


def test_frozen_maps_are_those_of_the_path(data):
    maps = maps_of(PCA(N_COMPONENTS).fit(data))
    module = started(maps, log_of_counts())
    encoder, decoder = module.encoder, module.decoder
    frozen_encoder, frozen_decoder = maps.frozen(log_of_counts())
    codes = encoder(torch.from_numpy(data))
    torch.testing.assert_close(frozen_encoder(torch.from_numpy(data)), codes)
    torch.testing.assert_close(frozen_decoder(codes), decoder(codes))
    assert not list(frozen_encoder.parameters())
    torch.testing.assert_close(maps.encode(torch.from_numpy(data)), codes)


def test_a_network_of_coordinates_becomes_the_same_of_the_features(data):
    axes = torch.linalg.qr(torch.randn(5, 3)).Q.T
    maps = maps_of(PCA(N_COMPONENTS).fit(data)).in_axes(axes)
    module = started(maps, corrections=(0.2, 0.3))
    rows = torch.from_numpy(data)
    inside = module(rows @ axes.T)
    trained = list(module.parameters())
    encode_from_features(module, axes)
    decode_to_features(module, axes)
    torch.testing.assert_close(module(rows).code, inside.code)
    torch.testing.assert_close(module(rows).output, inside.output @ axes)
    assert all(a is b for a, b in zip(module.parameters(), trained, strict=True))


def test_what_is_missing_is_the_mean_to_the_linear_path(data):
    module = started(maps_of(PCA(N_COMPONENTS).fit(data)), fills=True)
    rows = torch.from_numpy(data)
    low, high = torch.full((2, N_FEATURES), 0.1) * torch.tensor([[-1.0], [1.0]])
    bound_input(module, low, high, torch.ones(N_COMPONENTS, N_FEATURES), fills=True)
    missing = rows.clone()
    missing[:, 2] = torch.nan
    rows[:, 2] = 0
    torch.testing.assert_close(module.encoder(missing), module.encoder(rows))
