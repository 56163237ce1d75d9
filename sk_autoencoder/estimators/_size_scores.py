"""Scores of sizes, of one ordered fit a fold, and of PCA beside it."""

# SPDX-License-Identifier: BSD-3-Clause

from time import perf_counter

import numpy as np
from scipy.sparse import issparse
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.utils import _safe_indexing, check_array


def powers_below(number):
    """Return the powers of two that are less than a number."""
    return 2 ** np.arange((int(number) - 1).bit_length())


def negative_loss(estimator, X, y=None):
    """Return the mean negative loss, which also columns with levels have."""
    return estimator.score(X)


def complete_numbers(X):
    """Return X as numbers for PCA, or None where it does not take them."""
    X = check_array(
        X,
        accept_sparse="csr",
        dtype=[np.float64, np.float32],
        ensure_all_finite="allow-nan",
    )
    if not issparse(X):
        return None if np.isnan(X).any() else X
    # The solver of sparse matrices finds all components but the last.
    return None if np.isnan(X.data).any() or X.shape[1] == 1 else X


def fitted_anew(autoencoder, X, y):
    """Return a clone that is fitted."""
    fitted = clone(autoencoder).fit(X, y)
    if fitted.net_.interrupted_:
        raise KeyboardInterrupt  # by the user, who means all fits
    return fitted


def judge_sizes(autoencoder, sizes, final_estimator, scorer, X, of_pca, y, train, test):
    """Return scores and seconds of a fold, by size: of the autoencoder and of PCA.

    Parameters
    ----------
    autoencoder : AutoencoderTransformer
        With the largest size.

    sizes : ndarray of int of shape (n_sizes,)
        The sizes, ascending.

    final_estimator : estimator or None
        What predicts from codes.

    scorer : callable
        What scores it, or the transformer.

    X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
        The rows.

    of_pca : {ndarray, sparse matrix} of shape (n_samples, n_features) or None
        The rows as PCA takes them; None where it does not.

    y : array-like or None
        What is to be predicted.

    train, test : ndarray of int
        Which rows to fit to, and to score.

    Returns
    -------
    judged : ndarray of shape (4, n_sizes)
        Scores and seconds of the autoencoder, and scores and seconds of PCA.
    """

    def parts(values):
        return [_safe_indexing(values, rows) for rows in (train, test)]

    y_train, y_test = (None, None) if y is None else parts(y)

    def score(transformer, X_train, X_test):
        # Arrays, whatever the user has asked of transformers.
        transformer.set_output(transform="default")
        if final_estimator is None:
            return scorer(transformer, X_test, y_test)
        final = clone(final_estimator).fit(transformer.transform(X_train), y_train)
        return scorer(final, transformer.transform(X_test), y_test)

    X_train, X_test = parts(X)
    began = perf_counter()
    fitted = fitted_anew(autoencoder, X_train, y_train)
    seconds = np.full(len(sizes), perf_counter() - began)
    scores = [score(fitted.truncate(int(size)), X_train, X_test) for size in sizes]
    pca_scores, pca_seconds = np.full((2, len(sizes)), np.nan)
    if of_pca is not None:
        X_train, X_test = parts(of_pca)
        for index, size in enumerate(sizes):
            began = perf_counter()
            most = min(X_train.shape) - issparse(X_train)
            pca = PCA(min(int(size), most), random_state=autoencoder.random_state)
            pca = clone(pca).fit(X_train)
            pca_seconds[index] = perf_counter() - began
            pca_scores[index] = score(pca, X_train, X_test)
    return np.array([scores, seconds, pca_scores, pca_seconds], dtype=np.float64)


def results_of(sizes, judged, scorer):
    """Return what folds gave, (4, n_sizes) each, as a grid search has it.

    Raises
    ------
    ValueError
        If a mean score is not finite.
    """
    scores, seconds, pca_scores, pca_seconds = np.moveaxis(np.array(judged), 1, 0)
    means = scores.mean(axis=0)
    if not np.isfinite(means).all():
        raise ValueError(
            f"The scores of sizes must be finite; got means {means.tolist()} of "
            f"{len(scores)} folds by {scorer!r}. The share of the variance that is "
            "explained needs at least two rows in each fold."
        )
    return {
        **_summary("", "fit_time", seconds),
        "param_n_components": np.ma.MaskedArray(sizes, mask=False),
        "params": [{"n_components": int(size)} for size in sizes],
        **_of_splits("", scores),
        **_summary("", "test_score", scores),
        "rank_test_score": rankdata(-means, method="min").astype(np.int32),
        **_summary("pca_", "fit_time", pca_seconds),
        **_of_splits("pca_", pca_scores),
        **_summary("pca_", "test_score", pca_scores),
    }


def _of_splits(prefix, scores):
    return {f"{prefix}split{i}_test_score": each for i, each in enumerate(scores)}


def _summary(prefix, name, values):
    return {
        f"{prefix}mean_{name}": values.mean(axis=0),
        f"{prefix}std_{name}": values.std(axis=0),
    }
