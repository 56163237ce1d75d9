"""Windows of series, and folds that keep time in order."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score

from sk_autoencoder.sequences import BlockedKFold, windows


def test_each_window_is_followed_by_its_horizon():
    series = np.arange(40.0).reshape(20, 2)  # step t has 2 t and 2 t + 1
    X, Y = windows(series, window_length=5, horizon=3, step=2)
    starts = np.arange(0, 20 - 8 + 1, 2)
    assert X.shape == (len(starts), 10)
    assert Y.shape == (len(starts), 6)
    for row, start in enumerate(starts):
        np.testing.assert_array_equal(X[row], series[start : start + 5].ravel())
        np.testing.assert_array_equal(Y[row], series[start + 5 : start + 8].ravel())


def test_what_is_known_in_advance_is_that_of_the_steps_to_predict():
    series, exog = np.arange(12.0), np.arange(100.0, 124).reshape(12, 2)
    X, Y = windows(series, 4, 3, exog=exog, step=2)
    alone, same = windows(series, 4, 3, step=2)
    np.testing.assert_array_equal(X[:, :4], alone)
    np.testing.assert_array_equal(Y, same)
    for row, start in enumerate(range(0, 6, 2)):
        known = exog[start + 4 : start + 7].ravel()
        np.testing.assert_array_equal(X[row, 4:], known)


def test_the_whole_series_may_be_one_row():
    X, Y = windows(range(5), 3, 2)
    assert X.tolist() == [[0, 1, 2]]
    assert Y.tolist() == [[3, 4]]


def test_frames_are_taken_and_single_precision_stays():
    frame = pd.DataFrame({"a": np.arange(6.0), "b": np.arange(6.0)})
    assert windows(frame, 2, 1)[0].shape == (4, 4)
    X, Y = windows(np.arange(6, dtype=np.float32), 2, 1)
    assert X.dtype == Y.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"horizon": 9}, "window_length=2 and its horizon=9 take 11 .* series has 10"),
        ({"series": [1, np.nan, 2, 3]}, "series contains NaN"),
        ({"series": [1, np.inf, 2, 3]}, "series contains infinity"),
        ({"exog": np.zeros(9)}, r"inconsistent numbers of samples: \[10, 9\]"),
        ({"exog": np.full(10, np.nan)}, "exog contains NaN"),
        ({"step": 0}, "'step' parameter .* Got 0"),
        ({"window_length": 2.5}, "'window_length' parameter .* Got 2.5"),
    ],
)
def test_what_cannot_be_is_refused(call, told):
    call = {"series": np.arange(10.0), "window_length": 2, "horizon": 1} | call
    with pytest.raises(ValueError, match=told):
        windows(**call)


@pytest.mark.parametrize("gap", [0, 3])
def test_rows_near_a_block_are_not_fitted(gap):
    n = 23
    held_out = []
    for train, test in BlockedKFold(n_splits=4, gap=gap).split(np.zeros((n, 1))):
        assert (np.diff(test) == 1).all()
        distances = np.abs(train[:, None] - test).min(axis=1)
        assert distances.min() == gap + 1
        near = np.abs(np.arange(n)[:, None] - test).min(axis=1) <= gap
        assert len(train) + near.sum() == n  # and all others are
        held_out += test.tolist()
    assert held_out == list(range(n))


def test_blocks_serve_cross_validation_and_say_what_they_are():
    X, Y = windows(np.random.default_rng(0).normal(size=200).cumsum(), 5, 2)
    cv = BlockedKFold(3, gap=2)
    assert repr(cv) == "BlockedKFold(gap=2, n_splits=3)"
    assert len(cross_val_score(LinearRegression(), X, Y, cv=cv)) == 3


@pytest.mark.parametrize("gap", [-1, 1.5, True])
def test_a_gap_is_a_number_of_rows(gap):
    with pytest.raises(ValueError, match=f"at least 0; got {gap}"):
        BlockedKFold(gap=gap)
