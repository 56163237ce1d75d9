"""What stands between encoder and decoder."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import nn

from sk_autoencoder.networks._linear_path import LinearMaps
from sk_autoencoder.networks._part import Part


class Bottleneck(Part):
    """What becomes of the encoder's output, and what it costs."""

    #: Whether codes are lengths in the space of the standardized data, so that they
    #: have units of the data where all features share one.
    code_in_data_units = True

    #: Whether rows may be sequences that end before others.
    takes_padding = True

    #: Whether the start needs PCA in double precision, also of what it leaves.
    precise_start = False

    #: Whether training may empty components, of which the user should hear.
    may_collapse = False

    #: Whether the first components of a code are a code: a smaller one.
    ordered = False

    #: The name of the one that is as this, but whose components have an order.
    in_order = None

    #: Hidden layers are by default as wide as for so many features at least.
    least_features = 1

    #: Components whose codes vary by more carry something.
    least_variance = 0.0

    def n_outputs(self, n_components):
        """Return how many numbers of a sample the encoder gives."""
        return n_components

    def n_marks(self, n_components):
        """Return how many numbers the decoder is given beside those of the code."""
        return 0

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
            code_units=deviations,
        )

    def build(self, sizes, loss):
        """Return the module.

        Parameters
        ----------
        sizes : Sizes
            Of the encoder and the decoder, as if of the standardized data: its
            `n_features` are the columns of X.

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

    #: By how many of its standard errors what `judges` say may be worse, by chance.
    judged_errors = 0.0

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

    def n_served(self, n_components):
        """Return how many of the components the code has."""
        return n_components

    def seen(self, encoder, x):
        """Return what the decoder is given in training, shape (m, n_inputs).

        By it the decoder is bounded; `encoder` and `x` are as for `forward`.
        """
        return self(encoder, x)[0]

    def given(self, code):
        """Return what the decoder is given for codes, shape (n, n_inputs)."""
        return code

    def cost(self, criterion, result, target, known=None, reduction="none"):
        """Return what the output costs, to which the penalty is added.

        Parameters
        ----------
        criterion, result, target, known, reduction
            As for `Autoencoder.objective`.

        Returns
        -------
        cost : Tensor of shape (n,) or ()
            The mean over known features, of each sample or of all.
        """
        return criterion(result.output, target, known, reduction)

    def judges(self, criterion):
        """Return what else training must not make worse.

        Parameters
        ----------
        criterion : Module
            `ReconstructionLoss`, or what has the same methods.

        Returns
        -------
        judges : tuple of callable
            From result, target and known entries to a number for each row.
        """
        return tuple(_of_output(judge) for judge in criterion.judges)

    def start_at_pca(self, maps, predictor, noise, codes, loss_of):
        """Take over where training starts; called once, before it.

        What is taken over goes into parameters and buffers that are there from the
        build on, so that the state dict holds all of it.

        Parameters
        ----------
        maps : LinearMaps
            What `Bottleneck.at_pca` gave, from and to the standardized data.

        predictor : Predictor or None
            How a standardized reconstruction becomes an output; see `Loss.predictor`.

        noise : float
            What PCA leaves, as the standard deviation along each of the other axes.

        codes : Tensor of shape (m, n_components)
            The codes that the maps give some rows of the training data.

        loss_of : callable
            From codes of these rows, or their first components, to the mean loss of
            what the maps decode them to.
        """

    def learn(self, codes):
        """Take over the codes of the training data; called once, after training.

        Parameters
        ----------
        codes : Tensor of shape (m, n_components)
            What `code` gives for some rows of the training data.
        """

    def prior(self):
        """Return the law that codes have of their own.

        Returns
        -------
        prior : object or None
            None where they have none. Else ``prior.sample(n_samples, rng)`` draws codes
            by a `numpy.random.RandomState`, array-like of shape (n_samples,
            n_components), as `code` gives them.
        """
        return None

    def score(self, module, criterion, x, target, known=None):
        """Return how well a fitted network explains samples, shape (n,).

        Parameters
        ----------
        module : Autoencoder
            The network.

        criterion : ReconstructionLoss
            The loss of each sample.

        x : Tensor of shape (n, n_features)
            Standardized samples.

        target, known
            What they are compared as; see `Autoencoder.objective`.

        Returns
        -------
        scores : Tensor of shape (n,)
            Higher is better.
        """
        return -criterion(module.reconstruct(x), target, known)


def _of_output(judge):
    """Return a function of results by one of their outputs."""
    return lambda result, target, known: judge(result.output, target, known)
