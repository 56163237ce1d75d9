"""EASE against regressions of each item on the others, and its low-rank form."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import astuple

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from sk_autoencoder.starts import ItemWeighting, fit_items

COMBINED = ItemWeighting(4.0, -0.25, -0.25, 1.0, 0.5)
WEIGHTINGS = [ItemWeighting(), ItemWeighting(2.0, -0.5, -0.25), COMBINED]


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    X = rng.uniform(0.5, 2, size=(50, 12)) * (rng.uniform(size=(50, 12)) < 0.4)
    X[:, 3] = 0  # nobody has it
    return csr_array(X)


def regressions(X, weighting):
    """Return the weights by a ridge regression of each item on all others."""
    ridge, user_power, item_power, dropout, column_power = astuple(weighting)
    X = X.toarray()
    by_user = np.maximum((X > 0).sum(axis=1), 1) ** user_power
    by_item = np.maximum((X > 0).sum(axis=0), 1) ** item_power
    A = by_user[:, None] * X * by_item
    squares = (A**2).sum(axis=0)
    least = ridge * squares[squares > 0].mean()
    strength = least + dropout * squares
    n_items, weights = X.shape[1], np.zeros((X.shape[1],) * 2)
    for j in range(n_items):
        rest = np.delete(np.arange(n_items), j)
        gram = A[:, rest].T @ A[:, rest] + np.diag(strength[rest])
        found = np.linalg.solve(gram, A[:, rest].T @ A[:, j])
        # The inverse's diagonal is one over what the others leave open.
        left_open = squares[j] + strength[j] - A[:, rest].T @ A[:, j] @ found
        weights[rest, j] = found * (left_open / least) ** (column_power - 1)
    return weights * by_item[:, None] / by_item


@pytest.mark.parametrize("rank", [None, 12], ids=["whole", "low rank"])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_weights_are_those_of_ridge_regressions(X, weighting, rank):
    model = fit_items(X, weighting, rank)
    expected = regressions(X, weighting)
    assert_allclose(model.weights_of(np.arange(12)), expected, atol=1e-12)
    assert_allclose(model.scores(X), X @ expected, atol=1e-12)


def test_the_low_rank_form_is_ease_of_the_truncated_matrix(X):
    squares = X.multiply(X).sum(axis=0)
    ridge = 8 * squares[squares > 0].mean()
    U, s, V = np.linalg.svd(X.toarray(), full_matrices=False)
    cut = (U[:, :5] * s[:5]) @ V[:5]
    inverse = np.linalg.inv(cut.T @ cut + ridge * np.eye(12))
    expected = np.eye(12) - inverse / np.diag(inverse)
    model = fit_items(X, ItemWeighting(), rank=5)
    assert_allclose(model.weights_of(np.arange(12)), expected, atol=1e-8)


@pytest.mark.parametrize("rank", [None, 5])
def test_an_item_says_nothing_of_itself(X, rank):
    one_each = csr_array(np.eye(12))
    scores = fit_items(X, COMBINED, rank).scores(one_each)
    assert_allclose(np.diag(scores), 0, atol=1e-12)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_an_item_that_nobody_has_changes_nothing(X, weighting):
    others = np.delete(np.arange(12), 3)
    weights = fit_items(X, weighting).weights_of(np.arange(12))
    alone = fit_items(csr_array(X[:, others]), weighting).weights_of(np.arange(11))
    assert_allclose(weights[np.ix_(others, others)], alone, rtol=1e-12)
    assert not weights[3].any()
    assert not weights[:, 3].any()


def test_units_do_not_matter(X):
    scores = fit_items(X, COMBINED).scores(X)
    assert_allclose(fit_items(X * 1e-3, COMBINED).scores(X), scores, rtol=1e-9)


def test_a_matrix_of_more_columns_than_a_block_is_inverted_whole():
    rng = np.random.default_rng(0)
    X = csr_array((rng.uniform(size=(40, 600)) < 0.1).astype(float))
    weights = fit_items(X, ItemWeighting()).weights_of(np.arange(600))
    ridge = 8 * X.sum() / (X.sum(axis=0) > 0).sum()
    inverse = np.linalg.inv((X.T @ X).toarray() + ridge * np.eye(600))
    assert_allclose(weights, np.eye(600) - inverse / np.diag(inverse), atol=1e-12)
