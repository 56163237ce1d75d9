"""Ridge regressions of sequences, mixed as held-out rows say."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from sk_autoencoder.starts._ridge import Anchoring, Moments, RidgeSystem


class StackedRidge(NamedTuple):
    """A linear prediction of standardized rows.

    Attributes
    ----------
    center : ndarray of shape (n_columns,)
        The means of the columns of X and Y.

    coef : ndarray of shape (n_inputs, n_targets)
        What deviations of X are multiplied by.
    """

    center: np.ndarray
    coef: np.ndarray

    def __call__(self, X):
        """Return what is predicted, shape (n, n_targets)."""
        n_inputs = len(self.coef)
        return (X - self.center[:n_inputs]) @ self.coef + self.center[n_inputs:]


class RidgeFit(NamedTuple):
    """The ridge regressions of all rows and of the folds.

    Attributes
    ----------
    ridge : StackedRidge
        Fitted to all rows.

    of_folds : list of StackedRidge
        Fitted without the rows of a fold, nor those near them.

    mix : list of list of tuple
        For each channel of Y, which regressions it is made of: the `RidgeVariant`, its
        penalty a row, and its weight.
    """

    ridge: StackedRidge
    of_folds: list
    mix: list


def fit_ridge(layout, Z, scale, folds):
    """Return ridge regressions, for each channel the best or a mixture.

    Which, is decided by the errors of rows that were held out; see `mixed_or_best`. A
    weighted mean of linear predictions is linear too.

    Parameters
    ----------
    layout : SequenceLayout
        What the columns are.

    Z : ndarray of float64 of shape (n_samples, n_columns)
        Standardized rows of X and Y side by side.

    scale : ndarray of shape (n_columns,)
        Their units.

    folds : list of tuple of ndarray
        Which rows to fit, and which to hold out.

    Returns
    -------
    fit : RidgeFit
        The regressions.
    """
    anchoring, of_all = Anchoring(layout, scale), Moments.of(Z)
    moments = [_moments_of_fold(Z, of_all, *fold) for fold in folds]
    systems = [
        RidgeSystem(fitted, anchoring)
        for fitted in (of_all, *(fitted for fitted, _ in moments))
    ]
    grams = [
        held_out.about(system.center)
        for (_, held_out), system in zip(moments, systems[1:], strict=True)
    ]
    coefs = np.zeros((len(systems), layout.n_inputs, layout.n_targets))
    mix = []
    for channel in range(layout.n_target_channels):
        variants = anchoring.variants(channel)
        strengths = [systems[0].best_strength(v, channel) for v in variants]
        candidates = np.array(
            [
                [
                    system.coef(variant, channel, strength)
                    for variant, strength in zip(variants, strengths, strict=True)
                ]
                for system in systems
            ]
        )  # (1 + n_folds, n_variants, n_inputs, n_target_steps)
        errors = np.zeros((len(folds), len(variants), len(variants)))
        for k, gram in enumerate(grams):
            errors[k] = _error_products(candidates[k + 1], gram, layout, channel)
        weights = mixed_or_best(errors)
        columns = layout.target(channel) - layout.n_inputs
        coefs[..., columns] = np.einsum("v,fvij->fij", weights, candidates)
        which = zip(variants, map(float, strengths), map(float, weights), strict=True)
        mix.append([one for one in which if one[-1] > 0])
    ridge, *of_folds = (
        StackedRidge(system.center, coef)
        for system, coef in zip(systems, coefs, strict=True)
    )
    return RidgeFit(ridge, of_folds, mix)


def _moments_of_fold(Z, of_all, train, test):
    """Return the moments of rows to fit and of those to hold out."""
    if 2 * len(train) < len(Z):
        return Moments.of(Z[train]), Moments.of(Z[test])
    others = np.setdiff1d(np.arange(len(Z)), train)
    return of_all.without(Moments.of(Z[others])), Moments.of(Z[test])


def _error_products(coefs, gram, layout, channel):
    """Return the products of the errors of each two predictions, summed over entries.

    Parameters
    ----------
    coefs : ndarray of shape (n_variants, n_inputs, n_target_steps)
        The predictions.

    gram : ndarray of shape (n_columns, n_columns)
        Products of deviations from what they were fitted about.

    layout, channel
        Which columns they predict.

    Returns
    -------
    products : ndarray of shape (n_variants, n_variants)
        Of rows that were not fitted.
    """
    errors = np.zeros((len(coefs), layout.n_columns, coefs.shape[2]))
    errors[:, : layout.n_inputs] = -coefs
    targets = layout.target(channel)
    errors[:, targets, np.arange(len(targets))] = 1
    flat = errors.reshape(len(coefs), -1)
    return flat @ (gram @ errors).reshape(len(coefs), -1).T


def mixed_or_best(products):
    """Return the weights of predictors: those of a mixture, or of the best alone.

    The mixture is kept if it has a smaller error in blocks of rows by which its weights
    were not chosen: smaller in the mean over blocks by more than a standard error.
    Errors of rows in one block may hang together; only blocks count.

    Parameters
    ----------
    products : ndarray of shape (n_folds, n, n)
        The products of the predictors' errors in the rows of each fold. Without folds
        the first predictor is kept.

    Returns
    -------
    weights : ndarray of shape (n,)
        None negative, their sum one.
    """
    pooled = products.sum(axis=0)
    gains = []
    for of_fold in products:
        others = pooled - of_fold
        weights, best = stacking_weights(others), np.diag(others).argmin()
        gains.append(of_fold[best, best] - weights @ of_fold @ weights)
    if clearly_positive(np.array(gains)):
        return stacking_weights(pooled)
    return np.eye(len(pooled))[np.diag(pooled).argmin()]


def clearly_positive(gains):
    """Return whether the mean of gains, one a block, exceeds its standard error.

    Parameters
    ----------
    gains : ndarray of shape (n_blocks,)
        By how much the error of each block becomes less.

    Returns
    -------
    positive : bool
        Whether what has gained is to be kept.
    """
    n_blocks = len(gains)
    if n_blocks < 2:
        return False
    return bool(gains.mean() > gains.std(ddof=1) / np.sqrt(n_blocks))


def stacking_weights(products):
    """Return the weights of predictors whose mean has the least error (Breiman, 1996).

    Parameters
    ----------
    products : ndarray of shape (n, n)
        The products of their errors.

    Returns
    -------
    weights : ndarray of shape (n,)
        None negative, their sum one.
    """
    # Whatever the sum is drawn to one by, the direction of the solution is the same.
    total = np.trace(products) or 1
    values, axes = np.linalg.eigh(products / total)
    roots = np.sqrt(np.maximum(values, 0))[:, None] * axes.T
    n = len(products)
    system = np.vstack([roots, np.ones((1, n))])
    weights, _ = nnls(system, np.append(np.zeros(n), 1))
    return weights / weights.sum()
