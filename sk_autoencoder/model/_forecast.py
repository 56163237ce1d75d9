"""What is fitted to sequences: a linear prediction, and what a network adds to it."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import numpy as np
import torch

from sk_autoencoder.data import Standardizer, WindowFeatures, blocks
from sk_autoencoder.networks import Autoencoder


@dataclass(frozen=True)
class LinearForecast:
    """A linear prediction of sequences.

    Parameters
    ----------
    of_X, of_Y : Standardizer
        The units in which it is computed.

    center : ndarray of shape (n_inputs + n_targets,)
        The means of standardized columns of X and Y.

    coef : ndarray of shape (n_inputs, n_targets)
        What deviations of X from them are multiplied by.

    mix : list of list of tuple
        For each channel of Y the ridge regressions that it is the weighted mean of,
        as tuples: a `RidgeVariant`, the penalty for each row, and the weight.
    """

    of_X: Standardizer
    of_Y: Standardizer
    center: np.ndarray
    coef: np.ndarray
    mix: list

    def predict(self, X):
        """Return what is predicted, in the units of Y.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_inputs)
            Rows, ravelled.

        Returns
        -------
        Y : ndarray of float64 of shape (n_samples, n_targets)
            What follows them.
        """
        return self.of_Y.inverse(self.standardized(self.of_X(np.asarray(X, float))))

    def standardized(self, X):
        """Return standardized predictions for standardized rows."""
        n_inputs = len(self.coef)
        return (X - self.center[:n_inputs]) @ self.coef + self.center[n_inputs:]


@dataclass(frozen=True)
class Correction:
    """What a network adds to a linear prediction, all standardized.

    Parameters
    ----------
    features : WindowFeatures
        What it is told.

    module : Autoencoder
        From features to what it adds. In double precision, so that what it says of a
        row does not depend on the others.

    scale : ndarray of shape (n_targets,)
        What its output is multiplied by: zero where it is not kept.
    """

    features: WindowFeatures
    module: Autoencoder
    scale: np.ndarray

    def encode(self, X):
        """Return the codes of standardized rows, shape (n, n_components)."""
        return self._by_blocks(self.module.encode, X)

    def predict(self, X):
        """Return what is added for standardized rows, shape (n, n_targets)."""
        return self._by_blocks(self.module.reconstruct, X) * self.scale

    def _by_blocks(self, of_features, X):
        with torch.no_grad():
            return np.concatenate(
                [
                    of_features(torch.from_numpy(self.features(rows))).numpy()
                    for rows in blocks(X)
                ]
            )
