"""Sequences that end before others, padded with NaN."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np

from sk_autoencoder.data._validation import check_finite, has_nan


def check_padding(X, sample_shape, estimator_name):
    """Raise if an entry of X is infinite, or missing where no sequence has ended.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Ravelled sequences.

    sample_shape : tuple of two int
        (time, channels).

    estimator_name : str
        For the error.
    """
    missing = np.isnan(X).reshape(len(X), *sample_shape)
    ended = missing.all(axis=2)  # (n, t)
    again = ended[:, :-1] & ~ended[:, 1:]
    if (missing.any(axis=2) & ~ended).any() or again.any() or ended[:, 0].any():
        raise ValueError(
            "Input X contains NaN that are not padding: a sequence may end early, in "
            "steps of which all channels are NaN, but not start late, pause or miss "
            "one channel."
        )
    check_finite(fill_padding(X, 0.0), estimator_name)


def fill_padding(X, value):
    """Return a copy of X with a value, or one for each feature, instead of NaN."""
    return np.where(np.isnan(X), value, X).astype(X.dtype, copy=False)


def fill_with_means(X):
    """Return X with the features' means instead of NaN, zero where all are missing."""
    if not has_nan(X):
        return X
    n_known = np.maximum((~np.isnan(X)).sum(axis=0), 1)
    return fill_padding(X, np.nansum(X, axis=0, dtype=np.float64) / n_known)
