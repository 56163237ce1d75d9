"""Sequences: their shape, and what tells a network the time."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest
import torch

from sk_autoencoder.networks._sequences import N_TIME, sequence_shape, time_of_steps


@pytest.mark.parametrize(
    ("n_features", "shape"),
    [(1, (1, 1)), (7, (7, 1)), (8, (4, 2)), (48, (8, 6)), (64, (8, 8))],
)
def test_example_has_no_more_channels_than_steps(n_features, shape):
    assert sequence_shape(n_features) == shape


def test_no_two_steps_of_a_long_sequence_have_the_same_time():
    time = time_of_steps(500)
    assert time.shape == (500, N_TIME)
    assert time.abs().max() <= 1
    assert torch.pdist(time).min() > 1e-3
