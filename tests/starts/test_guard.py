"""Where the tails of data begin."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sk_autoencoder.starts._guard import TAIL, tails


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows", [2, 999, 1001, 1002, 5000])
def test_tails_begin_at_quantiles(n_rows, dtype):
    X = np.random.default_rng(0).standard_t(df=2, size=(n_rows, 3)).astype(dtype)
    X[: n_rows // 2, 2] = 0.0  # ties
    low, high = tails(X)
    assert low.dtype == high.dtype == dtype
    assert_array_equal(low, np.quantile(X, TAIL, axis=0, method="lower"))
    assert_array_equal(high, np.quantile(X, 1 - TAIL, axis=0, method="higher"))
