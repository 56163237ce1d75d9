"""Broken values: which they are, and what stands for them."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sk_autoencoder.data import _broken, without_broken_values
from sk_autoencoder.data._standardizer import center_and_scale


def normal(n_rows=1000):
    return np.random.default_rng(0).normal(size=(n_rows, 4))


CLEAN = {
    "normal": normal(),
    "Student's t": np.random.default_rng(0).standard_t(3, size=(1000, 4)),
    "lognormal": np.random.default_rng(0).lognormal(size=(1000, 4)),
    "rare ones": np.eye(1000)[:, :4],
    "counts that are mostly zero": np.random.default_rng(0).poisson(
        [0.001, 0.01, 0.1, 1.0], size=(1000, 4)
    ),
    "constant but for rounding": 0.3 + 1e-17 * normal() + np.eye(1000)[:, :4],
    "two groups": normal() + 1000 * (np.arange(1000) < 30)[:, None],
}


@pytest.mark.parametrize("name", CLEAN)
def test_clean_data_are_left_as_they_are(name):
    X = CLEAN[name].astype(float)
    assert without_broken_values(X, seed=0) is X


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows", [10, 100, 1000])
@pytest.mark.parametrize("value", [1e9, -1e9, 1e30, -3e38])
def test_a_broken_value_is_moved_to_where_nearly_all_are(dtype, n_rows, value):
    X = normal(n_rows).astype(dtype)
    spoiled = X.copy()
    spoiled[: max(n_rows // 100, 1), 2] = value
    rows = without_broken_values(spoiled, seed=0)
    assert rows.dtype == dtype
    broken = spoiled == dtype(value)
    assert_array_equal(rows[~broken], spoiled[~broken])
    assert (np.sign(rows[broken]) == np.sign(value)).all()
    expected, found = (center_and_scale(x, per_feature=True) for x in (X, rows))
    assert_allclose(found[0], expected[0], atol=0.5)
    assert_allclose(found[1], expected[1], rtol=0.5)


def test_what_stands_for_broken_values_is_the_98th_percentile_of_the_distances():
    x = np.r_[np.arange(-50.0, 51.0), 1e9, -1e9]
    repaired = without_broken_values(x[:, None], seed=0)[:, 0]
    distances = np.sort(np.abs(x[x != 0]))
    usual = distances[int(0.98 * (len(distances) - 1))]
    assert usual == 50
    assert_array_equal(repaired, np.r_[x[:-2], usual, -usual])


def test_a_broken_value_among_zeros_leaves_the_feature_its_rare_values():
    x = np.zeros(1000)
    x[:30] = np.arange(1.0, 31.0)
    x[30] = 1e9
    repaired = without_broken_values(x[:, None], seed=0)[:, 0]
    assert_array_equal(repaired[:30], x[:30])
    assert repaired[30] == 30


def test_missing_values_stay_missing_and_do_not_count():
    X = normal()
    X[200:, 1] = X[:, 3] = np.nan
    X[7, 1] = 1e9
    rows = without_broken_values(X, seed=0)
    assert_array_equal(np.isnan(rows), np.isnan(X))
    assert 1 < rows[7, 1] < 4


def test_a_memory_map_is_repaired_when_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("sk_autoencoder.data._rows.BLOCK_ENTRIES", 400)
    X = normal()
    X[17, 2] = -1e9
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected, rows = (without_broken_values(x, seed=0) for x in (X, mapped))
    assert isinstance(rows, _broken.Repaired)
    assert_array_equal(rows, expected)
    assert_array_equal(rows[[3, 17]], expected[[3, 17]])
    for found, wanted in zip(
        center_and_scale(rows, per_feature=True),
        center_and_scale(expected, per_feature=True),
        strict=True,
    ):
        assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


def test_of_many_rows_some_tell_what_is_usual(monkeypatch):
    monkeypatch.setattr(_broken, "N_ROWS_SEEN", 100)
    X = normal()
    X[::200, 0] = 1e9
    rows = without_broken_values(X, seed=0)
    assert np.abs(rows).max() < 5
    assert_array_equal(rows[1], X[1])
