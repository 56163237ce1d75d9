"""Rows through a function, a padded block at a time."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sk_autoencoder import _blocks


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
    monkeypatch.setattr(_blocks, "BLOCK_ROWS", 64)
    X = np.arange(3.0 * n_rows).reshape(n_rows, 3)
    seen = []

    def double(block):
        seen.append(len(block))
        return 2 * block

    result = _blocks.map_blocks(double, X, lambda rows: rows + 1, "cpu")
    assert_array_equal(result, 2 * (X + 1))
    assert result.dtype == X.dtype
    assert seen == sizes
