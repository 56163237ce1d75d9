"""The network of a denoising autoencoder for histories of users."""

# SPDX-License-Identifier: BSD-3-Clause

from torch import nn


class HistoryDenoiser(nn.Module):
    """One hidden layer, which is the code, with dropout of the input [1]_.

    Inputs are standardized by one number, so that a row has a norm of about the root of
    the number of features. The first layer wants one, as of histories that are divided
    by their norms: with larger inputs it saturates at once.

    Parameters
    ----------
    n_features : int
        The number of items.

    n_components : int
        The number of hidden units.

    dropout : float, default=0.5
        The share of inputs that training sets to zero; the others are scaled up, so
        that the sum stays.

    References
    ----------
    .. [1] Liang, D., Krishnan, R. G., Hoffman, M. D., & Jebara, T. (2018). Variational
       autoencoders for collaborative filtering. The Web Conference, 689-698.
    """

    def __init__(self, n_features, n_components, dropout=0.5):
        super().__init__()
        code, items = (
            nn.Linear(n_features, n_components),
            nn.Linear(n_components, n_features),
        )
        for layer in (code, items):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.encoder = nn.Sequential(
            Scaled(n_features**-0.5), nn.Dropout(dropout), code, nn.Tanh()
        )
        self.decoder = items


def denoiser_layers(encoder):
    """Return the encoder's layers of a `HistoryDenoiser`, whatever is around it."""
    return next(
        part
        for part in encoder.modules()
        if isinstance(part, nn.Sequential) and isinstance(part[0], Scaled)
    )


class Scaled(nn.Module):
    """Multiplication by a number."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        """Return the product."""
        return x * self.factor
