"""Scores of items by histories of users, made comparable."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from scipy.sparse import diags_array

from sk_autoencoder.networks import denoiser_layers


class SideBySide:
    """Trained denoisers of histories, as one whose hidden units are those of all.

    Softmax takes from the scores of a user one number, and so does their mean over
    denoisers; what ranks items is the mean of the outputs before. That takes two
    products with matrices, the first of which is sparse.

    Parameters
    ----------
    estimators : list of AutoencoderTransformer
        Whose network is `HistoryDenoiser`.

    Attributes
    ----------
    to_codes : ndarray of shape (n_items, n_units)
        From histories of norm one to hidden units, with `code_offset`.

    to_items : ndarray of shape (n_units, n_items)
        From there to scores, with `item_offset`.
    """

    def __init__(self, estimators):
        folded = [_folded(estimator) for estimator in estimators]
        to_codes, code_offsets, to_items, item_offsets = zip(*folded, strict=True)
        # In the order that sparse products take without a copy.
        self.to_codes = np.ascontiguousarray(np.concatenate(to_codes, axis=1))
        self.code_offset = np.concatenate(code_offsets)
        self.to_items = np.ascontiguousarray(np.concatenate(to_items)) / len(folded)
        self.item_offset = np.mean(item_offsets, axis=0)

    def codes(self, X, n_units=None):
        """Return hidden units of histories, a CSR array: all, or the first ones."""
        inputs = unit_rows(X) @ self.to_codes[:, :n_units]
        return np.tanh(inputs + self.code_offset[:n_units])

    def scores(self, X):
        """Return scores of shape (n_users, n_items) of histories, a CSR array."""
        return self.codes(X) @ self.to_items + self.item_offset


def _folded(estimator):
    """Return what a denoiser multiplies and adds, of histories as they are."""
    model = estimator.model_
    scaled, _, to_code, _ = denoiser_layers(model.module.encoder)
    mean, scale = model.standardizer.mean, model.standardizer.scale
    to_codes = to_code.weight.detach().cpu().double().numpy().T
    to_codes = to_codes * (scaled.factor / scale)[:, None]
    offset = to_code.bias.detach().cpu().double().numpy() - mean @ to_codes
    decoder = model.module.decoder
    to_items = decoder.weight.detach().cpu().double().numpy().T
    return to_codes, offset, to_items, decoder.bias.detach().cpu().double().numpy()


def unit_rows(X):
    """Return histories of norm one, as autoencoders take them.

    Parameters
    ----------
    X : CSR array of shape (n_users, n_items)
        Histories.

    Returns
    -------
    rows : CSR array of shape (n_users, n_items)
        Those of users who have nothing are zero.
    """
    X = peaks_at_one(X)
    norms = np.sqrt(X.multiply(X).sum(axis=1))
    return (diags_array(1 / np.where(norms > 0, norms, 1)) @ X).tocsr()


def peaks_at_one(X):
    """Return histories whose largest value is one, so that no square overflows."""
    peaks = X.max(axis=1).toarray().ravel()
    return (diags_array(1 / np.where(peaks > 0, peaks, 1)) @ X).tocsr()


def standardized_unseen(scores, X):
    """Return scores of mean 0 and variance 1 over what each user has not.

    Parameters
    ----------
    scores : ndarray of shape (n_users, n_items)
        Any scores.

    X : CSR array of shape (n_users, n_items)
        Histories; of a user who has nearly all items, all are counted.

    Returns
    -------
    standardized : ndarray of shape (n_users, n_items)
        Zero where all are the same.
    """
    counted = np.ones(X.shape, dtype=bool)
    counted[X.nonzero()] = False
    counted[counted.sum(axis=1) < 2] = True
    n_counted = counted.sum(axis=1, keepdims=True)

    def mean(values):
        return np.where(counted, values, 0).sum(axis=1, keepdims=True) / n_counted

    centered = scores - mean(scores)
    deviation = np.sqrt(mean(centered**2))
    # Of equal scores the mean is not theirs to the bit.
    rounding = 1e-12 * np.abs(scores).max(axis=1, keepdims=True)
    constant = deviation <= rounding
    return np.where(constant, 0.0, centered / np.where(constant, 1, deviation))
