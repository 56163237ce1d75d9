"""What every registered scoring must do."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle
from dataclasses import fields

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

import sk_autoencoder.scoring
from sk_autoencoder import AutoencoderOutlierDetector
from sk_autoencoder.scoring import SCORINGS, Scoring

QUICK = {"max_iter": 3, "random_state": 0}

each_scoring = pytest.mark.parametrize(
    "part", [SCORINGS[name] for name in sorted(SCORINGS)]
)


@pytest.fixture(scope="module")
def X():
    """Return 200 rows of six features of which one is constant, and one repeated."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 6)) + rng.normal(size=(200, 6))
    X[:, 3] = 2.0
    X[:, 5] = X[:, 4]
    return X


@pytest.fixture(scope="module", params=[False, True], ids=["outliers", "novelty"])
def novelty(request):
    return request.param


@pytest.fixture(scope="module", params=sorted(SCORINGS))
def detector(request, novelty, X):
    scoring = SCORINGS[request.param]()
    return AutoencoderOutlierDetector(scoring=scoring, novelty=novelty, **QUICK).fit(X)


@pytest.fixture(scope="module")
def rows(X):
    """Return training rows, new ones, and some that are far off."""
    new = np.random.default_rng(1).normal(size=(30, 6))
    return np.vstack([X[:20], new, 30 * new, X.mean(axis=0, keepdims=True)])


def test_contributions_are_finite_not_negative_and_sum_to_the_score(detector, rows):
    contributions, scores = detector.feature_scores(rows), detector.score_samples(rows)
    assert contributions.shape == rows.shape
    assert np.isfinite(contributions).all()
    assert (contributions >= 0).all()
    assert (scores <= 0).all()
    assert_allclose(contributions.sum(axis=1), -scores, rtol=1e-9)


def test_what_is_far_off_is_more_outlying(detector, rows):
    scores = detector.score_samples(rows)
    assert scores[50:80].max() < np.median(scores[:20])


def test_expected_values_are_finite(detector, rows):
    expected = detector.expected(rows)
    assert expected.shape == rows.shape
    assert np.isfinite(expected).all()


def test_a_row_alone_is_scored_as_in_company(detector, rows):
    for method in (detector.score_samples, detector.feature_scores, detector.expected):
        together, i = method(rows), 33
        assert_allclose(method(rows[i : i + 1])[0], together[i], rtol=1e-4, atol=1e-6)
        assert_allclose(method(rows[::-1])[::-1], together, rtol=1e-4, atol=1e-6)


def test_training_scores_are_those_of_the_training_rows(detector, X):
    assert_allclose(detector.score_samples(X), detector.training_scores_, rtol=1e-5)


def test_a_fitted_detector_survives_pickling(detector, rows):
    copy = pickle.loads(pickle.dumps(detector))
    assert copy.scoring == detector.scoring
    for method in ("score_samples", "feature_scores", "expected"):
        assert_array_equal(getattr(copy, method)(rows), getattr(detector, method)(rows))


def test_a_name_stands_for_the_part_with_its_defaults(detector, X):
    name = next(name for name, part in SCORINGS.items() if detector.scoring == part())
    by_name = clone(detector).set_params(scoring=name).fit(X)
    assert_array_equal(by_name.training_scores_, detector.training_scores_)


@each_scoring
def test_a_fit_leaves_the_part_as_it_was_and_needs_it_no_more(part, X):
    scoring = part()
    detector = AutoencoderOutlierDetector(scoring=scoring, **QUICK).fit(X)
    assert detector.scoring is scoring
    assert vars(scoring) == vars(part())
    scores, contributions = detector.score_samples(X), detector.feature_scores(X)
    for field in fields(scoring):
        setattr(scoring, field.name, None)
    assert_array_equal(detector.score_samples(X), scores)
    assert_array_equal(detector.feature_scores(X), contributions)


@each_scoring
def test_clones_are_equal_but_independent(part):
    detector = AutoencoderOutlierDetector(scoring=part())
    copy = clone(detector)
    assert copy.scoring == detector.scoring
    assert copy.scoring is not detector.scoring
    assert pickle.loads(pickle.dumps(part())) == part()


@each_scoring
def test_the_repr_is_the_call_that_makes_the_part(part):
    assert eval(repr(part()), vars(sk_autoencoder.scoring)) == part()


@each_scoring
def test_an_unknown_parameter_is_named(part):
    detector = AutoencoderOutlierDetector(scoring=part())
    with pytest.raises(ValueError, match="'colour'"):
        detector.set_params(scoring__colour="red")


@each_scoring
def test_parameters_are_reached_through_the_detector(part):
    params = AutoencoderOutlierDetector(scoring=part()).get_params()
    for field in fields(part):
        assert params[f"scoring__{field.name}"] == field.default


@each_scoring
def test_parts_are_public_and_documented(part):
    assert issubclass(part, Scoring)
    assert part.__name__ in sk_autoencoder.scoring.__all__
    for section in ("References", "Examples"):
        assert f"{section}\n" in part.__doc__


def test_a_name_that_stands_for_nothing_is_refused(X):
    with pytest.raises(ValueError, match=r"'scoring'.*'neighbors'.*Got 'neighbor'"):
        AutoencoderOutlierDetector(scoring="neighbor").fit(X)


@pytest.mark.parametrize("exponent", [-1000, -160, 140, 1000])
@pytest.mark.parametrize("name", sorted(SCORINGS))
def test_scores_do_not_hang_on_the_unit_of_the_data(X, name, exponent):
    """Powers of two change no digit of what the network sees."""
    detector = AutoencoderOutlierDetector(3, scoring=name, scale=False, **QUICK)
    scores = clone(detector).fit(X).score_samples(X)
    expected = clone(detector).fit(X).expected(X)
    unit = 2.0**exponent
    detector.fit(X * unit)
    assert_allclose(detector.score_samples(X * unit), scores, rtol=1e-9)
    assert_allclose(detector.expected(X * unit), expected * unit, rtol=1e-9)
