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
        The least and the greatest values to train on.

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


def wrap_to_load(module, sizes, loss, n_axes, fills):
    """Put around a network what a start at PCA has put there, to be loaded into.

    Parameters
    ----------
    module : Autoencoder
        Freshly built.

    sizes : Sizes
        The widths in the features.

    loss : Loss
        What it was trained by.

    n_axes : int or None
        The number of axes that it was trained in, None for the features.

    fills : bool
        Whether an input may be NaN.
    """
    d, n_outputs, k, _ = sizes
    r = n_axes or d
    maps = LinearMaps(
        torch.zeros(n_outputs, r),
        torch.zeros(n_outputs),
        torch.ones(n_outputs),
        torch.zeros(r, k),
    )
    trained, frozen = (loss.predictor(*torch.zeros(2, d)) for _ in range(2))
    start_linear(module, maps, trained, fills)
    fade(module, *torch.zeros(3, k), maps.frozen(frozen)[1])
    if n_axes is not None:
        encode_from_features(module, torch.zeros(r, d))
        decode_to_features(module, torch.zeros(r, d))
    bound_input(module, *torch.zeros(2, d), torch.zeros(n_outputs, d), fills)
