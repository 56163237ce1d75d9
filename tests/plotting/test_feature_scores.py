"""The display that says why a sample is an outlier."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pandas as pd
import pytest

from sk_autoencoder import AutoencoderOutlierDetector
from sk_autoencoder.plotting import FeatureScoresDisplay


@pytest.fixture(scope="module")
def detector():
    import matplotlib

    matplotlib.use("agg")
    X = np.random.default_rng(0).normal(size=(200, 4)) * [1, 10, 1, 1] + [0, 50, 0, 0]
    frame = pd.DataFrame(X, columns=["height", "weight", "age", "pulse"])
    return AutoencoderOutlierDetector(max_iter=0, random_state=0).fit(frame)


@pytest.fixture
def sample(detector):
    return pd.DataFrame([[0.0, 150.0, 0.0, 0.0]], columns=detector.feature_names_in_)


def test_the_largest_bar_is_the_feature_that_is_off(detector, sample):
    display = FeatureScoresDisplay.from_estimator(detector, sample, n_top=2)
    lengths = [bar.get_width() for bar in display.bars_]
    assert lengths == sorted(detector.feature_scores(sample)[0], reverse=True)[:2]
    first = display.ax_.get_yticklabels()[0].get_text()
    assert first.startswith("weight = 150\nexpected ")
    assert 30 < float(first.split()[-1]) < 70  # as others have, not drawn to 150


def test_it_is_drawn_where_it_is_told(detector, sample):
    import matplotlib.pyplot as plt

    figure, (_, ax) = plt.subplots(1, 2)
    display = FeatureScoresDisplay.from_estimator(detector, sample, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert len(display.bars_) == 4


def test_more_than_one_sample_is_refused(detector, sample):
    with pytest.raises(ValueError, match=r"one sample.* got 2 samples"):
        FeatureScoresDisplay.from_estimator(detector, pd.concat([sample, sample]))
