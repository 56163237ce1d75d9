"""Where training starts, in which coordinates, and how it ends in those of X."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import numpy as np
import torch
from torch import nn

from sk_autoencoder._blocks import blocks, is_mapped
from sk_autoencoder._principal_axes import FEW_FEATURES, principal_axes
from sk_autoencoder.networks import (
    Autoencoder,
    Clamp,
    InAxes,
    add_linear_path,
    out_of_axes,
)
from sk_autoencoder.training import suitable_threads

# How far beyond the codes of PCA those of the network may go before they are bounded.
CODE_MARGIN = 2

# Of the variance that PCA leaves unexplained, the share that training may leave out.
NEGLIGIBLE = 0.01

# Of the features, the share of axes that must remain at most for a rotation to pay.
FEW_AXES = 0.75

# Multiplications for the covariance below which a second thread does not pay.
SMALL_WORK = 2**32


class Start:
    """A start from random weights, on the standardized data.

    Parameters
    ----------
    standardize : callable
        From some rows of X to their standardized values.

    n_features : int
        The number of columns of X.

    criterion : ReconstructionLoss
        The loss, with the standardization.
    """

    def __init__(self, standardize, n_features, criterion):
        self.standardize = self.prepare = standardize
        self.n_features = n_features
        self.criterion = criterion

    def begin(self, encoder, decoder):
        """Return the encoder and the decoder to train, from freshly built ones."""
        return encoder, decoder

    def finish(self, net):
        """Return the net with a module that takes and gives standardized data."""
        return net


class PCAStart(Start):
    """A start at PCA.

    The networks see their inputs bounded by the range of the training data, and by
    twice that of its codes, so that far away from the training data only the linear
    path acts: a network would extrapolate at random.

    Parameters
    ----------
    standardize, n_features, criterion
        As for `Start`.

    X : ndarray of shape (n_samples, n_features)
        The training data.

    n_components : int
        The number of components of the code.

    pca : PrincipalAxes
        The axes of the standardized data, `n_components` or more where there are.
    """

    def __init__(self, standardize, n_features, criterion, X, n_components, pca):
        super().__init__(standardize, n_features, criterion)
        n_axes = min(n_components, len(pca.axes))
        self.components = np.zeros((n_components, X.shape[1]))
        self.components[:n_axes] = pca.axes[:n_axes]
        self.deviations = np.ones(n_components)  # also along axes without variance
        spread = np.sqrt(pca.variances[:n_axes])
        self.deviations[:n_axes] = np.where(spread > 1e-6 * spread[0], spread, 1.0)
        to_code = (self.components / self.deviations[:, None]).T
        farthest = np.max(
            [np.abs(standardize(rows) @ to_code).max(axis=0) for rows in blocks(X)],
            axis=0,
        )
        self.margin = CODE_MARGIN * np.where(farthest > 0, farthest, 1.0)
        self.low, self.high = (
            standardize(ends(X, axis=0)[None])[0].astype(np.float64)
            for ends in (np.min, np.max)
        )

    def begin(self, encoder, decoder):
        """Put PCA beside an encoder and a decoder that are zero."""
        low, high = torch.from_numpy(self.low), torch.from_numpy(self.high)
        mean, scale = self.criterion.mean.double(), self.criterion.scale.double()
        offset, slope = self.criterion.loss.linearize(
            mean, scale, low=low * scale + mean, high=high * scale + mean
        )
        encoder = nn.Sequential(Clamp(low, high), encoder)
        return self._add_path(encoder, decoder, self.components, offset, slope)

    def _add_path(self, encoder, decoder, components, offset, slope):
        margin = torch.from_numpy(self.margin)
        return add_linear_path(
            encoder,
            nn.Sequential(Clamp(-margin, margin), decoder),
            torch.from_numpy(components),
            torch.from_numpy(self.deviations),
            offset,
            slope,
        )


class RotatedPCAStart(PCAStart):
    """A start at PCA, training in the coordinates of the leading principal axes.

    A rotation leaves the squared error as it is, and along the principal axes the data
    are uncorrelated: the optimizer may take longer steps there. The last axes, in
    which hardly anything varies, are left out, which makes each step cheaper.

    Parameters
    ----------
    standardize, n_features, criterion, X, n_components, pca
        As for `PCAStart`.

    n_axes : int
        How many axes to train in.
    """

    def __init__(
        self, standardize, n_features, criterion, X, n_components, pca, n_axes
    ):
        super().__init__(standardize, n_features, criterion, X, n_components, pca)
        self.axes = pca.axes[:n_axes]  # (r, d)
        left_out = pca.variances[n_axes:].sum() + pca.rest
        self.whole_criterion = criterion
        self.criterion = InAxes(criterion.loss, n_axes, n_features, float(left_out))
        self.n_features = n_axes
        self.prepare = self._rotate

    def _rotate(self, rows, out=None):
        Z = self.standardize(rows)
        return np.matmul(Z, self.axes.T.astype(Z.dtype), out=out)

    def begin(self, encoder, decoder):
        offset, slope = torch.zeros(self.n_features), torch.ones(self.n_features)
        components = self.components @ self.axes.T
        return self._add_path(encoder, decoder, components, offset, slope)

    def finish(self, net):
        axes, low, high = (
            torch.from_numpy(array).float().to(net.device)
            for array in (self.axes, self.low, self.high)
        )
        module = net.module_
        parts = out_of_axes(module.encoder, module.decoder, axes, low, high)
        return net.replace(Autoencoder(*parts), self.whole_criterion.to(net.device))


def start_at_pca(X, standardize, criterion, n_components, rotates, seed):
    """Return the start at PCA that suits the data.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        The training data.

    standardize : callable
        From some rows of X to their standardized values.

    criterion : ReconstructionLoss
        The loss, with the standardization.

    n_components : int
        The number of components of the code.

    rotates : bool
        Whether network and loss work in any orthogonal coordinates.

    seed : int
        For the randomized solver that PCA takes for large data.

    Returns
    -------
    start : PCAStart
        In the principal axes if few of them hold nearly all of the variance.
    """
    n_features = X.shape[1]
    rotates = rotates and not (is_mapped(X) and n_features > FEW_FEATURES)
    n_axes = max(n_components, FEW_FEATURES) if rotates else n_components
    with suitable_threads(X.size * n_features, SMALL_WORK):
        pca = principal_axes(X, standardize, n_axes, seed)
        settings = standardize, n_features, criterion, X, n_components, pca
        n_axes = _n_axes_that_matter(pca, n_components)
        if rotates and n_axes <= FEW_AXES * n_features:
            return RotatedPCAStart(*settings, n_axes)
        return PCAStart(*settings)


def _n_axes_that_matter(pca, n_components):
    """Return after how many axes next to nothing varies; infinity if not known."""
    left = pca.rest + np.append(np.cumsum(pca.variances[::-1])[::-1], 0.0)
    least = min(n_components, len(pca.axes))
    enough = np.flatnonzero(left[least:] <= NEGLIGIBLE * left[least])
    return least + int(enough[0]) if len(enough) else math.inf
