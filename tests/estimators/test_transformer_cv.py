"""The choice of a size, against fits and scores by hand."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import f1_score, make_scorer, mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback

from sk_autoencoder import AutoencoderTransformer, AutoencoderTransformerCV
from sk_autoencoder.metrics import (
    neg_mean_squared_reconstruction_error,
    reconstruction_r2,
)
from sk_autoencoder.networks import Deterministic, Ordered


def ordered(n_components=2, **params):
    params = {"max_iter": 3, "cv": None, "random_state": 0} | params
    return AutoencoderTransformer(n_components, bottleneck="ordered", **params)


def trained(n_components=2):
    """Return an autoencoder that does not end at PCA, on `curve`."""
    return ordered(n_components, max_iter=30)


@pytest.fixture(scope="module")
def curve():
    """Return rows along a curve in five dimensions, and a target along it."""
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, 300)
    X = np.column_stack([2 * t, t**2, np.cos(4 * t), np.sin(4 * t), np.zeros(300)])
    return X + 0.05 * rng.normal(size=X.shape), np.sin(3 * t)


@pytest.fixture(scope="module")
def fitted(curve):
    return AutoencoderTransformerCV(
        trained(), n_components=[3, 1, 2, 1], cv=KFold(3, shuffle=True, random_state=0)
    ).fit(*curve)


def test_scores_are_those_of_the_first_components_of_one_fit_a_fold(curve, fitted):
    X, _ = curve
    results, scores, of_pca = fitted.cv_results_, [], []
    for train, test in fitted.cv.split(X):
        fold = trained(3).fit(X[train])
        assert fold.best_iter_ > 0  # more than PCA
        scores.append([reconstruction_r2(fold.truncate(k), X[test]) for k in (1, 2, 3)])
        of_pca.append(
            [reconstruction_r2(PCA(k).fit(X[train]), X[test]) for k in (1, 2, 3)]
        )
    assert_array_equal(results["param_n_components"], [1, 2, 3])
    assert results["params"] == [{"n_components": k} for k in (1, 2, 3)]
    for prefix, expected in (("", scores), ("pca_", of_pca)):
        for i in range(3):
            assert_allclose(results[f"{prefix}split{i}_test_score"], expected[i])
        mean, std = np.mean(expected, axis=0), np.std(expected, axis=0)
        assert_allclose(results[f"{prefix}mean_test_score"], mean)
        assert_allclose(results[f"{prefix}std_test_score"], std)
    gains = np.mean(scores, axis=0) - np.mean(of_pca, axis=0)
    assert gains[0] > 0.1
    assert (results["mean_fit_time"] > results["pca_mean_fit_time"]).all()
    assert len(pd.DataFrame(results)) == 3


def test_the_best_size_is_kept_of_a_fit_to_all_rows(curve, fitted):
    X, _ = curve
    means = fitted.cv_results_["mean_test_score"]
    best = np.argmax(means)
    assert fitted.best_index_ == best
    assert fitted.best_score_ == means[best]
    assert fitted.n_components_ == [1, 2, 3][best]
    assert_array_equal(
        fitted.cv_results_["rank_test_score"], 1 + (means > means[:, None]).sum(axis=1)
    )
    expected = trained(3).fit(X).truncate(fitted.n_components_)
    codes = fitted.transform(X)
    assert_array_equal(codes, expected.transform(X))
    assert_array_equal(
        fitted.inverse_transform(codes), expected.inverse_transform(codes)
    )
    assert_array_equal(fitted.reconstruct(X), expected.reconstruct(X))
    assert_array_equal(
        fitted.transformer_.truncate(1).transform(X), expected.transform(X)[:, :1]
    )
    mask = np.zeros(X.shape, dtype=bool)
    mask[:, 0] = True
    assert_array_equal(fitted.reconstruct(X, mask), expected.reconstruct(X, mask))
    assert fitted.score(X) == expected.score(X)
    names = [f"autoencodertransformer{k}" for k in range(fitted.n_components_)]
    assert_array_equal(fitted.get_feature_names_out(), names)


def test_one_without_an_order_is_fitted_for_the_best_size(curve, fitted):
    """And chosen by an ordered one."""
    X, _ = curve
    plain = trained().set_params(bottleneck="deterministic")
    model = clone(fitted).set_params(autoencoder=plain).fit(X)
    for key in ("mean_test_score", "pca_mean_test_score"):
        assert_array_equal(model.cv_results_[key], fitted.cv_results_[key])
    assert model.best_score_ == fitted.best_score_
    expected = clone(plain).set_params(n_components=model.n_components_).fit(X)
    assert_array_equal(model.transform(X), expected.transform(X))
    assert_array_equal(model.reconstruct(X), expected.reconstruct(X))


def test_of_equal_sizes_the_smallest_is_best(curve):
    """And scores that are not of the reconstruction decide."""

    def score(transformer, X, y):
        assert len(X) == len(y) == 150
        return float(X.shape == (150, 5) and transformer.n_components_ in (2, 3))

    model = AutoencoderTransformerCV(
        ordered(), n_components=[4, 3, 2, 1], scoring=score, cv=2
    ).fit(*curve)
    assert model.n_components_ == 2
    assert model.best_index_ == 1
    assert_array_equal(model.cv_results_["rank_test_score"], [3, 1, 1, 3])
    assert model.scorer_ is score


def test_any_score_of_reconstructions_will_do(curve):
    X, _ = curve
    model = AutoencoderTransformerCV(
        ordered(),
        n_components=[2],
        scoring=neg_mean_squared_reconstruction_error,
        cv=2,
    ).fit(X)
    (train, test), _ = KFold(2).split(X)
    pca = PCA(2).fit(X[train])
    error = mean_squared_error(X[test], pca.inverse_transform(pca.transform(X[test])))
    assert model.cv_results_["pca_split0_test_score"][0] == pytest.approx(-error)


def test_a_final_estimator_is_scored_as_the_end_of_a_pipeline():
    X, y = load_digits(n_class=3, return_X_y=True)
    folds = StratifiedKFold(3)
    model = AutoencoderTransformerCV(
        ordered(),
        n_components=8,
        final_estimator=GaussianNB(),
        scoring="f1_macro",
        cv=3,
    ).fit(X, y)
    assert_array_equal(model.cv_results_["param_n_components"], [1, 2, 4, 8])
    for i, (train, test) in enumerate(folds.split(X, y)):
        fold = ordered(8).fit(X[train])
        codes, held_out = (fold.transform(X[rows])[:, :4] for rows in (train, test))
        predicted = GaussianNB().fit(codes, y[train]).predict(held_out)
        assert model.cv_results_[f"split{i}_test_score"][2] == f1_score(
            y[test], predicted, average="macro"
        )
    search = GridSearchCV(
        make_pipeline(PCA(random_state=0), GaussianNB()),
        {"pca__n_components": [1, 2, 4, 8]},
        scoring="f1_macro",
        cv=3,
    ).fit(X, y)
    for key in ("split0", "split1", "split2", "mean", "std"):
        assert_allclose(
            model.cv_results_[f"pca_{key}_test_score"],
            search.cv_results_[f"{key}_test_score"],
        )
    assert not hasattr(model.final_estimator, "classes_")


def test_a_final_estimator_scores_as_it_does_by_itself(curve):
    X, y = curve
    by_itself, by_name = (
        AutoencoderTransformerCV(
            ordered(),
            n_components=[1, 3],
            final_estimator=LinearRegression(),
            cv=3,
            scoring=scoring,
        ).fit(X, y)
        for scoring in (None, "r2")
    )
    assert_array_equal(
        by_itself.cv_results_["mean_test_score"], by_name.cv_results_["mean_test_score"]
    )
    lines = make_pipeline(PCA(3), LinearRegression())
    (train, test), *_ = KFold(3).split(X)
    expected = lines.fit(X[train], y[train]).score(X[test], y[test])
    assert by_itself.cv_results_["pca_split0_test_score"][1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        ((30, 2), [1]),
        ((30, 3), [1, 2]),
        ((30, 5), [1, 2, 4]),
        ((30, 8), [1, 2, 4]),
        ((30, 9), [1, 2, 4, 8]),
        ((30, 1), [1]),
        ((12, 40), [1, 2, 4]),  # eight rows to train on
    ],
)
def test_sizes_double_below_features_and_rows(shape, sizes):
    X = np.random.default_rng(0).normal(size=shape)
    model = AutoencoderTransformerCV(ordered(max_iter=0), cv=3).fit(X)
    assert_array_equal(model.cv_results_["param_n_components"], sizes)
    assert not model.cv_results_["param_n_components"].mask.any()


def test_a_number_stands_for_sizes_up_to_it(curve):
    for most, sizes in ((1, [1]), (4, [1, 2, 4]), (5, [1, 2, 4, 5])):
        model = AutoencoderTransformerCV(ordered(max_iter=0), n_components=most, cv=2)
        results = model.fit(curve[0]).cv_results_
        assert_array_equal(results["param_n_components"], sizes)


def test_pca_has_as_many_components_as_it_can(curve):
    X, _ = curve
    model = AutoencoderTransformerCV(ordered(max_iter=0), n_components=[5, 7], cv=2)
    assert_allclose(model.fit(X).cv_results_["pca_mean_test_score"], 1)
    results = model.fit(csr_array(X)).cv_results_
    (train, test), _ = KFold(2).split(X)
    assert results["pca_split0_test_score"][0] == pytest.approx(
        reconstruction_r2(PCA(4).fit(X[train]), X[test])
    )


def test_at_the_start_scores_are_those_of_pca(curve):
    """Also of sparse matrices and of lists, and whatever transformers put out."""
    X = curve[0].astype(np.float32)
    model = AutoencoderTransformerCV(ordered(max_iter=0), n_components=3, cv=3)
    framed = clone(model)
    framed.autoencoder.set_output(transform="pandas")
    for each, rows in (
        (model, X),
        (model, csr_array(X)),
        (model, X.tolist()),
        (framed, pd.DataFrame(X)),
    ):
        results = each.fit(rows).cv_results_
        assert_allclose(
            results["mean_test_score"], results["pca_mean_test_score"], atol=1e-5
        )


def test_missing_values_leave_pca_out(curve):
    X = curve[0].copy()
    X[::7, 1] = np.nan
    model = AutoencoderTransformerCV(ordered(), n_components=[1, 2], cv=2).fit(X)
    (train, test), _ = KFold(2).split(X)
    expected = reconstruction_r2(ordered(2).fit(X[train]), X[test])
    assert model.cv_results_["split0_test_score"][1] == pytest.approx(expected)
    assert np.isnan(model.cv_results_["pca_mean_test_score"]).all()
    assert model.transform(X).shape == (300, model.n_components_)


def test_columns_with_levels_are_scored_by_the_loss(curve):
    X, y = curve
    table = pd.DataFrame(X, columns=list("abcde"))
    table["sign"] = np.where(y > 0, "plus", "minus")
    model = AutoencoderTransformerCV(ordered(), n_components=[1, 2], cv=2).fit(table)
    (train, test), _ = KFold(2).split(X)
    fold = ordered(2).fit(table.iloc[train])
    expected = [fold.truncate(k).score(table.iloc[test]) for k in (1, 2)]
    assert_allclose(model.cv_results_["split0_test_score"], expected)
    assert np.isnan(model.cv_results_["pca_mean_test_score"]).all()
    assert list(model.reconstruct(table)) == [*"abcde", "sign"]
    model.set_params(final_estimator=Ridge()).fit(table, y)
    assert model.best_score_ > 0.3


def test_samples_may_have_a_shape():
    X = np.random.default_rng(0).normal(size=(40, 6, 2))
    autoencoder = ordered(network="recurrent", sample_shape=(6, 2), max_iter=1)
    model = AutoencoderTransformerCV(autoencoder, n_components=[2], cv=2).fit(X)
    results = model.cv_results_
    assert_array_equal(model.fit(X.reshape(40, 12)).transform(X), model.transform(X))
    assert results["mean_test_score"] == model.cv_results_["mean_test_score"]
    assert model.n_features_in_ == 12


@pytest.mark.parametrize(
    ("autoencoder", "told"),
    [
        (AutoencoderTransformer(bottleneck="sparse"), "'sparse'"),
        (AutoencoderTransformer(bottleneck="variational"), "'variational'"),
        (AutoencoderTransformer(bottleneck="ladder"), "'ladder'"),
    ],
)
def test_components_without_an_order_are_refused(curve, autoencoder, told):
    model = AutoencoderTransformerCV(autoencoder)
    with pytest.raises(ValueError, match=rf"order.*got bottleneck={told}"):
        model.fit(curve[0])


def test_the_part_is_as_good_as_its_name(curve):
    by_name, *others = (
        AutoencoderTransformerCV(
            ordered().set_params(bottleneck=bottleneck), n_components=[2], cv=2
        ).fit(curve[0])
        for bottleneck in ("ordered", Ordered(), Deterministic())
    )
    for by_part in others:
        assert by_part.best_score_ == by_name.best_score_


@pytest.mark.parametrize("sizes", [[0, 1], [1.5], [], [[1, 2]], ["1"], [True], [None]])
def test_sizes_must_be_positive_integers(curve, sizes):
    model = AutoencoderTransformerCV(ordered(), n_components=sizes)
    with pytest.raises(ValueError, match=r"the sizes to try, integers .* got \["):
        model.fit(curve[0])


def test_what_cannot_be_scored_is_refused(curve):
    X, y = curve
    model = AutoencoderTransformerCV(ordered(max_iter=0), n_components=[1], cv=2)
    with pytest.raises(ValueError, match=r"scoring='r2' scores predictions"):
        clone(model).set_params(scoring="r2").fit(X, y)
    with pytest.raises(ValueError, match=r"requires y .*target y is None.*Ridge\(\)"):
        clone(model).set_params(final_estimator=Ridge()).fit(X)
    with pytest.raises(TypeError, match="should have a 'score' method"):
        clone(model).set_params(final_estimator=StandardScaler()).fit(X, y)
    alone = clone(model).set_params(cv=len(X[:4]))
    with (
        pytest.warns(UserWarning, match="less than two samples"),
        pytest.raises(
            ValueError, match=r"must be finite; got means \[nan\] of 4 folds"
        ),
    ):
        alone.fit(X[:4])


def test_a_fit_that_fails_leaves_the_last(curve, fitted):
    X, _ = curve
    model = pickle.loads(pickle.dumps(fitted))
    before = dict(vars(model))
    codes = model.transform(X)

    def fail(transformer, X, y):
        raise RuntimeError("reason")

    model.set_params(scoring=fail)
    with pytest.raises(RuntimeError, match="reason"):
        model.fit(pd.DataFrame(X[:, :3], columns=list("abc")))
    after = dict(vars(model))
    assert after.pop("scoring") is fail
    assert before.pop("scoring") is None
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    assert_array_equal(model.transform(X), codes)


def test_an_interrupt_ends_all_fits(curve):
    class Interrupt(Callback):
        heard = 0

        def on_epoch_end(self, net, **kwargs):
            Interrupt.heard += 1
            raise KeyboardInterrupt

    autoencoder = ordered(net_params={"callbacks": [Interrupt()]})
    model = AutoencoderTransformerCV(autoencoder, n_components=[2], cv=2)
    with pytest.raises(KeyboardInterrupt):
        model.fit(curve[0])
    assert Interrupt.heard == 1
    assert not hasattr(model, "transformer_")


@pytest.mark.rounding
def test_processes_give_the_same(curve, steady, assert_same_but_for_rounding):
    X, y = curve
    alone, beside = (
        AutoencoderTransformerCV(
            ordered(**steady),
            n_components=[1, 2],
            final_estimator=Ridge(),
            scoring=make_scorer(mean_squared_error, greater_is_better=False),
            cv=2,
            n_jobs=n_jobs,
        ).fit(X, y)
        for n_jobs in (None, 2)
    )
    for key in ("mean_test_score", "pca_mean_test_score"):
        assert_same_but_for_rounding(beside.cv_results_[key], alone.cv_results_[key])
    assert_same_but_for_rounding(beside.transform(X), alone.transform(X))


def test_it_can_be_cloned_pickled_and_searched(curve, fitted):
    X, _ = curve
    again = clone(fitted).fit(X)
    assert not hasattr(clone(fitted), "transformer_")
    assert_array_equal(again.transform(X), fitted.transform(X))
    loaded = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(loaded.transform(X), fitted.transform(X))
    model = AutoencoderTransformerCV(ordered(), cv=2, n_components=[2])
    assert model.get_params()["autoencoder__max_iter"] == 3
    assert model.set_params(autoencoder__max_iter=1).autoencoder.max_iter == 1
    assert model.fit(X).transformer_.n_iter_ == 1
    assert model.autoencoder.n_components == 2  # as it was, and not fitted
    assert not hasattr(model.autoencoder, "model_")
    search = GridSearchCV(model, {"autoencoder__scale": [False, True]}, cv=2).fit(X)
    assert search.best_estimator_.n_components_ == 2


def test_frames_are_known_by_their_names_and_other_shapes_fitted_anew(curve):
    X, _ = curve
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = AutoencoderTransformerCV(ordered(), n_components=[2], cv=2)
    model.set_output(transform="pandas").fit(frame)
    assert_array_equal(model.feature_names_in_, list("abcde"))
    codes = model.transform(frame)
    assert list(codes) == ["autoencodertransformer0", "autoencodertransformer1"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.transform(frame[list("edcba")])
    model.fit(X[:, :3])
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 3
    assert model.inverse_transform(model.transform(X[:9, :3])).shape == (9, 3)


def test_rows_that_the_autoencoder_does_not_take_are_none_for_it_either():
    tags = AutoencoderTransformerCV(ordered()).__sklearn_tags__()
    assert tags.input_tags.sparse
    assert tags.input_tags.allow_nan
    assert tags.input_tags.categorical
    assert not tags.target_tags.required
    counts = AutoencoderTransformerCV(
        ordered(loss="poisson", categorical_features=None), final_estimator=Ridge()
    ).__sklearn_tags__()
    assert counts.input_tags.positive_only
    assert not counts.input_tags.categorical
    assert counts.target_tags.required
