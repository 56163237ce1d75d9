"""Centering and scaling against StandardScaler."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import StandardScaler

from sk_autoencoder.data import _rows
from sk_autoencoder.data._standardizer import LARGEST, Standardizer, center_and_scale

each_way = pytest.mark.parametrize("per_feature", [False, True])


def scaled(X, per_feature):
    mean, scale = center_and_scale(X, per_feature)
    return Standardizer(mean, scale)(X), mean, scale


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return rng.normal([1.0, -20.0, 300.0], [0.1, 5.0, 70.0], size=(40, 3))


def test_scaling_per_feature_is_that_of_standard_scaler(X):
    Z, mean, scale = scaled(X, per_feature=True)
    scaler = StandardScaler().fit(X)
    np.testing.assert_allclose(Z, scaler.transform(X), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(mean, scaler.mean_, rtol=1e-14)
    np.testing.assert_allclose(scale, scaler.scale_, rtol=1e-12)


def test_scaling_by_one_number_gives_a_mean_variance_of_one(X):
    Z, mean, scale = scaled(X, per_feature=False)
    np.testing.assert_allclose(mean, X.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(scale, [np.sqrt(X.var(axis=0).mean())] * 3, rtol=1e-12)
    assert Z.var(axis=0).mean() == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(Z * scale, X - X.mean(axis=0), rtol=1e-10, atol=1e-12)


@each_way
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_has_the_dtype_of_the_data(X, dtype, per_feature):
    results = scaled(X.astype(dtype), per_feature)
    assert [result.dtype for result in results] == [dtype] * 3


@each_way
def test_a_constant_feature_is_centered_and_not_blown_up(X, per_feature):
    # The mean of 0.1 repeated is not 0.1: rounding is not variance.
    X[:, 1] = 0.1
    Z, _, scale = scaled(X, per_feature)
    assert np.abs(Z[:, 1]).max() < 1e-15
    if per_feature:
        scaler = StandardScaler().fit(X)
        np.testing.assert_allclose(scale, scaler.scale_, rtol=1e-12)


@each_way
@pytest.mark.parametrize("value", [0.0, 0.1, -1 / 3, 1e15 / 7, 1e-200, 1e300])
def test_constant_data_is_divided_by_one(value, per_feature):
    Z, mean, scale = scaled(np.full((30, 2), value), per_feature)
    np.testing.assert_allclose(mean, value, rtol=1e-15)
    assert scale.tolist() == [1.0, 1.0]
    assert np.abs(Z).max() <= 1e-15 * abs(value)


@each_way
def test_small_variation_beside_a_large_mean_is_not_taken_for_rounding(per_feature):
    X = 1e6 + np.random.default_rng(0).normal(scale=1e-3, size=(50, 2))
    Z, _, scale = scaled(X, per_feature)
    expected = X.std(axis=0) if per_feature else np.sqrt(X.var(axis=0).mean())
    np.testing.assert_allclose(scale, np.broadcast_to(expected, 2), rtol=1e-6)
    assert Z.var(axis=0).mean() == pytest.approx(1.0, rel=1e-6)


@each_way
@pytest.mark.parametrize(
    ("factor", "dtype"),
    [(1e200, np.float64), (1e-200, np.float64), (1e30, np.float32)],
)
def test_very_large_and_small_values_are_scaled_like_others(
    X, factor, dtype, per_feature
):
    X = X.astype(dtype)
    expected = scaled(X, per_feature)
    Z, mean, scale = scaled(X * dtype(factor), per_feature)
    rtol = 1e3 * np.finfo(dtype).eps
    np.testing.assert_allclose(Z, expected[0], rtol=rtol, atol=rtol)
    np.testing.assert_allclose(mean / dtype(factor), expected[1], rtol=rtol)
    np.testing.assert_allclose(scale / dtype(factor), expected[2], rtol=rtol)


@each_way
@pytest.mark.parametrize(
    ("largest", "dtype", "shown"),
    [(1.7e308, np.float64, r"1\.7e\+308"), (3.4e38, np.float32, r"3\.4e\+38")],
)
def test_an_overflowing_spread_is_named_with_the_dtype_and_the_value(
    largest, dtype, shown, per_feature
):
    X = np.array([[-largest], [largest], [largest]], dtype=dtype)
    expected = f"too large for its dtype {np.dtype(dtype)}: its values reach {shown}"
    with pytest.raises(ValueError, match=expected):
        center_and_scale(X, per_feature)


@each_way
def test_the_data_is_neither_modified_nor_returned(X, per_feature):
    before = X.copy()
    X.flags.writeable = False
    Z, mean, scale = scaled(X, per_feature)
    np.testing.assert_array_equal(X, before)
    for result in (Z, mean, scale):
        assert not np.shares_memory(result, X)
        assert result.flags.writeable


@pytest.mark.rounding
@each_way
def test_the_numbers_do_not_depend_on_the_blocks_they_are_taken_in(
    X, per_feature, monkeypatch
):
    expected = center_and_scale(X, per_feature)
    monkeypatch.setattr(_rows, "BLOCK_ENTRIES", 7 * X.shape[1])
    for result, whole in zip(center_and_scale(X, per_feature), expected, strict=True):
        assert_allclose(result, whole, rtol=1e-14)


def test_standardize_keeps_far_away_rows_within_bounds_whose_squares_are_finite():
    X = np.array([[1e300], [-1e300], [3.0]])
    Z = Standardizer(np.zeros(1), np.full(1, 1e-20))(X)
    np.testing.assert_array_equal(Z, [[LARGEST], [-LARGEST], [LARGEST]])
    assert np.isfinite(np.square(Z.astype(np.float32)).sum())


@each_way
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_rounding_of_a_huge_constant_is_not_blown_up(dtype, per_feature):
    X = np.full((30, 2), 1e30, dtype=dtype)
    X[:9] *= 1 + np.finfo(dtype).eps
    Z, _, _ = scaled(X, per_feature)
    assert np.abs(Z).max() <= 1


def test_what_lies_beyond_the_bounds_is_an_error_where_it_is_not_clipped():
    standardize = Standardizer(np.array([0.0, 2.0]), np.array([1.0, 0.5]))
    X = np.array([[1e15, np.nan], [0.0, -1e30]])
    assert_allclose(standardize(X[:1], clip=False), [[1e15, np.nan]])
    expected = r"-1e\+30 in column 1, .* 1e\+16 times scale_ \(0\.5\) away from mean_"
    with pytest.raises(ValueError, match=expected):
        standardize(X, clip=False)


def test_small_features_are_scaled_beside_huge_ones():
    rng = np.random.default_rng(0)
    for units, dtype in (([1e25, 5], np.float32), ([1e200, 5], np.float64)):
        X = (rng.normal(size=(100, 2)) * units).astype(dtype)
        _, scale = center_and_scale(X, per_feature=True)
        assert_allclose(scale / units, (X / units).std(axis=0), rtol=1e-5)


@pytest.mark.parametrize("value", [0.1, 1e-300, 1e-310])
def test_a_constant_feature_is_divided_by_exactly_one(value):
    X = np.column_stack([np.full(30, value), np.arange(30.0)])
    _, scale = center_and_scale(X, per_feature=True)
    assert scale[0] == 1
    assert center_and_scale(X[:, :1], per_feature=False)[1] == 1


def test_the_rounding_of_a_long_sum_of_a_constant_is_not_blown_up():
    """Nor where some of it is missing."""
    X = np.full((100_003, 2), 0.1)
    X[::3, 1] = np.nan
    assert X[:, 0].sum() / len(X) != 0.1
    mean, scale = center_and_scale(X, per_feature=True)
    assert_array_equal(mean, 0.1)
    assert_array_equal(scale, 1)


def test_missing_entries_are_passed_over():
    rng = np.random.default_rng(0)
    X = rng.normal(3, 2, size=(1000, 4))
    X[rng.random(X.shape) < 0.3] = np.nan
    mean, scale = center_and_scale(X, per_feature=True)
    assert_allclose(mean, np.nanmean(X, axis=0))
    assert_allclose(scale, np.nanstd(X, axis=0))


def test_many_rows_in_single_precision_do_not_lose_variance():
    X = np.random.default_rng(0).uniform(3, 4, size=(2_000_000, 1)).astype(np.float32)
    _, scale = center_and_scale(X, per_feature=True)
    assert scale[0] == pytest.approx(X.std(dtype=np.float64), rel=1e-5)
