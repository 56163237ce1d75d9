"""How near synthetic rows are to those that they were learned from."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.utils import gen_batches

from sk_autoencoder.metrics._rows import as_numbers

# Distances that are computed at once.
BLOCK = 2**22


def closest_distances(X, X_train):
    """Return how far each row is from the closest training row.

    The distance is Gower's [1]_: the mean over columns of the difference of numbers, as
    a share of the range that they have in the training rows, and of 1 where levels
    differ. A value that is missing in one of two rows alone counts as 1.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Rows, such as synthetic ones, or real ones that were held out.

    X_train : array-like or DataFrame of shape (n_train_samples, n_features)
        The training rows.

    Returns
    -------
    distances : ndarray of shape (n_samples,)
        Zero for copies. Synthetic rows should be as far as rows that were held out.

    Raises
    ------
    ValueError
        If the columns differ.

    References
    ----------
    .. [1] Gower, J. C. (1971). A general coefficient of similarity and some of its
       properties. Biometrics, 27(4), 857-871.

    Examples
    --------
    >>> from sk_autoencoder.metrics import closest_distances
    >>> closest_distances([[1.0, 5.0], [2.0, 6.0]], [[0.0, 5.0], [2.0, 9.0]])
    array([0.25 , 0.375])
    """
    columns, train, rows = as_numbers(X_train, X)
    low, high = np.nanmin(train, axis=0), np.nanmax(train, axis=0)
    # Levels that differ differ in two numbers.
    unit = np.where(high > low, high - low, 1.0)
    unit[columns.n_numeric :] = 2.0
    train, rows = train / unit, rows / unit
    n_rows = max(BLOCK // len(train), 1)
    least = [
        sum(
            _differences(rows[batch, here], train[:, here]) for here in columns.places
        ).min(axis=1)
        for batch in gen_batches(len(rows), n_rows)
    ]
    return np.concatenate(least) / len(columns.places)


def copied_share(X, X_train):
    """Return the share of rows that are copies of a training row.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Rows, such as synthetic ones, or real ones that were held out.

    X_train : array-like or DataFrame of shape (n_train_samples, n_features)
        The training rows.

    Returns
    -------
    share : float
        In [0, 1]. Of few columns with few values rows are equal by chance: compare it
        with that of rows that were held out.

    Raises
    ------
    ValueError
        If the columns differ.

    Examples
    --------
    >>> from sk_autoencoder.metrics import copied_share
    >>> copied_share([[1.0, 5.0], [2.0, 6.0]], [[0.0, 5.0], [2.0, 6.0]])
    0.5
    """
    _, train, rows = as_numbers(X_train, X)
    known = {row.tobytes() for row in _plain(train)}
    return sum(row.tobytes() in known for row in _plain(rows)) / len(rows)


def _plain(rows):
    """Return rows of which those with the same numbers have the same bytes."""
    return np.where(np.isnan(rows), np.nan, rows + 0.0)


def _differences(rows, others):
    """Return how much each pair of rows differs in one column, from zero to one."""
    lacks, lack = np.isnan(rows[:, :1]), np.isnan(others[:, 0])
    differences = cdist(np.nan_to_num(rows), np.nan_to_num(others), "cityblock")
    return np.where(lacks | lack, lacks != lack, differences)
