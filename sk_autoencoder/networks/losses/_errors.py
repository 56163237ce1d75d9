"""Losses of the difference between output and input."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass
from numbers import Real

from torch.nn import functional as F

from sk_autoencoder.networks._part import Number
from sk_autoencoder.networks.losses._loss import EntrywiseLoss


@dataclass
class SquaredError(EntrywiseLoss):
    """The squared error, the loss of PCA."""

    rotates = True

    def entries(self, output, target, reduction="none"):
        return F.mse_loss(output, target, reduction=reduction)

    def with_noise(self, loss, log_noise):
        """Return that of normal noise."""
        return 0.5 * (math.log(2 * math.pi) + loss * (-2 * log_noise).exp()) + log_noise


@dataclass
class AbsoluteError(EntrywiseLoss):
    """The absolute error: entries that cannot be explained pull less."""

    def entries(self, output, target, reduction="none"):
        return F.l1_loss(output, target, reduction=reduction)

    def with_noise(self, loss, log_noise):
        """Return that of noise of Laplace."""
        return math.log(2) + log_noise + loss * (-log_noise).exp()


@dataclass
class Huber(EntrywiseLoss):
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

    _parameter_constraints = {"delta": [Number(Real, 0, math.inf, closed="neither")]}

    def entries(self, output, target, reduction="none"):
        return F.huber_loss(output, target, reduction=reduction, delta=self.delta)
