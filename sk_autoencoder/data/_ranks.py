"""Rankings of items by scores, and what those that were held out gain by them."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np


def best_items(scores, k):
    """Return the indices of the k best items of each user, the best first.

    Of items with the same score the first is before the others.
    """
    n_items = scores.shape[1]
    k = min(k, n_items)
    if k < n_items:
        # All that are better than the k-th, and the first of those that are as good.
        least = -np.partition(-scores, k - 1, axis=1)[:, [k - 1]]
        better, equal = scores > least, scores == least
        lacking = k - better.sum(axis=1, keepdims=True)
        chosen = better | (equal & (equal.cumsum(axis=1) <= lacking))
        among = np.nonzero(chosen)[1].reshape(len(scores), k)
    else:
        among = np.broadcast_to(np.arange(n_items), scores.shape)
    order = np.argsort(-np.take_along_axis(scores, among, 1), axis=1, kind="stable")
    return np.take_along_axis(among, order, axis=1)


def ndcg_of_users(worth, scores, k):
    """Return the gain of each user, of whom each has something held out.

    Parameters
    ----------
    worth : CSR array of shape (n_users, n_items)
        What was held out, without explicit zeros.

    scores : ndarray of shape (n_users, n_items)
        Not NaN.

    k : int
        The number of items that count.

    Returns
    -------
    gains : ndarray of shape (n_users,)
        In [0, 1].
    """
    gained = gained_by(worth, scores, k)
    k = gained.shape[1]
    discount = 1 / np.log2(np.arange(2, k + 2))
    counts = np.diff(worth.indptr)
    user = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((-worth.data, user))
    place = np.arange(worth.nnz) - worth.indptr[user]
    counted = place < k
    ideal = np.bincount(
        user[counted],
        worth.data[order][counted] * discount[place[counted]],
        len(counts),
    )
    return gained @ discount / ideal


def gained_by(worth, scores, k):
    """Return what each of the k best items of each user is worth."""
    top = best_items(scores, k)
    gained = np.take_along_axis(worth.toarray(), top, axis=1)
    recommended = np.take_along_axis(scores, top, axis=1) > -np.inf
    return np.where(recommended, gained, 0.0)
