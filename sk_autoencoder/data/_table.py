"""Tables: columns of numbers and columns of levels, as numbers and back again."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass
from itertools import repeat
from numbers import Number as PlainNumber

import narwhals.stable.v2 as nw
import numpy as np
from sklearn.utils import check_array
from sklearn.utils._indexing import _get_column_indices, _safe_indexing

# A column has so many levels at most: each is a column for the network.
MOST_LEVELS = 255

# Levels that an error names.
FEW_LEVELS = 5


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
    if not framed and not hasattr(X, "shape"):
        X = np.asarray(X, dtype=object)
    if len(X.shape) != 2 or 0 in X.shape:
        return None  # the check of arrays says what is wrong
    if by_dtype:
        columns = [_column_by_dtype(X, j) for j in range(X.shape[1])]
    else:
        asked = set(_get_column_indices(X, categorical_features))
        columns = [
            (_levels if j in asked else _numbers)(X, j) for j in range(X.shape[1])
        ]
    if not framed and not asked:
        return None
    return Table(columns, _first_rows(X, 0) if framed else None)


def is_frame(X):
    """Return whether this is a DataFrame of pandas or polars."""
    return nw.dependencies.is_pandas_dataframe(X) or (
        nw.dependencies.is_polars_dataframe(X)
    )


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Parameters
    ----------
    low, high : float or int
        The least and the greatest one; NaN where none is known.

    is_whole : bool
        Whether it holds whole numbers: its dtype says so, or would if no entry was
        missing.
    """

    low: float
    high: float
    is_whole: bool

    def restore(self, values):
        """Return values of the column's range and grid; NaN stays."""
        if np.isnan(self.low):
            return values
        missing = np.isnan(values)
        if missing.any():
            restored = np.array(values)
            restored[~missing] = self.restore(values[~missing])
            return restored
        if not self.is_whole:
            return np.clip(values, self.low, self.high)
        whole = np.full(values.shape, self.high)
        whole[values <= self.low] = self.low
        inside = (values > self.low) & (values < self.high)
        whole[inside] = np.rint(values[inside]).astype(whole.dtype)
        return whole


@dataclass(frozen=True)
class Levels:
    """A column of levels.

    Parameters
    ----------
    name : object
        For errors.

    levels : tuple
        The levels that were seen, in order.
    """

    name: object
    levels: tuple

    def encode(self, values, missing, handle_unknown):
        """Return the numbers of levels, NaN where an entry is missing.

        Parameters
        ----------
        values : list of length n
            The entries.

        missing : ndarray of bool of shape (n,)
            Which of them are missing.

        handle_unknown : {"missing", "error"}
            What to do about levels that were not seen.

        Returns
        -------
        codes : ndarray of shape (n,)
            Floats.
        """
        places = {level: place for place, level in enumerate(self.levels)}
        found = map(places.get, values, repeat(np.nan))
        codes = np.fromiter(found, float, len(values))
        for row in np.flatnonzero(np.isnan(codes) & ~missing):
            kind, known = _kind(values[row]), _kind(self.levels[0])
            if kind != known or handle_unknown == "error":
                raise ValueError(
                    f"Column {self.name!r} has the level {values[row]!r}, "
                    f"a {kind}, which was not seen in fit: its levels are "
                    f"{_listed(self.levels)}."
                )
        codes[missing] = np.nan
        return codes

    def restore(self, shares):
        """Return the level with the largest share of each row, None for NaN."""
        levels = np.empty(len(self.levels) + 1, dtype=object)
        levels[:-1] = self.levels
        missing = np.isnan(shares).any(axis=1)
        return levels[np.where(missing, -1, shares.argmax(axis=1))]


class Table:
    """How the columns of a table become numbers, and numbers columns again.

    The numbers are those of the columns of numbers, in their order, and then, for each
    column of levels, one that is 1 for each level where the row has it, else 0; or NaN
    where an entry is missing.

    Parameters
    ----------
    columns : list of Numbers or Levels
        The columns.

    frame : DataFrame or None
        The table without its rows, None where it was an array.

    Attributes
    ----------
    levels : tuple of int
        How many levels the columns have that have some.
    """

    def __init__(self, columns, frame):
        self.columns = columns
        self.frame = frame
        has_levels = np.array([isinstance(column, Levels) for column in columns])
        self.numeric = np.flatnonzero(~has_levels)
        self.categorical = np.flatnonzero(has_levels)
        self.levels = tuple(len(columns[j].levels) for j in self.categorical)
        # Where each column stands, if those of numbers come first.
        self._order = np.argsort(np.concatenate([self.numeric, self.categorical]))

    def encode(self, X, handle_unknown):
        """Return the numbers of some rows.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n, n_columns)
            The rows, one at least, with the columns that were seen.

        handle_unknown : {"missing", "error"}
            What to do about levels that were not seen.

        Returns
        -------
        numbers : ndarray of float32 or float64 of shape (n, n_numbers)
            NaN where an entry is missing.

        Raises
        ------
        ValueError
            If a column is not of the kind that it was, or a level was not seen and
            `handle_unknown` says so.
        """
        numbers = np.empty((X.shape[0], 0))
        if len(self.numeric):
            numbers = check_array(
                _safe_indexing(X, self.numeric.tolist(), axis=1),
                dtype=[np.float64, np.float32],
                ensure_all_finite=False,
            )
        encoded = [numbers]
        for j, n_levels in zip(self.categorical, self.levels, strict=True):
            codes = self.columns[j].encode(*_values(X, j), handle_unknown)
            missing = np.isnan(codes)
            indicators = np.zeros((len(codes), n_levels), dtype=numbers.dtype)
            row = np.flatnonzero(~missing)
            indicators[row, codes[row].astype(int)] = 1
            indicators[missing] = np.nan
            encoded.append(indicators)
        return np.concatenate(encoded, axis=1)

    def encode_given(self, given):
        """Return the numbers of a row of which some values are given.

        Parameters
        ----------
        given : dict
            Values by the name of their column, or its index where it has no name.

        Returns
        -------
        numbers : ndarray of shape (n_numbers,)
            NaN for all other columns.

        Raises
        ------
        ValueError
            If there is no such column, or it has no such value.
        """
        n_numeric = len(self.numeric)
        numbers = np.full(n_numeric + sum(self.levels), np.nan)
        names = range(len(self.columns)) if self.frame is None else self.frame.columns
        places = {name: j for j, name in enumerate(names)}
        for name, value in given.items():
            if name not in places:
                raise ValueError(
                    f"given has {name!r}, but X has the columns {list(places)}."
                )
            j = places[name]
            if isinstance(self.columns[j], Levels):
                begin = n_numeric + sum(self.levels[: self._order[j] - n_numeric])
                codes = self.columns[j].encode([value], np.array([False]), "error")
                numbers[begin : begin + len(self.columns[j].levels)] = 0
                numbers[begin + int(codes[0])] = 1
            elif _kind(value) != "number" or not np.isfinite(value):
                raise ValueError(
                    f"given must have a finite number for column {name!r}; got "
                    f"{value!r}."
                )
            else:
                numbers[self._order[j]] = value
        return numbers

    def decode(self, numbers, like=None):
        """Return the rows that some numbers stand for.

        Parameters
        ----------
        numbers : ndarray of shape (n, n_numbers)
            Numbers, and for each level its share.

        like : object, default=None
            A DataFrame of pandas with as many rows has the index to take over.

        Returns
        -------
        rows : DataFrame or ndarray of shape (n, n_columns)
            Like the table that was seen: its dtypes, levels, whole numbers and ranges,
            where it was a DataFrame; else an array, of objects where levels are.
        """
        n_numeric = len(self.numeric)
        parts = [
            *numbers[:, :n_numeric].T,
            *np.split(numbers[:, n_numeric:], np.cumsum(self.levels)[:-1], axis=1),
        ]
        entries = [
            (self.columns[j], parts[place]) for j, place in enumerate(self._order)
        ]
        if self.frame is not None:
            restored = [column.restore(part) for column, part in entries]
            return _frame(self.frame, restored, like)
        rows = np.stack(
            [
                part if isinstance(column, Numbers) else column.restore(part)
                for column, part in entries
            ],
            axis=1,
        )
        return rows if _has_text(rows) else rows.astype(numbers.dtype)

    def spread(self, by_column):
        """Return what is said of columns for each of their numbers.

        Parameters
        ----------
        by_column : ndarray of shape (n, n_columns)
            Something of each entry.

        Returns
        -------
        by_number : ndarray of shape (n, n_numbers)
            The same of each number that stands for it.
        """
        order = np.concatenate([self.numeric, self.categorical])
        repeats = np.concatenate([np.ones(len(self.numeric), dtype=int), self.levels])
        return by_column[:, np.repeat(order, repeats.astype(int))]

    def in_order(self, by_column):
        """Return in the table's order columns of which those of numbers come first."""
        return by_column[:, self._order]


def _column_by_dtype(X, j):
    """Return the column of a DataFrame that its dtype asks for."""
    series = _series(X, j)
    if series.dtype.is_numeric():
        return _numbers(X, j)
    if series.dtype in (nw.Categorical, nw.Enum, nw.Boolean):
        return _levels(X, j)
    values, missing = _values(X, j)
    kinds = {_kind(value) for value in np.array(values, dtype=object)[~missing]}
    if kinds == {"number"}:
        return _numbers(X, j)
    if kinds - {"text", "truth value"}:
        raise ValueError(
            f"Column {_name(X, j)!r} of dtype {_dtype(X, j)} holds "
            f"{' and '.join(sorted(kinds))}: a column must be of numbers, text, truth "
            "values or a categorical dtype."
        )
    column = _levels(X, j)
    if kinds == {"text"} and all(map(_is_number, column.levels)):
        raise ValueError(
            f"Column {column.name!r} holds numbers as text, {_listed(column.levels)}: "
            "convert it to numbers or, if they are levels, to a categorical dtype."
        )
    return column


def _numbers(X, j):
    """Return a column of numbers."""
    values = check_array(
        _safe_indexing(X, [j], axis=1), dtype=None, ensure_all_finite=False
    )[:, 0]
    is_whole = is_frame(X) and np.issubdtype(values.dtype, np.integer)
    known = values
    if not is_whole:
        values = values.astype(float)
        known = values[~np.isnan(values)]
        if len(known) == 0 and is_frame(X):
            raise ValueError(_nothing_known(X, j))
        # Whole numbers of which some are missing become floats.
        lacks = 0 < len(known) < len(values)
        is_whole = is_frame(X) and lacks and bool((known == np.rint(known)).all())
        is_whole &= bool(np.abs(known).max(initial=0) < 2**53)
        known = known.astype(np.int64) if is_whole else known
    low, high = (known.min(), known.max()) if len(known) else (np.nan, np.nan)
    return Numbers(low, high, is_whole)


def _levels(X, j):
    """Return a column of levels."""
    values, missing = _values(X, j)
    seen = {value for value, lacks in zip(values, missing, strict=True) if not lacks}
    name = _name(X, j)
    kinds = sorted({_kind(value) for value in seen})
    if len(kinds) > 1:
        raise ValueError(
            f"Column {name!r} mixes levels of several types: {' and '.join(kinds)}. "
            "Convert all of them to one, such as text."
        )
    if not seen:
        raise ValueError(_nothing_known(X, j))
    if len(seen) > MOST_LEVELS:
        raise ValueError(
            f"Column {name!r} has {len(seen)} levels; {MOST_LEVELS} at most can be "
            "told apart. Drop it, put rare levels together, or make numbers of them, "
            "as sklearn.preprocessing.TargetEncoder does."
        )
    return Levels(name, tuple(_sorted(X, j, seen)))


def _sorted(X, j, seen):
    """Return levels in the order of the dtype, if it has one, or their own."""
    if is_frame(X) and _series(X, j).dtype in (nw.Categorical, nw.Enum):
        known = _series(X, j).cat.get_categories().to_list()
        return [level for level in known if level in seen]
    return sorted(seen)


def _values(X, j):
    """Return the entries of a column as a list, and which of them are missing."""
    if is_frame(X):
        series = _series(X, j)
        values, missing = series.to_list(), series.is_null().to_numpy()
    else:
        values = np.asarray(X)[:, j].tolist()
        missing = np.array([value is None for value in values])
    strange = [_is_nan(value) for value in values]
    return values, np.asarray(missing, dtype=bool) | strange


def _series(X, j):
    return nw.from_native(_safe_indexing(X, int(j), axis=1), series_only=True)


def _name(X, j):
    return X.columns[j] if is_frame(X) else int(j)


def _dtype(X, j):
    return _safe_indexing(X, int(j), axis=1).dtype


def _nothing_known(X, j):
    return (
        f"Column {_name(X, j)!r} of X is missing in all of its {X.shape[0]} rows: "
        "nothing can be learned of it. Drop the column."
    )


def _kind(value):
    """Return what a value is, in a word."""
    if isinstance(value, bool | np.bool_):
        return "truth value"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, PlainNumber) else type(value).__name__


def _is_nan(value):
    return isinstance(value, float) and value != value


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _has_text(rows):
    return rows.dtype == object and any(isinstance(value, str) for value in rows.flat)


def _listed(levels):
    """Return some levels, to be read."""
    few = ", ".join(map(repr, levels[:FEW_LEVELS]))
    return few if len(levels) <= FEW_LEVELS else f"{few}, and {len(levels)} in all"


def _first_rows(X, n_rows):
    return X[:n_rows] if nw.dependencies.is_polars_dataframe(X) else X.iloc[:n_rows]


def _frame(template, columns, like):
    """Return columns as a DataFrame with the names and dtypes of another."""
    library = nw.get_native_namespace(template)
    if nw.dependencies.is_polars_dataframe(template):
        lists = [
            [None if _is_nan(value) else value for value in values.tolist()]
            for values in columns
        ]
        return library.DataFrame(
            [
                library.Series(name, values).cast(template[name].dtype)
                for name, values in zip(template.columns, lists, strict=True)
            ]
        )
    index = like.index if nw.dependencies.is_pandas_dataframe(like) else None
    frame = library.concat(
        [
            library.Series(values, index=index).astype(template.dtypes.iloc[j])
            for j, values in enumerate(columns)
        ],
        axis=1,
    )
    return frame.set_axis(template.columns, axis=1)
