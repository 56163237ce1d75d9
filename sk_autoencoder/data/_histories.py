"""Histories of users, of which a part is held out to be recommended."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Real

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, validate_params


@validate_params(
    {
        "X": ["array-like", "sparse matrix"],
        "share": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def hold_out_items(X, share=0.2, random_state=None):
    """Split the items of each user into a history and items that are held out.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_users, n_items)
        What each user has; zero is nothing.

    share : float, default=0.2
        How many of the items of a user are held out, in (0, 1): rounded down, but one
        at least if the user has two, so that the history is never empty.

    random_state : int, RandomState instance or None, default=None
        Determines which.

    Returns
    -------
    history, held_out : sparse array or matrix of shape (n_users, n_items)
        In the CSR format, whose sum is X; arrays, unless X is a sparse matrix.

    Raises
    ------
    ValueError
        If X has an entry that is not a finite number.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder.interactions import hold_out_items
    >>> X = np.array([[1, 0, 1, 1], [0, 2, 0, 0]])
    >>> history, held_out = hold_out_items(X, share=0.5, random_state=0)
    >>> history.toarray() + held_out.toarray()
    array([[1, 0, 1, 1],
           [0, 2, 0, 0]])
    >>> held_out.count_nonzero(axis=1)
    array([1, 0])
    """
    X = check_array(X, accept_sparse="csr", ensure_min_samples=0)
    whole = X.copy() if issparse(X) else csr_array(X)
    whole.sum_duplicates()
    whole.eliminate_zeros()
    rng = check_random_state(random_state)
    counts = np.diff(whole.indptr)
    n_held = np.where(counts > 1, np.maximum((counts * share).astype(int), 1), 0)
    user = np.repeat(np.arange(len(counts)), counts)
    # Of each user, the entries in random order, and the place of each therein.
    order = np.lexsort((rng.uniform(size=whole.nnz), user))
    place = np.arange(whole.nnz) - whole.indptr[user]
    held = np.empty(whole.nnz, dtype=bool)
    held[order] = place < n_held[user]
    return _with_entries(whole, ~held), _with_entries(whole, held)


def _with_entries(X, chosen):
    """Return a matrix with some of the entries of another."""
    of_row = np.concatenate([[0], np.cumsum(chosen)])[X.indptr]
    return type(X)((X.data[chosen], X.indices[chosen], of_row), shape=X.shape)
