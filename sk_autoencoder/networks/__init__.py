"""The networks: PyTorch only, tensors in and tensors out."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.networks._autoencoder import Autoencoder, AutoencoderOutput
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
    add_linear_path,
    bound_code,
    bound_input,
    decoder_of_features,
    encoder_of_features,
)
from sk_autoencoder.networks._losses import (
    LOSSES,
    AbsoluteError,
    Huber,
    InAxes,
    LogLoss,
    Loss,
    Poisson,
    ReconstructionLoss,
    SquaredError,
)
from sk_autoencoder.networks._network import Network
from sk_autoencoder.networks._part import Part, resolve

NETWORKS = {"dense": Dense}

__all__ = [
    "ACTIVATIONS",
    "CORRUPTIONS",
    "LOSSES",
    "NETWORKS",
    "AbsoluteError",
    "Autoencoder",
    "AutoencoderOutput",
    "BlockMasking",
    "Clean",
    "Corruption",
    "Custom",
    "Dense",
    "GaussianNoise",
    "Huber",
    "InAxes",
    "LogLoss",
    "Loss",
    "MaskingNoise",
    "Network",
    "Part",
    "Poisson",
    "ReconstructionLoss",
    "SaltAndPepper",
    "SquaredError",
    "SwapNoise",
    "add_linear_path",
    "bound_code",
    "bound_input",
    "decoder_of_features",
    "encoder_of_features",
    "resolve",
]
