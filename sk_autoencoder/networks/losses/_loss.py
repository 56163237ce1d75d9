"""What every reconstruction loss can do."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import torch

from sk_autoencoder.networks._part import Part
from sk_autoencoder.networks.losses._predictor import Predictor


class Loss(Part):
    """A loss between rows of the network's output and the rows that it is to give.

    The base class has the identity link: the output is the reconstruction, and both
    live in the standardized units the network sees.
    """

    #: The closed interval in which the loss is defined, in the units of the data.
    domain = (-math.inf, math.inf)

    #: Of training data that are not all zero the largest value is this at least.
    least_peak = 0.0

    #: Whether the sum over the entries is the same in any orthogonal coordinates.
    rotates = False

    #: Whether the output becomes data by a link: training then must not make the
    #: squared error of the reconstruction worse, which the loss alone may do.
    has_link = False

    def n_terms(self, n_features):
        """Return how many losses that of a complete row is the mean of."""
        return n_features

    def n_known(self, known):
        """Return how many losses that of each row is the mean of.

        Parameters
        ----------
        known : Tensor of bool of shape (n, n_features)
            Which entries are known.

        Returns
        -------
        n_known : Tensor of int of shape (n,)
            Of a complete row as many as `n_terms` says.
        """
        return known.sum(dim=1)

    def evaluate(self, output, target, known=None, reduction="none"):
        """Return the loss of each row, the mean over its known features.

        Parameters
        ----------
        output : Tensor of shape (n, n_features)
            The network's output.

        target : Tensor of shape (n, n_features)
            What it is compared with, as `target` gives it; any number where nothing is
            known.

        known : Tensor of bool of shape (n, n_features), default=None
            Which entries are known; None is all. The others change nothing.

        reduction : {"none", "mean"}, default="none"
            Whether to return the loss of each row or their mean.

        Returns
        -------
        loss : Tensor of shape (n,) or ()
            The losses or their mean.
        """
        raise NotImplementedError

    def target(self, x, mean, scale):
        """Return what standardized rows without NaN are compared as."""
        return x

    def reconstruct(self, output, mean, scale, x=None):
        """Turn the network's output into the units of the data.

        Parameters
        ----------
        output : Tensor of shape (n, n_features)
            The output.

        mean, scale : Tensor of shape (n_features,)
            The standardization of the data.

        x : Tensor of shape (n, n_features), default=None
            The standardized rows that the output belongs to, in any precision, NaN
            where nothing is known; None where only their codes are there.

        Returns
        -------
        reconstruction : Tensor of shape (n, n_features)
            In the dtype of `mean`.
        """
        return torch.addcmul(mean, output, scale)

    def predictor(self, mean, scale):
        """Return what turns a standardized reconstruction into an output.

        Parameters
        ----------
        mean, scale : Tensor of shape (n_features,)
            The standardization of the data.

        Returns
        -------
        predictor : Predictor or None
            None where they are the same.
        """
        return None

    def predict(self, x, mean, scale, share):
        """Return the output that a standardized reconstruction stands for.

        For losses that have a link; see `Predictor`.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            The reconstruction, which may lie outside the domain.

        mean, scale : Tensor of shape (n_features,)
            The standardization of the data.

        share : float or Tensor of shape ()
            Where values begin to bend away from a border of the domain, as a share of
            the distance that the mean has from it.

        Returns
        -------
        output : Tensor of shape (n, n_features)
            Finite.
        """
        raise NotImplementedError

    def residual(self, output, target, scale, known=None):
        """Return the standardized error of what an output stands for.

        For losses that have a link.

        Parameters
        ----------
        output, target, known
            As for `evaluate`.

        scale : Tensor of shape (n_features,)
            The standardization of the data.

        Returns
        -------
        residual : Tensor of shape (n, n_features)
            Of which PCA has the least squares; any number where nothing is known.
        """
        raise NotImplementedError

    def nats(self, output, target, known, log_noise, reduction="none"):
        """Return the negative log-likelihood of rows, the mean over known features.

        Parameters
        ----------
        output, target, known, reduction
            As for `evaluate`.

        log_noise : Tensor of shape ()
            The log of the scale of the noise around the reconstruction.

        Returns
        -------
        nats : Tensor of shape (n,) or ()
            Of rows in standardized units, or their mean.

        Raises
        ------
        ValueError
            If the loss belongs to no likelihood.
        """
        losses = self.evaluate(output, target, known, reduction)
        return self.with_noise(losses, log_noise)

    def with_noise(self, loss, log_noise):
        """Return the negative log-likelihood that a loss stands for.

        For losses that belong to noise of some scale around the reconstruction.

        Parameters
        ----------
        loss : Tensor
            Losses of rows, or their mean.

        log_noise : Tensor of shape ()
            As for `nats`.

        Returns
        -------
        nats : Tensor
            Shaped like the losses.

        Raises
        ------
        ValueError
            If the loss is none of these.
        """
        raise ValueError(
            f"loss={self!r} belongs to no likelihood, which a variational bottleneck "
            "needs: take one that does, such as 'squared_error', 'absolute_error' or "
            "'log_loss'."
        )

    def log_volume(self, scale, known=None):
        """Return the log of the volume that a unit of standardized rows has.

        Parameters
        ----------
        scale : Tensor of shape (n_features,)
            The units of the features.

        known : Tensor of bool of shape (n, n_features), default=None
            Which entries of rows are known; None is all.

        Returns
        -------
        log_volume : Tensor of shape (n,) or ()
            That of the known features of each row, or of all features.
        """
        logs = scale.log()
        return logs.sum() if known is None else torch.where(known, logs, 0).sum(dim=1)


class EntrywiseLoss(Loss):
    """A loss that is the mean of a loss of each entry."""

    def entries(self, output, target, reduction="none"):
        """Return the loss of each entry.

        Parameters
        ----------
        output, target : Tensor of shape (n, n_features)
            As for `evaluate`.

        reduction : {"none", "mean"}, default="none"
            As in `torch.nn.functional`.

        Returns
        -------
        loss : Tensor of shape (n, n_features) or ()
            The losses or their mean.
        """
        raise NotImplementedError

    def evaluate(self, output, target, known=None, reduction="none"):
        """Return the mean of the known entries of each row; see `Loss`."""
        if known is None:
            if reduction == "mean":
                return self.entries(output, target, reduction)  # in one pass
            return self.entries(output, target).mean(dim=1)
        entries = torch.where(known, self.entries(output, target), 0.0)
        losses = entries.sum(dim=1) / known.sum(dim=1).clamp(min=1)
        return losses.mean() if reduction == "mean" else losses


class LinkedLoss(Loss):
    """A loss whose output is a linear predictor: data = inverse_link(output)."""

    has_link = True

    def inverse_link(self, output):
        """Return the value of the data that a linear predictor stands for."""
        raise NotImplementedError

    def link(self, value, mean, share):
        """Return the link of values that may lie outside the domain.

        Parameters
        ----------
        value : Tensor of shape (n, n_features)
            In the units of the data.

        mean : Tensor of shape (n_features,)
            The mean of the data.

        share : float or Tensor of shape ()
            Of the distance of the mean from a border, the share at which values begin
            to bend away from the border.

        Returns
        -------
        output : Tensor of shape (n, n_features)
            The linear predictor, finite.
        """
        raise NotImplementedError

    def target(self, x, mean, scale):
        # Rounding may step over the border of the domain by an ulp: step back.
        return (x * scale + mean).clamp(*self.domain)

    def reconstruct(self, output, mean, scale, x=None):
        return self.inverse_link(output)

    def expected(self, output, target):
        """Return what the output stands for, beside targets whose unknown are zero."""
        return self.inverse_link(output)

    def residual(self, output, target, scale, known=None):
        if known is not None:
            output = output.masked_fill(~known, -math.inf)
            target = target.where(known, 0.0)
        return (self.expected(output, target) - target) / scale

    def predictor(self, mean, scale):
        return Predictor(self, mean, scale)

    def predict(self, x, mean, scale, share):
        return self.link(torch.addcmul(mean, x, scale), mean, share)

    def log_volume(self, scale, known=None):
        """Return zero: the likelihood is that of the data as they are."""
        return torch.zeros(())
