"""The network that every estimator trains."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

from torch import Tensor, nn


class AutoencoderOutput(NamedTuple):
    """What one forward pass gives.

    Attributes
    ----------
    output : Tensor of shape (n, n_features)
        The decoder's output: the standardized reconstruction, or the linear predictor
        of a loss that has a link.

    code : Tensor of shape (n, n_components)
        The latent representation.
    """

    output: Tensor
    code: Tensor


class Autoencoder(nn.Module):
    """An encoder and a decoder.

    Parameters
    ----------
    encoder : Module
        From (n, n_features) to (n, n_components).

    decoder : Module
        From (n, n_components) to (n, n_features).
    """

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, x):
        """Return an `AutoencoderOutput` for standardized samples, shape (n, d)."""
        code = self.encoder(x)  # (n, k)
        return AutoencoderOutput(self.decoder(code), code)
