"""Where training starts, in which coordinates, and how it ends in those of X."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import numpy as np
import torch

from sk_autoencoder.data._rows import is_mapped, some_rows
from sk_autoencoder.networks import (
    Autoencoder,
    InAxes,
    add_linear_path,
    bound_code,
    bound_input,
    decoder_of_features,
    encoder_of_features,
)
from sk_autoencoder.starts._principal_axes import FEW_FEATURES, principal_axes
from sk_autoencoder.training import suitable_threads

# Of the values of a feature, the share at each end that is not trained on.
TAIL = 0.001

# The rows that are enough to tell where the tails begin.
TAIL_ROWS = 10_000

# By how much of their distance from the median codes may lie beyond those in training.
CODE_MARGIN = 0.5

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

    def begin(self, encoder, decoder, bottleneck):
        """Return the parts to train, from freshly built ones."""
        return encoder, decoder, bottleneck

    def finish(self, net):
        """Return the net with a module that takes and gives standardized data."""
        return net


class PCAStart(Start):
    """A start at PCA.

    A trained map, also a linear one, extrapolates at random. So for what lies in the
    tails of a feature, or beyond, the encoder adds what PCA does to what it gives at
    the bounds; and where codes leave the range of those of the training data, the
    decoder goes over to PCA.

    Parameters
    ----------
    standardize, n_features, criterion
        As for `Start`.

    maps : LinearMaps
        PCA, as the bottleneck expresses it.

    noise : float
        What PCA leaves, as the standard deviation along each of the other axes.

    extremes : tuple of two ndarray of shape (n_features,)
        The least and the greatest values of the training data.

    rows : ndarray of shape (n, n_features)
        Standardized rows, as in training, that tell where the tails begin.
    """

    def __init__(self, standardize, n_features, criterion, maps, noise, extremes, rows):
        super().__init__(standardize, n_features, criterion)
        self.maps = maps
        self.noise = noise
        self.line = criterion.loss.linearize(
            criterion.mean.double(),
            criterion.scale.double(),
            *(torch.from_numpy(values).double() for values in extremes),
        )
        self.rows = rows
        self.bounds = _tails(rows)
        self.whole_criterion = criterion

    def begin(self, encoder, decoder, bottleneck):
        """Put PCA beside an encoder and a decoder that are zero."""
        self._start_bottleneck(bottleneck)
        encoder, decoder = self._add_path(encoder, decoder, self.maps, *self.line)
        return self._bound_input(encoder), decoder, bottleneck

    def finish(self, net):
        """Return the net with a decoder that is bounded too."""
        module = net.module_
        module = Autoencoder(
            self._encoder_of_features(module.encoder), module.decoder, module.bottleneck
        )
        decoder = self._bound_code(module)
        module.decoder = self._decoder_of_features(decoder)
        return net.replace(module.to(net.device), self.whole_criterion.to(net.device))

    def _start_bottleneck(self, bottleneck):
        rows = torch.from_numpy(self.rows)
        n_components = len(self.maps.code_units)
        to_code, bias = (
            values[:n_components].to(rows.dtype)
            for values in (self.maps.to_code, self.maps.bias)
        )
        codes = torch.nn.functional.linear(rows, to_code, bias) * self.maps.code_units
        bottleneck.start_at_pca(self.maps, *self.line, self.noise, codes)

    def _add_path(self, encoder, decoder, maps, offset, slope):
        encoder, decoder = add_linear_path(encoder, decoder, maps, offset, slope)
        self.decoder_start = [
            parameter.detach().clone() for parameter in decoder[-1].linear.parameters()
        ]
        return encoder, decoder

    def _bound_input(self, encoder):
        to_code = self.maps.to_code.to(next(encoder.parameters()).device)
        return bound_input(encoder, to_code, _tensors_beside(encoder, *self.bounds))

    def _bound_code(self, module):
        (rows,) = _tensors_beside(module, self.rows)
        with torch.inference_mode():
            codes = module.eval()(rows).code.cpu().double()  # as in training
        codes = (codes / self.maps.code_units).numpy()
        middle = np.median(codes, axis=0)
        stretched = [
            middle + (1 + CODE_MARGIN) * (end - middle) for end in _tails(codes)
        ]
        bounds = _tensors_beside(module, *stretched)
        start = [parameter.to(bounds[0].device) for parameter in self.decoder_start]
        return bound_code(module.decoder, start, bounds)

    def _encoder_of_features(self, encoder):
        return encoder

    def _decoder_of_features(self, decoder):
        return decoder


class RotatedPCAStart(PCAStart):
    """A start at PCA, training in the coordinates of the leading principal axes.

    A rotation leaves the squared error as it is, and along the principal axes the data
    are uncorrelated: the optimizer may take longer steps there. The last axes, in
    which hardly anything varies, are left out, which makes each step cheaper.

    Parameters
    ----------
    standardize, n_features, criterion, maps, noise, extremes, rows
        As for `PCAStart`.

    axes : ndarray of shape (n_axes, n_features)
        The axes to train in.

    left_out : float
        The sum of the variances along all others.
    """

    def __init__(self, standardize, n_features, *settings, axes, left_out):
        super().__init__(standardize, n_features, *settings)
        self.axes = axes  # (r, d)
        self.criterion = InAxes(self.criterion.loss, len(axes), n_features, left_out)
        self.n_features = len(axes)
        self.prepare = self._rotate

    def _rotate(self, rows, out=None):
        # In double precision, so that what is left after rounding to single does not
        # depend on how many rows are multiplied at a time.
        return np.matmul(self.standardize(rows), self.axes.T, out=out)

    def begin(self, encoder, decoder, bottleneck):
        self._start_bottleneck(bottleneck)
        offset, slope = torch.zeros(self.n_features), torch.ones(self.n_features)
        maps = self.maps.in_axes(torch.from_numpy(self.axes))
        return *self._add_path(encoder, decoder, maps, offset, slope), bottleneck

    def _encoder_of_features(self, encoder):
        (axes,) = _tensors_beside(encoder, self.axes)
        return self._bound_input(encoder_of_features(encoder, axes))

    def _decoder_of_features(self, decoder):
        (axes,) = _tensors_beside(decoder, self.axes)
        return decoder_of_features(decoder, axes)


def start_at_pca(
    X, standardize, criterion, n_components, bottleneck, corruption, rotates, seed
):
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

    bottleneck : Bottleneck
        What is between encoder and decoder.

    corruption : Corruption
        What is done to the rows in training.

    rotates : bool
        Whether network and loss work in any orthogonal coordinates.

    seed : int
        For what is estimated from a random part of large data.

    Returns
    -------
    start : PCAStart
        In the principal axes if few of them hold nearly all of the variance.
    """
    n_features = X.shape[1]
    rotates = rotates and corruption.rotates
    rotates = rotates and not (is_mapped(X) and n_features > FEW_FEATURES)
    n_axes = max(n_components, FEW_FEATURES) if rotates else n_components
    with suitable_threads(X.size * n_features, SMALL_WORK):
        pca = principal_axes(X, standardize, n_axes, seed, bottleneck.precise_start)
        rows = torch.from_numpy(standardize(some_rows(X, TAIL_ROWS, seed))).float()
        rows = corruption.corrupt(rows).numpy()
    noise = pca.noise(n_components, min(X.shape))
    maps = bottleneck.at_pca(*_leading(pca, n_components, n_features), noise)
    extremes = X.min(axis=0), X.max(axis=0)
    settings = standardize, n_features, criterion, maps, noise, extremes, rows
    n_axes = _n_axes_that_matter(pca, n_components)
    if not rotates or n_axes > FEW_AXES * n_features:
        return PCAStart(*settings)
    left_out = float(pca.variances[n_axes:].sum() + pca.rest)
    return RotatedPCAStart(*settings, axes=pca.axes[:n_axes], left_out=left_out)


def _leading(pca, n_components, n_features):
    """Return the components of PCA and their deviations; what lacks is zero and one."""
    n_axes = min(n_components, len(pca.axes))
    components = np.zeros((n_components, n_features))
    components[:n_axes] = pca.axes[:n_axes]
    deviations = np.ones(n_components)  # also along axes without variance
    spread = np.sqrt(pca.variances[:n_axes])
    deviations[:n_axes] = np.where(spread > 1e-6 * spread[0], spread, 1.0)
    return torch.from_numpy(components), torch.from_numpy(deviations)


def _tensors_beside(module, *arrays):
    """Return arrays as float32 tensors on the device of a module."""
    device = next(module.parameters()).device
    return [torch.from_numpy(array).float().to(device) for array in arrays]


def _tails(X):
    """Return where the low and the high tail of each column begin."""
    return (
        np.quantile(X, TAIL, axis=0, method="lower"),
        np.quantile(X, 1 - TAIL, axis=0, method="higher"),
    )


def _n_axes_that_matter(pca, n_components):
    """Return after how many axes next to nothing varies; infinity if not known."""
    left = pca.rest + np.append(np.cumsum(pca.variances[::-1])[::-1], 0.0)
    least = min(n_components, len(pca.axes))
    enough = np.flatnonzero(left[least:] <= NEGLIGIBLE * left[least])
    return least + int(enough[0]) if len(enough) else math.inf
