"""Between which values a network is trusted, worked out by hand."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.starts._guard import trusted_range


def columns(*values, dtype=np.float64):
    """Return columns in an order that tells nothing."""
    X = np.column_stack(values).astype(dtype)
    return np.random.default_rng(0).permutation(X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_is_trusted_half_as_far_again_from_the_median_as_values_lie(dtype):
    n = 2001
    steps = np.linspace(-1, 3, n)  # around 1
    ties = np.repeat([0.0, 2.0, 3.0], [600, 1400, 1])  # around 2
    constant = np.full(n, 5.0)
    low, high = trusted_range(columns(steps, ties, constant, dtype=dtype))
    assert low.dtype == high.dtype == dtype
    assert_array_equal(low, [-2, -1, 5])
    assert_array_equal(high, [4, 3.5, 5])


@pytest.mark.parametrize(
    ("farthest", "end"), [(50, 75), (300, 450), (300.5, 450), (1e30, 450)]
)
def test_of_wild_values_three_times_the_tail_counts(farthest, end):
    """Of 3,001 values ten are the tail: here those at 100, and one other."""
    common = np.repeat([-1.0, 0.0, 1.0], [997, 997, 997])
    far = [*np.minimum([100] * 9, farthest), farthest]
    X = columns(np.append(common, far), np.append(common, np.negative(far)))
    low, high = trusted_range(X)
    assert_array_equal(low, [-1.5, -end])
    assert_array_equal(high, [end, 1.5])


def test_nothing_is_wild_where_the_tail_is_at_the_median():
    """Of 10,000 values 30 are the tail: the 29 that are not zero are fewer."""
    rare, wild, negative = np.zeros((3, 10_000))
    rare[:29] = 1
    wild[:2] = [1, 1e6]
    negative[:29] = -3
    low, high = trusted_range(columns(rare, wild, negative))
    assert_array_equal(low, [0, 0, -4.5])
    assert_array_equal(high, [1.5, 1.5e6, 0])


@pytest.mark.parametrize("n_rows", [1, 2, 3, 334])
def test_of_few_values_none_is_wild(n_rows):
    """Up to 334: three thousandths of them are one."""
    steps = np.arange(n_rows, dtype=float)
    steps[-1] = 1e6
    X = columns(steps, -steps)
    median = np.quantile(X, 0.5, axis=0, method="lower")
    low, high = trusted_range(X)
    assert_array_equal(low, median + 1.5 * (X.min(axis=0) - median))
    assert_array_equal(high, median + 1.5 * (X.max(axis=0) - median))


def test_what_is_zero_in_nearly_all_rows_is_learned():
    """Two amounts of four rows in 4,100, one the absolute value of the other."""

    def rows(amounts):
        return np.column_stack([amounts, np.abs(amounts)])

    X = np.zeros((4100, 2))
    X[:4] = rows([-3, -1.5, 1.5, 3])
    model = AutoencoderTransformer(
        1,
        hidden_layer_sizes=32,
        batch_size=4100,
        max_iter=100,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    others = rows(np.linspace(-3, 3, 20))
    left = others - model.inverse_transform(model.transform(others))
    assert np.square(left).mean() < 0.01 * np.square(others).mean()  # PCA leaves half
