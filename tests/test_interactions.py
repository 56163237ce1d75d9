"""From tables of interactions to matrices, by a second path and with bad input."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from sk_autoencoder.interactions import interaction_matrix

FRAMES = [pd.DataFrame, pl.DataFrame]


@pytest.fixture(params=FRAMES, ids=["pandas", "polars"])
def make(request):
    return request.param


@pytest.fixture
def columns():
    return {
        "user": ["b", "a", "b", "b", "c"],
        "item": [30, 10, 30, 20, 20],
        "rating": [5, 4, 2, 3, 1],
        "time": [9, 1, 3, 4, 5],
    }


def dense(frame, **params):
    X, users, items = interaction_matrix(frame, **params)
    assert X.format == "csr"
    assert X.dtype == np.float64
    assert_array_equal(users, ["a", "b", "c"])
    assert_array_equal(items, [10, 20, 30])
    return X.toarray()


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [[1, 0, 0], [0, 1, 1], [0, 1, 0]]),
        ({"duplicates": "sum"}, [[1, 0, 0], [0, 1, 2], [0, 1, 0]]),
        ({"rating": "rating"}, [[4, 0, 0], [0, 3, 2], [0, 1, 0]]),
        ({"rating": "rating", "time": "time"}, [[4, 0, 0], [0, 3, 5], [0, 1, 0]]),
        (
            {"rating": "rating", "duplicates": "sum"},
            [[4, 0, 0], [0, 3, 7], [0, 1, 0]],
        ),
        # The last rating of b and 30 is a dislike by the order of rows, not by time.
        (
            {"rating": "rating", "least_rating": 3},
            [[1, 0, 0], [0, 1, 0], [0, 0, 0]],
        ),
        (
            {"rating": "rating", "least_rating": 3, "time": "time"},
            [[1, 0, 0], [0, 1, 1], [0, 0, 0]],
        ),
    ],
)
def test_values_by_hand(make, columns, params, expected):
    assert_array_equal(dense(make(columns), **params), expected)


def test_a_rating_of_zero_is_nothing(make):
    frame = make({"user": [1, 1, 2], "item": [1, 2, 2], "rating": [0.0, 2.0, -1.0]})
    X = interaction_matrix(frame, rating="rating").X
    assert_array_equal(X.toarray(), [[0, 2], [0, -1]])
    assert X.nnz == 2


def test_a_random_table_is_what_a_pivot_table_is():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(30, size=(500, 2)), columns=["user", "item"])
    frame["n"] = rng.integers(1, 5, size=500)
    X, users, items = interaction_matrix(frame, rating="n", duplicates="sum")
    pivot = frame.pivot_table("n", "user", "item", "sum", fill_value=0)
    assert_array_equal(X.toarray(), pivot)
    assert_array_equal(users, pivot.index)
    assert_array_equal(items, pivot.columns)


def test_items_of_the_training_data_keep_their_columns(make):
    frame = make({"user": [1, 1, 2, 3], "item": ["y", "new", "x", "other"]})
    X, users, items = interaction_matrix(frame, items=["z", "y", "x"])
    assert_array_equal(X.toarray(), [[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    assert_array_equal(items, ["z", "y", "x"])
    assert_array_equal(users, [1, 2, 3])


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (pd.array([3, 1, 3], dtype="Int64"), [1, 3]),
        (pd.Categorical(["q", "p", "q"]), ["p", "q"]),
        ([True, False, True], [False, True]),
        ([2.5, 1.5, 2.5], [1.5, 2.5]),
        (pd.to_datetime(["2025-02-01", "2025-01-01", "2025-02-01"]), None),
    ],
)
def test_ids_may_be_of_any_type_with_an_order(ids, expected):
    frame = pd.DataFrame({"user": ids, "item": [0, 0, 1]})
    X, users, _ = interaction_matrix(frame)
    assert_array_equal(X.toarray(), [[1, 0], [1, 1]])
    if expected is not None:
        assert users.tolist() == expected


@pytest.mark.parametrize(
    ("change", "params", "message"),
    [
        ({}, {"user": "who"}, "user='who' is not a column"),
        ({"user": ["b", None, "b", "b", "c"]}, {}, "'user' is missing in 1 of 5 rows"),
        ({"rating": [1.0, np.nan, 1, 1, 1]}, {"rating": "rating"}, "missing in 1 of 5"),
        ({"rating": [1.0, np.inf, 1, 1, 1]}, {"rating": "rating"}, "infinity"),
        ({"rating": list("12345")}, {"rating": "rating"}, "column of numbers"),
        ({"time": [1, None, 2, 3, 4]}, {"time": "time"}, "'time' is missing in 1"),
        ({}, {"least_rating": 3}, "needs the column of ratings"),
        ({}, {"items": [10, 10]}, "each item once"),
        ({}, {"items": ["10", "20"]}, "same type"),
        ({}, {"items": [[10]]}, r"shape \(1, 1\)"),
    ],
)
def test_bad_tables_are_refused(make, columns, change, params, message):
    with pytest.raises(ValueError, match=message):
        interaction_matrix(make(columns | change), **params)


def test_ids_that_cannot_be_put_in_order_are_refused():
    frame = pd.DataFrame({"user": [1, "a"], "item": [1, 2]})
    with pytest.raises(ValueError, match="of user, mixes int and str"):
        interaction_matrix(frame)


@pytest.mark.parametrize("frame", [np.ones((2, 2)), {"user": [1], "item": [1]}])
def test_what_is_no_frame_is_refused(frame):
    with pytest.raises(ValueError, match="must be a DataFrame"):
        interaction_matrix(frame)


def test_an_empty_table_is_an_empty_matrix(make):
    X, users, items = interaction_matrix(make({"user": [], "item": []}))
    assert X.shape == (0, 0)
    assert len(users) == len(items) == 0
