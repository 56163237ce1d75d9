"""AutoencoderRecommender: its scores by a second path, its choices, and bad input."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix, issparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import (
    check_param_validation,
    check_positive_only_tag_during_fit,
    estimator_checks_generator,
)

from sk_autoencoder import AutoencoderRecommender, AutoencoderTransformer
from sk_autoencoder.estimators import _blend, _recommender
from sk_autoencoder.interactions import hold_out_items
from sk_autoencoder.metrics import ndcg_at, ranking_scorer
from sk_autoencoder.networks._denoiser import Scaled

N_ITEMS = 24


def users_of(n_users, seed=0):
    """Return users of three kinds, whose items are popular among their kind."""
    rng = np.random.default_rng(seed)
    chances = np.full((3, N_ITEMS), 0.04)
    for kind, chance in enumerate(chances):
        chance[kind * 8 : kind * 8 + 8] = np.linspace(0.8, 0.3, 8)
    return (
        rng.uniform(size=(n_users, N_ITEMS)) < chances[np.arange(n_users) % 3]
    ) * 1.0


def small(**params):
    params = {"max_iter": 2, "cv": 2, "random_state": 0} | params
    return AutoencoderRecommender(4, **params)


@pytest.fixture(scope="module")
def X():
    return csr_array(users_of(90))


@pytest.fixture(scope="module")
def model(X):
    return small().fit(X)


def standardized(scores, seen):
    rows = []
    for of_user, has in zip(scores, seen, strict=True):
        rest = of_user[~has]
        rows.append((of_user - rest.mean()) / rest.std())
    return np.array(rows)


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_scores_are_a_blend_of_both_models(X, model, weight):
    model, new = clone(model).fit(X), users_of(6, seed=1)
    model.weight_ = weight
    linear = new @ model.linear_.weights_of(np.arange(N_ITEMS))
    rows = new / np.sqrt((new**2).sum(axis=1, keepdims=True))
    logs = [np.log(network.reconstruct(rows)) for network in model.estimators_]
    assert len(logs) == 3  # of all users, and of two folds
    of_networks = standardized(np.mean(logs, axis=0), new > 0)
    expected = (1 - weight) * standardized(linear, new > 0) + weight * of_networks
    assert_allclose(model.predict(new), expected, rtol=1e-4, atol=1e-5)
    first = model.estimators_[0]
    codes = first.transform(rows) / first.code_scale_
    assert_allclose(model.transform(new), codes, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("exclude_seen", [True, False])
def test_recommended_are_the_best_scores(model, exclude_seen):
    new = users_of(7, seed=1)
    scores = model.predict(new)
    if exclude_seen:
        scores[new > 0] = -np.inf
    items, of_items = model.recommend(new, n_items=5, exclude_seen=exclude_seen)
    assert_array_equal(items, np.argsort(-scores, axis=1)[:, :5])
    assert_array_equal(of_items, -np.sort(-scores, axis=1)[:, :5])


def test_where_fewer_items_are_left_there_is_no_item(model):
    new = np.ones((1, N_ITEMS))
    new[0, [3, 11]] = 0
    items, scores = model.recommend(new, n_items=4)
    assert set(items[0, :2]) == {3, 11}
    assert_array_equal(items[0, 2:], [-1, -1])
    assert_array_equal(scores[0, 2:], [-np.inf, -np.inf])


def test_blocks_of_users_give_the_same(X, model, monkeypatch):
    new = csr_array(users_of(20, seed=1))
    whole = model.predict(new), model.transform(new), *model.recommend(new)
    monkeypatch.setattr(_recommender, "BLOCK", 3 * N_ITEMS)
    blocked = model.predict(new), model.transform(new), *model.recommend(new)
    for a, b in zip(whole, blocked, strict=True):
        assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_low_rank_form_of_full_rank_is_the_whole(X):
    whole, low = (small(max_iter=0, rank=rank).fit(X) for rank in (None, N_ITEMS))
    new = users_of(9, seed=1)
    assert_allclose(whole.predict(new), low.predict(new), atol=1e-8)
    for a, b in zip(whole.similar_items(3), low.similar_items(3), strict=True):
        assert_allclose(a, b, atol=1e-10)
    assert whole.weighting_ == low.weighting_


def test_many_items_are_of_low_rank(X, monkeypatch):
    monkeypatch.setattr(_recommender, "MOST_WHOLE", N_ITEMS - 1)
    monkeypatch.setattr(_recommender, "RANK", 5)
    model = small(max_iter=0).fit(X)
    assert model.linear_.left.shape == (N_ITEMS, 5)
    ranked = ranking_scorer(ndcg_at, k=10)(model, users_of(90, seed=1))
    popular = small(max_iter=0).fit(X)
    popular.linear_.left = popular.linear_.left * 0  # known of nobody: all equal
    assert ranked > ranking_scorer(ndcg_at, k=10)(popular, users_of(90, seed=1)) + 0.2


def test_the_autoencoder_counts_where_the_linear_model_cannot_tell():
    # Which further items a user has depends on whether two are of a pair: no sum over
    # items can say that.
    rng = np.random.default_rng(0)
    n_users = 900
    kind = rng.integers(2, size=(n_users, 2))
    X = np.zeros((n_users, 24))
    X[np.arange(n_users), kind[:, 0]] = 1
    X[np.arange(n_users), 2 + kind[:, 1]] = 1
    both = kind[:, :1] == kind[:, 1:]
    X[:, 4:] = rng.uniform(size=(n_users, 20)) < 0.1 * np.repeat([1, 0], 10)
    X[:, 4:] = np.where(both, X[:, 4:], X[:, :3:-1])
    params = {"cv": 2, "random_state": 0, "dropout": 0.1}
    params |= {"learning_rate_init": 0.02, "alpha": 0.01}
    model, linear = (
        AutoencoderRecommender(32, max_iter=max_iter, **params).fit(X[:600])
        for max_iter in (60, 0)
    )
    assert model.weight_ > 0
    assert model.score(X[600:]) > linear.score(X[600:]) + 0.01


def test_the_autoencoder_does_not_count_if_it_says_nothing(X):
    # With such a rate nothing is learned.
    model = small(learning_rate_init=1e-12, cv=5).fit(X)
    linear = small(max_iter=0, cv=5).fit(X)
    assert model.weight_ == 0
    assert model.weighting_ == linear.weighting_
    assert model.ndcg_ == linear.ndcg_
    assert_allclose(model.predict(X), linear.predict(X), atol=1e-12)


def test_what_was_reached_on_the_folds_is_reached_on_new_users():
    model = small(max_iter=5, cv=5).fit(users_of(900))
    history, held_out = hold_out_items(users_of(900, seed=1), random_state=0)
    scores = np.where(history.toarray() > 0, -np.inf, model.predict(history))
    assert abs(model.ndcg_ - ndcg_at(held_out, scores)) < 0.03
    assert model.score(users_of(900, seed=1)) == ndcg_at(held_out, scores)


@pytest.mark.parametrize("container", [np.asarray, csr_matrix, csc_array, coo_array])
@pytest.mark.parametrize("dtype", [np.int64, np.float32, bool])
def test_any_container_and_dtype(X, model, container, dtype):
    given = container(X.toarray().astype(dtype))
    other = clone(model).fit(given)
    assert other.weighting_ == model.weighting_
    assert_allclose(other.predict(given), model.predict(X), rtol=1e-3, atol=1e-4)
    assert_array_equal(np.asarray(X.toarray()), users_of(90))
    expected = np.float32 if dtype == np.float32 else np.float64
    assert other.predict(given).dtype == expected
    assert other.transform(given).dtype == expected


def test_explicit_zeros_and_duplicate_entries_do_not_matter(model, X):
    row = csr_array(([0.5, 0.0, 0.5], [2, 5, 2], [0, 3]), shape=(1, N_ITEMS))
    assert row.nnz == 3
    plain = np.zeros((1, N_ITEMS))
    plain[0, 2] = 1
    assert_allclose(model.predict(row), model.predict(plain), atol=1e-6)


def test_read_only_input_stays_as_it_was(X):
    given = X.copy()
    for part in (given.data, given.indices, given.indptr):
        part.flags.writeable = False
    assert small(max_iter=1).fit(given).predict(given).shape == X.shape


@pytest.mark.parametrize("unit", [1e-200, 1e-6, 1e6, 1e200])
def test_units_do_not_matter(X, model, unit):
    scaled = clone(model).fit(X * unit)
    assert scaled.weighting_ == model.weighting_
    assert_allclose(scaled.predict(X * unit), model.predict(X), rtol=1e-3, atol=1e-4)
    assert_allclose(model.predict(X * unit), model.predict(X), rtol=1e-3, atol=1e-4)


def test_users_without_a_known_history_are_recommended_what_is_popular():
    X = users_of(90)
    X[:, 5] = 0  # never seen
    model = small().fit(X)
    new = np.zeros((3, N_ITEMS))
    new[1, 5] = 1
    new[2, 0] = 1
    items, _ = model.recommend(new, n_items=3)
    popular = np.argsort(-X.sum(axis=0), kind="stable")[:3]
    assert_array_equal(items[0], popular)
    assert_array_equal(items[1], popular)
    assert set(items[2]) <= set(range(8))  # of its kind
    assert np.isfinite(model.predict(new)).all()
    assert not (model.recommend(X, n_items=3)[0] == 5).any()


def test_users_and_items_of_zeros_change_no_ranking(X):
    padded = np.zeros((95, N_ITEMS + 1))
    padded[2:92, :N_ITEMS] = X.toarray()
    a, b = small(max_iter=0).fit(X), small(max_iter=0).fit(padded)
    new = users_of(9, seed=1)
    wide = np.hstack([new, np.zeros((9, 1))])
    assert_array_equal(a.recommend(new)[0], b.recommend(wide)[0])
    assert a.weighting_ == b.weighting_


def test_similar_items_are_of_the_same_kind(model):
    similar, weights = model.similar_items([1, 9, 17], n_items=4)
    for item, found in zip([1, 9, 17], similar, strict=True):
        assert item not in found
        assert set(found // 8) == {item // 8}
    assert (np.diff(weights, axis=1) <= 0).all()
    assert_array_equal(model.similar_items(9, n_items=4)[0], similar[[1]])


@pytest.mark.parametrize(
    ("items", "n_items", "message"),
    [
        ([24], 3, "from 0 to 23; got 24"),
        ([-1], 3, "from 0 to 23; got -1"),
        ([1.5], 3, "integers"),
        (["a"], 3, "integers"),
        ([[1]], 3, "one dimension"),
        ([1], 24, "at most 23, of 24 items"),
    ],
)
def test_items_that_are_not_there_are_refused(model, items, n_items, message):
    with pytest.raises(ValueError, match=message):
        model.similar_items(items, n_items=n_items)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: X - 1, r"X has -1\. Of ratings.*threshold"),
        (lambda X: np.where(X > 0, np.nan, X), "contains NaN"),
        (lambda X: np.where(X > 0, np.inf, X), "contains infinity"),
        (lambda X: X * 0, "0 of the users of X have something"),
        (lambda X: X * (np.arange(90) == 1)[:, None], "1 of the users of X"),
        (lambda X: X[:1], "minimum of 2"),
        (lambda X: np.where(np.arange(90)[:, None] == 1, 1e7 * X, X), "million times"),
    ],
)
def test_bad_input_is_refused_and_leaves_the_model_as_it_was(X, change, message):
    model = small(max_iter=1).fit(X)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(change(X.toarray()))
    assert vars(model) == before


@pytest.mark.parametrize("method", ["predict", "recommend", "transform", "score"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: X[:, :-1], "23 features.*expecting 24"),
        (lambda X: X - 1, "X has -1"),
        (lambda X: np.where(X > 0, np.nan, X), "contains NaN"),
    ],
)
def test_bad_histories_are_refused(X, model, method, change, message):
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(change(X.toarray()))


def test_more_items_than_there_are_cannot_be_recommended(model, X):
    with pytest.raises(ValueError, match="at most 24, of 24 items in all; got 25"):
        model.recommend(X, n_items=25)


def test_without_an_autoencoder_there_is_no_code(X):
    model = small(max_iter=0).fit(X)
    assert model.estimators_ == []
    assert len(model.get_feature_names_out()) == 0
    assert len(small(max_iter=1).fit(X).get_feature_names_out()) == 4
    with pytest.raises(ValueError, match="max_iter=0 has not"):
        model.transform(X)


@pytest.mark.parametrize("n_users", [2, 3, 4])
def test_fewer_users_than_folds(n_users):
    X = users_of(n_users)
    model = AutoencoderRecommender(2, max_iter=2, random_state=0).fit(X)
    assert np.isfinite(model.predict(X)).all()


def test_one_item():
    model = small().fit(np.ones((5, 1)))
    assert_array_equal(model.predict(np.ones((2, 1))), [[0.0], [0.0]])
    items, _ = model.recommend(np.array([[1.0], [0.0]]), n_items=1)
    assert_array_equal(items, [[-1], [0]])


def test_users_who_have_one_item_each():
    model = small().fit(np.eye(N_ITEMS))  # nothing can be held out
    assert model.weight_ == 0
    assert np.isnan(model.ndcg_)
    assert np.isfinite(model.predict(np.eye(N_ITEMS))).all()


def test_the_same_call_gives_the_same_bits(X, model):
    assert_array_equal(clone(model).fit(X).predict(X), model.predict(X))
    restored = pickle.loads(pickle.dumps(model))
    assert_array_equal(restored.predict(X), model.predict(X))


def test_a_grid_search_with_two_jobs(X):
    scorer = ranking_scorer(k=5)
    search = GridSearchCV(
        small(max_iter=1), {"rank": [2, None]}, scoring=scorer, cv=2, n_jobs=2
    )
    with parallel_config("threading"):  # processes would import torch again
        search.fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_histories_are_never_dense_as_a_whole(monkeypatch):
    X, rows, fitted = csr_array(users_of(600)), [], []
    monkeypatch.setattr(_recommender, "BLOCK", 50 * N_ITEMS)
    monkeypatch.setattr(_blend, "N_SCORES", 50 * N_ITEMS)
    toarray, fit = csr_array.toarray, AutoencoderTransformer.fit

    def seen(self, *args, **kwargs):
        if self.shape[1:] == (N_ITEMS,):
            rows.append(self.shape[0])
        return toarray(self, *args, **kwargs)

    def fit_unseen(self, X):  # which has tests of its own
        fitted.append(issparse(X))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csr_array, "toarray", toarray)
            return fit(self, X)

    monkeypatch.setattr(csr_array, "toarray", seen)
    monkeypatch.setattr(AutoencoderTransformer, "fit", fit_unseen)
    model = small().fit(X)
    model.recommend(X)
    model.transform(X)
    assert fitted == [True] * 3
    assert 0 < max(rows) <= 50


@pytest.mark.parametrize("step", [1, 6, 12])
@pytest.mark.filterwarnings("ignore:Training was interrupted")
def test_an_interrupt_leaves_the_model_as_it_was(X, monkeypatch, step):
    model = small(batch_size=30).fit(X)
    before, calls = dict(vars(model)), []
    forward = Scaled.forward

    def interrupted(self, x):
        calls.append(self.training)
        if sum(calls) == step:
            raise KeyboardInterrupt
        return forward(self, x)

    monkeypatch.setattr(Scaled, "forward", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert vars(model) == before


def test_many_users_are_not_all_tried(X, monkeypatch):
    monkeypatch.setattr(_blend, "MOST_TRIED", 20)
    model = small(cv=5).fit(X)
    assert len(model.estimators_) == 1 + 2  # of folds with 18 users each
    assert model.n_iter_ == 2


def test_many_users_are_trained_for_fewer_epochs(monkeypatch):
    X = users_of(400)
    monkeypatch.setattr(_recommender, "MOST_STEPS", 12)
    assert small(max_iter="auto", rank=2).fit(X).n_iter_ == 3
    assert small(max_iter="auto", rank=2).fit(X[:200]).n_iter_ == 6
    monkeypatch.setattr(_recommender, "MOST_STEPS", 3)
    assert small(max_iter="auto", rank=2).fit(X).n_iter_ == 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("dtype", "unit"), [(np.float64, 1e308), (np.float32, 3e38)])
def test_the_largest_numbers_do_not_overflow(X, model, dtype, unit):
    large = (X * unit).astype(dtype)
    scores = clone(model).fit(large).predict(large)
    assert_allclose(scores, model.predict(X), rtol=1e-3, atol=1e-4)
    uneven = large.toarray()
    uneven[:, ::2] *= dtype(1 / unit)
    assert np.isfinite(model.predict(uneven)).all()


def test_a_frame_of_named_items(X):
    names = [f"item {j}" for j in range(N_ITEMS)]
    frame = pd.DataFrame(X.toarray(), columns=names)
    model = small(max_iter=1).fit(frame)
    assert_array_equal(model.feature_names_in_, names)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[names[::-1]])


class OneScore(AutoencoderRecommender):
    """Predicts one number, as the checks of sparse input want of any predictor."""

    def predict(self, X):
        return super().predict(X)[:, 0]


def _checks(Estimator, wanted):
    of_estimator = estimator_checks_generator(Estimator(4, max_iter=2, cv=2))
    for estimator, check in of_estimator:
        name = getattr(check, "func", check).__name__
        if wanted(name):
            yield pytest.param(estimator, check, id=f"{Estimator.__name__}-{name}")


SPARSE = "check_estimator_sparse"


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        *_checks(AutoencoderRecommender, lambda name: not name.startswith(SPARSE)),
        *_checks(OneScore, lambda name: name.startswith(SPARSE)),
    ],
)
def test_every_check_passes(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check", [check_param_validation, check_positive_only_tag_during_fit]
)
def test_every_check_beside_passes(check):
    check("AutoencoderRecommender", small())
