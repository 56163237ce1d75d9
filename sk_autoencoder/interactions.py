"""From tables of what users did to a sparse matrix of users by items."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Real
from typing import NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
from scipy.sparse import csr_array
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from sk_autoencoder.data import hold_out_items, is_frame, series_of

__all__ = ["Interactions", "hold_out_items", "interaction_matrix"]


class Interactions(NamedTuple):
    """A sparse matrix, and what its rows and columns are.

    Attributes
    ----------
    X : csr_array of float64 of shape (n_users, n_items)
        What each user has.

    users : ndarray of shape (n_users,)
        The users of the rows, each once and in order.

    items : ndarray of shape (n_items,)
        The items of the columns.
    """

    X: csr_array
    users: np.ndarray
    items: np.ndarray


@validate_params(
    {
        "frame": "no_validation",
        "user": [str, int],
        "item": [str, int],
        "rating": [str, int, None],
        "time": [str, int, None],
        "least_rating": [Interval(Real, None, None, closed="neither"), None],
        "duplicates": [StrOptions({"last", "sum"})],
        "items": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def interaction_matrix(
    frame,
    *,
    user="user",
    item="item",
    rating=None,
    time=None,
    least_rating=None,
    duplicates="last",
    items=None,
):
    """Make a matrix of users by items from a table with a row for each interaction.

    Parameters
    ----------
    frame : DataFrame
        Of pandas or polars.

    user, item : str or int, default="user", "item"
        The columns that say who had what: numbers, text or another type whose values
        can be put in order.

    rating : str or int, default=None
        The column that says how much the user likes the item; zero is as if there was
        no row. None is 1 in all rows.

    time : str or int, default=None
        The column that says when: numbers, dates or times. Of None the order of the
        rows is that of time.

    least_rating : float, default=None
        Rows that are rated lower are left out, and all others become 1: ratings from 4
        on are likes. None takes ratings as they are.

    duplicates : {"last", "sum"}, default="last"
        What the value of a user and an item is who are in several rows: the last
        rating, before `least_rating` is applied, or the sum of all that remain. The sum
        without `rating` counts the rows.

    items : array-like of shape (n_items,), default=None
        The items of the columns, each once: those of the training data, so that a
        fitted recommender knows them. Rows of others are left out. None are all of the
        table, in order.

    Returns
    -------
    interactions : Interactions
        The matrix `X`, the `users` of its rows, and the `items` of its columns. Users
        of whom all rows were left out have a row of zeros.

    Raises
    ------
    ValueError
        If there is no such column, a user, an item, a rating or a time is missing, ids
        cannot be put in order, or `least_rating` is given without `rating`.

    See Also
    --------
    sk_autoencoder.AutoencoderRecommender : Learns from the matrix.

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_autoencoder.interactions import interaction_matrix
    >>> frame = pd.DataFrame(
    ...     {
    ...         "user": ["ann", "bob", "ann", "ann"],
    ...         "item": ["tea", "tea", "jam", "jam"],
    ...         "stars": [5, 2, 1, 4],
    ...     }
    ... )
    >>> X, users, items = interaction_matrix(frame, rating="stars", least_rating=4)
    >>> X.toarray()
    array([[1., 1.],
           [0., 0.]])
    >>> users.tolist(), items.tolist()
    (['ann', 'bob'], ['jam', 'tea'])
    """
    if not is_frame(frame):
        raise ValueError(
            "frame must be a DataFrame of pandas or polars; got "
            f"{type(frame).__name__}."
        )
    if least_rating is not None and rating is None:
        raise ValueError(
            f"least_rating={least_rating!r} needs the column of ratings; got rating="
            "None."
        )
    users, row = _in_order(_column(frame, user, "user"), "user")
    found, column = _in_order(_column(frame, item, "item"), "item")
    values = np.ones(len(row))
    if rating is not None:
        values = _numbers(_column(frame, rating, "rating"), rating)
    kept = np.ones(len(row), dtype=bool)
    if items is not None:
        items, place = _places(items, found)
        column = place[column] if len(place) else column
        kept &= column >= 0
    else:
        items = found
    if duplicates == "last":
        when = np.arange(len(row))
        if time is not None:
            when = _in_order(_column(frame, time, "time"), "time")[1]
        # Rows in order, of which the last of each user and item is kept.
        order = np.lexsort((when, column, row))
        same = np.diff(row[order]) == 0
        same &= np.diff(column[order]) == 0
        kept[order[:-1][same]] = False
    if least_rating is not None:
        kept &= values >= least_rating
        values = np.ones(len(row))
    entries = values[kept], (row[kept], column[kept])
    X = csr_array(entries, shape=(len(users), len(items)))
    X.sum_duplicates()
    X.eliminate_zeros()
    return Interactions(X, users, items)


def _column(frame, name, meaning):
    """Return a column of a frame, without missing entries."""
    names = list(frame.columns)
    if name not in names:
        raise ValueError(f"{meaning}={name!r} is not a column: frame has {names}.")
    if names.count(name) > 1:
        raise ValueError(f"{meaning}={name!r} stands for several columns of frame.")
    series = series_of(frame, names.index(name))
    missing = series.is_null().to_numpy()
    if series.dtype.is_float():
        missing = missing | series.is_nan().fill_null(True).to_numpy()
    if missing.any():
        raise ValueError(
            f"Column {name!r} is missing in {int(missing.sum())} of {len(series)} "
            f"rows, the first is {int(missing.argmax())}: drop these."
        )
    return series


def _in_order(series, meaning):
    """Return the distinct values in order, and which of them each entry is."""
    values = series.to_numpy()
    try:
        return np.unique(values, return_inverse=True)
    except TypeError as error:
        kinds = sorted({type(value).__name__ for value in series.to_list()})
        raise ValueError(
            f"Column {series.name!r}, of {meaning}, mixes {' and '.join(kinds)}, which "
            "cannot be put in order. Convert all to one type, such as text."
        ) from error


def _numbers(series, name):
    """Return ratings as finite numbers."""
    if not series.dtype.is_numeric() and series.dtype != nw.Boolean:
        raise ValueError(
            f"rating={name!r} must be a column of numbers; it is of {series.dtype}."
        )
    values = series.cast(nw.Float64).to_numpy()
    if not np.isfinite(values).all():
        raise ValueError(f"rating={name!r} must be finite; the column has infinity.")
    return values


def _places(items, found):
    """Return the items asked for, and the place among them of each that was found."""
    items = np.asarray(items)
    if items.ndim != 1:
        raise ValueError(f"items must be in one dimension; got shape {items.shape}.")
    place_of = {value: j for j, value in enumerate(items.tolist())}
    if len(place_of) < len(items):
        raise ValueError("items must have each item once.")
    places = [place_of.get(value, -1) for value in found.tolist()]
    if places and max(places) < 0:
        raise ValueError(
            f"None of the items of frame, such as {found[0]!r}, is in items, such as "
            f"{items[:1].tolist()}: have they the same type?"
        )
    return items, np.array(places, dtype=int)
