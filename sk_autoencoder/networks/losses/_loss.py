"""What every reconstruction loss can do."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import torch

from sk_autoencoder.networks._part import Part


class Loss(Part):
    """A loss between the entries of the network's output and of its input.

    The base class has the identity link: the output is the reconstruction, and both
    live in the standardized units the network sees.
    """

    #: The closed interval in which the loss is defined, in the units of the data.
    domain = (-math.inf, math.inf)

    #: Whether the sum over the entries is the same in any orthogonal coordinates.
    rotates = False

    def evaluate(self, output, target, reduction="none"):
        """Return the loss of each entry, shaped like `output`, or their mean.

        Parameters
        ----------
        output, target : Tensor of shape (n, n_features)
            The network's output and what it is compared with.

        reduction : {"none", "mean"}, default="none"
            As in `torch.nn.functional`.

        Returns
        -------
        loss : Tensor of shape (n, n_features) or ()
            The losses or their mean.
        """
        raise NotImplementedError

    def target(self, x, mean, scale):
        """Return what the standardized input `x` is compared as."""
        return x

    def reconstruct(self, output, mean, scale):
        """Turn the network's output into the units of the data."""
        return torch.addcmul(mean, output, scale)

    def linearize(self, mean, scale, low, high):
        """Return `offset`, `slope`: output = offset + slope * (standardized input).

        The linear map of each feature that starts the network at the best linear
        model; `low` and `high` are the features' range.
        """
        return torch.zeros_like(mean), torch.ones_like(mean)

    def nats(self, loss, log_noise):
        """Return the negative log-likelihood of an entry, in standardized units.

        Parameters
        ----------
        loss : Tensor
            Losses of entries, or means of them.

        log_noise : Tensor of shape ()
            The log of the scale of the noise around the reconstruction.

        Returns
        -------
        nats : Tensor
            Shaped like the losses.

        Raises
        ------
        ValueError
            If the loss belongs to no likelihood.
        """
        raise ValueError(
            f"loss={self!r} belongs to no likelihood, which a variational bottleneck "
            "needs: take 'squared_error', 'absolute_error' or 'log_loss'."
        )

    def log_volume(self, scale):
        """Return the log of the volume that a unit of standardized samples has."""
        return scale.log().sum()


class LinkedLoss(Loss):
    """A loss whose output is a linear predictor: data = inverse_link(output)."""

    def link(self, value):
        """Return the linear predictor of a value of the data."""
        raise NotImplementedError

    def link_slope(self, value):
        """Return the derivative of the link."""
        raise NotImplementedError

    def inverse_link(self, output):
        """Return the value of the data that a linear predictor stands for."""
        raise NotImplementedError

    def inside(self, value):
        """Move values off the borders of the domain, where the link is infinite."""
        raise NotImplementedError

    def target(self, x, mean, scale):
        # Rounding may step over the border of the domain by an ulp: step back.
        return (x * scale + mean).clamp(*self.domain)

    def reconstruct(self, output, mean, scale):
        return self.inverse_link(output)

    def linearize(self, mean, scale, low, high):
        """Linearize the link at the mean.

        The tangent overshoots where a feature is mostly at a border of the domain
        (its slope is infinite there), so the slope is the least of the tangent and
        the chords to the feature's extremes.
        """
        center, low, high = self.inside(mean), self.inside(low), self.inside(high)
        slope = self.link_slope(center)
        for end in (low, high):
            chord = (self.link(end) - self.link(center)) / (end - center)
            slope = torch.where(end == center, slope, torch.fmin(slope, chord))
        return self.link(center), slope * scale
