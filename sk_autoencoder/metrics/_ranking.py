"""Scores of recommendations: how the items that were held out rank."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, validate_params

from sk_autoencoder.data import (
    best_items,
    gained_by,
    hold_out_items,
    ndcg_of_users,
)

CONSTRAINTS = {
    "y_true": ["array-like", "sparse matrix"],
    "y_score": ["array-like"],
    "k": [Interval(Integral, 1, None, closed="left")],
}


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def ndcg_at(y_true, y_score, k=100):
    """Return the normalized discounted cumulative gain of the k best items.

    The gain of an item is its value in `y_true`, divided by the binary logarithm of
    its place plus one; the sum is divided by that of the best order [1]_.

    Parameters
    ----------
    y_true : {array-like, sparse matrix} of shape (n_users, n_items)
        The items that were held out: what each is worth, zero if it was not.

    y_score : array-like of shape (n_users, n_items)
        The scores that the items are ranked by. Of equal ones the first is before the
        others. What is -inf is not recommended, such as items of the history.

    k : int, default=100
        The number of items that count, from the best on.

    Returns
    -------
    score : float
        In [0, 1]: the mean over the users that have something held out.

    Raises
    ------
    ValueError
        If the shapes differ, a value of `y_true` is negative or all are zero, or a
        score is NaN.

    See Also
    --------
    sklearn.metrics.ndcg_score : The same of dense arrays, where no scores are equal.

    References
    ----------
    .. [1] Jarvelin, K., & Kekalainen, J. (2002). Cumulated gain-based evaluation of IR
       techniques. ACM Transactions on Information Systems, 20(4), 422-446.

    Examples
    --------
    >>> from sk_autoencoder.metrics import ndcg_at
    >>> print(round(ndcg_at([[0, 1, 0]], [[0.9, 0.5, 0.1]]), 3))
    0.631
    """
    return float(ndcg_of_users(*_checked(y_true, y_score), k).mean())


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def recall_at(y_true, y_score, k=20):
    """Return the share of the held-out items that is among the k best.

    It is a share of the k, for users of whom more were held out [1]_: so that the best
    is one for all.

    Parameters
    ----------
    y_true : {array-like, sparse matrix} of shape (n_users, n_items)
        The items that were held out: any that is not zero.

    y_score : array-like of shape (n_users, n_items)
        The scores that the items are ranked by. Of equal ones the first is before the
        others. What is -inf is not recommended, such as items of the history.

    k : int, default=20
        The number of items that count, from the best on.

    Returns
    -------
    score : float
        In [0, 1]: the mean over the users that have something held out.

    Raises
    ------
    ValueError
        If the shapes differ, a value of `y_true` is negative or all are zero, or a
        score is NaN.

    References
    ----------
    .. [1] Liang, D., Krishnan, R. G., Hoffman, M. D., & Jebara, T. (2018). Variational
       autoencoders for collaborative filtering. The Web Conference, 689-698.

    Examples
    --------
    >>> from sk_autoencoder.metrics import recall_at
    >>> recall_at([[1, 1, 0], [0, 1, 1]], [[0.9, 0.1, 0.5], [0.9, 0.5, 0.1]], k=2)
    0.5
    """
    worth, scores = _checked(y_true, y_score)
    gained = gained_by(worth, scores, k)
    n_held = np.minimum(np.diff(worth.indptr), k)
    return float(((gained > 0).sum(axis=1) / n_held).mean())


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def coverage_at(y_true, y_score, k=20):
    """Return the share of all items that are among the k best of some user.

    Parameters
    ----------
    y_true : {array-like, sparse matrix} of shape (n_users, n_items)
        The items that were held out; users of whom none was do not count here either.

    y_score : array-like of shape (n_users, n_items)
        The scores that the items are ranked by. Of equal ones the first is before the
        others. What is -inf is not recommended, such as items of the history.

    k : int, default=20
        The number of items that are recommended to each user.

    Returns
    -------
    coverage : float
        In [0, 1]: low if all users are recommended the same.

    Raises
    ------
    ValueError
        If the shapes differ, a value of `y_true` is negative or all are zero, or a
        score is NaN.

    Examples
    --------
    >>> from sk_autoencoder.metrics import coverage_at
    >>> y_true, y_score = [[0, 1, 0, 0], [1, 0, 0, 0]], [[4, 3, 2, 1], [4, 2, 3, 1]]
    >>> coverage_at(y_true, y_score, k=2)
    0.75
    """
    _, scores = _checked(y_true, y_score)
    top = best_items(scores, k)
    recommended = np.take_along_axis(scores, top, axis=1) > -np.inf
    return len(np.unique(top[recommended])) / scores.shape[1]


@validate_params(
    {
        "metric": [callable],
        "k": CONSTRAINTS["k"],
        "held_out": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def ranking_scorer(metric=ndcg_at, *, k=100, held_out=0.2, random_state=0):
    """Return a scorer of recommenders, for `GridSearchCV` with users as rows.

    It holds out items of each user, has the estimator predict scores from the others,
    and ranks all items but these.

    Parameters
    ----------
    metric : callable, default=ndcg_at
        `ndcg_at`, `recall_at`, `coverage_at`, or another ``metric(y_true, y_score,
        k=...)``.

    k : int, default=100
        The number of items that count, from the best on.

    held_out : float, default=0.2
        The share of the items of each user that is held out, in (0, 1).

    random_state : int, RandomState instance or None, default=0
        Determines which: with an integer each call holds out the same items of the same
        users, so that estimators are compared by the same.

    Returns
    -------
    scorer : callable
        Of ``(estimator, X, y=None)``, where ``estimator.predict`` gives scores of shape
        (n_users, n_items) from histories in the CSR format.

    See Also
    --------
    sk_autoencoder.interactions.hold_out_items : How items are held out.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder import AutoencoderRecommender
    >>> from sk_autoencoder.metrics import ranking_scorer, recall_at
    >>> group = np.repeat([0, 1], 20)
    >>> X = np.random.default_rng(0).uniform(size=(40, 12)) < 0.6
    >>> X[:, :6] &= group[:, None] == 0
    >>> X[:, 6:] &= group[:, None] == 1
    >>> model = AutoencoderRecommender(max_iter=0, random_state=0).fit(X[::2])
    >>> scorer = ranking_scorer(recall_at, k=3)
    >>> scorer(model, X[1::2]) > 0.8
    True
    """
    return _RankingScorer(metric, k, held_out, random_state)


class _RankingScorer:
    """What `ranking_scorer` returns."""

    def __init__(self, metric, k, held_out, random_state):
        self.metric = metric
        self.k = k
        self.held_out = held_out
        self.random_state = random_state

    def __call__(self, estimator, X, y=None):
        """Return the score of a fitted estimator.

        Raises
        ------
        ValueError
            If the estimator does not predict a score of each item, or no user has two.
        """
        history, held_out = hold_out_items(X, self.held_out, self.random_state)
        if held_out.nnz == 0:
            raise ValueError(
                f"None of the {X.shape[0]} users of X has two items: nothing can be "
                "held out to be ranked."
            )
        scores = np.array(estimator.predict(history), dtype=float)
        if scores.shape != history.shape:
            raise ValueError(
                f"{type(estimator).__name__}.predict must give scores of shape "
                f"{history.shape}, users by items; it gave {scores.shape}."
            )
        scores[history.nonzero()] = -np.inf
        return self.metric(held_out, scores, k=self.k)

    def __repr__(self):
        return (
            f"ranking_scorer({self.metric.__name__}, k={self.k}, "
            f"held_out={self.held_out}, random_state={self.random_state})"
        )


def _checked(y_true, y_score):
    """Return what was held out, and the scores, of users of whom something was."""
    worth = check_array(y_true, accept_sparse="csr", input_name="y_true")
    worth = csr_array(worth, dtype=np.float64, copy=True)
    worth.sum_duplicates()
    worth.eliminate_zeros()
    scores = check_array(y_score, ensure_all_finite=False, input_name="y_score")
    scores = scores.astype(np.float64, copy=False)
    if worth.shape != scores.shape:
        raise ValueError(
            "y_true and y_score must have the same shape, users by items; got "
            f"{worth.shape} and {scores.shape}."
        )
    if worth.nnz == 0:
        raise ValueError(
            "y_true must hold what was held out; all of its entries are zero."
        )
    if worth.data.min() < 0:
        raise ValueError(
            "y_true must say what items are worth, not less than zero; it has "
            f"{worth.data.min():g}."
        )
    if np.isnan(scores).any():
        raise ValueError("y_score must be numbers to rank by; it has NaN.")
    some = np.diff(worth.indptr) > 0
    return worth[some], scores[some]
