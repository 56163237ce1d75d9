"""How outlying rows are, by what an autoencoder makes of them."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.scoring._gaussian import Gaussian
from sk_autoencoder.scoring._neighbors import Neighbors
from sk_autoencoder.scoring._residual import Residual
from sk_autoencoder.scoring._scoring import FittedScoring, Scoring

SCORINGS = {"gaussian": Gaussian, "neighbors": Neighbors, "residual": Residual}

__all__ = [
    "SCORINGS",
    "FittedScoring",
    "Gaussian",
    "Neighbors",
    "Residual",
    "Scoring",
]
