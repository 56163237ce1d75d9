"""For how long to train, and how far to go from the start, by rows held out."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import KFold
from skorch.callbacks import Callback

from sk_autoencoder.data import lacks_entries, part_of
from sk_autoencoder.estimators._beginning import Beginning, begin, fitted_standardizer
from sk_autoencoder.training import state_of, suitable_threads, train

# Trainings are judged of so many epochs at most, and of a half, a quarter, ... of them.
N_HALVES = 7

# Longer trainings are not tried after so many that were not better.
PATIENCE = 1

# How far from the start to the trained network the judged points lie.
WEIGHTS = (0.25, 0.5, 0.75, 1.0)


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
    """

    epochs: int
    weight: float
    score: float
    results: dict
    index: int

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


class Fold(NamedTuple):
    """Some rows to train on, and others to judge by.

    Attributes
    ----------
    beginning : Beginning
        What training begins with.

    rows : ndarray or SparseRows of shape (n, n_features)
        The rows that are held out.

    index : ndarray of int of shape (n,)
        Which of all rows they are.
    """

    beginning: Beginning
    rows: object
    index: np.ndarray

    def judge(self, epochs, settings):
        """Return how the held-out rows do after so many epochs.

        Parameters
        ----------
        epochs : int
            For how long to train; 0 judges the start.

        settings : TrainingSettings
            How.

        Returns
        -------
        judged : list of tuple
            For each of `_weights` what `Beginning.judge` returns.
        """
        begun = self.beginning
        module = copy.deepcopy(begun.module)
        callbacks = copy.deepcopy(settings.callbacks)
        settings = replace(
            settings, max_epochs=epochs, callbacks=callbacks, verbose=False
        )
        path = Path()
        with suitable_threads(begun.work):
            if epochs:
                criterion = begun.start.criterion
                result = train(module, criterion, begun.rows, settings, [path])
                if result.net.interrupted_:
                    raise KeyboardInterrupt  # by the user, who means the whole fit
            judged = []
            for weight in _weights(epochs):
                at = copy.deepcopy(begun.module)
                if epochs:
                    at.load_state_dict(path.state(weight))
                judged.append(begun.judge(at, self.rows, settings))
        return judged


class Path(Callback):
    """Know the straight line from the weights at the start to those at the end.

    Parameters
    ----------
    weight : float, default=None
        How far on it the network is left; None leaves it in its best state.
    """

    def __init__(self, weight=None):
        self.weight = weight
        self.start_ = self.end_ = None

    def on_start(self, net, losses, dataset_valid):
        """Take the state before training, unless a training before was given up."""
        if self.start_ is None:
            self.start_ = state_of(net)

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        if not net.diverged_:
            self.end_ = state_of(net)

    def on_train_end(self, net, X=None, y=None, **kwargs):
        if net.diverged_ or self.end_ is None:
            self.end_ = self.start_
        elif self.weight is not None:
            net.module_.load_state_dict(self.state(self.weight))
        if self.weight == 0 and self.start_ is not None:
            net.module_.load_state_dict(self.start_)

    def state(self, weight):
        """Return the state that lies so far on the line."""
        return {
            name: start.lerp(self.end_[name], weight)
            if start.is_floating_point()
            else self.end_[name].clone()
            for name, start in self.start_.items()
        }


def choose_out_of_fold(X, n_folds, spec, settings):
    """Choose for how long to train, and how far to go, by all rows.

    Each fold is held out once: the start and the network are fitted to all other rows.

    Parameters
    ----------
    X : ndarray, Repaired or SparseRows of shape (n_samples, n_features)
        The rows.

    n_folds : int
        The number of folds.

    spec : Spec
        The network.

    settings : TrainingSettings
        How to train, without rows that are held out.

    Returns
    -------
    choice : Choice
        The point of the least loss of those that are clearly better than the start:
        whose mean gain of the held-out rows is more than its standard error [1]_. Where
        there is none, the start.

    Raises
    ------
    ValueError
        If there are not rows enough, or nothing can be learned without those of a fold.

    References
    ----------
    .. [1] Nadeau, C., & Bengio, Y. (2003). Inference for the generalization error.
       Machine Learning, 52(3), 239-281.
    """
    folds = _folds(X, n_folds, spec, settings)
    points, scores, unwanted = [], [], []
    best, n_worse = -math.inf, 0
    places = np.concatenate([fold.index for fold in folds])
    for epochs in (0, *_lengths(settings.max_epochs)):
        judged = [fold.judge(epochs, settings) for fold in folds]
        of_weights = zip(_weights(epochs), zip(*judged, strict=True), strict=True)
        for weight, of_folds in of_weights:
            losses, others = zip(*of_folds, strict=True)
            of_rows = np.empty(len(X))
            of_rows[places] = np.hstack(losses)
            points.append((epochs, weight))
            scores.append(-of_rows)
            unwanted.append(sum(others))
        reached = max(of_rows.mean() for of_rows in scores[-len(_weights(epochs)) :])
        n_worse = 0 if reached > best else n_worse + 1
        best = max(best, reached)
        if n_worse == PATIENCE:
            break
    return _choice(points, np.array(scores), np.array(unwanted), n_folds)


def _folds(X, n_folds, spec, settings):
    """Return the folds, each with what training begins with."""
    if len(X) < max(n_folds, 3):
        raise ValueError(
            f"cv={n_folds} needs as many samples at least, and 3 in any case; X has "
            f"{len(X)}."
        )
    folds = []
    splitter = KFold(n_folds, shuffle=True, random_state=settings.seed)
    for fitted, held_out in splitter.split(np.empty(len(X))):
        rows = part_of(X, fitted)
        try:
            lacks_entries(rows)  # or raise, where all of a column is missing
            beginning = begin(rows, spec, fitted_standardizer(rows, spec), settings)
        except ValueError as error:
            raise ValueError(f"Without one of cv={n_folds} folds: {error}") from error
        folds.append(Fold(beginning, part_of(X, held_out), held_out))
    return folds


def _choice(points, scores, unwanted, n_folds):
    """Return the best point that is clearly better than the first one, the start.

    Scores are of shape (n_points, n_samples). What is unwanted of a point must not be
    more than at the start.
    """
    gains = scores - scores[0]
    means = gains.mean(axis=1)
    # Other rows would be judged, and the networks would be trained on others.
    n_judged, n_trained = len(scores[0]), len(scores[0]) * (1 - 1 / n_folds)
    errors = gains.std(axis=1, ddof=1) * math.sqrt(1 / n_judged + 1 / n_trained)
    # Less far, or after a shorter training, a smaller gain may be the surer one.
    usable = (means > errors) & (unwanted <= unwanted[0])
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


def _weights(epochs):
    """Return how far the judged points lie, of which the start is one alone."""
    return WEIGHTS if epochs else (0.0,)


def _lengths(max_epochs):
    """Return which numbers of epochs are tried, the shortest training first."""
    halves = {math.ceil(max_epochs / 2**i) for i in range(N_HALVES)}
    return sorted(halves - {0})
