"""Rows through a function, a padded block at a time."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.utils import check_array

from sk_autoencoder.data import _rows


@pytest.mark.parametrize(
    ("n_rows", "sizes"),
    [
        (1, [16]),
        (16, [16]),
        (17, [32]),
        (64, [64]),
        (70, [64, 16]),
        (129, [64, 64, 16]),
    ],
)
def test_every_row_comes_back_in_order_from_padded_blocks(monkeypatch, n_rows, sizes):
    monkeypatch.setattr(_rows, "BLOCK_ENTRIES", 64 * 3)
    X = np.arange(3.0 * n_rows).reshape(n_rows, 3)
    seen = []

    def double(block):
        seen.append(len(block))
        return 2 * block

    result = _rows.map_blocks(
        double, X, lambda rows, out: np.add(rows, 1, out=out), "cpu", width=3
    )
    assert_array_equal(result, 2 * (X + 1))
    assert result.dtype == X.dtype
    assert seen == sizes


@pytest.fixture
def mapped(tmp_path):
    np.save(tmp_path / "X.npy", np.arange(300.0).reshape(100, 3))
    return np.load(tmp_path / "X.npy", mmap_mode="r")


def test_a_memory_mapped_array_is_known_through_views_and_validation(mapped):
    assert _rows.is_read_late(mapped)
    assert _rows.is_read_late(check_array(mapped)[3:, 1:])
    assert not _rows.is_read_late(np.array(mapped))


def negative(rows, out=None):
    return np.negative(rows, out=out)


def test_rows_of_a_large_map_are_prepared_when_they_are_asked_for(mapped, monkeypatch):
    monkeypatch.setattr(_rows, "SMALL_COPY", 100)
    rows = _rows.prepared(mapped, negative, 3)
    assert isinstance(rows, _rows.Late)
    assert len(rows) == 100
    index = torch.tensor([7, 99, 0])
    for some in (rows[index], rows.to("cpu")[index]):
        assert some.dtype == torch.float32
        assert_array_equal(some, -mapped[[7, 99, 0]])


def test_other_rows_are_prepared_at_once_in_blocks(mapped, monkeypatch):
    monkeypatch.setattr(_rows, "BLOCK_ENTRIES", 30 * 3)
    for X in (mapped, np.array(mapped)):  # a small map is read once
        rows = _rows.prepared(X, negative, 3)
        assert rows.dtype == torch.float32
        assert_array_equal(rows, -mapped)
