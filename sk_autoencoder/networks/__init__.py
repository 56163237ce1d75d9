"""The networks: PyTorch only, tensors in and tensors out."""

# SPDX-License-Identifier: BSD-3-Clause

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
from sk_autoencoder.networks._dense import ACTIVATIONS, Dense
from sk_autoencoder.networks._linear_path import (
    Affine,
    LinearMaps,
    add_linear_path,
    bound_code,
    bound_input,
    decoder_of_features,
    encoder_of_features,
)
from sk_autoencoder.networks._network import Network, Sizes
from sk_autoencoder.networks._part import Part, resolve
from sk_autoencoder.networks._recurrent import Recurrent
from sk_autoencoder.networks.bottlenecks import *  # noqa: F403
from sk_autoencoder.networks.bottlenecks import __all__ as _bottlenecks
from sk_autoencoder.networks.losses import (
    LOSSES,
    AbsoluteError,
    EntrywiseLoss,
    Huber,
    InAxes,
    LinkedLoss,
    LogLoss,
    Loss,
    Poisson,
    ReconstructionLoss,
    SquaredError,
    known_entries,
)

NETWORKS = {"conv": Conv, "dense": Dense, "recurrent": Recurrent}

__all__ = [
    "ACTIVATIONS",
    "CORRUPTIONS",
    "LOSSES",
    "NETWORKS",
    "AbsoluteError",
    "Affine",
    "Autoencoder",
    "AutoencoderOutput",
    "BlockMasking",
    "Clean",
    "Conv",
    "Corruption",
    "Custom",
    "Dense",
    "EntrywiseLoss",
    "GaussianNoise",
    "Huber",
    "InAxes",
    "LinearMaps",
    "LinkedLoss",
    "LogLoss",
    "Loss",
    "MaskingNoise",
    "Network",
    "Part",
    "Poisson",
    "ReconstructionLoss",
    "Recurrent",
    "SaltAndPepper",
    "Sizes",
    "SquaredError",
    "SwapNoise",
    "add_linear_path",
    "bound_code",
    "bound_input",
    "decoder_of_features",
    "encoder_of_features",
    "known_entries",
    "resolve",
    *_bottlenecks,
]
