"""Folds: networks that are trained on some rows, and judged by others."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from dataclasses import replace
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import KFold

from sk_autoencoder.data import lacks_entries, part_of
from sk_autoencoder.estimators._beginning import Beginning, begin, fitted_standardizer
from sk_autoencoder.model import AutoencoderModel
from sk_autoencoder.training import follow, suitable_threads


class Fold(NamedTuple):
    """Some rows to train on, and others to judge by.

    Attributes
    ----------
    beginning : Beginning
        What training begins with.

    rows : ndarray or SparseRows of shape (n, n_features)
        The rows that are held out.

    held_out : ndarray of int of shape (n,)
        Which rows these are.

    n_fitted : int
        The number of rows that are trained on.
    """

    beginning: Beginning
    rows: object
    held_out: np.ndarray
    n_fitted: int

    def trained(self, epochs, settings):
        """Return a network that was trained for so long, and the path it has come.

        Parameters
        ----------
        epochs : int
            For how long to train.

        settings : TrainingSettings
            How.

        Returns
        -------
        module : Autoencoder
            The network at the end of the path.

        path : Path
            Its weights from the start to the end.
        """
        begun = self.beginning
        module = copy.deepcopy(begun.module)
        settings = replace(
            settings,
            max_epochs=epochs,
            callbacks=copy.deepcopy(settings.callbacks),
            verbose=False,
        )
        with suitable_threads(begun.work):
            path = follow(module, begun.start.criterion, begun.rows, settings)
        return module, path

    def model(self, module, spec, name):
        """Return the model that a trained network makes, once it is served."""
        begun = self.beginning
        served = begun.start.serve(module)
        return AutoencoderModel(
            spec, begun.standardizer, served, begun.start.n_axes, name
        )

    def at(self, path, weight):
        """Return a network that lies so far on a path."""
        module = copy.deepcopy(self.beginning.module)
        module.load_state_dict(path.state(weight))
        return module

    def judge(self, module, settings):
        """Return what `Beginning.judge` says of a network by the held-out rows."""
        with suitable_threads(self.beginning.work):
            return self.beginning.judge(module, self.rows, settings)


def splits_of(cv, n_samples, seed):
    """Return how samples are split.

    Parameters
    ----------
    cv : int or splitter
        The number of folds, or what splits samples.

    n_samples : int
        The number of samples.

    seed : int
        For a number of folds, how samples are shuffled.

    Returns
    -------
    splits : list of tuple of ndarray
        Indices of samples to fit to and to hold out, two pairs at least.

    Raises
    ------
    ValueError
        If samples cannot be split so, or too few are to be fitted to.
    """
    if not isinstance(cv, Integral):
        return _splits_by(cv, n_samples)
    if n_samples < max(cv, 3):
        raise ValueError(
            f"cv={cv} needs as many samples at least, and 3 in any case; X has "
            f"{n_samples}."
        )
    splitter = KFold(cv, shuffle=True, random_state=seed)
    return list(splitter.split(np.empty(n_samples)))


def _splits_by(splitter, n_samples):
    """Return the same of a splitter; see `splits_of`."""
    samples = np.arange(n_samples)
    try:
        splits = [
            (samples[fitted], samples[held_out])
            for fitted, held_out in splitter.split(samples[:, None])
        ]
    except (IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f"cv={splitter!r} does not split the {n_samples} samples of X, of which it "
            f"is told neither y nor groups: {error}"
        ) from error
    if len(splits) < 2:
        raise ValueError(
            f"cv={splitter!r} must make two folds at least; got {len(splits)}."
        )
    for fitted, held_out in splits:
        if len(fitted) < 2 or len(held_out) == 0:
            raise ValueError(
                f"cv={splitter!r} must leave two samples to fit at least, and hold out "
                f"one; of {n_samples} it leaves {len(fitted)} and holds out "
                f"{len(held_out)} in one of its folds."
            )
    return splits


def folds_of(splits, X, spec, settings):
    """Return the folds that can judge.

    Parameters
    ----------
    splits : list of tuple of ndarray
        Which rows to fit to and to hold out.

    X : ndarray, Repaired or SparseRows of shape (n_samples, n_features)
        The rows.

    spec : Spec
        The network.

    settings : TrainingSettings
        How to train.

    Returns
    -------
    folds : list of Fold
        Without those that do not know a column.
    """
    folds = []
    for fitted, held_out in splits:
        rows = part_of(X, fitted)
        try:
            lacks_entries(rows)  # or raise, where all of a column is missing
            beginning = begin(rows, spec, fitted_standardizer(rows, spec), settings)
        except ValueError:
            continue
        folds.append(Fold(beginning, part_of(X, held_out), held_out, len(fitted)))
    return folds
