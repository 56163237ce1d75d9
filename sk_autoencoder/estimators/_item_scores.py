"""Scores of items by histories of users, made comparable."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from scipy.sparse import diags_array


def unit_rows(X):
    """Return histories of norm one, in single precision, as autoencoders take them.

    Parameters
    ----------
    X : CSR array of shape (n_users, n_items)
        Histories.

    Returns
    -------
    rows : ndarray of float32 of shape (n_users, n_items)
        Those of users who have nothing are zero.
    """
    X = peaks_at_one(X)
    norms = np.sqrt(X.multiply(X).sum(axis=1))
    return (diags_array(1 / np.where(norms > 0, norms, 1)) @ X).toarray().astype("f4")


def peaks_at_one(X):
    """Return histories whose largest value is one, so that no square overflows."""
    peaks = X.max(axis=1).toarray().ravel()
    return (diags_array(1 / np.where(peaks > 0, peaks, 1)) @ X).tocsr()


def network_scores(estimators, X):
    """Return the mean over autoencoders of the log shares of all items.

    Parameters
    ----------
    estimators : list of AutoencoderTransformer
        With the multinomial loss.

    X : CSR array of shape (n_users, n_items)
        Histories.

    Returns
    -------
    scores : ndarray of shape (n_users, n_items)
        Up to a number for each user.
    """
    rows = unit_rows(X).astype(np.float64)
    least = np.finfo(np.float64).tiny
    return sum(
        np.log(np.maximum(estimator.reconstruct(rows), least))
        for estimator in estimators
    ) / len(estimators)


def standardized_unseen(scores, X):
    """Return scores of mean 0 and variance 1 over what each user has not.

    Parameters
    ----------
    scores : ndarray of shape (n_users, n_items)
        Any scores.

    X : CSR array of shape (n_users, n_items)
        Histories; of a user who has nearly all items, all are counted.

    Returns
    -------
    standardized : ndarray of shape (n_users, n_items)
        Zero where all are the same.
    """
    counted = np.ones(X.shape, dtype=bool)
    counted[X.nonzero()] = False
    counted[counted.sum(axis=1) < 2] = True
    n_counted = counted.sum(axis=1, keepdims=True)

    def mean(values):
        return np.where(counted, values, 0).sum(axis=1, keepdims=True) / n_counted

    centered = scores - mean(scores)
    deviation = np.sqrt(mean(centered**2))
    # Of equal scores the mean is not theirs to the bit.
    rounding = 1e-12 * np.abs(scores).max(axis=1, keepdims=True)
    constant = deviation <= rounding
    return np.where(constant, 0.0, centered / np.where(constant, 1, deviation))
