"""The networks: PyTorch only, tensors in and tensors out."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.networks._attention import Attention
from sk_autoencoder.networks._autoencoder import Autoencoder, AutoencoderOutput
from sk_autoencoder.networks._conv import Conv
from sk_autoencoder.networks._corruptions import (
    CORRUPTIONS,
    BlockMasking,
    Clean,
    Corruption,
    GaussianNoise,
    MaskingNoise,
    SaltAndPepper,
    SwapNoise,
)
from sk_autoencoder.networks._custom import Custom
from sk_autoencoder.networks._denoiser import HistoryDenoiser, denoiser_layers
from sk_autoencoder.networks._dense import ACTIVATIONS, Dense
from sk_autoencoder.networks._linear_path import Affine, LinearMaps, LinearPath
from sk_autoencoder.networks._missing import (
    FilledEncoder,
    Filling,
    HideAsMissing,
    code_roots,
    solve_codes,
)
from sk_autoencoder.networks._network import Network, Sizes
from sk_autoencoder.networks._part import (
    Number,
    Part,
    part_from_config,
    part_to_config,
    resolve,
)
from sk_autoencoder.networks._recurrent import Recurrent
from sk_autoencoder.networks._wraps import (
    bound_input,
    decode_to_features,
    encode_from_features,
    fade,
    fill_missing,
    mark_missing,
    start_linear,
    wrap_to_load,
)
from sk_autoencoder.networks.bottlenecks import *  # noqa: F403
from sk_autoencoder.networks.bottlenecks import __all__ as _bottlenecks
from sk_autoencoder.networks.losses import *  # noqa: F403
from sk_autoencoder.networks.losses import __all__ as _losses

NETWORKS = {
    "attention": Attention,
    "conv": Conv,
    "dense": Dense,
    "recurrent": Recurrent,
}

__all__ = [
    "ACTIVATIONS",
    "CORRUPTIONS",
    "NETWORKS",
    "Affine",
    "Attention",
    "Autoencoder",
    "AutoencoderOutput",
    "BlockMasking",
    "Clean",
    "Conv",
    "Corruption",
    "Custom",
    "Dense",
    "Filling",
    "FilledEncoder",
    "GaussianNoise",
    "HideAsMissing",
    "HistoryDenoiser",
    "LinearMaps",
    "LinearPath",
    "MaskingNoise",
    "Network",
    "Number",
    "Part",
    "Recurrent",
    "SaltAndPepper",
    "Sizes",
    "SwapNoise",
    "bound_input",
    "code_roots",
    "decode_to_features",
    "denoiser_layers",
    "encode_from_features",
    "fade",
    "fill_missing",
    "mark_missing",
    "part_from_config",
    "part_to_config",
    "resolve",
    "solve_codes",
    "start_linear",
    "wrap_to_load",
    *_bottlenecks,
    *_losses,
]
