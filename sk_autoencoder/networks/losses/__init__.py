"""Reconstruction losses: what training compares the output with, and how."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.networks.losses._by_column import ByColumn
from sk_autoencoder.networks.losses._criterion import InAxes, ReconstructionLoss
from sk_autoencoder.networks.losses._errors import AbsoluteError, Huber, SquaredError
from sk_autoencoder.networks.losses._known import known_entries
from sk_autoencoder.networks.losses._log_loss import LogLoss
from sk_autoencoder.networks.losses._loss import EntrywiseLoss, LinkedLoss, Loss
from sk_autoencoder.networks.losses._multinomial import Multinomial
from sk_autoencoder.networks.losses._poisson import Poisson

LOSSES = {
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "log_loss": LogLoss,
    "multinomial": Multinomial,
    "poisson": Poisson,
    "squared_error": SquaredError,
}

__all__ = [
    "LOSSES",
    "AbsoluteError",
    "ByColumn",
    "EntrywiseLoss",
    "Huber",
    "InAxes",
    "LinkedLoss",
    "LogLoss",
    "Loss",
    "Multinomial",
    "Poisson",
    "ReconstructionLoss",
    "SquaredError",
    "known_entries",
]
