"""Draws of missing entries, given what is known of the row."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch
from scipy.special import ndtr, ndtri

from sk_autoencoder.data import map_blocks

# Errors are kept as so many quantiles, at these normal scores.
N_QUANTILES = 500
PLACES = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
SCORES = ndtri(PLACES)

# So many errors are taken to have been as probabilistic PCA expects.
N_EXPECTED = 10
EXPECTED = ndtri((np.arange(N_EXPECTED) + 0.5) / N_EXPECTED)

# Entries of rows whose errors are kept at most, known ones included.
MOST_ENTRIES = 2**23

# The least share of a level, so that shares have a sum.
LEAST_SHARE = 1e-12


class Errors:
    """What was wrong with entries that were hidden and filled in.

    Each is over the standard deviation that probabilistic PCA expects, given what was
    shown of the row.

    Parameters
    ----------
    rows : ndarray of shape (n, n_columns)
        The columns of numbers, NaN where an entry is missing; something is known of
        each.

    n_times : int
        How often these rows are to be added. If these are more than `MOST_ENTRIES`
        entries, some are left out.
    """

    def __init__(self, rows, n_times):
        self.is_constant = np.nanmin(rows, axis=0) == np.nanmax(rows, axis=0)
        self.every = 1 + rows.size * n_times // MOST_ENTRIES
        self.n_added = 0
        self.parts = []

    def add(self, model, shown, hidden, lacking, move):
        """Take in some rows.

        Parameters
        ----------
        model : AutoencoderModel
            What has filled them in.

        shown : ndarray of shape (n, n_numbers)
            The rows as it has seen them, NaN where an entry was missing.

        hidden : ndarray of bool of shape (n, n_columns)
            What was hidden of the columns of numbers.

        lacking, move : ndarray of shape (n, n_numbers)
            The hidden entries less their start, and how far the network goes from it,
            both over the scale of the model.
        """
        rows = slice(self.n_added % self.every, None, self.every)
        self.n_added += 1
        row, column = np.nonzero(hidden[rows])
        if len(row) == 0:
            return
        expected = deviations(model, shown[rows])[row, column]
        errors = (each[rows][row, column] / expected for each in (lacking, move))
        self.parts.append((column, *errors))

    def quantiles(self, weights):
        """Return the quantiles of the errors of columns of numbers.

        Parameters
        ----------
        weights : ndarray of shape (n_columns,)
            How far each column goes from the start to the network.

        Returns
        -------
        quantiles : list of ndarray of shape (N_QUANTILES,) or None
            Their mean is zero. None, for those of the normal distribution, where the
            start is kept. What is constant has no errors.
        """
        none = np.zeros(N_QUANTILES)
        quantiles = [none if constant else None for constant in self.is_constant]
        if not self.parts:
            return quantiles
        column, lacking, move = map(np.concatenate, zip(*self.parts, strict=True))
        errors = lacking - weights[column] * move
        for j in np.flatnonzero((weights != 0) & ~self.is_constant):
            seen = errors[column == j]
            of_column = np.append(seen - seen.mean(), EXPECTED)
            quantiles[j] = np.quantile(of_column, PLACES, method="hazen")
            quantiles[j] -= quantiles[j].mean()
        return quantiles


class Posterior:
    """Draw missing entries, given what is known of the row.

    Where they lie among what may be is drawn by probabilistic PCA, which knows how
    the missing entries of a row are correlated. The number there is the mean plus an
    error of the column, that is as large among errors. The level there is that of the
    shares that it has: in turn, each level is taken or not.

    Parameters
    ----------
    quantiles : list of ndarray of shape (N_QUANTILES,) or None
        The errors of each column of numbers, as `Errors.quantiles` gives them.

    levels : tuple of int
        How many levels the other columns have.
    """

    def __init__(self, quantiles, levels):
        self.quantiles = quantiles
        self.levels = levels

    def draw(self, model, X, means, rng):
        """Return rows with missing entries drawn.

        Parameters
        ----------
        model : AutoencoderModel
            By whose probabilistic PCA they are drawn.

        X : ndarray of shape (n, n_numbers)
            Rows, NaN where an entry is missing.

        means : ndarray of shape (n, n_numbers)
            What is expected of these entries: numbers, and the shares of levels.

        rng : RandomState
            Determines the draws.

        Returns
        -------
        rows : ndarray of shape (n, n_numbers)
            Numbers, and 1 for the level that was drawn, else 0; the means where
            nothing is missing.
        """
        drawn, missing = means.copy(), np.isnan(X)
        rows = np.flatnonzero(missing.any(axis=1))
        if len(rows) == 0:
            return drawn
        scores = _scores(model, X[rows], self.levels, rng)
        expected = deviations(model, X[rows])
        scale = model.standardizer.scale
        for j, quantiles in enumerate(self.quantiles):
            errors = scores[:, j]
            if quantiles is not None:
                errors = np.interp(errors, SCORES, quantiles)
            drawn[rows, j] += scale[j] * expected[:, j] * errors
        start = len(self.quantiles)
        for n_levels in self.levels:
            here = slice(start, start + n_levels)
            drawn[rows, here] = _levels(means[rows, here], scores[:, here])
            start += n_levels
        return np.where(missing, drawn, means)


def deviations(model, X):
    """Return conditional standard deviations over the scale, zero for known entries.

    Parameters
    ----------
    model : AutoencoderModel
        By whose probabilistic PCA.

    X : ndarray of shape (n, n_numbers)
        Rows, NaN where an entry is missing.

    Returns
    -------
    deviations : ndarray of shape (n, n_numbers)
        Of the numbers that a draw may be.
    """
    fill = model.module.encoder.fill
    return _map(model, fill.deviations, X)


def _scores(model, X, levels, rng):
    """Return random normal scores of missing entries; see `Filling.scores`."""
    fill = model.module.encoder.fill
    n_normal = fill.factors.shape[1] + X.shape[1]

    def scores(x):
        normal = torch.from_numpy(rng.standard_normal((len(x), n_normal)))
        return fill.scores(x, normal.to(x.device), levels)

    return _map(model, scores, X)


def _map(model, function, X):
    device = model.module.encoder.fill.mean.device
    return map_blocks(function, X, model.standardizer, device, model.width)


def _levels(shares, scores):
    """Return levels by their shares, 1 for that of each row, from white scores."""
    shares = np.maximum(shares, LEAST_SHARE)
    left = shares[:, ::-1].cumsum(axis=1)[:, ::-1]
    takes = ndtr(-scores) < shares / left
    takes[:, -1] = True
    return np.eye(shares.shape[1])[takes.argmax(axis=1)]
