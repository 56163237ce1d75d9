"""The network that every estimator trains."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import NamedTuple

from torch import Tensor

from sk_autoencoder.networks._linear_path import LinearPath
from sk_autoencoder.networks._portable import Portable
from sk_autoencoder.networks.bottlenecks import Code
from sk_autoencoder.networks.losses import known_entries


class AutoencoderOutput(NamedTuple):
    """What one forward pass gives.

    Attributes
    ----------
    output : Tensor of shape (n, n_features)
        The decoder's output: the standardized reconstruction, or the linear predictor
        of a loss that has a link.

    code : Tensor of shape (n, n_inputs)
        What was decoded: the latent representation, and what else the bottleneck gives.

    penalty : Tensor of shape (n,) or None
        What the bottleneck adds to the loss.
    """

    output: Tensor
    code: Tensor
    penalty: Tensor | None = None


class Autoencoder(Portable):
    """An encoder and a decoder with a bottleneck between them.

    Parameters
    ----------
    encoder : Module
        From (n, n_features) to what the bottleneck takes, (n, n_components) or more.

    decoder : Module
        From what the bottleneck gives, (n, n_components) or more, to (n, n_features).

    bottleneck : Code, default=None
        From the encoder's output to the code; None is the output itself.
    """

    def __init__(self, encoder, decoder, bottleneck=None):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.bottleneck = bottleneck or Code()

    def forward(self, x):
        """Return an `AutoencoderOutput`, as in training, for standardized samples."""
        code, penalty = self.bottleneck(self.encoder, x)  # (n, k), (n,)
        return AutoencoderOutput(self.decoder(code), code, penalty)

    def loosen(self):
        """Let linear paths be as it is good to train; the start need not be so."""
        for module in self.modules():
            if isinstance(module, LinearPath):
                module.loosen()

    def objective(self, criterion, result, target, known=None, reduction="none"):
        """Return what training minimizes, for each sample or in the mean.

        Parameters
        ----------
        criterion : Module
            `ReconstructionLoss`, or what has the same methods.

        result : AutoencoderOutput
            What the forward pass gave.

        target : Tensor of shape (n, n_features)
            What the output is compared with, ``criterion.target`` of the samples.

        known : Tensor of bool of shape (n, n_features), default=None
            Which entries of the samples are known; None is all.

        reduction : {"none", "mean"}, default="none"
            Whether to return one number a sample or their mean.

        Returns
        -------
        objective : Tensor of shape (n,) or ()
            The cost of the output, and the penalty of the bottleneck.
        """
        cost = self.bottleneck.cost(criterion, result, target, known, reduction)
        if result.penalty is None:
            return cost
        mean = reduction == "mean"
        return cost + (result.penalty.mean() if mean else result.penalty)

    def judges(self, criterion):
        """Return what else training must not make worse; see `Code.judges`."""
        return self.bottleneck.judges(criterion)

    def encode(self, x):
        """Return the codes, shape (n, n_components), without randomness."""
        return self.bottleneck.code(self.encoder(x))

    def reconstruct(self, x, n_components=None):
        """Return the decoder's output, shape (n, n_features), for the codes.

        Or for their first components, where the bottleneck has them in an order.
        """
        return self.decode(self.encode(x)[:, :n_components])

    def decode(self, code):
        """Return the decoder's output, shape (n, n_features), for codes."""
        return self.decoder(self.bottleneck.given(code))

    def score(self, criterion, x):
        """Return how well samples are explained, shape (n,): higher is better.

        Parameters
        ----------
        criterion : ReconstructionLoss
            The loss of each sample.

        x : Tensor of shape (n, n_features)
            Standardized samples, NaN where nothing is known.

        Returns
        -------
        scores : Tensor of shape (n,)
            The negative loss, or the log-likelihood of a bottleneck that has one.
        """
        target, known = criterion.target(x), known_entries(x)
        return self.bottleneck.score(self, criterion, x, target, known)
