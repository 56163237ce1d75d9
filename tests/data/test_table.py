"""Tables: columns of numbers and of levels, as numbers and back again."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pandas as pd
import polars
import pytest
from numpy.testing import assert_array_equal

from sk_autoencoder.data import table_of

NAN = np.nan


def mixed():
    return pd.DataFrame(
        {
            "color": ["red", "blue", None, "red"],
            "size": pd.Categorical(["S", "L", "S", "S"], categories=["S", "M", "L"]),
            "weight": np.array([1.5, 2.5, NAN, 0.5]),
            "count": [3, 1, 2, 3],
            "is_new": [True, False, True, True],
        },
        index=[7, 5, 3, 1],
    )


def mixed_in_polars():
    columns = mixed().astype(object).where(mixed().notna(), None)
    frame = polars.DataFrame(columns.to_dict("list"))
    return frame.with_columns(
        polars.col("size").cast(polars.Enum(["S", "M", "L"])),
        polars.col("color").cast(polars.Categorical),
        polars.col("weight").cast(polars.Float32),
    )


def complete(frame):
    return frame.dropna() if isinstance(frame, pd.DataFrame) else frame.drop_nulls()


def test_numbers_come_first_then_one_column_for_each_level_that_was_seen():
    table = table_of(mixed(), "from_dtype")
    assert table.levels == (2, 2, 2)
    expected = [
        # weight, count, blue, red, S, L, False, True
        [1.5, 3, 0, 1, 1, 0, 0, 1],
        [2.5, 1, 1, 0, 0, 1, 1, 0],
        [NAN, 2, NAN, NAN, 1, 0, 0, 1],
        [0.5, 3, 0, 1, 1, 0, 0, 1],
    ]
    assert_array_equal(table.encode(mixed(), "error"), expected)


@pytest.mark.parametrize("make", [mixed, mixed_in_polars])
def test_what_was_encoded_is_decoded_with_its_dtypes(make):
    X = complete(make())
    table = table_of(make(), "from_dtype")
    decoded = table.decode(table.encode(X, "error"), like=X)
    assert type(decoded) is type(X)
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(decoded, X)
    else:
        assert decoded.equals(X)
        assert decoded.schema == X.schema


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "int8", "uint64"])
def test_dtypes_of_numbers_come_back(dtype):
    X = pd.DataFrame({"a": pd.array([1, 2, 5], dtype=dtype), "b": list("xyx")})
    table = table_of(X, "from_dtype")
    pd.testing.assert_frame_equal(table.decode(table.encode(X, "error")), X)


def test_objects_that_are_whole_numbers_without_gaps_stay_floats():
    X = pd.DataFrame({"a": pd.Series([1, 1, 2], dtype=object), "b": list("xyx")})
    decoded = table_of(X, "from_dtype").decode(np.array([[1.4, 1, 0]]))
    assert decoded["a"].tolist() == [1.4]


def test_largest_integers_come_back():
    X = pd.DataFrame({"a": [-(2**63), 0, 2**63 - 1]})
    table = table_of(X, "from_dtype")
    pd.testing.assert_frame_equal(table.decode(table.encode(X, "error")), X)


def test_frame_with_one_name_for_all_columns():
    X = pd.DataFrame([["u", 1.0], ["v", 2.0]]).set_axis(["a", "a"], axis=1)
    table = table_of(X, "from_dtype")
    pd.testing.assert_frame_equal(table.decode(table.encode(X, "error")), X)


def test_decoded_numbers_are_of_the_range_and_the_grid():
    X = pd.DataFrame(
        {"f": [0.5, 1.5], "i": [2, 9], "gaps": [4.0, NAN], "b": ["u", "v"]}
    )
    table = table_of(X, "from_dtype")
    decoded = table.decode(
        np.array([[9.0, 4.4, 4.0, 0.2, 0.8], [-9.0, 12.7, 4.4, 0.9, 0.1]])
    )
    expected = {"f": [1.5, 0.5], "i": [4, 9], "gaps": [4.0, 4.0], "b": ["v", "u"]}
    pd.testing.assert_frame_equal(decoded, pd.DataFrame(expected))


def test_floats_that_lack_entries_are_whole_if_all_others_are():
    X = pd.DataFrame(
        {
            "whole": [1.0, NAN, 3.0],
            "not": [1.0, NAN, 3.5],
            "full": [1.0, 2.0, 3.0],
            "level": list("uvw"),
        }
    )
    decoded = table_of(X, "from_dtype").decode(np.array([[1.6, 1.6, 1.6, 1, 0, 0]]))
    assert decoded.iloc[0].tolist() == [2.0, 1.6, 1.6, "u"]


def test_numbers_alone_keep_their_dtypes_but_have_no_range():
    X = pd.DataFrame({"f": [0.5, 1.5], "i": np.array([2, 9], dtype=np.int8)})
    decoded = table_of(X, "from_dtype").decode(np.array([[9.0, 44.4], [-9.0, 1e6]]))
    expected = pd.DataFrame({"f": [9.0, -9.0], "i": np.array([44, 127], dtype=np.int8)})
    pd.testing.assert_frame_equal(decoded, expected)


def test_arrays_have_levels_where_asked():
    X = np.array([[3.0, 1.5], [1.0, NAN], [NAN, 0.5]])
    table = table_of(X, [True, False])
    encoded = table.encode(X, "error")
    assert_array_equal(encoded, [[1.5, 0, 1], [NAN, 1, 0], [0.5, NAN, NAN]])
    decoded = table.decode(np.array([[7.0, 0.3, 0.7]]))
    assert decoded.dtype == float
    assert_array_equal(decoded, [[3.0, 7.0]])
    assert table_of(X, "from_dtype") is None
    assert table_of(X, None) is None
    assert table_of(X, []) is None


def test_lists_of_text_and_numbers():
    X = [["u", 1.0], ["v", 2.0], [None, 3.0]]
    table = table_of(X, [0])
    rows = np.array(X, dtype=object)
    assert_array_equal(
        table.encode(rows, "error"), [[1, 1, 0], [2, 0, 1], [3, NAN, NAN]]
    )
    assert table.decode(np.array([[2.0, 0, 1]])).tolist() == [["v", 2.0]]


def test_names_say_which_columns_have_levels():
    X = mixed().drop(columns=["color", "size"])
    assert table_of(X, ["count", "is_new"]).levels == (3, 2)
    with pytest.raises(ValueError, match=r"'is_new' .* truth value.*Name it in"):
        table_of(X, ["count"])
    for mask in ([True], [[1]]):
        with pytest.raises(ValueError, match="indices, names or a mask of the 3"):
            table_of(X, mask)
    with pytest.raises(ValueError, match="'cuont'"):
        table_of(X, ["cuont"])


def test_spread_and_in_order_undo_the_order_of_the_numbers():
    table = table_of(mixed(), "from_dtype")
    names = np.arange(5)[None]  # color, size, weight, count, is_new
    assert_array_equal(table.spread(names), [[2, 3, 0, 0, 1, 1, 4, 4]])
    assert_array_equal(table.in_order(np.array([[2, 3, 0, 1, 4]])), names)


def test_unknown_levels_are_missing_or_an_error():
    table = table_of(mixed(), "from_dtype")
    X = mixed().assign(color=["red", "green", "blue", None])
    encoded = table.encode(X, "missing")[:, 2:4]
    assert_array_equal(encoded, [[0, 1], [NAN, NAN], [1, 0], [NAN, NAN]])
    with pytest.raises(
        ValueError, match=r"'color' has the level 'green'.*'blue', 'red"
    ):
        table.encode(X, "error")


def test_levels_of_another_type_are_an_error_in_any_case():
    table = table_of(mixed(), "from_dtype")
    X = mixed().assign(color=[1, 2, 1, 2])
    with pytest.raises(ValueError, match="'color' has the level 1, a number"):
        table.encode(X, "missing")


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (["1.5", "2", "3", None], "'x' holds numbers as text, '1.5', '2', '3'"),
        ([1, "a", 2, 3], "'x' of dtype object holds number and text"),
        ([None, None, None, None], "'x' of X is missing in all of its 4 rows"),
        ([NAN, NAN, NAN, NAN], "'x' of X is missing in all of its 4 rows"),
        (pd.Categorical([None] * 4, ["a"]), "'x' of X is missing in all of its 4"),
        (pd.date_range("2020-01-01", periods=4), "'x' of dtype datetime64.*Timestamp"),
        ([[1], [2], [3], [4]], "'x' of dtype object holds list"),
    ],
)
def test_columns_that_cannot_be_are_named(column, told):
    X = mixed().assign(x=column)
    with pytest.raises(ValueError, match=told):
        table_of(X, "from_dtype")


def test_too_many_levels_are_an_error():
    X = pd.DataFrame({"id": [f"user {i}" for i in range(256)]})
    with pytest.raises(ValueError, match="'id' has 256 levels; 255 at most"):
        table_of(X, "from_dtype")
    assert table_of(X[:255], "from_dtype").levels == (255,)


def test_objects_that_are_numbers_or_truth_values():
    X = pd.DataFrame(
        {
            "numbers": pd.Series([1, 2.5, None], dtype=object),
            "truths": pd.Series([True, None, False], dtype=object),
        }
    )
    encoded = table_of(X, "from_dtype").encode(X, "error")
    assert_array_equal(encoded, [[1, 0, 1], [2.5, NAN, NAN], [NAN, 1, 0]])


@pytest.mark.parametrize("dtype", ["Int64", "UInt8", "Int32"])
def test_nullable_integers_without_gaps_are_whole(dtype):
    X = pd.DataFrame({"i": pd.array([1, 5], dtype=dtype), "x": ["u", "v"]})
    decoded = table_of(X, "from_dtype").decode(np.array([[3.4, 1, 0]]))
    assert decoded["i"].tolist() == [3]
    assert decoded.dtypes.equals(X.dtypes)


def test_large_integers_with_gaps_come_back():
    X = pd.DataFrame(
        {"i": pd.array([1, 10**17, None], dtype="Int64"), "x": list("uvu")}
    )
    table = table_of(X, "from_dtype")
    pd.testing.assert_frame_equal(
        table.fill(X, np.nan_to_num(table.encode(X, "error"))).iloc[:2], X.iloc[:2]
    )
    frame = polars.DataFrame({"i": [1, 2**64 - 1, None]}, schema={"i": polars.UInt64})
    decoded = table_of(frame, "from_dtype").decode(np.array([[2.0], [NAN]]))
    assert decoded["i"].to_list() == [2, None]
    assert decoded.schema == frame.schema


@pytest.mark.parametrize("missing", [np.float32(NAN), pd.NA, pd.NaT, None])
def test_whatever_is_missing_in_arrays_of_objects_is_no_level(missing):
    X = np.array([[1.5, "a"], [2.5, "b"], [1.0, missing]], dtype=object)
    table = table_of(X, [1])
    assert table.columns[1].levels == ("a", "b")
    assert np.isnan(table.encode(X, "error")[2, 1:]).all()


def test_levels_that_are_floats_of_another_precision_are_the_same():
    X = np.array([[0.1], [0.2], [0.1]])
    for fitted, other in ((X, X.astype(np.float32)), (X.astype(np.float32), X)):
        encoded = table_of(fitted, [0]).encode(other, "error")
        assert_array_equal(encoded, [[1, 0], [0, 1], [1, 0]])


def test_entries_that_cannot_be_levels_are_an_error():
    table = table_of(mixed(), "from_dtype")
    X = mixed().assign(color=[["red"], "blue", None, "red"])
    with pytest.raises(ValueError, match="'color' has entries that are no levels"):
        table.encode(X, "missing")
    dates = np.array([["2020"], ["2021"]], dtype="datetime64[D]")
    with pytest.raises(ValueError, match="Column 0 holds date"):
        table_of(dates, [0])


def test_nothing_of_the_rows_is_kept():
    X = mixed().set_index(pd.MultiIndex.from_product([["user"], range(4)]))
    frame = table_of(X, "from_dtype").frame
    assert len(frame) == 0
    assert frame.index.nlevels == 1


def test_sparse_columns_beside_dense_ones():
    X = pd.DataFrame(
        {"h": [0.5, 1.5, 2.5], "s": pd.arrays.SparseArray([0.0, 0.0, 3.0])}
    )
    table = table_of(X, "from_dtype")
    assert_array_equal(table.encode(X, "error"), [[0.5, 0], [1.5, 0], [2.5, 3]])
