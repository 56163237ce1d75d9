"""Rows that are the same but for rounding, against a comparison by hand."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sk_autoencoder.scoring._same_rows import SameRows


def pairs_by_hand(X, values, offset):
    tolerance = 1e-5 * (1 + np.minimum(offset, 1e3) + np.abs(values))
    far = np.abs(X[:, None] - values) > tolerance
    return np.argwhere(~far.any(axis=2)).T


@pytest.fixture
def values():
    """Return rows in single precision: some twice, one wild, one of zeros."""
    values = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    values[5] = values[6] = values[7]
    values[8] = [1e16, 0, -1e16]
    values[9] = 0
    return values


@pytest.mark.parametrize("offset", [0.0, 50.0, np.array([0.0, 1e3, 1e12])])
@pytest.mark.parametrize("shift", [0.4, 1.6])
def test_all_pairs_within_the_tolerance_are_found_and_no_others(values, offset, shift):
    rng = np.random.default_rng(1)
    tolerance = 1e-5 * (1 + np.minimum(offset, 1e3) + np.abs(values))
    X = values + shift * rng.choice([-1, 1], size=values.shape) * tolerance
    X = np.vstack([X, values[::-1], rng.normal(size=(20, 3))]).astype(np.float32)
    found = SameRows(values, offset).find(X)
    expected = pairs_by_hand(X, values, offset)
    assert_array_equal(found[0], np.sort(found[0]))
    assert set(zip(*map(list, found), strict=True)) == set(
        zip(*map(list, expected), strict=True)
    )
    if shift < 1:  # there is no grid between whose lines values could fall
        assert np.isin(np.arange(60), found[0]).all()


def test_the_company_of_a_row_does_not_matter(values):
    same = SameRows(values, 0.0)
    together = np.transpose(same.find(values))
    alone = [(i, k) for i in range(60) for k in same.find(values[i : i + 1])[1]]
    assert_array_equal(together, alone)


def test_rows_a_deviation_apart_differ_however_far_they_are_from_zero():
    values = np.arange(4, dtype=np.float32)[:, None]
    assert_array_equal(SameRows(values, 1e12).find(values)[1], np.arange(4))
