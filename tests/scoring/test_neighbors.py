"""The number of samples of Neighbors, and how often they are searched."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV

from sk_autoencoder import AutoencoderOutlierDetector
from sk_autoencoder.plotting import FeatureScoresDisplay
from sk_autoencoder.scoring import Neighbors
from sk_autoencoder.scoring._samples import Samples

QUICK = {"max_iter": 1, "random_state": 0}


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).normal(size=(150, 3))


def never_built(n_features, n_components):
    raise AssertionError("the network was built")


@pytest.mark.parametrize("n_estimators", [1, np.int64(17)])
def test_so_many_samples_are_drawn_and_a_sixteenth_of_large_ones(X, n_estimators):
    detector = AutoencoderOutlierDetector(scoring=Neighbors(n_estimators), **QUICK)
    fine, coarse = detector.fit(X)._scoring.samples  # no public name says how many
    assert coarse.shape == (n_estimators, 16)
    assert fine.shape[0] == (2 if n_estimators == 17 else 1)


def test_a_grid_search_tries_numbers_of_samples(X):
    detector = AutoencoderOutlierDetector(scoring=Neighbors(), **QUICK)
    search = GridSearchCV(
        detector,
        {"scoring__n_estimators": [2, 5]},
        scoring=lambda detector, X, y=None: detector.scoring.n_estimators,
        cv=2,
    ).fit(X)
    assert search.best_estimator_.scoring == Neighbors(5)
    assert detector.scoring == Neighbors()


@pytest.fixture
def searched(monkeypatch):
    """Return a list to which the number of rows of each search is added."""
    searched, search = [], Samples._relative

    def count(self, rows):
        searched.append(len(rows))
        return search(self, rows)

    monkeypatch.setattr(Samples, "_relative", count)
    return searched


@pytest.mark.parametrize(("novelty", "n_searches"), [(False, 3), (True, 1)])
def test_a_fit_searches_each_kind_of_samples_once(X, searched, novelty, n_searches):
    # Those of the first pass, the coarse and the fine ones.
    AutoencoderOutlierDetector(novelty=novelty, **QUICK).fit(X)
    assert searched == [len(X)] * n_searches


def test_the_unit_is_that_of_some_rows_where_there_are_many(monkeypatch, X):
    monkeypatch.setattr("sk_autoencoder.scoring._neighbors.N_ROWS_SEEN", 41)
    detector = AutoencoderOutlierDetector(novelty=True, **QUICK).fit(X)
    assert_array_equal(detector.score_samples(X), detector.training_scores_)
    all_seen = AutoencoderOutlierDetector(novelty=True, **QUICK)
    monkeypatch.setattr("sk_autoencoder.scoring._neighbors.N_ROWS_SEEN", 150)
    ratio = all_seen.fit(X).training_scores_ / detector.training_scores_
    assert np.ptp(ratio) < 1e-12  # another unit, and nothing else
    assert 0.5 < ratio[0] < 2
    assert ratio[0] != 1


def test_the_display_searches_no_more_than_feature_scores(X, searched):
    import matplotlib

    matplotlib.use("agg")
    detector = AutoencoderOutlierDetector(**QUICK).fit(X)
    searched.clear()
    detector.feature_scores(X[:1])
    n_searches = len(searched)
    display = FeatureScoresDisplay.from_estimator(detector, X[:1])
    assert len(searched) == 2 * n_searches
    assert_array_equal(display.feature_scores, detector.feature_scores(X[:1])[0])
    assert_array_equal(display.expected, detector.expected(X[:1])[0])
