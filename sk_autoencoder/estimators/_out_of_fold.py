"""For how long to train, and how far to go from the start, by rows held out."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import math
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import stats

from sk_autoencoder.estimators._folds import folds_of, splits_of

# Trainings are judged of so many epochs at most, and of a half, a quarter, ... of them.
N_HALVES = 7

# A training twice as long must be better than the best before, or the start, by so many
# standard errors of the difference; else none longer is tried.
WORTH_WHILE = 0.5

# The first trainings end nothing: so short, they may gain less than longer ones.
N_FIRST = 2

# A gain is clear that has this p-value at most.
LEVEL = 0.1

# How far from the start points lie that are judged beside the end of the best training.
WEIGHTS = (0.5, 0.75)


class Choice(NamedTuple):
    """What the folds have said.

    Attributes
    ----------
    epochs : int
        For how long to train; 0 is not at all.

    weight : float
        How far to go then, from the weights at the start to those after training.

    score : float
        The mean score of all rows there, held out.

    results : dict of str to ndarray
        What was judged, as the estimators have it in `cv_results_`.

    index : int
        Which of these it is.

    models : callable or None
        From a name to a list of the model of each fold there and its held-out rows;
        None where no fold can judge.
    """

    epochs: int
    weight: float
    score: float
    results: dict
    index: int
    models: object = None

    def followed_by(self, settings):
        """Return the settings of the training that was chosen.

        Where that is none, it is the shortest that was tried, and is undone: this fit
        has a loss curve too, as one has that keeps the start by held-out rows.
        """
        shortest = int(self.results["epochs"][:2].max())
        return replace(settings, max_epochs=self.epochs or shortest)

    def told_of(self, result):
        """Return the result of that training, with what was chosen as the best."""
        if result.net.interrupted_:
            raise KeyboardInterrupt  # by the user: what was chosen was not come to
        if self._is_given_up(result):
            return result
        best_iter = result.n_iter if self.epochs else 0
        return replace(result, best_iter=best_iter, best_loss=-self.score)

    def attributes(self, result):
        """Return what the estimators tell of the choice, by the result."""
        weight = 1.0 if self._is_given_up(result) else self.weight
        return {
            "best_weight_": weight,
            "best_index_": self.index,
            "cv_results_": self.results,
        }

    def _is_given_up(self, result):
        """Return whether training has diverged: the best of its epochs is kept then."""
        return self.epochs > 0 and result.net.diverged_


def choose_out_of_fold(X, cv, spec, settings):
    """Choose for how long to train, and how far to go, by rows of all folds.

    Each fold is held out once: the start and the network are fitted to other rows. One
    without which nothing can be learned, as it has all known entries of a column, does
    not judge. A row that several folds hold out counts once, with the mean of these.

    Parameters
    ----------
    X : ndarray, Repaired or SparseRows of shape (n_samples, n_features)
        The rows.

    cv : int or splitter
        The number of folds, or what splits rows.

    spec : Spec
        The network.

    settings : TrainingSettings
        How to train, without rows that are held out.

    Returns
    -------
    choice : Choice
        The point of the least loss of those that are clearly better than the start:
        whose mean gain of the held-out rows has a p-value of at most 0.1, by the
        corrected t-test [1]_. Where there is none, and where no fold can judge, the
        start.

    Raises
    ------
    ValueError
        If there are not rows enough, or folds enough.

    References
    ----------
    .. [1] Nadeau, C., & Bengio, Y. (2003). Inference for the generalization error.
       Machine Learning, 52(3), 239-281.
    """
    splits = splits_of(cv, len(X), settings.seed)
    folds = folds_of(splits, X, spec, settings)
    if not folds:  # nothing is known of the start
        unknown = np.full((1, 2), np.nan), np.zeros((1, 0))
        return _choice([(0, 0.0)], *unknown, len(splits), len(X))
    judged = Judged(folds, settings)
    judged.add(0, 0.0, [copy.deepcopy(fold.beginning.module) for fold in folds])
    best, best_paths = 0, None
    for epochs in _lengths(settings.max_epochs):
        trained = [fold.trained(epochs, settings) for fold in folds]
        modules, paths = zip(*trained, strict=True)
        last = judged.add(epochs, 1.0, modules)
        lead = judged.lead(last, best)
        if lead > 0:
            best, best_paths = last, paths
        if last > N_FIRST and not lead > WORTH_WHILE:
            break
    if best_paths is not None:
        epochs, _ = judged.points[best]
        for weight in WEIGHTS:
            pairs = zip(folds, best_paths, strict=True)
            judged.add(epochs, weight, [fold.at(path, weight) for fold, path in pairs])

    def models(name, epochs, weight):
        """Return models and held-out rows; a shorter training is made once more."""
        if not epochs:
            modules = [copy.deepcopy(fold.beginning.module) for fold in folds]
        else:
            paths = best_paths
            if epochs != judged.points[best][0]:
                paths = [fold.trained(epochs, settings)[1] for fold in folds]
            pairs = zip(folds, paths, strict=True)
            modules = [fold.at(path, weight) for fold, path in pairs]
        pairs = zip(folds, modules, strict=True)
        return [(fold.model(module, spec, name), fold.rows) for fold, module in pairs]

    choice = judged.choice(len(splits))
    return choice._replace(
        models=partial(models, epochs=choice.epochs, weight=choice.weight)
    )


class Judged:
    """What folds say of points on the ways of their networks.

    Parameters
    ----------
    folds : list of Fold
        The folds.

    settings : TrainingSettings
        How their networks are trained.
    """

    def __init__(self, folds, settings):
        self.folds = folds
        self.settings = settings
        held_out = np.concatenate([fold.held_out for fold in folds])
        _, self.row, self.counts = np.unique(
            held_out, return_inverse=True, return_counts=True
        )
        self.points, self.scores, self.unwanted = [], [], []

    def add(self, epochs, weight, modules):
        """Judge a point, of which each fold has a network.

        Returns
        -------
        index : int
            The index of the point.
        """
        pairs = zip(self.folds, modules, strict=True)
        judged = [fold.judge(module, self.settings) for fold, module in pairs]
        losses, unwanted = zip(*judged, strict=True)
        self.points.append((epochs, weight))
        of_rows = np.bincount(self.row, weights=np.hstack(losses))
        self.scores.append(-of_rows / self.counts)
        self.unwanted.append(sum(unwanted))
        return len(self.points) - 1

    def lead(self, index, other):
        """Return by how many standard errors a point is better than another one."""
        with np.errstate(invalid="ignore", divide="ignore"):
            gains = self.scores[index] - self.scores[other]
            return gains.mean() / (gains.std(ddof=1) / math.sqrt(len(gains)))

    def choice(self, n_folds):
        """Return the best point that is clearly better than the start."""
        judged = np.array(self.scores), np.array(self.unwanted)
        n_fitted = np.mean([fold.n_fitted for fold in self.folds])
        return _choice(self.points, *judged, n_folds, n_fitted)


def _choice(points, scores, unwanted, n_folds, n_fitted):
    """Return the best point that is clearly better than the first one, the start.

    Scores are of shape (n_points, n_samples). None of what is unwanted, of shape
    (n_points, n_judges), may be more than at the start.
    """
    n_judged = len(scores[0])
    with np.errstate(invalid="ignore"):  # where a loss is not finite
        gains = scores - scores[0]
        means = gains.mean(axis=1)
        # Other rows would be judged, and the networks would be trained on others.
        errors = gains.std(axis=1, ddof=1) * math.sqrt(1 / n_judged + 1 / n_fitted)
    # Less far, or after a shorter training, a smaller gain may be the surer one.
    clear = means > stats.t.isf(LEVEL, n_folds - 1) * errors
    usable = clear & (unwanted <= unwanted[0]).all(axis=1)
    usable[0] = True
    best = int(np.where(usable, means, -np.inf).argmax())
    epochs, weights = zip(*points, strict=True)
    results = {
        "epochs": np.array(epochs),
        "weight": np.array(weights),
        "mean_test_score": scores.mean(axis=1),
        "mean_test_gain": means,
        "std_error_test_gain": errors,
    }
    return Choice(*points[best], float(results["mean_test_score"][best]), results, best)


def _lengths(max_epochs):
    """Return which numbers of epochs are tried, the shortest training first."""
    halves = {math.ceil(max_epochs / 2**i) for i in range(N_HALVES)}
    return sorted(halves - {0})
