"""What stands around a trained encoder and decoder, which stay as they are."""

# SPDX-License-Identifier: BSD-3-Clause

import torch

from sk_autoencoder.networks._bounds import Bounded
from sk_autoencoder.networks._linear_path import (
    InAxesOf,
    LinearMaps,
    LinearStartDecoder,
    LinearStartEncoder,
    OutOfAxes,
)
from sk_autoencoder.networks._missing import FilledEncoder, Filling, Marked


def start_linear(module, maps, predictor, fills):
    """Put a linear path beside an encoder and a decoder that are zero.

    Parameters
    ----------
    module : Autoencoder
        Its encoder and decoder are the corrections; it is changed in place, as by all
        functions here.

    maps : LinearMaps
        What to start at.

    predictor : Predictor or None
        How a standardized reconstruction becomes an output; see `Loss.predictor`.

    fills : bool
        Whether an input may be NaN.
    """
    module.encoder = LinearStartEncoder(maps, module.encoder, fills)
    module.decoder = LinearStartDecoder(maps, predictor, module.decoder)


def bound_input(module, low, high, to_code, fills):
    """Let the encoder stay as it started for what lies outside some bounds.

    Parameters
    ----------
    module : Autoencoder
        The network.

    low, high : Tensor of shape (n_features,)
        The bounds of the features.

    to_code : Tensor of shape (n_outputs, n_features)
        The linear map that it started as.

    fills : bool
        Whether an input may be NaN.
    """
    module.encoder = Bounded(low, high, module.encoder, to_code, fills)


def fade(module, low, high, rates, start):
    """Let the decoder go over to what it started as beyond some bounds.

    Parameters
    ----------
    module : Autoencoder
        The network.

    low, high : Tensor of shape (n_components,)
        The bounds of the code.

    rates : Tensor of shape (n_components,)
        What distances in the code are multiplied by.

    start : Affine or Predicted
        The decoder that it started as.
    """
    module.decoder = start.fading(low, high, rates, inside=module.decoder)


def encode_from_features(module, axes):
    """Make the encoder, of coordinates along some axes, one of the features.

    Parameters
    ----------
    module : Autoencoder
        The network.

    axes : Tensor of shape (r, n_features)
        Orthogonal unit vectors.
    """
    module.encoder = InAxesOf(axes, module.encoder)


def decode_to_features(module, axes):
    """Make the decoder, to coordinates along some axes, one to the features.

    Parameters
    ----------
    module : Autoencoder
        The network.

    axes : Tensor of shape (r, n_features)
        Orthogonal unit vectors.
    """
    module.decoder = OutOfAxes(axes, module.decoder)


def mark_missing(module, n_features):
    """Let the encoder take, beside the features, marks of which were missing.

    Parameters
    ----------
    module : Autoencoder
        The network, around which nothing stands yet.

    n_features : int
        The columns of its rows.
    """
    module.encoder = Marked(n_features, module.encoder)


def fill_missing(module, fill, marks):
    """Let the encoder take rows of which some entries are NaN.

    Parameters
    ----------
    module : Autoencoder
        The network, complete but for this.

    fill : Filling
        What stands in for them.

    marks : bool
        Whether the encoder takes marks, too; see `mark_missing`.
    """
    module.encoder = FilledEncoder(fill, module.encoder, marks)


def wrap_to_load(module, sizes, loss, *, linear, n_axes, pads, fills, marks):
    """Put around a network what a start has put there, to be loaded into.

    Parameters
    ----------
    module : Autoencoder
        Freshly built.

    sizes : Sizes
        The widths in the features.

    loss : Loss
        What it was trained by.

    linear : bool
        Whether it started at PCA.

    n_axes : int or None
        The number of axes that it was trained in, None for the features.

    pads : bool
        Whether an input may be NaN where a sequence has ended.

    fills : bool
        Whether one may be NaN where an entry is missing.

    marks : bool
        Whether the encoder is told which these are.
    """
    d, n_outputs, n_codes = sizes.n_features, sizes.n_outputs, sizes.n_inputs
    n_inputs = 2 * d if marks else d
    if marks:
        mark_missing(module, d)
    if linear:
        r = n_axes or d
        maps = LinearMaps(
            torch.zeros(n_outputs, n_axes or n_inputs),
            torch.zeros(n_outputs),
            torch.ones(n_outputs),
            torch.zeros(r, n_codes),
            torch.ones(n_codes),
        )
        trained, frozen = (loss.predictor(*torch.zeros(2, d)) for _ in range(2))
        start_linear(module, maps, trained, pads)
        fade(module, *torch.zeros(3, n_codes), maps.frozen(frozen)[1])
        if n_axes is not None:
            encode_from_features(module, torch.zeros(r, d))
            decode_to_features(module, torch.zeros(r, d))
        bounds = *torch.zeros(2, n_inputs), torch.zeros(n_outputs, n_inputs)
        bound_input(module, *bounds, pads)
    if fills:
        fill_missing(module, Filling.with_means(d), marks)
