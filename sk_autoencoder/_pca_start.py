"""The start at PCA: its axes, from scikit-learn, become the network's linear path."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import nn

from sk_autoencoder.networks import Clamp, add_linear_path

# How far beyond the codes of PCA those of the network may go before they are bounded.
CODE_MARGIN = 2


def start_at_pca(encoder, decoder, n_components, Z, criterion, seed):
    """Put the PCA of the training data beside an encoder and a decoder.

    The two see their inputs bounded by the range of the training data, and by twice
    that of its codes, so that far away from the training data only the linear path
    acts: a network would extrapolate at random.

    Parameters
    ----------
    encoder, decoder : Module
        Zero functions.

    n_components : int
        The number of components of the code.

    Z : ndarray of shape (n_samples, n_features)
        The standardized training data.

    criterion : ReconstructionLoss
        The loss, with the standardization.

    seed : int
        For the randomized solver that PCA takes for large data.

    Returns
    -------
    encoder, decoder : Module
        Both with their linear path.
    """
    components, deviations = principal_axes(Z, n_components, seed)
    lowest, highest = torch.from_numpy(
        np.stack([Z.min(axis=0), Z.max(axis=0)])
    ).double()
    mean, scale = criterion.mean.double(), criterion.scale.double()
    offset, slope = criterion.loss.linearize(
        mean, scale, low=lowest * scale + mean, high=highest * scale + mean
    )
    codes = Z @ (components / deviations[:, None]).numpy().T.astype(Z.dtype)
    margin = CODE_MARGIN * torch.from_numpy(np.abs(codes).max(axis=0))
    return add_linear_path(
        nn.Sequential(Clamp(lowest, highest), encoder),
        nn.Sequential(Clamp(-margin, margin), decoder),
        components,
        deviations,
        offset,
        slope,
    )


def principal_axes(Z, n_components, seed):
    """Return the principal axes of centered data, and the deviations along them.

    Axes beyond those that the data have are zero, with a deviation of 1. That is also
    the deviation along axes in which nothing varies.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features)
        Standardized data.

    n_components : int
        The number of axes.

    seed : int
        For the randomized solver.

    Returns
    -------
    axes : Tensor of shape (n_components, n_features)
        Unit vectors, or zeros.

    deviations : Tensor of shape (n_components,)
        Positive numbers.
    """
    n_axes = min(n_components, *Z.shape)
    with np.errstate(invalid="ignore"):  # shares of the variance, where it is zero
        pca = PCA(n_axes, random_state=seed).fit(Z)
    axes = np.zeros((n_components, Z.shape[1]))
    axes[:n_axes] = pca.components_
    deviations = np.ones(n_components)
    spread = np.sqrt(pca.explained_variance_)
    deviations[:n_axes] = np.where(spread > 1e-6 * spread[0], spread, 1.0)
    return torch.from_numpy(axes), torch.from_numpy(deviations)
