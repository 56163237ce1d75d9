"""The entries of columns of DataFrames and arrays."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Number as PlainNumber

import narwhals.stable.v2 as nw
import numpy as np
from sklearn.utils._indexing import _safe_indexing


def is_frame(X):
    """Return whether this is a DataFrame of pandas or polars."""
    return nw.dependencies.is_pandas_dataframe(X) or (
        nw.dependencies.is_polars_dataframe(X)
    )


def missing_entries(X):
    """Return which entries of a DataFrame are missing, shape (n, n_columns)."""
    columns = [list(map(is_missing, entries_of(X, j))) for j in range(X.shape[1])]
    return np.array(columns, dtype=bool).reshape(X.shape[::-1]).T


def entries_of(X, j):
    """Return the entries of a column as a list."""
    return series_of(X, j).to_list() if is_frame(X) else np.asarray(X)[:, j].tolist()


def distinct(entries):
    """Return the entries that are not missing, each but once if it can be told."""
    try:
        entries = set(entries)
    except TypeError:  # of what has no hash, such as a list
        pass
    return [value for value in entries if not is_missing(value)]


def series_of(X, j):
    native = _safe_indexing(X, int(j), axis=1)
    if hasattr(native, "sparse"):
        native = native.sparse.to_dense()
    return nw.from_native(native, series_only=True)


def name_of(X, j):
    return X.columns[j] if is_frame(X) else int(j)


def kind_of(value):
    """Return what a value is, in a word."""
    if isinstance(value, bool | np.bool_):
        return "truth value"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, PlainNumber) else type(value).__name__


def is_missing(value):
    """Return whether a value is none, or not even itself, as NaN, NaT and NA are."""
    if value is None:
        return True
    if isinstance(value, str | bool | int):
        return False
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # the truth of NA; that of an array
        return not isinstance(value, np.ndarray)
