"""What families say of their size, against what torch counts."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from sk_autoencoder.networks import NETWORKS, Conv, Custom, Dense, Recurrent, Sizes

N_ROWS = 64

FAMILIES = [
    *(family() for _, family in sorted(NETWORKS.items())),
    Recurrent(cell="lstm"),
    Conv(kernel_size=5),
]
WIDTHS = [None, (8,), (48, 24), (24, 48, 8)]

each_family = pytest.mark.parametrize("family", FAMILIES, ids=repr)
each_widths = pytest.mark.parametrize("widths", WIDTHS, ids=str)


def built(family, widths, n_features=48, shape=None):
    """Return sizes, widths and modules of a family."""
    torch.manual_seed(0)
    shape = shape or family.example_shape(n_features)
    widths = family.hidden_layer_sizes(n_features) if widths is None else widths
    sizes = Sizes(n_features, n_outputs=4, n_components=3, sample_shape=shape)
    return sizes, widths, family.build(sizes, widths, "gelu", start_at_zero=False)


def inputs(sizes):
    return torch.randn(N_ROWS, sizes.n_features), torch.randn(
        N_ROWS, sizes.n_components
    )


def counted(parts, sizes):
    """Return the multiplications of a row: torch counts an addition for each."""
    in_pieces = (  # what torch has as one operation it does not count
        torch.backends.mkldnn.flags(enabled=False),
        sdpa_kernel(SDPBackend.MATH),
    )
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        with in_pieces[0], in_pieces[1]:
            for part, x in zip(parts, inputs(sizes), strict=True):
                part(x)
    return counter.get_total_flops() / 2 / N_ROWS


def peak(part, x):
    """Return the most numbers that a forward pass adds to memory at a time."""
    with torch.inference_mode():
        part(x)  # what is allocated once
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as log:
            part(x)
    now = most = 0
    events = log.profiler.kineto_results.events()
    for event in sorted(events, key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            now += event.nbytes()
            most = max(most, now)
    assert most > 0
    return most / 4


@pytest.mark.parametrize("name", sorted(NETWORKS))
@pytest.mark.parametrize("n_features", [1, 7, 24])
def test_example_shape_is_one_of_as_many_features(name, n_features):
    shape = NETWORKS[name]().example_shape(n_features)
    assert shape is None or math.prod(shape) == n_features


@each_family
@each_widths
@pytest.mark.filterwarnings("ignore:TF32")
def test_multiplications_are_those_that_torch_counts(family, widths):
    sizes, widths, parts = built(family, widths)
    expected = counted(parts, sizes)
    assert family.multiplications(sizes, widths) == pytest.approx(expected, rel=0.02)


@pytest.mark.filterwarnings("ignore:TF32")
def test_multiplications_of_images_count_every_position():
    sizes, widths, parts = built(Conv(), None, 784, (1, 28, 28))
    assert Conv().multiplications(sizes, widths) == counted(parts, sizes)
    assert 256 * Conv().multiplications(sizes, widths) == pytest.approx(286e6, rel=0.01)


@each_family
@each_widths
@pytest.mark.parametrize("n_features", [48, 128])
def test_no_pass_holds_more_than_it_should(family, widths, n_features):
    sizes, widths, parts = built(family, widths, n_features)
    bound = family.activations_per_row(sizes, widths)
    weights = sum(weight.numel() for part in parts for weight in part.parameters())
    held = [peak(part, x) for part, x in zip(parts, inputs(sizes), strict=True)]
    assert max(held) <= 1.2 * N_ROWS * bound + 2 * weights
    assert max(held) >= N_ROWS * bound / 3  # and blocks are not smaller than need be


def test_convolutions_of_channels_in_two_dimensions_hold_no_more_than_they_should():
    sizes, widths, parts = built(Conv(), (48, 24), 768, (3, 16, 16))
    bound = Conv().activations_per_row(sizes, widths)
    for part, x in zip(parts, inputs(sizes), strict=True):
        assert peak(part, x) <= 1.05 * N_ROWS * bound


class Own(nn.Module):
    """A convolution to more channels than there are features, and a line back."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Unflatten(1, (1, n_features)),
            nn.Conv1d(1, 32, 3, padding=1),
            nn.Flatten(),
            nn.Linear(32 * n_features, n_components + 1),
        )
        self.decoder = nn.Linear(n_components, n_features, bias=False)


def test_modules_of_a_user_are_measured_once_they_are_built():
    family = Custom(Own)
    sizes, widths, parts = built(family, None)
    expected = 32 * 48 * 3 + 32 * 48 * 4 + 3 * 48
    assert family.multiplications(sizes, widths, parts) == expected
    held = family.activations_per_row(sizes, widths, parts)
    assert held == 48 + 2 * 32 * 48  # the row; a flattened layer and its own copy
    assert all(not module._forward_hooks for part in parts for module in part.modules())


def test_modules_of_a_user_are_taken_for_linear_before():
    family, sizes = Custom(Own), Sizes(48, 4, 3)
    assert family.multiplications(sizes, ()) == 48 * (4 + 3)
    assert family.activations_per_row(sizes, ()) == 48 + 4


def test_multiplications_do_not_count_the_weights_of_the_users_modules_less_than_once():
    """Where torch does not count an operation, as in some recurrent layers."""

    class Elementwise(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(48))

        def forward(self, x):
            return x * self.weight

    parts = Elementwise(), nn.Linear(3, 48, bias=False)
    sizes = Sizes(48, 48, 3)
    assert Custom(Own).multiplications(sizes, (), parts) == 48 + 3 * 48


def test_dense_layers_multiply_by_each_weight_once():
    sizes = Sizes(6, 3, 2)
    assert Dense().multiplications(sizes, (5, 4)) == 6 * 5 + 20 + 12 + 8 + 20 + 30
    assert Dense().activations_per_row(sizes, (5, 4)) == 6 + 2 * 5
