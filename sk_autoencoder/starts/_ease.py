"""Linear models from items to items in closed form, whole or of low rank."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import get_lapack_funcs
from scipy.sparse import diags_array
from sklearn.utils import gen_batches
from sklearn.utils.extmath import randomized_svd

# Columns of the Gram matrix that are computed at once.
COLUMNS = 512

# Of the smallest diagonal entry of an inverse, which rounding may make zero.
LEAST = 1e-12


@dataclass(frozen=True)
class ItemWeighting:
    """Which linear model of items it is.

    The zeroth is EASE [1]_. With dropout it is EDLAE [2]_, but for the strength that
    depends on the item.

    Parameters
    ----------
    ridge : float, default=8.0
        The strength of the ridge, in units of the mean squared norm of an item.

    user_power : float, default=0.0
        Users weigh as this power of the number of their items.

    item_power : float, default=0.0
        Items are multiplied by this power of the number of their users.

    dropout : float, default=0.0
        Of the ridge of an item, what is proportional to its squared norm: 1 is as if
        half of the entries were dropped.

    column_power : float, default=1.0
        By which power of the variance that the others leave open an item's weights are
        divided: 1 is the regression on the others, .5 their partial correlation.

    References
    ----------
    .. [1] Steck, H. (2019). Embarrassingly shallow autoencoders for sparse data. The
       Web Conference, 3251-3257.

    .. [2] Steck, H. (2020). Autoencoders that don't overfit towards the identity.
       Advances in Neural Information Processing Systems, 33.
    """

    ridge: float = 8.0
    user_power: float = 0.0
    item_power: float = 0.0
    dropout: float = 0.0
    column_power: float = 1.0

    def with_ridge(self, ridge):
        """Return the same with another ridge."""
        return replace(self, ridge=ridge)


def fit_items(X, weighting, rank=None, seed=0):
    """Return the linear model of items that is fitted to users.

    Parameters
    ----------
    X : CSR array of float64 of shape (n_users, n_items)
        Histories, not negative.

    weighting : ItemWeighting
        Which model.

    rank : int, default=None
        That of the truncated decomposition by which the Gram matrix is replaced; None
        is the whole matrix.

    seed : int, default=0
        Determines the random directions that the decomposition starts from.

    Returns
    -------
    model : WholeItems or LowRankItems
        Which scores items by histories.
    """
    n_items_of, n_users_of = (
        np.diff(X.indptr),
        np.bincount(X.indices, minlength=X.shape[1]),
    )
    by_user = np.maximum(n_items_of, 1) ** float(weighting.user_power)
    by_item = np.maximum(n_users_of, 1) ** float(weighting.item_power)
    weighted = (diags_array(by_user) @ X @ diags_array(by_item)).tocsr()
    squares = weighted.multiply(weighted).sum(axis=0)
    ridge = weighting.ridge * squares[n_users_of > 0].mean()
    strength = ridge + weighting.dropout * squares
    power = weighting.column_power

    def divisor(diagonal):
        """Return what weights are divided by, by the diagonal of the inverse."""
        return diagonal**power * ridge ** (power - 1) * by_item

    if rank is None:
        return fit_whole(weighted, strength, by_item, divisor)
    return fit_low_rank(weighted, strength, by_item, divisor, rank, seed)


class WholeItems:
    """A matrix of weights, items by items, with a diagonal of zeros."""

    def __init__(self, weights):
        self.weights = weights

    def scores(self, X):
        """Return scores of shape (n_users, n_items) of histories, a CSR array."""
        return X @ self.weights

    def weights_of(self, items):
        """Return what each item adds to the scores of all, (n_chosen, n_items)."""
        return self.weights[items].copy()


class LowRankItems:
    """The same as a product of two narrow matrices, less its diagonal."""

    def __init__(self, left, right):
        self.left, self.right = left, right  # (n_items, rank) both
        self.diagonal = np.einsum("ij,ij->i", left, right)

    def scores(self, X):
        """Return scores of shape (n_users, n_items) of histories, a CSR array."""
        scores = (X @ self.left) @ self.right.T
        # What an item says of itself is taken away.
        user, item = X.nonzero()
        scores[user, item] -= X.data * self.diagonal[item]
        return scores

    def weights_of(self, items):
        """Return what each item adds to the scores of all, (n_chosen, n_items)."""
        weights = self.left[items] @ self.right.T
        weights[np.arange(len(items)), items] = 0.0
        return weights


def fit_whole(weighted, strength, by_item, divisor):
    """Return the model whose Gram matrix is inverted as a whole."""
    n_items = weighted.shape[1]
    inverse = np.empty((n_items, n_items), order="F")
    for columns in gen_batches(n_items, COLUMNS):
        inverse[:, columns] = (weighted.T @ weighted[:, columns]).toarray()
    inverse[np.diag_indices(n_items)] += strength
    invert(inverse)
    # B = 1 - P / diag(P), and what is off the diagonal is between weighted items.
    divided_by = divisor(np.diagonal(inverse).copy())
    inverse *= -by_item[:, None]
    inverse /= divided_by
    inverse[np.diag_indices(n_items)] = 0.0
    return WholeItems(np.ascontiguousarray(inverse))


def invert(gram):
    """Invert a positive definite matrix in Fortran order, in its place."""
    factor, inverse = get_lapack_funcs(("potrf", "potri"), (gram,))
    found, failed = factor(gram, lower=True, overwrite_a=True)
    if not failed:
        found, failed = inverse(found, lower=True, overwrite_c=True)
    if failed:
        raise np.linalg.LinAlgError(
            "The Gram matrix of the items cannot be inverted: their values differ by "
            "too much. Take 1 for what a user has, or the logarithm of counts."
        )
    for columns in gen_batches(len(gram), COLUMNS):  # mirror the lower triangle
        end = columns.stop
        block = np.tril(gram[columns, columns])
        gram[columns, columns] = block + np.tril(block, -1).T
        gram[columns, end:] = gram[end:, columns].T


def fit_low_rank(weighted, strength, by_item, divisor, rank, seed):
    """Return the model of a truncated decomposition.

    With S the strengths and A = X S^-1/2 = U s V', the inverse of X'X + S is
    S^-1/2 (1 - V d V') S^-1/2, where d = s^2 / (1 + s^2).
    """
    root = np.sqrt(strength)
    _, singular, axes = truncated_svd(
        (weighted @ diags_array(1 / root)).tocsr(), rank, seed
    )
    shrunk = singular**2 / (1 + singular**2)
    left_open = 1 - np.einsum("ki,k,ki->i", axes, shrunk, axes)
    divided_by = divisor(np.maximum(left_open, LEAST) / strength)
    left = (axes * shrunk[:, None]).T * (by_item / root)[:, None]
    right = axes.T / (root * divided_by)[:, None]
    return LowRankItems(left, right)


def truncated_svd(A, rank, seed):
    """Return U, s and V' of a sparse matrix, all of them if it has no more."""
    if rank >= min(A.shape):
        return np.linalg.svd(A.toarray(), full_matrices=False)
    return randomized_svd(A, rank, n_iter=4, random_state=seed)
