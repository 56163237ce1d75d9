"""A start at PCA, on the features or along the leading principal axes."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import math
from functools import partial

import numpy as np
import torch

from sk_autoencoder.data import affordable, blocks, is_read_late, some_rows
from sk_autoencoder.networks import (
    FilledEncoder,
    InAxes,
    bound_input,
    decode_to_features,
    encode_from_features,
    fade,
    fill_missing,
    mark_missing,
    start_linear,
)
from sk_autoencoder.starts._guard import END_ROWS, trusted_range
from sk_autoencoder.starts._incomplete import fill_by, fit_incomplete
from sk_autoencoder.starts._principal_axes import FEW_FEATURES, principal_axes
from sk_autoencoder.starts._start import Start
from sk_autoencoder.training import suitable_threads

# Of the variance that PCA leaves unexplained, the share that training may leave out.
NEGLIGIBLE = 0.01

# Of the features, the share of axes that must remain at most for a rotation to pay.
FEW_AXES = 0.75

# The entries that are enough to tell how the way through a link bends.
BEND_ENTRIES = 2**23

# Multiplications for the covariance below which a second thread does not pay.
SMALL_WORK = 2**32


class PCAStart(Start):
    """A start at PCA.

    A trained map, also a linear one, extrapolates at random. So where a feature is
    half as far again from its median as the training data reach, the encoder adds what
    PCA does to what it gives at that bound; and where codes are, from the median of
    those of the training data, the decoder goes over to PCA.

    Parameters
    ----------
    spec : Spec
        The network.

    standardizer, criterion
        As for `Start`.

    maps : LinearMaps
        PCA, as the bottleneck expresses it.

    noise : float
        What PCA leaves, as the standard deviation along each of the other axes.

    fill : Filling
        What stands in for missing entries.

    clean, rows : ndarray of shape (n, n_features)
        Standardized rows, as they are and as in training: they tell how far the data
        reach.
    """

    fallback = "PCA"

    def __init__(self, spec, standardizer, criterion, maps, noise, fill, clean, rows):
        super().__init__(standardizer, criterion)
        self.spec = spec
        self.maps = maps
        self.noise = noise
        self.fill = fill
        self.clean = clean
        self.codes = torch.cat(
            [maps.encode(torch.from_numpy(rows).double()) for rows in blocks(clean)]
        )
        self.predictor = self._predictor()
        self.loss_of = partial(self._loss_of, criterion)
        self.rows = rows
        self.bounds = trusted_range(self._seen(rows))

    def wrap(self, module):
        """Put PCA beside an encoder and a decoder that are zero."""
        self._start(module, self.maps)
        self._bound_input(module)
        return module

    def serve(self, module):
        """Return the network with a decoder that is bounded too."""
        device = _device(module)
        self._fade(module)
        self._fill(module)
        return module.to(device)

    def _seen(self, rows):
        """Return what the bounded encoder sees of some rows."""
        return rows

    def _fill(self, module):
        """Let the encoder take rows with NaN, if it can."""
        if self.spec.takes_missing:
            fill_missing(module, self.fill, marks=False)

    def _start(self, module, maps):
        """Start at maps of the inputs; the bottleneck is told those of the features."""
        predictor = self.predictor
        module.bottleneck.start_at_pca(
            self.maps, predictor, self.noise, self.codes, self.loss_of
        )
        start_linear(module, maps, copy.deepcopy(predictor), self.spec.takes_padding)
        self.decoder_start = maps.frozen(predictor)[1]

    def _predictor(self):
        """Return the way through the link, if there is one, that suits PCA best."""
        criterion = self.criterion
        predictor = criterion.loss.predictor(criterion.mean, criterion.scale)
        if predictor is None:
            return None
        n_rows = BEND_ENTRIES // self.clean.shape[1] + 1
        target = criterion.target(torch.from_numpy(self.clean[:n_rows]).float())
        return predictor.fit(self.maps.decode(self.codes[:n_rows]).float(), target)

    def _loss_of(self, criterion, codes):
        """Return the mean loss of what PCA decodes codes of the clean rows to."""
        losses, width = [], self.clean.shape[1]
        for rows, code in zip(blocks(self.clean), blocks(codes, width), strict=True):
            output = self.maps.decode(code).float()
            if self.predictor is not None:
                output = self.predictor(output)
            x = torch.from_numpy(rows).float()
            losses.append(criterion(output, criterion.target(x)))
        return float(torch.cat(losses).double().mean())

    def _bound_input(self, module, maps=None):
        maps = maps or self.maps
        to_code = maps.units[:, None] * maps.to_code
        low, high = map(torch.from_numpy, self.bounds)
        bound_input(module, low, high, to_code, self.spec.takes_padding)

    def _fade(self, module):
        """Bound the decoder by the codes of rows as in training."""
        module.eval()
        device, width = _device(module), self.spec.activations_per_row(module)
        with torch.inference_mode():
            codes = [
                module.bottleneck.seen(module.encoder, _tensor(rows, device)).cpu()
                for rows in blocks(self.rows, width)
            ]
        codes = torch.cat(codes).double().numpy()
        low, high = map(torch.from_numpy, trusted_range(codes))
        fade(module, low, high, 1 / self.maps.code_units, self.decoder_start)


class RotatedPCAStart(PCAStart):
    """A start at PCA, training in the coordinates of the leading principal axes.

    A rotation leaves the squared error as it is, and along the principal axes the data
    are uncorrelated: the optimizer may take longer steps there. The last axes, in
    which hardly anything varies, are left out, which makes each step cheaper.

    Parameters
    ----------
    spec, standardizer, criterion, maps, noise, fill, clean, rows
        As for `PCAStart`.

    axes : ndarray of shape (n_axes, n_features)
        The axes to train in.

    left_out : float
        The sum of the variances along all others.
    """

    def __init__(self, spec, standardizer, criterion, *settings, axes, left_out):
        super().__init__(spec, standardizer, criterion, *settings)
        self.axes = axes  # (r, d)
        self.n_axes = self.n_inputs = len(axes)
        self.standardizer, self.prepare = standardizer, self._rotate
        self.criterion = InAxes(
            criterion.loss, len(axes), criterion.mean.numel(), left_out
        )

    def _rotate(self, rows, out=None):
        """Return coordinates, multiplied in the double precision of the axes.

        In single precision the bits of a row hang on the rows that it is multiplied
        with, and training makes more of the difference.
        """
        return np.matmul(self.standardizer(rows), self.axes.T, out=out)

    def wrap(self, module):
        """Put PCA, of the coordinates, beside an encoder and a decoder."""
        maps = self.maps.in_axes(torch.from_numpy(self.axes))
        self._start(module, maps)
        return module

    def serve(self, module):
        """Return the network of the features, bounded at both ends."""
        axes, device = torch.from_numpy(self.axes), _device(module)
        encode_from_features(module, axes)
        self._bound_input(module)
        self._fade(module.to(device))
        decode_to_features(module, axes)
        self._fill(module)
        return module.to(device)


class IncompletePCAStart(PCAStart):
    """A start at PCA of rows of which some entries are missing.

    They are filled in by probabilistic PCA, before the network sees them, and marked.

    Parameters
    ----------
    spec, standardizer, criterion, maps, noise, fill, clean, rows
        As for `PCAStart`; the clean rows are filled in.
    """

    def wrap(self, module):
        """Put PCA beside the encoder, which is told what was missing, and decoder."""
        device, maps = _device(module), self.maps.beside_marks()
        mark_missing(module, self.n_inputs)
        self._start(module, maps)
        self._bound_input(module, maps)
        fill_missing(module, self.fill, marks=True)
        return module.to(device)

    def serve(self, module):
        """Return the network with a decoder that is bounded too."""
        device = _device(module)
        self._fade(module)
        return module.to(device)

    def _seen(self, rows):
        seen = FilledEncoder(self.fill, None, marks=True).seen
        return seen(torch.from_numpy(rows).float()).numpy()


def start_at_pca(X, spec, standardizer, criterion, corruption, seed):
    """Return the start at PCA that suits the data.

    Parameters
    ----------
    X : ndarray or SparseRows of shape (n_samples, n_features)
        The training data.

    spec : Spec
        The network.

    standardizer : Standardizer
        From rows of X to what the network sees of them.

    criterion : ReconstructionLoss
        The loss, with the standardization.

    corruption : Corruption
        What is done to the rows in training.

    seed : int
        For what is estimated from a random part of large data.

    Returns
    -------
    start : PCAStart
        In the principal axes if few of them hold nearly all of the variance.
    """
    n_features, n_components = X.shape[1], spec.n_components
    if spec.incomplete:
        return _start_at_incomplete(X, spec, standardizer, criterion, corruption, seed)
    rotates = all(part.rotates for part in (spec.network, spec.loss, corruption))
    rotates = rotates and not (is_read_late(X) and n_features > FEW_FEATURES)
    n_axes = max(n_components, FEW_FEATURES) if rotates else n_components
    with suitable_threads(X.size * n_features, SMALL_WORK):
        pca = principal_axes(
            X, standardizer, n_axes, seed, spec.bottleneck.precise_start
        )
        clean = standardizer(some_rows(X, affordable(END_ROWS, n_features), seed))
        rows = corruption.corrupt(torch.from_numpy(clean).float()).numpy()
        if not _trains(rows):
            rows = clean
    noise = pca.noise(n_components, min(X.shape))
    maps = spec.bottleneck.at_pca(*_leading(pca, n_components, n_features), noise)
    fill = fill_by(pca, len(X))
    settings = spec, standardizer, criterion, maps, noise, fill, clean, rows
    n_axes = _n_axes_that_matter(pca, n_components)
    if not rotates or n_axes > FEW_AXES * n_features:
        return PCAStart(*settings)
    left_out = float(pca.variances[n_axes:].sum() + pca.rest)
    return RotatedPCAStart(*settings, axes=pca.axes[:n_axes], left_out=left_out)


def _start_at_incomplete(X, spec, standardizer, criterion, corruption, seed):
    """Return the start at PCA of incomplete rows; see `start_at_pca`."""
    n_features, n_components = X.shape[1], spec.n_components
    Z = standardizer(some_rows(X, affordable(END_ROWS, n_features), seed))
    with suitable_threads(X.size * n_features, SMALL_WORK):
        if n_features <= FEW_FEATURES:
            order = np.random.default_rng(seed).permutation(len(Z))
            moments = fit_incomplete(Z[order])
            pca, fill = moments.axes(), moments.fill()
        else:  # of rows filled with means
            pca = principal_axes(np.nan_to_num(Z), np.asarray, n_components, seed)
            fill = fill_by(pca, len(X))
    noise = pca.noise(n_components, min(X.shape))
    maps = spec.bottleneck.at_pca(*_leading(pca, n_components, n_features), noise)
    z = torch.from_numpy(Z).float()
    rows = corruption.corrupt(z, ~z.isnan()).numpy()
    if not _trains(np.nan_to_num(rows)):
        rows = z.numpy()
    clean = fill(z).numpy()
    return IncompletePCAStart(
        spec, standardizer, criterion, maps, noise, fill, clean, rows
    )


def _trains(rows):
    """Return whether corrupted rows have a loss that does not overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.isfinite(np.square(rows)).all()


def _leading(pca, n_components, n_features):
    """Return the components of PCA and their deviations; what lacks is zero and one."""
    n_axes = min(n_components, len(pca.axes))
    components = np.zeros((n_components, n_features))
    components[:n_axes] = pca.axes[:n_axes]
    deviations = np.ones(n_components)  # also along axes without variance
    spread = np.sqrt(pca.variances[:n_axes])
    deviations[:n_axes] = np.where(spread > 1e-6 * spread[0], spread, 1.0)
    return torch.from_numpy(components), torch.from_numpy(deviations)


def _n_axes_that_matter(pca, n_components):
    """Return after how many axes next to nothing varies; infinity if not known."""
    left = pca.rest + np.append(np.cumsum(pca.variances[::-1])[::-1], 0.0)
    least = min(n_components, len(pca.axes))
    enough = np.flatnonzero(left[least:] <= NEGLIGIBLE * left[least])
    return least + int(enough[0]) if len(enough) else math.inf


def _device(module):
    return next(module.parameters()).device


def _tensor(rows, device):
    return torch.from_numpy(rows).float().to(device)
