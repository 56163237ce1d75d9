"""Tables: columns of numbers and columns of levels, as numbers and back again."""

# SPDX-License-Identifier: BSD-3-Clause

import narwhals.stable.v2 as nw
import numpy as np
from sklearn.utils import check_array
from sklearn.utils._indexing import _safe_indexing

from sk_autoencoder.data._columns import Levels
from sk_autoencoder.data._entries import entries_of, is_missing, kind_of


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
        self._numbers_first = np.concatenate([self.numeric, self.categorical])
        self._order = np.argsort(self._numbers_first)

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
            codes = self.columns[j].encode(entries_of(X, j), handle_unknown)
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
                codes = self.columns[j].encode([value], "error")
                numbers[begin : begin + len(self.columns[j].levels)] = 0
                numbers[begin + int(codes[0])] = 1
            elif kind_of(value) != "number" or not np.isfinite(value):
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
        restored = self._restored(numbers)
        if self.frame is not None:
            return _frame(self.frame, restored, like)
        rows = np.stack(restored, axis=1)
        return rows if _has_text(rows) else rows.astype(numbers.dtype)

    def _restored(self, numbers):
        """Return the values of each column that numbers stand for."""
        n_numeric = len(self.numeric)
        parts = [
            *numbers[:, :n_numeric].T,
            *np.split(numbers[:, n_numeric:], np.cumsum(self.levels)[:-1], axis=1),
        ]
        return [
            column.restore(parts[place])
            for column, place in zip(self.columns, self._order, strict=True)
        ]

    def fill(self, X, numbers):
        """Return a DataFrame in which numbers stand for what is missing.

        Parameters
        ----------
        X : DataFrame of shape (n, n_columns)
            The rows, with the columns that were seen.

        numbers : ndarray of shape (n, n_numbers)
            Numbers, and for each level its share.

        Returns
        -------
        filled : DataFrame of shape (n, n_columns)
            Known entries are as they were, with their dtypes.
        """
        columns = []
        for j, restored in enumerate(self._restored(numbers)):
            entries = np.empty(len(restored), dtype=object)
            entries[:] = [
                value if is_missing(entry) else entry
                for entry, value in zip(entries_of(X, j), restored, strict=True)
            ]
            columns.append(entries)
        return _frame(without_rows(X), columns, X)

    def widened(self, numbers):
        """Return the table of these columns with ranges that have more rows too."""
        columns = list(self.columns)
        for place, j in enumerate(self.numeric):
            columns[j] = columns[j].widened(numbers[:, place])
        return Table(columns, self.frame)

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
        widths = [1] * len(self.numeric) + list(self.levels)
        return by_column[:, np.repeat(self._numbers_first, widths)]

    def in_order(self, by_column):
        """Return in the table's order columns of which those of numbers come first."""
        return by_column[:, self._order]


def with_columns(frame, columns, names):
    """Return a DataFrame with more columns, in an order.

    Parameters
    ----------
    frame : DataFrame of shape (n, n_columns)
        The frame, whose index the new columns get.

    columns : dict of str to ndarray of shape (n,)
        The columns to add, by name.

    names : list of str
        The names of all, in order.

    Returns
    -------
    frame : DataFrame
        With these columns.
    """
    if not columns:
        return frame
    known = nw.from_native(frame, eager_only=True)
    added = [
        nw.new_series(name, values, backend=known.implementation)
        for name, values in columns.items()
    ]
    return known.with_columns(*added).select(*names).to_native()


def _has_text(rows):
    return rows.dtype == object and any(isinstance(value, str) for value in rows.flat)


def _frame(template, columns, like):
    """Return columns as a DataFrame with the names and dtypes of another."""
    library = nw.get_native_namespace(template)
    if nw.dependencies.is_polars_dataframe(template):
        lists = [
            [None if is_missing(value) else value for value in values.tolist()]
            for values in columns
        ]
        return library.DataFrame(
            [
                library.Series(name, values, template[name].dtype, strict=False)
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


def without_rows(X):
    """Return a DataFrame with the names and dtypes of another, and nothing else."""
    if nw.dependencies.is_polars_dataframe(X):
        return X.clear()
    frame = X.iloc[:0].reset_index(drop=True).copy()
    frame.dtypes  # noqa: B018, nullable columns keep theirs when first asked for it
    return frame
