"""Rows of a sparse matrix, read as those of an array are."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array

from sk_autoencoder.data import SparseRows, blocks, is_read_late, part_of


@pytest.fixture
def dense():
    return np.random.default_rng(0).poisson(0.3, size=(20, 6)).astype(np.float32)


def test_what_is_read_is_what_the_array_holds(dense):
    rows = SparseRows(csr_array(dense))
    assert (rows.shape, rows.size, len(rows)) == ((20, 6), 120, 20)
    for index in (slice(3, 8), slice(0), np.array([7, 2, 2])):
        read = rows[index]
        assert read.dtype == np.float32
        assert_array_equal(read, dense[index])
        assert_array_equal(part_of(rows, index)[:], dense[index])
    assert_array_equal(np.vstack([*blocks(rows, 2**19)]), dense)
    assert_array_equal(np.asarray(rows), dense)


def test_some_rows_stay_sparse(dense):
    rows = SparseRows(csr_array(dense))
    assert is_read_late(rows)
    assert is_read_late(part_of(rows, slice(5)))
    assert not is_read_late(part_of(dense, slice(5)))
