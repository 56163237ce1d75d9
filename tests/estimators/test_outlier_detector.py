"""What AutoencoderOutlierDetector says of planted outliers, and of clean data."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.covariance import EmpiricalCovariance
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from sk_autoencoder import AutoencoderOutlierDetector
from sk_autoencoder.estimators import _outlier_detector
from sk_autoencoder.estimators._outlier_detector import _robust_offset
from sk_autoencoder.scoring import SCORINGS, Neighbors

QUICK = {"max_iter": 5, "random_state": 0}


@pytest.mark.rounding
def test_before_training_the_score_is_hotelling_and_residual(digits):
    X_train, X_test = digits
    informative = X_train.std(axis=0) > 0.5
    X_train, X_test = X_train[:, informative], X_test[:, informative]
    detector = AutoencoderOutlierDetector(5, scoring="gaussian", max_iter=0).fit(
        X_train
    )
    scaler = StandardScaler().fit(X_train)
    Z_train, Z_test = scaler.transform(X_train), scaler.transform(X_test)
    pca = PCA(5).fit(Z_train)

    def residuals(Z):
        return Z - pca.inverse_transform(pca.transform(Z))

    hotelling = (pca.transform(Z_test) ** 2 / pca.transform(Z_train).var(axis=0)).sum(1)
    residual = (residuals(Z_test) ** 2 / (residuals(Z_train) ** 2).mean(axis=0)).sum(1)
    assert_allclose(-detector.score_samples(X_test), hotelling + residual, rtol=1e-4)


def test_with_all_components_the_score_is_the_mahalanobis_distance():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3))
    detector = AutoencoderOutlierDetector(3, scoring="gaussian", max_iter=0).fit(X)
    expected = EmpiricalCovariance().fit(X).mahalanobis(X)
    assert_allclose(-detector.score_samples(X), expected, rtol=1e-3)


def test_terms_of_the_score_average_one_over_the_training_data(digits):
    X = digits[0][:, digits[0].std(axis=0) > 0.5]
    detector = AutoencoderOutlierDetector(5, scoring="gaussian", **QUICK).fit(X)
    n_terms = 5 + X.shape[1]
    assert -detector.score_samples(X).mean() == pytest.approx(n_terms, rel=1e-3)


def test_points_off_a_curve_are_found_where_a_line_cannot(parabola):
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, size=40)
    off = np.column_stack([2 * x, x**2 + 1.5])  # within the range of both features
    X = np.vstack([parabola, off])
    is_outlier = np.arange(len(X)) >= len(parabola)
    aucs = {}
    for max_iter in (0, 200):
        detector = AutoencoderOutlierDetector(
            1, scoring="gaussian", max_iter=max_iter, random_state=0
        ).fit(parabola)
        aucs[max_iter] = roc_auc_score(is_outlier, -detector.score_samples(X))
    assert aucs[200] > 0.97
    assert aucs[200] > aucs[0] + 0.05


def test_other_digits_are_novel_to_one_that_learned_zeros():
    X, y = load_digits(return_X_y=True)
    zeros = X[y == 0]
    detector = AutoencoderOutlierDetector(random_state=0).fit(zeros[:100])
    scores = detector.score_samples(np.vstack([zeros[100:], X[y == 4]]))
    is_other = np.arange(len(scores)) >= len(zeros) - 100
    assert roc_auc_score(is_other, -scores) > 0.95


def test_predict_decision_function_and_offset_agree(digits):
    X_train, X_test = digits
    detector = AutoencoderOutlierDetector(contamination=0.2, **QUICK).fit(X_train)
    decision = detector.decision_function(X_test)
    assert_array_equal(decision, detector.score_samples(X_test) - detector.offset_)
    assert_array_equal(detector.predict(X_test), np.where(decision < 0, -1, 1))


@pytest.mark.rounding
@pytest.mark.parametrize("contamination", [0.05, 0.3, 0.5])
def test_contamination_is_the_share_of_training_rows_called_outliers(
    digits, contamination
):
    detector = AutoencoderOutlierDetector(contamination=contamination, **QUICK)
    labels = detector.fit_predict(digits[0])
    assert np.mean(labels == -1) == pytest.approx(contamination, abs=0.002)


@pytest.mark.parametrize("scoring", SCORINGS)
def test_auto_contamination_calls_a_few_percent_of_clean_normal_data_outliers(scoring):
    X = np.random.default_rng(0).normal(size=(5000, 10))
    detector = AutoencoderOutlierDetector(3, scoring=scoring, max_iter=0)
    assert 0.01 < np.mean(detector.fit_predict(X) == -1) < 0.05


@pytest.mark.parametrize(
    ("distribution", "low", "high"),
    [("normal", 0.01, 0.14), ("standard_t", 0.07, 0.13), ("lognormal", 0.08, 0.21)],
)
@pytest.mark.parametrize("n_features", [3, 10, 30])
def test_auto_contamination_of_clean_data_is_what_the_guide_says(
    distribution, low, high, n_features
):
    rng = np.random.default_rng(0)
    parameters = {"df": 3} if distribution == "standard_t" else {}
    X = getattr(rng, distribution)(size=(3000, n_features), **parameters)
    labels = AutoencoderOutlierDetector(max_iter=0, random_state=0).fit_predict(X)
    assert low < np.mean(labels == -1) < high


def test_auto_offset_is_not_moved_by_the_outliers_themselves():
    clean = -np.random.default_rng(0).chisquare(10, size=10_000)
    spoiled = np.concatenate([clean, np.full(1000, -1e6)])
    assert 1.0 < _robust_offset(spoiled) / _robust_offset(clean) < 1.2


def test_auto_n_components_is_the_root_of_the_number_of_features(digits):
    detector = AutoencoderOutlierDetector(max_iter=0).fit(digits[0])
    assert detector.n_components_ == 8


@pytest.mark.rounding
@pytest.mark.parametrize("n_features", [3, 13, 37, 64])
def test_a_row_is_scored_alike_whatever_its_company(n_features):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, n_features))
    detector = AutoencoderOutlierDetector(**QUICK).fit(X)
    scores, order = detector.score_samples(X), rng.permutation(300)
    assert_allclose(detector.score_samples(X[order]), scores[order], rtol=1e-5)
    alone = [detector.score_samples(X[i : i + 1])[0] for i in range(0, 300, 10)]
    assert_allclose(alone, scores[::10], rtol=1e-5)


def test_scores_are_finite_for_wild_rows_and_constant_or_unscaled_features():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6)) * [1, 1e-9, 1e9, 0, 1, 1] + [0, 0, 0, 0.1, 0, 0]
    X[:, 5] = X[:, 4]
    detector = AutoencoderOutlierDetector(**QUICK).fit(X)
    wild = X[:4].copy()
    wild[0, 0] = 1e30
    wild[1, 3] = 5.0
    wild[2, 1] = -1e300
    scores = detector.score_samples(np.vstack([wild, X]))
    assert np.isfinite(scores).all()
    assert_array_equal(np.sort(np.argsort(scores)[:3]), [0, 1, 2])


@pytest.mark.rounding
@pytest.mark.parametrize("scale", [False, True])
def test_units_do_not_matter(parabola, scale, steady, assert_same_but_for_rounding):
    scores = [
        AutoencoderOutlierDetector(1, scale=scale, **QUICK, **steady)
        .fit(parabola * unit)
        .score_samples(parabola * unit)
        for unit in (1, 1e-6, 1e6)
    ]
    assert_same_but_for_rounding(scores[1], scores[0])
    assert_same_but_for_rounding(scores[2], scores[0])


@pytest.mark.rounding
def test_the_dtype_of_the_data_changes_scores_by_rounding_only(digits):
    X = digits[0]
    detector = AutoencoderOutlierDetector(**QUICK).fit(X)
    single = detector.score_samples(X.astype(np.float32))
    assert_allclose(single, detector.score_samples(X), rtol=1e-4)


def test_a_refit_that_fails_at_its_end_leaves_the_last_one_in_place(
    digits, monkeypatch
):
    X = digits[0]
    detector = AutoencoderOutlierDetector(2, warm_start=False, **QUICK).fit(X)
    scores = detector.score_samples(X)

    def fail(scores):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(_outlier_detector, "_robust_offset", fail)
        with pytest.raises(MemoryError):
            detector.set_params(n_components=3).fit(X)
    assert_array_equal(detector.score_samples(X), scores)
    detector.set_params(n_components=2, warm_start=True).fit(X)


# ----------------------------------------------------------------- neighbors, certainty


@pytest.fixture(scope="module")
def correlated():
    """Return 600 rows of ten features that depend on three factors."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(600, 3))
    return factors @ rng.normal(size=(3, 10)) + 0.3 * rng.normal(size=(600, 10))


def test_outliers_that_sit_together_are_found_only_by_small_samples(correlated):
    rng = np.random.default_rng(1)
    cluster = (5 + 0.1 * rng.normal(size=(60, 10))) * correlated.std(axis=0)
    X = np.vstack([correlated, cluster])
    is_outlier = np.arange(len(X)) >= len(correlated)
    aucs = {
        scoring: roc_auc_score(
            is_outlier,
            -AutoencoderOutlierDetector(scoring=scoring, random_state=0)
            .fit(X)
            .training_scores_,
        )
        for scoring in ("neighbors", "residual")
    }
    assert aucs["neighbors"] > 0.95
    assert aucs["residual"] < 0.9


def test_a_larger_group_is_as_far_as_a_smaller_one(correlated):
    rng = np.random.default_rng(1)
    group = (4 + 0.1 * rng.normal(size=(90, 10))) * correlated.std(axis=0)
    medians = [
        np.median(
            AutoencoderOutlierDetector(**QUICK)
            .fit(np.vstack([correlated, group[:size]]))
            .score_samples(group)
        )
        for size in (30, 90)
    ]
    assert medians[1] == pytest.approx(medians[0], rel=0.25)


def test_novelty_takes_the_training_rows_at_their_word(correlated):
    rng = np.random.default_rng(1)
    groups = (5 + 0.1 * rng.normal(size=(120, 10))) * correlated.std(axis=0)
    X = np.vstack([correlated, groups[:60]])
    medians = {}
    for novelty in (False, True):
        detector = AutoencoderOutlierDetector(novelty=novelty, random_state=0).fit(X)
        medians[novelty] = np.median(detector.score_samples(groups[60:]))
    assert medians[False] < -2  # far, although the group was there in training
    assert medians[True] > -1


def test_novelty_tells_rare_digits_from_new_ones():
    X, y = load_digits(return_X_y=True)
    zeros, rare, new = (X[y == digit] for digit in (0, 5, 4))
    X = np.vstack([zeros, rare[:20]])
    is_new = np.arange(len(rare) - 20 + len(new)) >= len(rare) - 20
    aucs = {}
    for novelty in (False, True):
        detector = AutoencoderOutlierDetector(novelty=novelty, random_state=0).fit(X)
        scores = detector.score_samples(np.vstack([rare[20:], new]))
        aucs[novelty] = roc_auc_score(is_new, -scores)
    assert aucs[True] > aucs[False] + 0.1


def test_more_samples_make_scores_depend_less_on_the_seed(correlated):
    def scatter(n_estimators):
        scores = [
            AutoencoderOutlierDetector(
                scoring=Neighbors(n_estimators), max_iter=0, random_state=seed
            )
            .fit(correlated)
            .training_scores_
            for seed in range(5)
        ]
        return np.std(scores, axis=0).mean()

    assert scatter(32) < 0.5 * scatter(2)


def test_rounding_does_not_make_feature_scores_negative():
    X = np.random.default_rng(0).normal(size=(300, 6))
    X[:, 3] = 2.0
    detector = AutoencoderOutlierDetector(**QUICK).fit(X[:2])
    parts = detector.feature_scores(X)
    assert parts.min() == 0
    assert_allclose(parts.sum(axis=1), -detector.score_samples(X), rtol=1e-9)


@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_feature_that_was_spoiled_is_named_first(correlated, scoring):
    detector = AutoencoderOutlierDetector(scoring=scoring, **QUICK).fit(correlated)
    rng = np.random.default_rng(0)
    spoiled = rng.integers(10, size=200)
    X = correlated[:200].copy()
    X[np.arange(200), spoiled] += 8 * correlated.std(axis=0)[spoiled]
    found = detector.predict(X) == -1
    named = detector.feature_scores(X).argmax(axis=1)
    assert found.mean() > 0.9
    assert np.mean(named[found] == spoiled[found]) >= 0.95


def test_a_neighbor_that_shares_the_spoiled_value_does_not_take_the_blame():
    # One row in ten is far off in the first feature, and far from others in the second.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 6))
    X[:100, 0] += 8
    X[:100, 1] += 5
    detector = AutoencoderOutlierDetector(novelty=True, **QUICK).fit(X)
    spoiled = rng.normal(size=(100, 6))
    spoiled[:, 0] += 8  # nearest to the hundred, from which the second differs by 5
    blamed = np.bincount(detector.feature_scores(spoiled).argmax(axis=1))
    assert blamed.argmax() == 0
    assert blamed[0] > 1.5 * blamed[1]
    assert np.abs(detector.expected(spoiled)[:, 0]).mean() < 1


@pytest.mark.parametrize("scoring", SCORINGS)
def test_expected_values_are_in_the_units_of_the_data(correlated, scoring):
    X = 1e3 * correlated + 5e4
    detector = AutoencoderOutlierDetector(scoring=scoring, **QUICK).fit(X)
    expected = detector.expected(X)
    assert np.square(X - expected).mean() < 0.5 * X.var(axis=0).mean()


@pytest.mark.rounding
def test_training_rows_are_scored_as_if_they_had_been_held_out():
    rng = np.random.default_rng(0)
    X, X_new = rng.normal(size=(2, 400, 5))
    detector = AutoencoderOutlierDetector(random_state=0).fit(X)
    assert_allclose(detector.score_samples(X), detector.training_scores_, rtol=1e-5)
    medians = [np.median(detector.score_samples(rows)) for rows in (X, X_new)]
    assert medians[0] == pytest.approx(medians[1], rel=0.1)


def to_six_digits(X):
    with np.errstate(divide="ignore"):
        unit = 10.0 ** (5 - np.floor(np.log10(np.abs(X))))
    return np.where(X == 0, 0, np.round(X * unit) / unit)


@pytest.mark.rounding
@pytest.mark.parametrize("novelty", [False, True])
@pytest.mark.parametrize(
    ("offset", "rtol"), [(0.0, 1e-4), (1e3, 0.05)], ids=["at zero", "far from zero"]
)
def test_rounded_training_rows_are_scored_as_the_training_rows(
    correlated, offset, rtol, novelty
):
    X = correlated + offset
    detector = AutoencoderOutlierDetector(novelty=novelty, **QUICK).fit(X)
    scores, predictions = detector.score_samples(X), detector.predict(X)
    sure = np.abs(scores / detector.offset_ - 1) > 2 * rtol
    assert sure.mean() > 0.95
    for rounded in (X.astype(np.float32), np.round(X, 6), to_six_digits(X)):
        assert_allclose(detector.score_samples(rounded), scores, rtol=rtol)
        assert_array_equal(detector.predict(rounded)[sure], predictions[sure])


def test_a_row_that_differs_in_one_entry_is_another_row(correlated):
    detector = AutoencoderOutlierDetector(novelty=True, **QUICK).fit(correlated)
    X = correlated.copy()
    X[:, 0] += 1e-3 * X[:, 0].std()
    # Its neighbor is then the training row, where that was drawn.
    drawn = detector.score_samples(X) > 0.7 * detector.score_samples(correlated)
    assert 0.5 < drawn.mean() < 1


def test_p_values_of_inliers_are_uniform_and_those_of_outliers_small():
    rng = np.random.default_rng(0)
    X, X_new = rng.normal(size=(2, 1000, 5))
    detector = AutoencoderOutlierDetector(random_state=0).fit(X)
    p_values = detector.p_values(X_new)
    for level in (0.01, 0.1, 0.5):  # four standard errors, of both halves
        error = 4 * np.sqrt(2 * level * (1 - level) / 1000)
        assert np.mean(p_values <= level) == pytest.approx(level, abs=error)
    assert_allclose(detector.p_values(np.full((1, 5), 9.0)), 1 / 1001)


def test_p_values_count_the_calibration_samples_that_score_as_low(correlated):
    detector = AutoencoderOutlierDetector(**QUICK).fit(correlated[:400])
    X, X_calibration = correlated[400:500], correlated[500:]
    scores, known = detector.score_samples(X), detector.score_samples(X_calibration)
    expected = [(1 + np.sum(known <= score)) / 101 for score in scores]
    assert_allclose(detector.p_values(X, X_calibration), expected)


def test_another_offset_changes_predictions_without_a_refit(correlated):
    detector = AutoencoderOutlierDetector(**QUICK).fit(correlated)
    detector.offset_ = np.percentile(detector.training_scores_, 30)
    assert np.mean(detector.predict(correlated) == -1) == pytest.approx(0.3, abs=0.01)
