"""Rows through a function, a padded block at a time."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sk_autoencoder._blocks import BLOCK_ROWS, map_blocks


@pytest.mark.parametrize("n_rows", [1, BLOCK_ROWS - 1, BLOCK_ROWS, 2 * BLOCK_ROWS + 1])
def test_every_row_comes_back_in_order_and_every_block_has_one_shape(n_rows):
    X = np.arange(3.0 * n_rows).reshape(n_rows, 3)
    shapes = set()

    def double(block):
        shapes.add(tuple(block.shape))
        return 2 * block

    result = map_blocks(double, X, lambda rows: rows + 1, "cpu")
    assert_array_equal(result, 2 * (X + 1))
    assert result.dtype == X.dtype
    assert shapes == {(BLOCK_ROWS, 3)}
