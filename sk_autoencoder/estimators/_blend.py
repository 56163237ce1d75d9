"""Which linear model of items, and how much of the autoencoders is added to it."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import KFold
from sklearn.utils import gen_batches

from sk_autoencoder.data import hold_out_items, ndcg_of_users
from sk_autoencoder.estimators._item_scores import (
    SideBySide,
    standardized_unseen,
)
from sk_autoencoder.starts import ItemWeighting

# EASE, with items weighted, and with users weighted too and a ridge as of dropout.
WEIGHTINGS = (
    ItemWeighting(),
    ItemWeighting(item_power=-0.25),
    ItemWeighting(user_power=-0.25, item_power=-0.25, dropout=1.0, column_power=0.5),
)

# The ridge is doubled or halved while that is better, within these.
RIDGES = (2.0**-6, 2.0**12)

# How much the autoencoders may count.
WEIGHTS = np.arange(11) / 10

# Standard errors by which the ranking must improve, that autoencoders count at all.
DOUBT = 2.0

# Users that are tried: as many folds as that takes.
MOST_TRIED = 2_000

# The places of a ranking that count, and the share of a history that is ranked.
K, HELD_OUT = 100, 0.2

# Users whose scores are held at once.
N_SCORES = 2**22


class Chosen(NamedTuple):
    """What `choose` has found.

    Attributes
    ----------
    weighting : ItemWeighting
        The linear model.

    weight : float
        How much the autoencoders count, from 0 to 1.

    ndcg : float
        The mean of what was reached, NaN if no user could be tried.

    networks : list
        The autoencoders of the folds.
    """

    weighting: ItemWeighting
    weight: float
    ndcg: float
    networks: list


class Trial(NamedTuple):
    """A fold: users to fit to, and others whose held-out items are to be ranked."""

    train: object
    history: object
    held_out: object

    def gains(self, score, n_columns=1):
        """Return the NDCG of each user that is tried, by functions of histories.

        Parameters
        ----------
        score : callable
            From histories to an iterable of `n_columns` arrays of scores.

        n_columns : int, default=1
            The number of ways to score.

        Returns
        -------
        gains : ndarray of shape (n_tried, n_columns)
            In [0, 1].
        """
        n_tried, n_items = self.history.shape
        gains = np.empty((n_tried, n_columns))
        for batch in gen_batches(n_tried, max(N_SCORES // n_items, 1)):
            history = self.history[batch]
            for j, scores in enumerate(score(history)):
                scores[history.nonzero()] = -np.inf
                gains[batch, j] = ndcg_of_users(self.held_out[batch], scores, K)
        return gains


def choose(X, n_folds, fit_linear, fit_network, rng):
    """Choose the linear model and the weight by users that were not fitted to.

    Parameters
    ----------
    X : CSR array of shape (n_users, n_items)
        Histories, none empty, of two users at least.

    n_folds : int
        The number of folds.

    fit_linear : callable
        From histories and an `ItemWeighting` to a model with `scores`.

    fit_network : callable or None
        From histories and `rng` to an autoencoder.

    rng : RandomState
        The source of randomness.

    Returns
    -------
    chosen : Chosen
        What to fit to all users.
    """
    trials = _trials(X, n_folds, rng)
    if not trials:
        return Chosen(WEIGHTINGS[0], 0.0, np.nan, [])
    climbed = [_best_ridge(trials, weighting, fit_linear) for weighting in WEIGHTINGS]
    ndcg, weighting = max(climbed, key=lambda found: found[0])
    if fit_network is None:
        return Chosen(weighting, 0.0, ndcg, [])
    networks = [fit_network(trial.train, rng) for trial in trials]
    gains = []
    for trial, network in zip(trials, networks, strict=True):
        linear = fit_linear(trial.train, weighting)
        blends = partial(_blends, linear, SideBySide([network]))
        gains.append(trial.gains(blends, len(WEIGHTS)))
    gains = np.concatenate(gains)
    best = gains.mean(axis=0).argmax()
    gained = gains[:, best] - gains[:, 0]
    if gained.mean() <= DOUBT * gained.std() / np.sqrt(max(len(gained) - 1, 1)):
        best = 0
    return Chosen(weighting, float(WEIGHTS[best]), gains[:, best].mean(), networks)


def _trials(X, n_folds, rng):
    """Return the folds, of which each leaves two users at least to fit to."""
    trials, n_tried = [], 0
    for train, test in KFold(
        min(n_folds, X.shape[0]), shuffle=True, random_state=rng
    ).split(X):
        if len(train) < 2 or n_tried >= MOST_TRIED:
            break
        history, held_out = hold_out_items(X[test], HELD_OUT, rng)
        some = np.flatnonzero(np.diff(held_out.indptr))[: MOST_TRIED - n_tried]
        if len(some):
            trials.append(Trial(X[train], history[some], held_out[some]))
            n_tried += len(some)
    return trials


def _best_ridge(trials, weighting, fit_linear):
    """Return the mean NDCG of a linear model at its best ridge, and which it is."""

    def reached(ridge):
        asked = weighting.with_ridge(ridge)
        return np.concatenate(
            [
                trial.gains(_one(fit_linear(trial.train, asked).scores))
                for trial in trials
            ]
        ).mean()

    ridge = weighting.ridge
    best = reached(ridge)
    for factor in (2.0, 0.5):
        start = ridge
        while RIDGES[0] <= ridge * factor <= RIDGES[1]:
            found = reached(ridge * factor)
            if found <= best:
                break
            ridge, best = ridge * factor, found
        if ridge != start:
            break  # the other side is known to be worse
    return best, weighting.with_ridge(ridge)


def _one(scores):
    return lambda history: [scores(history)]


def _blends(linear, network, history):
    """Yield the scores for each weight of the autoencoder."""
    of_linear = standardized_unseen(linear.scores(history), history)
    of_network = standardized_unseen(network.scores(history), history)
    for weight in WEIGHTS:
        yield (1 - weight) * of_linear + weight * of_network
