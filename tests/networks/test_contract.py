"""What every registered network, bottleneck and part must do."""

# SPDX-License-Identifier: BSD-3-Clause

import math
import re

import numpy as np
import pytest
import torch
from sklearn.base import clone

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.networks import (
    ACTIVATIONS,
    BOTTLENECKS,
    CORRUPTIONS,
    LOSSES,
    NETWORKS,
    Attention,
    Autoencoder,
    Conv,
    Deterministic,
    GaussianNoise,
    Huber,
    Quantized,
    Sizes,
    Sparse,
    SwapNoise,
    Variational,
    start_linear,
)
from sk_autoencoder.scoring import SCORINGS, Neighbors

N_SAMPLES, N_FEATURES, N_COMPONENTS = 9, 8, 2
PARTS = [
    *(("bottleneck", part) for _, part in sorted(BOTTLENECKS.items())),
    *(("corruption", part) for _, part in sorted(CORRUPTIONS.items())),
    *(("loss", part) for _, part in sorted(LOSSES.items())),
    *(("network", part) for _, part in sorted(NETWORKS.items())),
]

each_network = pytest.mark.parametrize("name", sorted(NETWORKS))
each_padded_network = pytest.mark.parametrize(
    "name", [name for name, family in sorted(NETWORKS.items()) if family.pads]
)
each_part = pytest.mark.parametrize(("parameter", "part"), PARTS)


def normal(seed, *shape, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=dtype)


# ----------------------------------------------------------------------- networks


def build(name, activation="silu", start_at_zero=False, n_outputs=N_COMPONENTS):
    torch.manual_seed(0)
    family = NETWORKS[name]()
    widths = family.hidden_layer_sizes(N_FEATURES)
    shape = family.example_shape(N_FEATURES)
    sizes = Sizes(N_FEATURES, n_outputs, N_COMPONENTS, shape)
    return family.build(sizes, widths, activation, start_at_zero)


@each_network
def test_network_maps_rows_to_codes_and_back(name):
    encoder, decoder = build(name)
    codes = encoder(normal(0, N_SAMPLES, N_FEATURES, dtype=torch.float32))
    assert codes.shape == (N_SAMPLES, N_COMPONENTS)
    assert decoder(codes).shape == (N_SAMPLES, N_FEATURES)


@each_network
def test_network_tells_rows_apart_unless_it_starts_at_zero(name):
    encoder, decoder = build(name)
    assert encoder(normal(0, 2, N_FEATURES, dtype=torch.float32)).std(dim=0).min() > 0
    assert decoder(normal(0, 2, N_COMPONENTS, dtype=torch.float32)).std(dim=0).min() > 0


@each_network
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_network_that_starts_at_zero_is_exactly_zero_and_can_leave_it(name, activation):
    inputs = normal(0, N_SAMPLES, N_FEATURES, dtype=torch.float32)
    parts = build(name, activation, start_at_zero=True)
    for part, rows in zip(parts, (inputs, inputs[:, :N_COMPONENTS]), strict=True):
        output = part(rows)
        assert output.abs().max() == 0.0
        (output - 1.0).square().sum().backward()
        with torch.no_grad():
            for weight in part.parameters():
                weight -= 1e-3 * weight.grad
            assert (part(rows) > 0).all()


@each_network
def test_corrections_of_the_linear_path_learn(name):
    rows = normal(0, 50, N_FEATURES, dtype=torch.float32)
    axes = torch.eye(N_COMPONENTS, N_FEATURES)
    corrections = build(name, start_at_zero=True)
    maps = Deterministic().at_pca(axes, torch.ones(N_COMPONENTS), noise=0.1)
    module = Autoencoder(*corrections)
    start_linear(module, maps, None, fills=False)
    start = module(rows).output
    torch.testing.assert_close(start, rows * axes.sum(dim=0))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05)
    for _ in range(20):
        optimizer.zero_grad()
        (module(rows).output - rows).square().mean().backward()
        optimizer.step()
    for correction, inputs in zip(
        corrections, (rows, rows[:, :N_COMPONENTS]), strict=True
    ):
        assert correction(inputs).abs().mean() > 1e-4


@each_network
def test_network_has_default_widths_that_are_whole_numbers(name):
    for n_features in (1, 10, 2000):
        widths = NETWORKS[name]().hidden_layer_sizes(n_features)
        assert isinstance(widths, tuple)
        assert all(isinstance(width, int) and width >= 1 for width in widths)


@each_network
def test_encoder_gives_as_many_numbers_as_the_bottleneck_needs(name):
    encoder, decoder = build(name, n_outputs=5)
    assert encoder(normal(0, 3, N_FEATURES, dtype=torch.float32)).shape == (3, 5)
    assert decoder(torch.ones(3, N_COMPONENTS)).shape == (3, N_FEATURES)


@each_network
def test_row_is_encoded_as_if_it_were_alone(name):
    parts = build(name)
    rows = normal(0, N_SAMPLES, N_FEATURES, dtype=torch.float32)
    for part, inputs in zip(parts, (rows, rows[:, :N_COMPONENTS]), strict=True):
        alone = torch.cat([part(inputs[[row]]) for row in range(N_SAMPLES)])
        torch.testing.assert_close(part(inputs), alone)


def padded(name, lengths):
    """Return sequences that end after some steps."""
    rows = normal(0, len(lengths), N_FEATURES, dtype=torch.float32)
    n_steps, n_channels = NETWORKS[name]().example_shape(N_FEATURES)
    step = torch.arange(n_steps).repeat_interleave(n_channels)
    return rows.where(step < torch.tensor(lengths)[:, None], torch.nan)


@each_padded_network
def test_sequence_that_ends_is_encoded_as_if_it_were_alone(name):
    encoder, _ = build(name)
    rows = padded(name, [4, 1, 3, 4, 2])
    codes = encoder(rows)
    assert codes.isfinite().all()
    alone = torch.cat([encoder(rows[[row]]) for row in range(len(rows))])
    torch.testing.assert_close(codes, alone)
    whole = rows[[0, 3]]
    torch.testing.assert_close(codes[[0, 3]], encoder(whole))


@each_padded_network
def test_sequence_that_ends_does_not_go_on_with_the_mean(name):
    encoder, _ = build(name)
    rows = padded(name, [1, 2, 3])
    assert (encoder(rows) - encoder(rows.nan_to_num())).abs().min() > 1e-4


@each_padded_network
def test_gradients_of_sequences_that_end_are_finite(name):
    encoder, decoder = build(name)
    rows = padded(name, [4, 1, 3, 2])
    output = decoder(encoder(rows))
    known = ~rows.isnan()
    (output - rows.nan_to_num()).square()[known].mean().backward()
    for part in (encoder, decoder):
        for weight in part.parameters():
            assert weight.grad.isfinite().all()


# -------------------------------------------------------------------------- parts


@each_part
def test_part_is_cloned_to_an_equal_one(parameter, part):
    copy = clone(part())
    assert copy == part()
    assert type(copy) is part


@each_part
def test_part_shows_its_parameters_in_its_repr(parameter, part):
    shown = [f"{name}={value!r}" for name, value in part().get_params().items()]
    assert repr(part()) == f"{part.__name__}({', '.join(shown)})"


@each_part
def test_parameters_of_a_part_are_reached_through_the_estimator(parameter, part):
    estimator = AutoencoderTransformer(**{parameter: part()})
    for name, value in part().get_params().items():
        path = f"{parameter}__{name}"
        assert estimator.get_params()[path] == value
        marker = object()
        estimator.set_params(**{path: marker})
        assert getattr(getattr(estimator, parameter), name) is marker
    with pytest.raises(ValueError, match="Invalid parameter 'no_such_thing'"):
        estimator.set_params(**{f"{parameter}__no_such_thing": 1})


FIELDS = [
    (parameter, part, name)
    for parameter, part in [*PARTS, *(("scoring", part) for part in SCORINGS.values())]
    for name in part().get_params()
]
each_field = pytest.mark.parametrize(("parameter", "part", "name"), FIELDS)


def never_built(n_features, n_components):
    raise AssertionError("the network was built")


@each_field
@pytest.mark.parametrize("value", [-1, math.nan, True, "much", None, [1]])
def test_value_that_cannot_be_is_refused_before_training(parameter, part, name, value):
    params = {"network": never_built, parameter: part(**{name: value})}
    estimator = AutoencoderOutlierDetector(**params)
    with pytest.raises(ValueError, match=f"'{name}' parameter of {part.__name__}") as e:
        estimator.fit(np.eye(9, N_FEATURES))
    assert repr(value) in str(e.value)
    assert not hasattr(estimator, "n_features_in_")


@pytest.mark.parametrize(
    "part",
    [
        Attention(n_heads=0),
        Attention(n_heads=2.0),
        Conv(kernel_size=0),
        Conv(kernel_size=2),
        GaussianNoise(std=math.inf),
        Huber(delta=0.0),
        Neighbors(n_estimators=0),
        Quantized(n_codes=0),
        Quantized(commitment=math.inf),
        Sparse(strength=math.inf),
        SwapNoise(fraction=1.1),
        Variational(beta=math.inf),
        Variational(n_importance_samples=2.5),
    ],
)
def test_value_just_beyond_its_range_is_refused(part):
    with pytest.raises(ValueError, match=rf"(?i){type(part).__name__}.*got"):
        part.check()


@pytest.mark.parametrize(
    ("params", "path", "remedy"),
    [
        ({"bottleneck": "variational"}, "bottleneck__beta", "bottleneck=Variational("),
        ({}, "bottleneck__beta", "bottleneck=Deterministic("),
        ({"scoring": "neighbors"}, "scoring__n_estimators", "scoring=Neighbors("),
        ({"loss": "huber"}, "loss__delta", "loss=Huber("),
    ],
)
def test_field_of_a_name_is_refused_with_the_part_to_pass(params, path, remedy):
    estimator = AutoencoderOutlierDetector(**params)
    before = estimator.get_params()
    with pytest.raises(ValueError, match=re.escape(f"Pass {remedy}")):
        estimator.set_params(max_iter=3, **{path: 1})
    assert estimator.get_params() == before


def test_part_and_its_field_may_be_set_at_once():
    estimator = AutoencoderTransformer(bottleneck="sparse")
    estimator.set_params(bottleneck=Variational(), bottleneck__beta=3.0)
    assert estimator.bottleneck == Variational(beta=3.0)
