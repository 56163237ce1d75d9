"""What the detector promises beside a ranking: why, how sure, how steady, how fast."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import partial

import numpy as np
from scipy.stats import false_discovery_control
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from benchmarks._data import outlier_split
from benchmarks._threads import one_thread
from benchmarks._timing import interleave
from sk_autoencoder import AutoencoderOutlierDetector

LEVEL = 0.1  # of false discoveries
SHIFT = 8.0  # standard deviations, of a planted outlier
N_PLANTED = 500
SHAPE = 10_000, 30
BROKEN = 1e9  # among standardized values


def explain_and_certify(name, X, y, seed, n_rows):
    """Fit clean rows of a data set; return what explanations and p-values are worth.

    Parameters
    ----------
    name : str
        The data set.

    X, y : ndarray
        Its rows and whether each is an outlier.

    seed : int
        Determines the rows and the detector.

    n_rows : int
        At most so many rows.

    Returns
    -------
    row : dict
        The largest relative difference of the sums of feature scores from the score; of
        planted outliers of one feature that are found, how many are explained by it; of
        what is discovered at a level of 10 %, the share of inliers; of the clean rows
        that were fitted, how many contamination="auto" calls outliers.
    """
    train, test, is_outlier = outlier_split(X, y, "semi-supervised", seed, n_rows)
    with one_thread():
        detector = AutoencoderOutlierDetector(random_state=seed).fit(train)
        scores = -detector.score_samples(test)
        sums = detector.feature_scores(test).sum(axis=1)
        planted, feature = plant(test[~is_outlier], train, seed)
        found = detector.predict(planted) == -1
        named = detector.feature_scores(planted[found]).argmax(axis=1) == feature[found]
        discovered = false_discovery_control(detector.p_values(test)) <= LEVEL
    return {
        "data": name,
        "seed": seed,
        "sum error": np.max(np.abs(sums - scores) / np.maximum(scores, 1e-300)),
        "found": found.mean(),
        "named first": named.mean() if len(named) else np.nan,
        "false discoveries": (discovered & ~is_outlier).sum()
        / max(discovered.sum(), 1),
        "discovered": discovered[is_outlier].mean(),
        "clean called outliers": np.mean(detector.training_scores_ < detector.offset_),
    }


def plant(X, train, seed):
    """Return inliers with one feature moved far off, and which feature that is."""
    rng = np.random.default_rng(seed)
    X = X[rng.permutation(len(X))[:N_PLANTED]].copy()
    feature = rng.choice(np.flatnonzero(train.std(axis=0) > 0), size=len(X))
    X[np.arange(len(X)), feature] += SHIFT * rng.choice([-1, 1], size=len(X))
    return X, feature


def with_a_broken_value(name, X, y, setting, seed, n_rows):
    """Break one value of the rows that are fitted; return how the others are ranked.

    Parameters
    ----------
    name : str
        The data set.

    X, y : ndarray
        Its rows and whether each is an outlier.

    setting : {"unsupervised", "semi-supervised"}
        As for `outlier_split`.

    seed : int
        Determines the rows, the detector, and which value is broken.

    n_rows : int
        At most so many rows.

    Returns
    -------
    row : dict
        The AUROC in percent, without the broken row.
    """
    train, test, is_outlier = outlier_split(X, y, setting, seed, n_rows)
    rng = np.random.default_rng(seed)
    broken = rng.integers(len(train))
    others = np.arange(len(test)) != (broken if test is train else -1)
    test = test[others]
    train = train.copy()
    train[broken, rng.integers(train.shape[1])] = BROKEN
    with one_thread():
        detector = AutoencoderOutlierDetector(random_state=seed).fit(train)
        scores = -detector.score_samples(test)
    return {
        "data": name,
        "setting": setting,
        "seed": seed,
        "AUROC": 100 * roc_auc_score(is_outlier[others], scores),
    }


def seconds(n_runs=5):
    """Return median seconds of fit and score, ours and then of IsolationForest."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=SHAPE) @ rng.normal(size=(SHAPE[1], SHAPE[1]))
    ours, forest = (
        Detector(random_state=0).fit(X)
        for Detector in (AutoencoderOutlierDetector, IsolationForest)
    )
    turns = (ours.fit, ours.score_samples, forest.fit, forest.score_samples)
    medians = interleave(
        {i: partial(turn, X) for i, turn in enumerate(turns)}, n_runs, least_seconds=0
    )
    return tuple(medians.values())
