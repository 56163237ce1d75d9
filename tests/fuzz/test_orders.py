"""Calls in any order: what an estimator says hangs on its last fit alone."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from tests.fuzz import _calls as calls
from tests.fuzz._parameters import ESTIMATORS
from tests.fuzz._tally import tally

OPERATIONS = (
    "fit",
    "fit other",
    "fit bad",
    "use",
    "use bad",
    "copy",
    "clone",
    "sample",
    "set and reset",
)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@given(data=st.data())
def test_order_of_calls_leaves_no_trace(Estimator, data):
    tally["cases"] += 1
    n_features = data.draw(st.sampled_from([2, 5]))
    good = np.random.default_rng(0).normal(size=(30, n_features))
    other = np.random.default_rng(1).normal(size=(20, n_features + 1))
    params = {"n_components": 2, "max_iter": 1, "random_state": 0}
    estimator, last = Estimator(**params), None
    for operation in data.draw(st.lists(st.sampled_from(OPERATIONS), max_size=8)):
        match operation:
            case "fit":
                estimator.fit(good)
                last = good
            case "fit other":
                estimator.fit(other)
                last = other
            case "fit bad":
                bad = data.draw(
                    st.sampled_from(
                        [good[:1], [["a"]], good * np.nan, good * np.inf, 3]
                    )
                )
                assert not calls.fit(estimator, bad)
            case "use bad":
                for bad in (good[:, 1:], good * np.inf):
                    assert calls.refused(calls.attempt(estimator.score_samples, bad))
            case "use" if last is not None:
                calls.outputs(estimator, last)
            case "copy":
                estimator = pickle.loads(pickle.dumps(estimator))
            case "clone":
                estimator, last = clone(estimator), None
            case "sample" if last is not None and hasattr(estimator, "sample"):
                estimator.sample(3)
            case "set and reset":
                estimator.set_params(n_components=1).set_params(**params)
    if last is None:
        assert not hasattr(estimator, "model_")
        return
    expected = calls.outputs(Estimator(**params).fit(last), last)
    calls.assert_same_bits(calls.outputs(estimator, last), expected)


def test_torch_is_left_as_it_was():
    """The threads and the generator belong to the user, also after all of the above."""
    n_threads, seed = torch.get_num_threads(), torch.initial_seed()
    for Estimator in ESTIMATORS:
        Estimator(max_iter=1).fit(np.eye(4))
    assert torch.get_num_threads() == n_threads
    assert torch.initial_seed() == seed
