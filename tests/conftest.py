"""Data and small models that several tests share."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def pytest_collection_modifyitems(items):
    """Mark scikit-learn's checks that what is said of a row hangs on no other row."""
    for item in items:
        if "invariance" in item.name:
            item.add_marker(pytest.mark.rounding)


@pytest.fixture(scope="session")
def digits():
    """Return training and test images of handwritten digits."""
    return train_test_split(load_digits().data, test_size=0.25, random_state=0)


@pytest.fixture
def steady():
    """Return parameters of an estimator with which training does not grow rounding.

    Adam divides gradients by their size, so that one that is all rounding is a whole
    step: after three epochs, half a unit in the last place of X moves scores by 1e5 of
    them. A step of plain gradient descent, short beside the curvature of the loss,
    moves no difference away from zero.
    """
    return {"learning_rate_init": 0.1, "net_params": {"optimizer": torch.optim.SGD}}


@pytest.fixture
def assert_same_but_for_rounding():
    """Return an assertion that two arrays are two ways to the same numbers.

    Numbers of float32 computations, each a few units in the last place of the largest
    off: with `steady` parameters, X that is moved by half a unit moves weights and
    scores by up to 25. A hundred allow for longer sums and other kernels; an epoch
    less makes 3,000 of scores or more, another seed 40,000.
    """

    def check(result, expected, message=""):
        expected = np.asarray(expected)
        atol = 100 * np.finfo(np.float32).eps * np.abs(expected).max()
        assert_allclose(result, expected, rtol=0, atol=atol, err_msg=message)

    return check


@pytest.fixture
def parabola():
    """Return 400 samples of two features on a noisy parabola."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    return np.column_stack([2 * x, x**2 + 0.1 * rng.normal(size=400)])
