"""A fit that fails leaves the estimator as it was."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest
from sklearn.base import BaseEstimator

from sk_autoencoder.estimators._transaction import all_or_nothing


class Estimator(BaseEstimator):
    def __init__(self, alpha=1.0):
        self.alpha = alpha


@pytest.fixture
def estimator():
    estimator = Estimator(alpha=2.0)
    estimator.mean_ = [1.0, 2.0]
    estimator.n_iter_ = 5
    return estimator


def public_state(estimator):
    return {name: value for name, value in vars(estimator).items() if name[0] != "_"}


def test_success_keeps_what_the_block_did(estimator):
    with all_or_nothing(estimator):
        estimator.mean_ = [3.0]
        estimator.scale_ = 4.0
        del estimator.n_iter_
    assert public_state(estimator) == {"alpha": 2.0, "mean_": [3.0], "scale_": 4.0}


def fail_after(change, estimator, error):
    with all_or_nothing(estimator):
        change(estimator)
        raise error


def refit(estimator):
    estimator.mean_ = [3.0]
    estimator.scale_ = 4.0
    if hasattr(estimator, "n_iter_"):
        del estimator.n_iter_


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_failure_puts_attributes_back_and_raises_on(estimator, kind):
    before = public_state(estimator)
    error = kind("reason")
    with pytest.raises(kind) as info:
        fail_after(refit, estimator, error)
    assert info.value is error
    assert public_state(estimator) == before
    assert estimator.mean_ is before["mean_"]


def test_failure_of_a_first_fit_leaves_the_estimator_unfitted():
    estimator = Estimator()
    with pytest.raises(ValueError, match="reason"):
        fail_after(refit, estimator, ValueError("reason"))
    assert public_state(estimator) == {"alpha": 1.0}


def test_failure_leaves_new_private_attributes_to_scikit_learn(estimator):
    def change(estimator):
        estimator._callback_context = "torn down by scikit-learn"
        del estimator._before

    estimator._before = "kept"
    with pytest.raises(ValueError, match="reason"):
        fail_after(change, estimator, ValueError("reason"))
    assert estimator._callback_context == "torn down by scikit-learn"
    assert estimator._before == "kept"


def test_other_estimators_are_left_alone(estimator):
    other = Estimator()
    with pytest.raises(ValueError, match="reason"):
        fail_after(lambda _: refit(other), estimator, ValueError("reason"))
    assert other.mean_ == [3.0]
