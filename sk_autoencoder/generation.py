"""Rows that were never seen, from the codes of any transformer that can be inverted.

Like the scores of `sk_autoencoder.metrics`, these functions take
`sklearn.decomposition.PCA`, a `sklearn.pipeline.Pipeline` or an autoencoder.
"""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_array

__all__ = ["interpolate", "latent_grid"]


def interpolate(estimator, start, end, n_steps=10):
    """Decode a straight path between the codes of two rows.

    Parameters
    ----------
    estimator : estimator
        Fitted, with `transform` and `inverse_transform`.

    start, end : array-like of shape (n_features,)
        The rows to go from and to.

    n_steps : int, default=10
        How many rows to decode, the reconstructions of both ends included.

    Returns
    -------
    path : ndarray of shape (n_steps, n_features)
        The rows on the way, in the units of the data.

    Raises
    ------
    ValueError
        If `n_steps` is not an integer of at least two, or the rows have different
        lengths.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> from sk_autoencoder.generation import interpolate
    >>> X = load_digits().data
    >>> autoencoder = AutoencoderTransformer(8, max_iter=5, random_state=0).fit(X)
    >>> interpolate(autoencoder, X[0], X[1], n_steps=5).shape
    (5, 64)
    """
    _check_n_steps(n_steps, 2)
    if np.shape(start) != np.shape(end) or np.ndim(start) != 1:
        raise ValueError(
            "start and end must be rows of the same length; got shapes "
            f"{np.shape(start)} and {np.shape(end)}."
        )
    first, last = _codes(estimator, np.stack([start, end]))
    share = np.linspace(0, 1, n_steps, dtype=first.dtype)[:, None]
    return estimator.inverse_transform((1 - share) * first + share * last)


def latent_grid(estimator, X, components=(0, 1), n_steps=10, quantiles=(0.02, 0.98)):
    """Decode a grid over two components, the others at their medians.

    Parameters
    ----------
    estimator : estimator
        Fitted, with `transform` and `inverse_transform`.

    X : array-like of shape (n_samples, n_features)
        Rows whose codes say where the components lie.

    components : tuple of two int, default=(0, 1)
        The components that vary: the first over the rows of the grid, the second over
        its columns.

    n_steps : int, default=10
        The number of values of each.

    quantiles : tuple of two float, default=(0.02, 0.98)
        Between which quantiles of the codes of `X` a component varies.

    Returns
    -------
    grid : ndarray of shape (n_steps, n_steps, n_features)
        The decoded rows, in the units of the data.

    Raises
    ------
    ValueError
        If `components` are not two different ones of the codes, `n_steps` is not an
        integer of at least one, or a quantile is not in [0, 1].

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> from sk_autoencoder.generation import latent_grid
    >>> X = load_digits().data
    >>> autoencoder = AutoencoderTransformer(2, max_iter=5, random_state=0).fit(X)
    >>> latent_grid(autoencoder, X, n_steps=4).shape
    (4, 4, 64)
    """
    _check_n_steps(n_steps, 1)
    if not all(isinstance(q, Real) and 0 <= q <= 1 for q in quantiles):
        raise ValueError(f"quantiles must be two numbers in [0, 1]; got {quantiles!r}.")
    codes = _codes(estimator, X)
    first, second = components
    if first == second or not all(0 <= c < codes.shape[1] for c in components):
        raise ValueError(
            f"components must be two different ones of the {codes.shape[1]} of the "
            f"codes, counted from 0; got {components!r}."
        )
    grid = np.tile(np.median(codes, axis=0), (n_steps, n_steps, 1))
    steps = np.linspace(*np.quantile(codes, quantiles, axis=0), n_steps)
    grid[:, :, first] = steps[:, None, first]
    grid[:, :, second] = steps[None, :, second]
    codes = grid.reshape(-1, codes.shape[1]).astype(codes.dtype)
    rows = np.asarray(estimator.inverse_transform(codes))
    return rows.reshape(n_steps, n_steps, -1)


def _check_n_steps(n_steps, least):
    """Raise unless the number of steps is an integer that is large enough."""
    is_integer = isinstance(n_steps, Integral) and not isinstance(n_steps, bool)
    if not (is_integer and n_steps >= least):
        raise ValueError(
            f"n_steps must be an integer of at least {least}; got {n_steps!r}."
        )


def _codes(estimator, X):
    """Return codes as a 2-D array, whatever `set_output` makes of them."""
    return check_array(estimator.transform(X), dtype=[np.float64, np.float32])
