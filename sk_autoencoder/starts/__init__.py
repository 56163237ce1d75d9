"""Where training starts: the best linear model, in closed form."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.starts._pca import PCAStart, RotatedPCAStart, start_at_pca
from sk_autoencoder.starts._start import Start

__all__ = ["PCAStart", "RotatedPCAStart", "Start", "start_at_pca"]
