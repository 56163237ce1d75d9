"""Data and small models that several tests share."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


@pytest.fixture(scope="session")
def digits():
    """Return training and test images of handwritten digits."""
    return train_test_split(load_digits().data, test_size=0.25, random_state=0)


@pytest.fixture
def parabola():
    """Return 400 samples of two features on a noisy parabola."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    return np.column_stack([2 * x, x**2 + 0.1 * rng.normal(size=400)])
