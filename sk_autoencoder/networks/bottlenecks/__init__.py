"""What stands between encoder and decoder: one file a kind."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.networks.bottlenecks._bottleneck import Bottleneck, Code
from sk_autoencoder.networks.bottlenecks._contractive import Contractive
from sk_autoencoder.networks.bottlenecks._deterministic import Deterministic
from sk_autoencoder.networks.bottlenecks._ordered import Ordered
from sk_autoencoder.networks.bottlenecks._quantized import Quantized
from sk_autoencoder.networks.bottlenecks._sparse import Sparse
from sk_autoencoder.networks.bottlenecks._variational import Variational

BOTTLENECKS = {
    "contractive": Contractive,
    "deterministic": Deterministic,
    "ordered": Ordered,
    "quantized": Quantized,
    "sparse": Sparse,
    "variational": Variational,
}

__all__ = [
    "BOTTLENECKS",
    "Bottleneck",
    "Code",
    *sorted(part.__name__ for part in BOTTLENECKS.values()),
]
