"""What stands around a trained encoder and decoder, which stay as they are."""

# SPDX-License-Identifier: BSD-3-Clause

import torch

from sk_autoencoder.networks._linear_path import (
    Bounded,
    Fading,
    InAxesOf,
    LinearMaps,
    LinearStartDecoder,
    LinearStartEncoder,
    OutOfAxes,
)


def start_linear(module, maps, offset, slope, fills):
    """Put a linear path beside an encoder and a decoder that are zero.

    Parameters
    ----------
    module : Autoencoder
        Its encoder and decoder are the corrections; it is changed in place, as by all
        functions here.

    maps : LinearMaps
        What to start at.

    offset, slope : Tensor of shape (n_features,)
        How a standardized feature becomes an output, `Loss.linearize`.

    fills : bool
        Whether an input may be NaN.
    """
    module.encoder = LinearStartEncoder(maps, module.encoder, fills)
    module.decoder = LinearStartDecoder(maps, offset, slope, module.decoder)


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


def fade(module, low, high, rates, weight, bias):
    """Let the decoder go over to what it started as beyond some bounds.

    Parameters
    ----------
    module : Autoencoder
        The network.

    low, high : Tensor of shape (n_components,)
        The bounds of the code.

    rates : Tensor of shape (n_components,)
        What distances in the code are multiplied by.

    weight, bias : Tensor of shape (n_out, n_components) and (n_out,)
        The linear decoder that it started as.
    """
    module.decoder = Fading(low, high, rates, module.decoder, weight, bias)


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


def wrap_to_load(module, sizes, n_axes, fills):
    """Put around a network what a start at PCA has put there, to be loaded into.

    Parameters
    ----------
    module : Autoencoder
        Freshly built.

    sizes : Sizes
        The widths in the features.

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
    start_linear(module, maps, torch.zeros(r), torch.ones(r), fills)
    fade(module, *torch.zeros(3, k), torch.zeros(r, k), torch.zeros(r))
    if n_axes is not None:
        encode_from_features(module, torch.zeros(r, d))
        decode_to_features(module, torch.zeros(r, d))
    bound_input(module, *torch.zeros(2, d), torch.zeros(n_outputs, d), fills)
