"""What X must be, said with what it is."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import numpy as np
from sklearn.utils import assert_all_finite

from sk_autoencoder.data._rows import as_tensor, blocks


def is_finite(X):
    """Return whether all entries of X are finite numbers, unless their sum overflows.

    Torch sums several times as fast as what scikit-learn does first, which here is a
    good part of `transform`.
    """
    return all(math.isfinite(as_tensor(rows).sum()) for rows in blocks(X))


def check_finite(X, estimator_name, allow_nan=False):
    """Raise scikit-learn's error if X has an entry that is not a finite number."""
    if not is_finite(X):
        for rows in blocks(X):
            assert_all_finite(
                rows, allow_nan=allow_nan, estimator_name=estimator_name, input_name="X"
            )


def has_nan(X):
    """Return whether an entry of X is NaN, a block at a time."""
    return not is_finite(X) and any(np.isnan(rows).any() for rows in blocks(X))


def lacks_entries(X):
    """Return whether some entries of X are NaN, of rows to learn from.

    Raises
    ------
    ValueError
        If all entries of a column are.
    """
    if not has_nan(X):
        return False
    unknown = np.all([np.isnan(rows).all(axis=0) for rows in blocks(X)], axis=0)
    if unknown.any():
        raise ValueError(
            f"Input X contains NaN in all of its {len(X)} rows in column "
            f"{int(np.flatnonzero(unknown)[0])}: nothing can be learned of it. Drop "
            "the column."
        )
    return True


def check_domain(X, low, high, estimator_name, loss):
    """Raise if a value of X lies outside the domain of a loss.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Rows; NaN is left alone.

    low, high : float
        The domain.

    estimator_name : str
        For the error.

    loss : object
        For the error, what was passed as `loss`.
    """
    if math.isinf(low) and math.isinf(high):
        return  # no need to pass over X
    for value in _extremes(X):
        if value < low or value > high:  # it is NaN where all of X is
            check_finite(X, estimator_name, allow_nan=True)
            which = "Negative values" if value < 0 else f"Values above {high:g}"
            raise ValueError(
                f"{which} in data passed to {estimator_name}: loss={loss!r} needs "
                f"values between {low:g} and {high:g}; X has {value:g}. Rescale X, or "
                "take loss='squared_error'."
            )


def _extremes(X):
    """Return the least and the greatest value of X, a block at a time."""
    low, high = zip(
        *(
            (np.fmin.reduce(rows, None), np.fmax.reduce(rows, None))
            for rows in blocks(X)
        ),
        strict=True,
    )
    return np.fmin.reduce(low), np.fmax.reduce(high)


def check_peak(X, least, loss):
    """Raise if the values of X are so small that a loss takes them for zero.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Rows in the domain of the loss; NaN is left alone.

    least : float
        What the largest value is at least, unless all are zero.

    loss : object
        For the error, what was passed as `loss`.
    """
    if not least:
        return
    _, largest = _extremes(X)
    if 0 < largest < least:
        raise ValueError(
            f"The largest value of X is {largest:.3g}; loss={loss!r}, which "
            f"computes in single precision, needs {least:.0e} at least. Rescale X, or "
            "take loss='squared_error'."
        )


def ravel_samples(X, sample_shape):
    """Return samples in their own shape as rows, anything else as it is.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features) or (n_samples, *sample_shape)
        Samples.

    sample_shape : tuple of int or None
        The shape of a sample, where it has one.

    Returns
    -------
    X : array-like
        Of shape (n_samples, n_features), where it had the shape of samples.
    """
    if sample_shape is None:
        return X
    n_axes = X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim
    if n_axes == 2 or n_axes != 1 + len(sample_shape):
        return X
    X = np.asarray(X)
    if X.shape[1:] != tuple(sample_shape):
        raise ValueError(
            f"X has samples of shape {X.shape[1:]}; sample_shape is "
            f"{tuple(sample_shape)}."
        )
    return X.reshape(len(X), -1)
