"""Components in an order: how many are enough, and what each of them explains."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import replace
from numbers import Integral

import numpy as np
from sklearn.isotonic import isotonic_regression

from sk_autoencoder.starts import principal_axes

# The share of the variance that PCA explains by as many components as None stands for.
ALMOST_ALL = 0.99

# A sum of shares may miss by rounding what it is to reach.
ROUNDING = 1e-9


def check_share(n_components, bottleneck):
    """Raise unless a number of components that the data decide belongs to an order.

    Parameters
    ----------
    n_components : int, float or None
        As the estimator has it.

    bottleneck : Bottleneck
        What stands between encoder and decoder.
    """
    if not (isinstance(n_components, Integral) or bottleneck.ordered):
        raise ValueError(
            f"n_components={n_components!r} asks for as many of the first components "
            "as are enough, which only those of bottleneck='ordered' can be; got "
            f"bottleneck={bottleneck!r}. Take that, or an integer."
        )


def with_enough_components(spec, X, standardizer, seed):
    """Return the spec with as many components as PCA needs, where it asks for a share.

    An autoencoder that starts at PCA needs no more.

    Parameters
    ----------
    spec : Spec
        With a number of components, a share of the variance, or None.

    X : ndarray or SparseRows of shape (n_samples, n_features)
        The rows.

    standardizer : Standardizer
        From these rows to what the network sees of them.

    seed : int
        For the randomized solver.

    Returns
    -------
    spec : Spec
        With a number.
    """
    if isinstance(spec.n_components, Integral):
        return spec
    share = spec.n_components or ALMOST_ALL
    prepare = standardizer
    if spec.incomplete or spec.takes_padding:

        def prepare(rows):
            return np.nan_to_num(standardizer(rows))

    pca = principal_axes(X, prepare, min(X.shape), seed)
    n_components = n_enough(pca.variances / (pca.variances.sum() + pca.rest), share)
    return replace(spec, n_components=n_components)


def n_enough(ratios, share):
    """Return how many ratios make a share together; all of them where none do."""
    reached = np.cumsum(np.nan_to_num(ratios)) >= share - ROUNDING
    return int(reached.argmax()) + 1 if reached.any() else len(ratios)


def explained_ratios(held_out):
    """Return the share of the variance that each component adds to those before it.

    Parameters
    ----------
    held_out : list of tuple of AutoencoderModel and ndarray
        Models, and rows of shape (n, n_features) that each was not fitted to.

    Returns
    -------
    ratios : ndarray of shape (n_components,)
        Not negative: where more components explain less, both count as their mean.
    """
    left = sum(model.squares_left(rows) for model, rows in held_out)
    if not left[0] > 0:  # no variance
        return np.zeros(len(left) - 1)
    explained = isotonic_regression(1 - left[1:] / left[0], y_min=0.0, y_max=1.0)
    return np.diff(explained, prepend=0.0)


def truncated(attributes, n_components):
    """Return the fitted attributes of fewer components; the model is changed.

    Parameters
    ----------
    attributes : dict
        The fitted attributes.

    n_components : int
        How many of the components to keep, the first.

    Returns
    -------
    attributes : dict
        With those of the components that are kept.
    """
    model = attributes["model_"]
    model.module.bottleneck.truncate(n_components)
    return attributes | {
        "n_components_": n_components,
        "active_components_": attributes["active_components_"][:n_components],
        "explained_variance_ratio_": attributes["explained_variance_ratio_"][
            :n_components
        ],
        "_density": attributes["_density"].truncated(model),
    }
