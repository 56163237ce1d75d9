"""Reconstruction scores of any transformer that can be inverted."""

# SPDX-License-Identifier: BSD-3-Clause

import math
import warnings

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import mean_absolute_error, mean_squared_error
from sklearn.utils.validation import check_array


def neg_mean_squared_reconstruction_error(estimator, X, y=None):
    """Negative mean squared error between X and its reconstruction.

    Parameters
    ----------
    estimator : estimator
        Fitted, with `transform` and `inverse_transform`: a transformer, or a pipeline
        of such.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        What to reconstruct; where it is NaN the reconstruction does not count.

    y : Ignored
        Not used, present for API consistency by convention.

    Returns
    -------
    score : float
        At most zero, in squared units of X: the mean over all known entries.

    Raises
    ------
    TypeError
        If `estimator`, or a step of it, cannot be inverted.

    ValueError
        If nothing of X is known, or an entry is infinite.

    See Also
    --------
    reconstruction_r2 : The same relative to the variance of X.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from sk_autoencoder.metrics import neg_mean_squared_reconstruction_error
    >>> X = load_iris().data
    >>> print(f"{neg_mean_squared_reconstruction_error(PCA(2).fit(X), X):.4f}")
    -0.0253
    """
    return -float(mean_squared_error(*_known_entries(estimator, X)))


def neg_mean_absolute_reconstruction_error(estimator, X, y=None):
    """Negative mean absolute error between X and its reconstruction.

    Parameters
    ----------
    estimator : estimator
        Fitted, with `transform` and `inverse_transform`: a transformer, or a pipeline
        of such.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        What to reconstruct; where it is NaN the reconstruction does not count.

    y : Ignored
        Not used, present for API consistency by convention.

    Returns
    -------
    score : float
        At most zero, in units of X: the mean over all known entries.

    Raises
    ------
    TypeError
        If `estimator`, or a step of it, cannot be inverted.

    ValueError
        If nothing of X is known, or an entry is infinite.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from sk_autoencoder.metrics import neg_mean_absolute_reconstruction_error
    >>> X = load_iris().data
    >>> print(f"{neg_mean_absolute_reconstruction_error(PCA(2).fit(X), X):.4f}")
    -0.1217
    """
    return -float(mean_absolute_error(*_known_entries(estimator, X)))


def reconstruction_r2(estimator, X, y=None):
    """Share of the variance of X that its reconstruction explains.

    Parameters
    ----------
    estimator : estimator
        Fitted, with `transform` and `inverse_transform`: a transformer, or a pipeline
        of such.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        What to reconstruct: at least two samples. Where it is NaN the reconstruction
        does not count.

    y : Ignored
        Not used, present for API consistency by convention.

    Returns
    -------
    score : float
        One minus the squared error over the squared deviations of X from its own
        mean, both summed over all known entries: 1 at best, 0 for the mean of X,
        negative for less. Where X is constant, 1 if the reconstruction is X itself,
        else 0, as in `sklearn.metrics.r2_score`.

    Raises
    ------
    TypeError
        If `estimator`, or a step of it, cannot be inverted.

    ValueError
        If nothing of X is known, or an entry is infinite.

    Warns
    -----
    UndefinedMetricWarning
        If X is a single sample: the score is then NaN.

    See Also
    --------
    sklearn.metrics.r2_score : With ``multioutput="variance_weighted"``, the same, but
        for errors in features that are constant in X, which it does not see.

    Notes
    -----
    On its own training data, this is what `PCA` gives as
    ``explained_variance_ratio_.sum()``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.decomposition import PCA
    >>> from sk_autoencoder.metrics import reconstruction_r2
    >>> X = load_iris().data
    >>> print(f"{reconstruction_r2(PCA(2).fit(X), X):.4f}")
    0.9777
    """
    data, reconstruction = _data_and_reconstruction(estimator, X)
    if len(data) < 2:
        warnings.warn(
            "R^2 score is not well-defined with less than two samples.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return math.nan
    # From a value of each feature: exactly zero where it is constant.
    deviation = data - np.fmin.reduce(data)
    n_known = np.maximum((~np.isnan(data)).sum(axis=0), 1)
    deviation -= np.nansum(deviation, axis=0) / n_known
    total, error = _sum_of_squares(deviation), _sum_of_squares(data - reconstruction)
    return 1 - error / total if total > 0 else float(error == 0)


def _sum_of_squares(values):
    return float(np.nansum(np.square(values), dtype=np.float64))


def _data_and_reconstruction(estimator, X):
    """Return X and its reconstruction as arrays of one shape."""
    _check_invertible(estimator)
    reconstruction = estimator.inverse_transform(estimator.transform(X))
    data = _dense(X, dtype=[np.float64, np.float32], ensure_all_finite="allow-nan")
    if np.isnan(data).all():
        raise ValueError("X is NaN everywhere: there is nothing to compare with.")
    reconstruction = _dense(reconstruction)
    if reconstruction.shape != data.shape:
        raise ValueError(
            f"The reconstruction has shape {reconstruction.shape}; X has {data.shape}."
        )
    return data, reconstruction


def _dense(X, **params):
    X = check_array(X, accept_sparse="csr", **params)
    return X.toarray() if issparse(X) else X


def _known_entries(estimator, X):
    """Return the known entries of X and those of its reconstruction."""
    data, reconstruction = _data_and_reconstruction(estimator, X)
    known = ~np.isnan(data)
    return data[known], reconstruction[known]


def _check_invertible(estimator, name=None):
    """Raise unless the estimator, or each step of a pipeline, can be inverted."""
    if estimator is None or isinstance(estimator, str):  # a step "passthrough"
        return
    if hasattr(estimator, "steps"):
        for step, part in estimator.steps:
            _check_invertible(part, step if name is None else f"{name}__{step}")
        return
    missing = [
        method
        for method in ("transform", "inverse_transform")
        if not hasattr(estimator, method)
    ]
    if missing:
        where = "" if name is None else f" in step {name!r}"
        raise TypeError(
            f"A reconstruction score needs a transformer that can be inverted; "
            f"{estimator!r}{where} has no {' and no '.join(missing)}."
        )
