"""Ranking metrics against scikit-learn and values worked out by hand."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix
from sklearn.base import BaseEstimator
from sklearn.metrics import ndcg_score
from sklearn.model_selection import GridSearchCV

from sk_autoencoder.interactions import hold_out_items
from sk_autoencoder.metrics import coverage_at, ndcg_at, ranking_scorer, recall_at

METRICS = [ndcg_at, recall_at, coverage_at]


@pytest.fixture
def ranking():
    rng = np.random.default_rng(0)
    y_true = (rng.uniform(size=(30, 20)) < 0.2) * rng.integers(1, 4, size=(30, 20))
    y_true[0] = 0  # of this user nothing was held out
    return y_true, rng.normal(size=(30, 20))


@pytest.mark.parametrize("k", [1, 5, 20, 100])
def test_ndcg_is_that_of_scikit_learn(ranking, k):
    y_true, y_score = ranking
    some = y_true.any(axis=1)
    expected = ndcg_score(y_true[some], y_score[some], k=k)
    assert_allclose(ndcg_at(y_true, y_score, k=k), expected, rtol=1e-12)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("container", [csr_array, csr_matrix, csc_array, coo_array])
def test_sparse_and_dense_give_the_same(ranking, metric, container):
    y_true, y_score = ranking
    given = container(y_true)
    assert metric(given, y_score, k=5) == metric(y_true, y_score, k=5)
    assert_allclose(given.toarray(), y_true)


@pytest.mark.parametrize("metric", METRICS)
def test_explicit_zeros_and_duplicates_do_not_matter(metric):
    y_true = csr_array(([1.0, 0.0, 0.5, 0.5], [0, 1, 2, 2], [0, 4, 4]), shape=(2, 4))
    y_score = [[0.1, 0.9, 0.5, 0.2], [0.3, 0.2, 0.1, 0.0]]
    assert metric(y_true, y_score, k=2) == metric(y_true.toarray(), y_score, k=2)


def test_recall_by_hand():
    y_true = [[1, 1, 0, 1], [0, 0, 0, 1]]
    y_score = [[4, 3, 2, 1], [4, 3, 2, 1]]
    # Of the first user 2 of the 2 best, of the second none of the only one.
    assert recall_at(y_true, y_score, k=2) == 0.5
    assert_allclose(recall_at(y_true, y_score, k=3), (2 / 3 + 0) / 2)
    assert recall_at(y_true, y_score, k=4) == 1


def test_the_first_of_equal_scores_is_before_the_others():
    y_true, y_score = [[0, 1, 0, 0]], [[1.0, 1.0, 1.0, 2.0]]
    assert recall_at(y_true, y_score, k=2) == 0
    assert recall_at(y_true, y_score, k=3) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_what_is_minus_infinite_is_not_recommended(metric):
    assert metric([[1, 0, 0]], [[-np.inf] * 3], k=3) == 0


@pytest.mark.parametrize(
    ("y_true", "y_score", "message"),
    [
        ([[1, 0]], [[1.0, 2.0, 3.0]], r"same shape.*\(1, 2\) and \(1, 3\)"),
        ([[0, 0]], [[1.0, 2.0]], "all of its entries are zero"),
        ([[-1, 0]], [[1.0, 2.0]], "it has -1"),
        ([[1, 0]], [[1.0, np.nan]], "has NaN"),
        ([[np.nan, 0]], [[1.0, 2.0]], "y_true contains NaN"),
    ],
)
@pytest.mark.parametrize("metric", METRICS)
def test_bad_input_is_refused(metric, y_true, y_score, message):
    with pytest.raises(ValueError, match=message):
        metric(y_true, y_score)


class Oracle(BaseEstimator):
    """Scores what it was fitted to, times a number."""

    def __init__(self, sign=1):
        self.sign = sign

    def fit(self, X, y=None):
        self.mean_ = np.asarray(X.mean(axis=0)).ravel()
        return self

    def predict(self, X):
        return self.sign * np.tile(self.mean_, (X.shape[0], 1))


def test_a_grid_search_over_users_ranks_what_was_held_out():
    rng = np.random.default_rng(0)
    X = csr_array((rng.uniform(size=(60, 30)) < np.linspace(0.05, 0.6, 30)).astype(int))
    scorer = ranking_scorer(ndcg_at, k=10)
    search = GridSearchCV(Oracle(), {"sign": [-1, 1]}, scoring=scorer, cv=3).fit(X)
    assert search.best_params_ == {"sign": 1}
    model = search.best_estimator_
    history, held_out = hold_out_items(X, random_state=0)
    scores = np.where(history.toarray() > 0, -np.inf, model.predict(history))
    expected = ndcg_at(held_out, scores, k=10)
    assert scorer(model, X) == scorer(model, X.toarray()) == expected
    assert pickle.loads(pickle.dumps(scorer))(model, X) == expected
    assert "ndcg_at, k=10, held_out=0.2" in repr(scorer)


def test_a_predictor_of_something_else_is_refused():
    class Labels(Oracle):
        def predict(self, X):
            return np.zeros(X.shape[0])

    X = np.ones((4, 5))
    with pytest.raises(ValueError, match=r"of shape \(4, 5\).*gave \(4,\)"):
        ranking_scorer()(Labels().fit(X), X)


def test_users_of_one_item_cannot_be_ranked():
    with pytest.raises(ValueError, match="None of the 4 users of X has two items"):
        ranking_scorer()(Oracle().fit(np.eye(4)), np.eye(4))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_held_out_items_and_histories_are_what_there_was(share):
    rng = np.random.default_rng(0)
    X = csr_array((rng.uniform(size=(50, 30)) < 0.3) * rng.uniform(1, 2, (50, 30)))
    history, held_out = hold_out_items(X, share, random_state=0)
    assert_allclose((history + held_out).toarray(), X.toarray())
    n, n_held = np.diff(X.indptr), np.diff(held_out.indptr)
    expected = np.where(n > 1, np.maximum((n * share).astype(int), 1), 0)
    assert (n_held == expected).all()
    assert (np.diff(history.indptr) == n - n_held).all()
    others = hold_out_items(X, share, random_state=1)[1]
    assert (others != held_out).nnz > 0
    assert (hold_out_items(X, share, random_state=0)[1] != held_out).nnz == 0


def test_each_item_is_held_out_as_often():
    n_held = hold_out_items(np.ones((4000, 5)), random_state=0)[1].sum(axis=0)
    assert_allclose(n_held, 800, atol=4 * np.sqrt(4000 * 0.2 * 0.8))
