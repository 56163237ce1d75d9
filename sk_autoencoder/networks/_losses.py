"""Per-sample reconstruction losses and their links."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

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


@dataclass
class SquaredError(Loss):
    """The squared error, the loss of PCA."""

    rotates = True

    def evaluate(self, output, target, reduction="none"):
        return F.mse_loss(output, target, reduction=reduction)

    def nats(self, loss, log_noise):
        """Return that of normal noise."""
        return 0.5 * (math.log(2 * math.pi) + loss * (-2 * log_noise).exp()) + log_noise


@dataclass
class AbsoluteError(Loss):
    """The absolute error: entries that cannot be explained pull less."""

    def evaluate(self, output, target, reduction="none"):
        return F.l1_loss(output, target, reduction=reduction)

    def nats(self, loss, log_noise):
        """Return that of noise of Laplace."""
        return math.log(2) + log_noise + loss * (-log_noise).exp()


@dataclass
class Huber(Loss):
    """Huber's loss: half the squared error near zero, the absolute error beyond.

    Parameters
    ----------
    delta : float, default=1.35
        Where the loss turns from square to linear, in standardized units; positive.
        The default keeps 95 % efficiency for normal residuals of unit variance.

    References
    ----------
    Huber, P. J. (1964). Robust estimation of a location parameter. The Annals of
    Mathematical Statistics, 35(1), 73-101.

    Examples
    --------
    >>> from sk_autoencoder.networks import Huber
    >>> Huber(delta=0.5).get_params()
    {'delta': 0.5}
    """

    delta: float = 1.35

    def evaluate(self, output, target, reduction="none"):
        if not self.delta > 0:
            raise ValueError(f"delta of Huber must be positive; got {self.delta!r}.")
        return F.huber_loss(output, target, reduction=reduction, delta=self.delta)


@dataclass
class LogLoss(LinkedLoss):
    """The log loss (binary cross-entropy) in nats, with a sigmoid link.

    For data in [0, 1]: bits, probabilities, the intensities of pixels.
    """

    domain = (0.0, 1.0)

    def evaluate(self, output, target, reduction="none"):
        return F.binary_cross_entropy_with_logits(output, target, reduction=reduction)

    def link(self, value):
        return torch.logit(value)

    def link_slope(self, value):
        return 1 / (value * (1 - value))

    def inverse_link(self, output):
        return torch.sigmoid(output)

    def inside(self, value):
        return value.clamp(0.01, 0.99)

    def nats(self, loss, log_noise):
        """Return the loss, which is that of bits, without noise."""
        return loss

    def log_volume(self, scale):
        """Return zero: bits have no units."""
        return torch.zeros(())


@dataclass
class Poisson(LinkedLoss):
    """Half the Poisson deviance, with a log link: for counts.

    It is zero where the reconstruction equals the data and is the negative
    log-likelihood up to a term that depends on the data alone.
    """

    domain = (0.0, math.inf)
    #: Its exponential is finite in float32, and so is a sum of thousands of them.
    largest_output = 80.0

    def evaluate(self, output, target, reduction="none"):
        output = output.clamp(max=self.largest_output)
        saturated = torch.special.xlogy(target, target) - target
        loss = output.exp() - target * output + saturated
        return loss.mean() if reduction == "mean" else loss

    def link(self, value):
        return value.log()

    def link_slope(self, value):
        return 1 / value

    def inverse_link(self, output):
        return output.clamp(max=self.largest_output).exp()

    def inside(self, value):
        return value.clamp_min(1e-6)


LOSSES = {
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "log_loss": LogLoss,
    "poisson": Poisson,
    "squared_error": SquaredError,
}


class ReconstructionLoss(nn.Module):
    """A loss as the criterion of a network that sees standardized data.

    Parameters
    ----------
    loss : Loss
        The loss of an entry.

    mean, scale : Tensor of shape (n_features,)
        The standardization of the data, in float64.
    """

    def __init__(self, loss, mean, scale):
        super().__init__()
        self.loss = loss
        self.register_buffer("mean", mean.float())
        self.register_buffer("scale", scale.float())

    def forward(self, output, x):
        """Return the loss of each sample, its mean over features, shape (n,)."""
        return self.loss.evaluate(output, self._target(x)).mean(dim=1)

    def mean_loss(self, output, x):
        """Return the mean of the losses of the samples, in one pass."""
        return self.loss.evaluate(output, self._target(x), reduction="mean")

    def _target(self, x):
        return self.loss.target(x, self.mean, self.scale)  # (n, d)


class PaddedReconstructionLoss(ReconstructionLoss):
    """A loss of samples with NaN: the mean over the features that are not.

    Parameters
    ----------
    loss, mean, scale
        As for `ReconstructionLoss`.
    """

    def forward(self, output, x):
        """Return the loss of each sample, its mean over known features, shape (n,)."""
        known = ~x.isnan()
        losses = self.loss.evaluate(output, self._target(x.nan_to_num()))
        return (losses * known).sum(dim=1) / known.sum(dim=1)

    def mean_loss(self, output, x):
        """Return the mean of the losses of the samples."""
        return self(output, x).mean()


class InAxes(nn.Module):
    """A loss that rotates, in coordinates along some axes.

    Parameters
    ----------
    loss : Loss
        The loss of an entry.

    n_axes, n_features : int
        How many coordinates there are, and of how many features.

    left_out : float
        The mean, over samples, of the loss along all other axes.
    """

    def __init__(self, loss, n_axes, n_features, left_out):
        super().__init__()
        self.loss = loss
        self.share = n_axes / n_features
        self.left_out = left_out / n_features

    def forward(self, output, x):
        """Return the loss of each sample, its mean over features, shape (n,)."""
        return self.loss.evaluate(output, x).mean(dim=1) * self.share + self.left_out

    def mean_loss(self, output, x):
        """Return the mean of the losses of the samples, in one pass."""
        loss = self.loss.evaluate(output, x, reduction="mean")
        return loss * self.share + self.left_out
