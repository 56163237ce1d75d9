"""Rows that are compared, as numbers, and which of these belong to one column."""

# SPDX-License-Identifier: BSD-3-Clause

from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_array

from sk_autoencoder.data import is_frame, table_of


class Columns(NamedTuple):
    """Where the numbers of the columns of a table are.

    Attributes
    ----------
    places : list of slice
        Of each column: one number, or one for each level. Those without levels come
        first.

    n_numeric : int
        How many these are.

    names : list
        The names of the columns in this order, or their indices in arrays.
    """

    places: list
    n_numeric: int
    names: list


def as_numbers(X, *others):
    """Return rows as numbers, by the columns of the first.

    Parameters
    ----------
    X, *others : array-like or DataFrame of shape (n_samples, n_features)
        Rows with the same columns.

    Returns
    -------
    columns : Columns
        Where the numbers of each column are.

    *numbers : ndarray of shape (n_samples, n_numbers)
        The rows, NaN where an entry is missing, or has a level that X has not.

    Raises
    ------
    ValueError
        If the columns differ, or an entry is neither a finite number nor a level.
    """
    table = table_of(X, "from_dtype")
    if table is None:
        numbers = [_checked(rows) for rows in (X, *others)]
        names, levels = list(range(numbers[0].shape[1])), ()
        if len({rows.shape[1] for rows in numbers}) > 1:
            shapes = [rows.shape for rows in numbers]
            raise ValueError(f"Rows must have the same columns; got shapes {shapes}.")
    else:
        known = list(X.columns)
        for rows in others:
            columns = list(rows.columns) if is_frame(rows) else type(rows).__name__
            if columns != known:
                raise ValueError(
                    f"Rows must be DataFrames with the columns {known}; got {columns}."
                )
        numbers = [_checked(table.encode(rows, "missing")) for rows in (X, *others)]
        levels = table.levels
        names = [known[j] for j in (*table.numeric, *table.categorical)]
    n_numeric = len(names) - len(levels)
    edges = accumulate([1] * n_numeric + list(levels), initial=0)
    places = [slice(*ends) for ends in pairwise(edges)]
    return Columns(places, n_numeric, names), *numbers


def _checked(rows):
    return check_array(rows, dtype=np.float64, ensure_all_finite="allow-nan")
