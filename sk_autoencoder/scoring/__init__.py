"""How outlying rows are, by what an autoencoder makes of them."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.scoring._gaussian import Gaussian
from sk_autoencoder.scoring._neighbors import Neighbors
from sk_autoencoder.scoring._residual import Residual

__all__ = ["SCORINGS", "Gaussian", "Neighbors", "Residual"]

# By name; each is called with the detector's `n_estimators` and `novelty`.
SCORINGS = {
    "gaussian": lambda n_estimators, novelty: Gaussian(),
    "neighbors": Neighbors,
    "residual": lambda n_estimators, novelty: Residual(),
}
