"""From a table to its columns: which have levels, and which are of numbers."""

# SPDX-License-Identifier: BSD-3-Clause

import narwhals.stable.v2 as nw
import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils._indexing import _get_column_indices, _safe_indexing

from sk_autoencoder.data._columns import Levels, Numbers, listed
from sk_autoencoder.data._entries import (
    distinct,
    entries_of,
    is_frame,
    is_missing,
    kind_of,
    name_of,
    series_of,
)
from sk_autoencoder.data._table import Table, without_rows

# A column has so many levels at most: each is a column for the network.
MOST_LEVELS = 255


def table_of(X, categorical_features):
    """Return how the columns of X become numbers, learned from it.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_samples, n_features)
        The training data.

    categorical_features : "from_dtype", array-like or None
        As the estimators take it.

    Returns
    -------
    table : Table or None
        None where X is an array of numbers alone, or None was asked for.

    Raises
    ------
    ValueError
        If a column is neither of numbers nor of levels that can be told apart.
    """
    framed, by_dtype = is_frame(X), isinstance(categorical_features, str)
    if categorical_features is None or (by_dtype and not framed):
        return None
    if issparse(X):
        raise ValueError(
            f"categorical_features={categorical_features!r} needs X that is not "
            f"sparse; got {type(X).__name__}. Columns of a sparse X are of numbers: "
            "leave categorical_features at 'from_dtype', or convert X by toarray()."
        )
    if not framed and not hasattr(X, "shape"):
        X = np.asarray(X, dtype=object)
    if len(X.shape) != 2 or 0 in X.shape:
        return None  # the check of arrays says what is wrong
    if by_dtype:
        columns = [_column_by_dtype(X, j) for j in range(X.shape[1])]
    else:
        asked = _asked_columns(X, categorical_features)
        columns = [
            (_levels if j in asked else _numbers)(X, j) for j in range(X.shape[1])
        ]
    has_levels = any(isinstance(column, Levels) for column in columns)
    if not framed:
        return Table(columns, None) if has_levels else None
    if not has_levels:  # what comes back is to be compared with that of other methods
        columns = [column.without_range() for column in columns]
    return Table(columns, without_rows(X))


def _asked_columns(X, categorical_features):
    """Return the indices of the columns that were asked to have levels."""
    asked = np.asarray(categorical_features)
    n_columns = X.shape[1]
    if asked.ndim != 1 or (asked.dtype == bool and len(asked) != n_columns):
        raise ValueError(
            f"categorical_features must be indices, names or a mask of the {n_columns} "
            f"columns of X; got {categorical_features!r}."
        )
    try:
        return set(_get_column_indices(X, asked.tolist()))
    except ValueError as error:
        raise ValueError(
            f"categorical_features={categorical_features!r} names no columns of X: "
            f"{error}"
        ) from error


def _column_by_dtype(X, j):
    """Return the column of a DataFrame that its dtype asks for."""
    dtype = series_of(X, j).dtype
    if dtype.is_numeric():
        return _numbers(X, j)
    if dtype in (nw.Categorical, nw.Enum, nw.Boolean):
        return _levels(X, j)
    kinds = _kinds(X, j)
    if kinds == {"number"}:
        return _numbers(X, j)
    if kinds - {"text", "truth value"}:
        raise ValueError(_unfit(X, j, kinds))
    column = _levels(X, j)
    if kinds == {"text"} and all(map(_is_number, column.levels)):
        raise ValueError(
            f"Column {column.name!r} holds numbers as text, {listed(column.levels)}: "
            "convert it to numbers or, if they are levels, to a categorical dtype."
        )
    return column


def _numbers(X, j):
    """Return a column of numbers."""
    if not is_frame(X):
        values = check_array(X[:, [j]], dtype=np.float64, ensure_all_finite=False)
        if np.isnan(values).all():
            raise ValueError(_nothing_known(X, j))
        return Numbers(-np.inf, np.inf, False)
    series = series_of(X, j)
    if series.dtype.is_integer():
        known = series.drop_nulls()
        if len(known) == 0:
            raise ValueError(_nothing_known(X, j))
        low, high = int(known.min()), int(known.max())
        return Numbers(low, high, True, _bits(series.dtype))
    if not series.dtype.is_numeric() and (kinds := _kinds(X, j)) - {"number"}:
        raise ValueError(
            f"{_unfit(X, j, kinds)} Name it in categorical_features, if they are "
            "levels."
        )
    known = _floats(series)
    known = known[~np.isnan(known)]
    if len(known) == 0:
        raise ValueError(_nothing_known(X, j))
    # Whole numbers of which some are missing become floats.
    low, high = float(known.min()), float(known.max())
    lacks = len(known) < len(series)
    if lacks and (known == np.rint(known)).all() and max(-low, high) < 2**53:
        return Numbers(int(low), int(high), True)
    return Numbers(low, high, False)


def _floats(series):
    """Return the entries of a column of numbers that are not null."""
    if series.dtype.is_numeric():
        return series.drop_nulls().cast(nw.Float64).to_numpy()
    known = [entry for entry in series.to_list() if not is_missing(entry)]
    return np.array(known, dtype=float)


def _bits(dtype):
    """Return the least and the greatest number of a dtype of integers."""
    name = str(dtype).lower()
    info = np.iinfo(name if hasattr(np, name) else np.int64)
    return int(info.min), int(info.max)


def _levels(X, j):
    """Return a column of levels."""
    seen, name = distinct(entries_of(X, j)), name_of(X, j)
    kinds = set(map(kind_of, seen))
    if len(kinds) > 1:
        raise ValueError(
            f"Column {name!r} mixes levels of several types: "
            f"{' and '.join(sorted(kinds))}. Convert all of them to one, such as text."
        )
    if not kinds:
        raise ValueError(_nothing_known(X, j))
    has_levels = is_frame(X) and series_of(X, j).dtype in (nw.Categorical, nw.Enum)
    if not has_levels and kinds - {"text", "truth value", "number"}:
        raise ValueError(_unfit(X, j, kinds))
    if len(seen) > MOST_LEVELS:
        raise ValueError(
            f"Column {name!r} has {len(seen)} levels; {MOST_LEVELS} at most can be "
            "told apart. Drop it, put rare levels together, or make numbers of them, "
            "as sklearn.preprocessing.TargetEncoder does."
        )
    return Levels(name, tuple(_sorted(X, j, seen)))


def _sorted(X, j, seen):
    """Return levels in the order of the dtype, if it has one, or their own."""
    if is_frame(X) and series_of(X, j).dtype in (nw.Categorical, nw.Enum):
        known = series_of(X, j).cat.get_categories().to_list()
        return [level for level in known if level in seen]
    return sorted(seen)


def _kinds(X, j):
    """Return what the entries of a column are that are not missing, in words."""
    return set(map(kind_of, distinct(entries_of(X, j))))


def _unfit(X, j, kinds):
    dtype = f" of dtype {_dtype(X, j)}" if is_frame(X) else ""
    what = " and ".join(sorted(kinds))
    return (
        f"Column {name_of(X, j)!r}{dtype} holds {what}: a column must be of numbers, "
        "text, truth values or a categorical dtype."
    )


def _dtype(X, j):
    return _safe_indexing(X, int(j), axis=1).dtype


def _nothing_known(X, j):
    return (
        f"Column {name_of(X, j)!r} of X is missing in all of its {X.shape[0]} rows: "
        "nothing can be learned of it. Drop the column."
    )


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
