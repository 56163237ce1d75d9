"""Windows and what follows them as rows, and what the columns of these are."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder.data import SequenceLayout
from sk_autoencoder.sequences import BlockedKFold


def ravelled(values):
    """Return an array of three axes as rows, anything else as it is.

    Parameters
    ----------
    values : array-like of shape (n, n_columns), (n, n_steps, n_channels) or (n,)
        Sequences.

    Returns
    -------
    rows : array-like
        Of shape (n, n_steps * n_channels) where there were three axes.

    shape : tuple of two int or None
        ``(n_steps, n_channels)`` where there were three axes.
    """
    n_axes = values.ndim if hasattr(values, "ndim") else np.asarray(values).ndim
    if n_axes != 3:
        return values, None
    values = np.asarray(values)
    return values.reshape(len(values), -1), values.shape[1:]


def resolve_layout(params, n_inputs, n_targets, of_window, of_target):
    """Return what the columns of X and of y are.

    Parameters
    ----------
    params : AutoencoderSequenceRegressor
        The estimator, for its parameters.

    n_inputs, n_targets : int
        The columns of X and y, ravelled.

    of_window, of_target : tuple of two int or None
        ``(n_steps, n_channels)`` of X and of y, where they say so themselves.

    Returns
    -------
    layout : SequenceLayout
        What they are.

    Raises
    ------
    ValueError
        If the parameters do not suit the columns, or say otherwise than the shapes.
    """
    n_exog = int(params.n_exog)
    if of_window is not None and n_exog:
        raise ValueError(
            f"X of three axes has no room for n_exog={n_exog} columns. Ravel the "
            "windows and put the columns after them: np.hstack([X.reshape(len(X), -1), "
            "exog]), with n_channels."
        )
    n_window = n_inputs - n_exog
    if n_window < 1:
        raise ValueError(
            f"X has {n_inputs} columns: n_exog={n_exog} leaves none for the window."
        )
    n_channels = _n_channels(params.n_channels, "n_channels", "X", of_window, 1)
    _check_divides(n_channels, "n_channels", n_window, "the window in X")
    by_default = n_channels if n_targets > 1 else 1
    name = "n_target_channels"
    n_target_channels = _n_channels(
        getattr(params, name), name, "y", of_target, by_default
    )
    _check_divides(n_target_channels, name, n_targets, "y")
    return SequenceLayout(
        n_window // n_channels,
        n_channels,
        n_exog,
        n_targets // n_target_channels,
        n_target_channels,
    )


def _n_channels(value, name, of, shape, by_default):
    """Return a number of channels, by a parameter or by the shape of an array."""
    if shape is None:
        return by_default if value is None else int(value)
    if value is not None and value != shape[1]:
        raise ValueError(
            f"{of} has {shape[1]} channels on its third axis; {name} is {value}."
        )
    return shape[1]


def _check_divides(n_channels, name, n_columns, of):
    """Raise if channels do not divide columns."""
    if n_columns % n_channels:
        raise ValueError(
            f"{of} has {n_columns} columns, which {n_channels} channels do not divide: "
            f"it is to have all channels of the first step, then of the next. Set "
            f"{name}."
        )


def resolve_folds(cv, X, y, gap):
    """Return which rows to fit and which to hold out, for each fold.

    Parameters
    ----------
    cv : int or splitter
        The number of blocks, or what splits rows.

    X, y : ndarray
        The rows.

    gap : int
        The rows that are left out beside a block.

    Returns
    -------
    folds : list of tuple of ndarray
        Of each two. None where rows are too few for blocks with their gaps.

    Raises
    ------
    ValueError
        If a fold of a splitter leaves less than two rows to fit.
    """
    if is_blocked(cv):
        cv = BlockedKFold(min(int(cv), len(X)), gap=gap)
        folds = list(cv.split(X, y))
        return folds if _least_to_fit(folds) >= 2 else []
    folds = list(cv.split(X, y))
    if _least_to_fit(folds) < 2:
        raise ValueError(
            f"Of the {len(X)} samples of X cv={cv!r} leaves {_least_to_fit(folds)} to "
            "fit in one of its folds; two are needed."
        )
    return folds


def _least_to_fit(folds):
    """Return the least number of rows to fit in a fold."""
    return min(len(train) for train, _ in folds)


def is_blocked(cv):
    """Return whether `cv` takes rows to be in order of time."""
    return not hasattr(cv, "split")
