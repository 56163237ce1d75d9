"""Reconstruction scores against numpy and PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import re

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.metrics import (
    neg_mean_absolute_reconstruction_error,
    neg_mean_squared_reconstruction_error,
    reconstruction_r2,
)

SCORERS = [
    neg_mean_absolute_reconstruction_error,
    neg_mean_squared_reconstruction_error,
    reconstruction_r2,
]
each_scorer = pytest.mark.parametrize("scorer", SCORERS)


@pytest.fixture
def X():
    return load_iris().data[::2]


def standardized_pca(X, n_components):
    """Reconstruct X from the principal components of its z-scores, by numpy."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    axes = np.linalg.svd((X - mean) / scale, full_matrices=False)[2][:n_components]
    return ((X - mean) / scale) @ axes.T @ axes * scale + mean


def by_numpy(scorer, X, reconstruction):
    error = X - reconstruction
    return {
        neg_mean_absolute_reconstruction_error: -np.abs(error).mean(),
        neg_mean_squared_reconstruction_error: -np.square(error).mean(),
        reconstruction_r2: 1
        - np.square(error).sum() / np.square(X - X.mean(axis=0)).sum(),
    }[scorer]


@each_scorer
def test_score_of_pca_is_that_of_numpy(scorer, X):
    pca = PCA(2).fit(X[:50])
    expected = by_numpy(scorer, X, pca.inverse_transform(pca.transform(X)))
    score = scorer(pca, X)
    assert isinstance(score, float)
    assert score == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_r2_on_training_data_is_the_explained_variance_of_pca(X, n_components):
    pca = PCA(n_components).fit(X)
    expected = pca.explained_variance_ratio_.sum()
    assert reconstruction_r2(pca, X) == pytest.approx(expected, rel=1e-12)


def test_r2_weighs_features_by_their_variance(X):
    pca = PCA(1).fit(X)
    reconstruction = pca.inverse_transform(pca.transform(X))
    expected = r2_score(X, reconstruction, multioutput="variance_weighted")
    assert reconstruction_r2(pca, X) == pytest.approx(expected, rel=1e-12)
    uniform = r2_score(X, reconstruction)
    assert reconstruction_r2(pca, X) != pytest.approx(uniform, abs=0.01)


class Returns(TransformerMixin, BaseEstimator):
    """Reconstruct anything as the same rows."""

    def __init__(self, rows):
        self.rows = rows

    def transform(self, X):
        return X

    def inverse_transform(self, X):
        return np.asarray(self.rows, dtype=float)


def test_r2_counts_errors_in_features_that_are_constant():
    # Deviations of 1 in four entries; errors of 1 in one and of 0.5 in two.
    X = [[0.0, 7.0], [2.0, 7.0], [0.0, 7.0], [2.0, 7.0]]
    reconstruction = [[0.0, 7.0], [2.0, 7.5], [1.0, 7.0], [2.0, 6.5]]
    assert reconstruction_r2(Returns(reconstruction), X) == 1 - 1.5 / 4


def test_r2_counts_features_that_were_not_constant_in_training():
    X = np.random.default_rng(0).normal(size=(100, 2))
    X_new = X[:20] * [1, 0] + [0, 0.5]
    pca = PCA(1).fit(X * [1, 0.5])
    reconstruction = pca.inverse_transform(pca.transform(X_new))
    expected = by_numpy(reconstruction_r2, X_new, reconstruction)
    assert reconstruction_r2(pca, X_new) == pytest.approx(expected, rel=1e-12)
    unseen = r2_score(X_new, reconstruction, multioutput="variance_weighted")
    assert expected < unseen - 0.001


@pytest.mark.parametrize(("error", "score"), [(0.0, 1.0), (0.01, 0.0)])
def test_r2_of_rows_that_are_all_equal_is_that_of_scikit_learn(error, score):
    # The mean of seven times 0.1 is not 0.1.
    for X in (np.full((7, 3), 0.1), np.full((3, 2), 5.0)):
        assert reconstruction_r2(Returns(X + error), X) == score
    expected = r2_score(X, X + error, multioutput="variance_weighted")
    assert expected == score


def test_r2_of_one_sample_is_undefined():
    with pytest.warns(UndefinedMetricWarning, match="less than two samples"):
        assert np.isnan(reconstruction_r2(Returns([[1.0]]), [[1.0]]))


def test_perfect_reconstruction_has_the_highest_score(X):
    scaler = StandardScaler().fit(X)
    assert reconstruction_r2(scaler, X) == pytest.approx(1.0, abs=1e-14)
    assert -1e-14 < neg_mean_absolute_reconstruction_error(scaler, X) <= 0
    assert -1e-14 < neg_mean_squared_reconstruction_error(scaler, X) <= 0


@each_scorer
def test_a_pipeline_is_scored_in_the_units_of_its_input(scorer, X):
    pipeline = make_pipeline(StandardScaler(), PCA(2)).fit(X)
    expected = by_numpy(scorer, X, standardized_pca(X, 2))
    assert scorer(pipeline, X) == pytest.approx(expected, rel=1e-10)


@each_scorer
def test_nested_pipelines_and_passthrough_steps_are_inverted(scorer, X):
    flat = make_pipeline(MinMaxScaler(), StandardScaler(), PCA(2)).fit(X)
    nested = Pipeline(
        [
            ("nothing", "passthrough"),
            ("scale", Pipeline([("a", MinMaxScaler()), ("b", StandardScaler())])),
            ("none", None),
            ("reduce", Pipeline([("pca", PCA(2)), ("skip", "passthrough")])),
        ]
    ).fit(X)
    assert scorer(nested, X) == pytest.approx(scorer(flat, X), rel=1e-12)


@each_scorer
def test_data_frames_and_lists_are_scored_as_arrays(scorer, X):
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    expected = scorer(PCA(2).fit(X), X)
    assert scorer(PCA(2).fit(frame), frame) == pytest.approx(expected, rel=1e-12)
    assert scorer(PCA(2).fit(X), X.tolist()) == pytest.approx(expected, rel=1e-12)


@each_scorer
def test_pandas_output_changes_no_score(scorer, X):
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    pipeline = make_pipeline(StandardScaler(), PCA(2)).fit(X)
    pandas = make_pipeline(StandardScaler(), PCA(2)).set_output(transform="pandas")
    pandas.fit(frame)
    assert isinstance(pandas.transform(frame), pd.DataFrame)
    expected = scorer(pipeline, X)
    assert scorer(pandas, frame) == pytest.approx(expected, rel=1e-10)


@each_scorer
def test_y_is_ignored(scorer, X):
    pca = PCA(2).fit(X)
    assert scorer(pca, X, np.zeros(len(X))) == scorer(pca, X)


@each_scorer
def test_a_step_that_cannot_be_inverted_is_named(scorer, X):
    y = load_iris().target[::2]
    pipeline = Pipeline([("scale", StandardScaler()), ("choose", SelectKBest(k=2))])
    # SelectKBest can be inverted, a ColumnTransformer cannot.
    assert scorer(pipeline.fit(X, y), X) < 1.0
    columns = ColumnTransformer([("first", StandardScaler(), [0, 1])])
    nested = Pipeline([("outer", Pipeline([("columns", columns), ("reduce", PCA(1))]))])
    expected = r"ColumnTransformer.* in step 'outer__columns' has no inverse_transform"
    with pytest.raises(TypeError, match=re.compile(expected, re.DOTALL)):
        scorer(nested.fit(X), X)


@each_scorer
def test_a_classifier_at_the_end_is_named(scorer, X):
    pipeline = Pipeline([("reduce", PCA(2)), ("classify", LogisticRegression())])
    pipeline.fit(X, load_iris().target[::2])
    expected = "in step 'classify' has no transform and no inverse_transform"
    with pytest.raises(TypeError, match=expected):
        scorer(pipeline, X)


@each_scorer
def test_an_estimator_that_cannot_be_inverted_is_named(scorer, X):
    classifier = LogisticRegression().fit(X, load_iris().target[::2])
    expected = r"LogisticRegression\(\) has no transform and no inverse_transform"
    with pytest.raises(TypeError, match=expected):
        scorer(classifier, X)


@each_scorer
def test_grid_search_scores_by_it_on_the_rows_held_out(scorer, X):
    folds = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("reduce", PCA())]),
        {"reduce__n_components": [1, 3, 2]},
        scoring=scorer,
        cv=folds,
    ).fit(X)
    assert search.best_params_ == {"reduce__n_components": 3}
    for fold, (train, test) in enumerate(folds.split(X)):
        pipeline = make_pipeline(StandardScaler(), PCA(1)).fit(X[train])
        reconstruction = pipeline.inverse_transform(pipeline.transform(X[test]))
        expected = by_numpy(scorer, X[test], reconstruction)
        score = search.cv_results_[f"split{fold}_test_score"][0]
        assert score == pytest.approx(expected, rel=1e-10)


def test_one_grid_search_compares_pca_with_an_autoencoder(X):
    # Without training an autoencoder is PCA, and so are its scores.
    autoencoder = AutoencoderTransformer(max_iter=0, random_state=0)
    search = GridSearchCV(
        Pipeline([("scale", StandardScaler()), ("reduce", PCA())]),
        {"reduce": [PCA(), autoencoder], "reduce__n_components": [1, 2]},
        scoring=reconstruction_r2,
        cv=2,
    ).fit(X)
    scores = search.cv_results_["mean_test_score"].reshape(2, 2)
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-5)
    assert scores[0, 0] < scores[0, 1]


@each_scorer
def test_what_is_missing_does_not_count(scorer, X):
    missing = np.random.default_rng(0).random(X.shape) < 0.3
    rebuilt = standardized_pca(X, 2)
    incomplete = np.ma.array(X, mask=missing)
    expected = by_numpy(scorer, incomplete, np.ma.array(rebuilt, mask=missing))
    result = scorer(Returns(rebuilt), incomplete.filled(np.nan))
    assert result == pytest.approx(expected, rel=1e-12)


@each_scorer
def test_nothing_known_is_an_error(scorer):
    X = np.full((3, 2), np.nan)
    with pytest.raises(ValueError, match="X is NaN everywhere"):
        scorer(Returns(np.zeros((3, 2))), X)


def test_latent_size_is_searched_on_incomplete_rows(X):
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    search = GridSearchCV(
        AutoencoderTransformer(max_iter=0),
        {"n_components": [1, 3]},
        scoring=reconstruction_r2,
    ).fit(X)
    assert search.best_params_ == {"n_components": 3}
    assert search.best_score_ > 0.8


@each_scorer
def test_a_reconstruction_of_another_shape_is_an_error(scorer):
    with pytest.raises(ValueError, match=r"shape \(3, 1\); X has \(3, 2\)"):
        scorer(Returns(np.zeros((3, 1))), np.ones((3, 2)))


@each_scorer
def test_a_sparse_matrix_scores_as_the_same_array(scorer, X):
    pca = PCA(2).fit(X)
    assert scorer(pca, csr_array(X)) == pytest.approx(scorer(pca, X))
