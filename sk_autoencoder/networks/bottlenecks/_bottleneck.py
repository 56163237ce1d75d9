"""What stands between encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import nn

from sk_autoencoder.networks._linear_path import LinearMaps
from sk_autoencoder.networks._part import Part


class Bottleneck(Part):
    """What becomes of the encoder's output, and what it costs."""

    #: Whether codes are standard normal by design, so that new ones are drawn from it.
    has_prior = False

    #: Components whose codes vary by more carry something.
    least_variance = 0.0

    def n_outputs(self, n_components):
        """Return how many numbers of a sample the encoder gives."""
        return n_components

    def at_pca(self, components, deviations, noise):
        """Return PCA as encoder and decoder.

        Parameters
        ----------
        components : Tensor of shape (n_components, n_features)
            Principal axes of the standardized data; zero rows where the code has more
            components than the data.

        deviations : Tensor of shape (n_components,)
            Positive standard deviations along the axes.

        noise : float
            The standard deviation along each of the axes that are left out.

        Returns
        -------
        maps : LinearMaps
            The encoder's and the decoder's.
        """
        return LinearMaps(
            to_code=components / deviations[:, None],
            bias=torch.zeros_like(deviations),
            units=deviations,
            to_features=(components * deviations[:, None]).T,
        )

    def build(self, n_features, loss):
        """Return the module.

        Parameters
        ----------
        n_features : int
            The number of columns of X.

        loss : Loss
            The loss of an entry.

        Returns
        -------
        module : Code
            What `Autoencoder` puts between encoder and decoder.

        Raises
        ------
        ValueError
            If a parameter is out of its range, or the loss does not fit.
        """
        return Code()

    def active(self, codes):
        """Return which components carry something: their codes are not all the same.

        Parameters
        ----------
        codes : Tensor of shape (n, n_components)
            The codes of training data.

        Returns
        -------
        active : Tensor of bool of shape (n_components,)
            True for those that do.
        """
        return codes.var(dim=0, correction=0) > self.least_variance


class Code(nn.Module):
    """The code as the encoder gives it."""

    def forward(self, encoder, x):
        """Return what the decoder is given in training, and its cost for each sample.

        Parameters
        ----------
        encoder : Module
            From (n, n_features) to (n, n_outputs).

        x : Tensor of shape (n, n_features)
            Standardized samples.

        Returns
        -------
        code : Tensor of shape (n, n_components)
            The codes.

        penalty : Tensor of shape (n,) or None
            What is added to the loss; None is nothing.
        """
        return encoder(x), None

    def code(self, encoded):
        """Return the code, shape (n, n_components), for an output of the encoder."""
        return encoded

    def weigh(self, loss):
        """Return the loss as the penalty is added to it."""
        return loss

    def start_at_pca(self, noise):
        """Take over what PCA leaves, the standard deviation of each feature's noise."""

    def keep_start(self, encoder, decoder, noise):
        """Take over the network before training, for use after it.

        Parameters
        ----------
        encoder, decoder : Module
            From (n, n_features) to (n, n_outputs), and from (n, n_components) back.

        noise : float
            As for `start_at_pca`.
        """

    def score(self, module, criterion, x):
        """Return how well a fitted network explains samples, shape (n,).

        Parameters
        ----------
        module : Autoencoder
            The network.

        criterion : ReconstructionLoss
            The loss of each sample.

        x : Tensor of shape (n, n_features)
            Standardized samples.

        Returns
        -------
        scores : Tensor of shape (n,)
            Higher is better.
        """
        return -criterion(module.reconstruct(x), x)
