"""The plain autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

from sk_autoencoder.networks.bottlenecks._bottleneck import Bottleneck


@dataclass
class Deterministic(Bottleneck):
    """The encoder's output is the code, and costs nothing.

    Examples
    --------
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> from sk_autoencoder.networks import Deterministic
    >>> AutoencoderTransformer(bottleneck=Deterministic())
    AutoencoderTransformer(bottleneck=Deterministic())
    """

    in_order = "ordered"
