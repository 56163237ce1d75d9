"""Comparisons of synthetic rows with real ones."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import spearmanr
from scipy.stats.contingency import association
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from sk_autoencoder.metrics import (
    closest_distances,
    copied_share,
    discrimination_auc,
    marginal_distance,
    pairwise_distance,
    train_synthetic_test_real,
)

TWO = [marginal_distance, pairwise_distance, discrimination_auc, closest_distances]


def table(n_rows=400, seed=0, strength=2.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n_rows)
    noisy = strength * x + rng.normal(size=n_rows)
    return pd.DataFrame(
        {
            "kind": np.select([noisy < -1, noisy < 1], ["low", "middle"], "high"),
            "x": x,
            "sign": np.where(x + rng.normal(size=n_rows) > 0, "+", "-"),
            "y": x**3 + rng.normal(size=n_rows),
        }
    )


def independent_columns(X):
    rng = np.random.RandomState(0)
    return X.apply(lambda column: column.sample(frac=1, random_state=rng).to_numpy())


def test_gower_distance_by_hand():
    X = pd.DataFrame({"a": [0.0, 10.0, np.nan], "b": ["u", "v", None]})
    other = pd.DataFrame({"a": [1.0, 6.0, np.nan, np.nan], "b": ["u", "w", None, "v"]})
    # The second level, which X has not, is as if missing: it is as in the last row.
    expected = [(0.1 + 0) / 2, (1 + 0) / 2, 0, (0 + 1) / 2]
    assert_allclose(closest_distances(other, X), expected)


def test_a_value_that_is_missing_in_one_row_alone_counts_in_full():
    X = pd.DataFrame({"a": [0.0, 10.0], "b": ["u", "v"]})
    other = pd.DataFrame({"a": [np.nan, 1.0], "b": ["u", None]})
    assert_allclose(closest_distances(other, X), [0.5, (0.1 + 1) / 2])


def test_copies_are_counted_as_they_are():
    X = table()
    assert copied_share(X[:100], X) == 1
    assert copied_share(table(seed=1), X) == 0
    half = pd.concat([X[:50], table(50, seed=1)])
    assert copied_share(half, X) == 0.5
    gaps = X.assign(x=X["x"].where(X["x"] > 0))
    assert copied_share(gaps[:10], gaps) == 1
    assert copied_share(np.array([[-0.0, 1.0]]), np.array([[0.0, 1.0]])) == 1


def test_many_training_rows_are_searched_a_part_at_a_time():
    rng = np.random.default_rng(0)
    X, train = rng.random((50, 2)), rng.random((200_000, 2))
    train[0], train[1] = 0, 1
    expected = [np.abs(train - x).sum(axis=1).min() / 2 for x in X]
    assert_allclose(closest_distances(X, train), expected)


def test_marginal_distance_by_hand():
    real = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": list("uuvw")})
    other = pd.DataFrame({"a": [1.0, 2, 9, 9], "b": list("uvvv")})
    assert marginal_distance(real, other) == pytest.approx((0.5 + 0.5) / 2)
    assert marginal_distance(real, real) == 0


def test_associations_are_those_of_spearman_and_tschuprow():
    X = table()
    shuffled = independent_columns(X)
    numbers, levels = ["x", "y"], ["kind", "sign"]

    def of_numbers(X):
        return abs(spearmanr(X["x"], X["y"]).statistic)

    def of_levels(X):
        return association(pd.crosstab(X["kind"], X["sign"]), method="tschuprow")

    for names, by_scipy in ((numbers, of_numbers), (levels, of_levels)):
        independent = X[names].assign(**{names[1]: shuffled[names[1]]})
        expected = abs(by_scipy(X) - by_scipy(independent))
        assert pairwise_distance(X[names], independent) == pytest.approx(expected)


def test_association_of_a_number_and_two_levels_is_the_correlation_of_ranks():
    X = table()
    as_number = (X["sign"] == "+").astype(float)
    shuffled = X["y"].sample(frac=1, random_state=0).to_numpy()
    ranks = X["y"].rank(), pd.Series(shuffled).rank()
    expected = abs(
        abs(np.corrcoef(ranks[0], as_number)[0, 1])
        - abs(np.corrcoef(ranks[1], as_number)[0, 1])
    )
    actual = pairwise_distance(
        X[["y", "sign"]], X[["sign"]].assign(y=shuffled)[["y", "sign"]]
    )
    assert actual == pytest.approx(expected)


def test_rows_of_one_law_cannot_be_told_apart_and_shuffled_ones_can():
    X, other = table(2000), table(2000, seed=1)
    shuffled = independent_columns(other)
    assert abs(discrimination_auc(X, other) - 0.5) < 0.06
    assert discrimination_auc(X, shuffled) > 0.8


def test_what_is_learned_from_rows_of_one_law_predicts_as_by_hand():
    X, test = table(1000), table(1000, seed=1)
    codes = {"+": 1.0, "-": 0.0}

    def numbers(X):
        kinds = pd.get_dummies(X["kind"]).astype(float)
        return np.column_stack([X["x"], X["y"], kinds[["high", "low", "middle"]]])

    model = HistGradientBoostingClassifier(random_state=0)
    model.fit(numbers(X), X["sign"].map(codes))
    by_hand = roc_auc_score(
        test["sign"].map(codes), model.predict_proba(numbers(test))[:, 1]
    )
    assert train_synthetic_test_real(X, test, "sign") == pytest.approx(
        by_hand, abs=0.01
    )


@pytest.mark.parametrize("target", ["kind", "sign", "y"])
def test_shuffled_rows_teach_nothing(target):
    X, test = table(1000), table(1000, seed=1)
    shuffled = independent_columns(X)
    chance = 0.0 if target == "y" else 0.5
    assert train_synthetic_test_real(shuffled, test, target) < chance + 0.1
    assert train_synthetic_test_real(X, test, target) > chance + 0.2


def test_arrays_have_columns_by_index():
    X = np.random.default_rng(0).normal(size=(500, 1)) * [1.0, 2.0]
    assert train_synthetic_test_real(X[:250], X[250:], 1) > 0.9
    with pytest.raises(ValueError, match=r"target=2 is none of the columns \[0, 1\]"):
        train_synthetic_test_real(X, X, 2)


def test_levels_that_synthetic_rows_lack_are_no_obstacle():
    X = table(1000)
    some = X[X["kind"] != "low"]
    assert 0.5 < train_synthetic_test_real(some, X, "kind") < 1
    assert train_synthetic_test_real(X[X["kind"] == "low"], X, "kind") == 0.5
    assert marginal_distance(X, some) > 0.05


@pytest.mark.parametrize("compare", TWO)
def test_other_columns_are_an_error(compare):
    X = table(30)
    with pytest.raises(ValueError, match=r"columns \['kind', 'x', 'sign', 'y'\]; got"):
        compare(*(X, X[["x"]])[:: -1 if compare is closest_distances else 1])
    with pytest.raises(ValueError, match="same columns"):
        compare(np.zeros((3, 2)), np.zeros((3, 3)))
