"""What is fitted to sequences: a linear prediction, and what a network adds to it."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch

from sk_autoencoder.data import blocks


class LinearForecast:
    """A linear prediction of sequences.

    Parameters
    ----------
    of_X, of_Y : Standardizer
        The units in which it is computed.

    ridge : callable
        From standardized rows to standardized predictions.

    mix : list of list of tuple
        For each channel of Y the ridge regressions that it is the weighted mean of,
        as tuples. The first entry says what is taken away from windows (``anchor``),
        whether the columns after them are inputs (``exog``), and whether the channel
        itself is the only one (``own``). The others are the penalty, for each row and
        for inputs of variance one, and the weight.
    """

    def __init__(self, of_X, of_Y, ridge, mix):
        self.of_X = of_X
        self.of_Y = of_Y
        self.ridge = ridge
        self.mix = mix

    def predict(self, X):
        """Return what is predicted, in the units of Y.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_inputs)
            Rows, ravelled.

        Returns
        -------
        Y : ndarray of float64 of shape (n_samples, n_targets)
            What is predicted of them, ravelled.
        """
        rows = self.of_X(np.asarray(X, dtype=np.float64))
        return self.of_Y.inverse(self.ridge(rows))


class Correction:
    """What a network adds to a linear prediction, in standardized units.

    Parameters
    ----------
    features : WindowFeatures
        What the network is told of standardized rows.

    module : Autoencoder
        From features to what is added. In double precision, so that what it says of a
        row does not depend on the others.

    scale : ndarray of shape (n_targets,)
        What its output is multiplied by; zero where it is not kept.
    """

    def __init__(self, features, module, scale):
        self.features = features
        self.module = module
        self.scale = scale

    def encode(self, X):
        """Return the codes of standardized rows.

        Parameters
        ----------
        X : ndarray of float64 of shape (n_samples, n_inputs)
            Standardized rows.

        Returns
        -------
        codes : ndarray of float64 of shape (n_samples, n_components)
            Their codes.
        """
        return self._by_blocks(self.module.encode, X)

    def predict(self, X):
        """Return what is added for standardized rows.

        Parameters
        ----------
        X : ndarray of float64 of shape (n_samples, n_inputs)
            Standardized rows.

        Returns
        -------
        added : ndarray of float64 of shape (n_samples, n_targets)
            In the units of standardized predictions.
        """
        return self._by_blocks(self.module.reconstruct, X) * self.scale

    def _by_blocks(self, of_features, X):
        """Return what a function of features gives for rows."""
        with torch.no_grad():
            results = [
                of_features(torch.from_numpy(self.features(rows))).numpy()
                for rows in blocks(X)
            ]
        return np.concatenate(results)
