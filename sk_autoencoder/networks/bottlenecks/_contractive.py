"""The contractive autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import torch

from sk_autoencoder.networks.bottlenecks._bottleneck import Bottleneck, Code
from sk_autoencoder.networks.bottlenecks._noise import same_noise
from sk_autoencoder.networks.bottlenecks._penalties import LEAST_VARIANCE, STRENGTH

# The step by which it takes the derivatives of the encoder.
STEP = 0.01


@dataclass
class Contractive(Bottleneck):
    r"""A contractive autoencoder: codes change little where samples do [1]_.

    The penalty is the mean over components of the squared norm of the gradient of
    :math:`z_j` by the standardized sample, over the variance of :math:`z_j`, as small
    codes alone are no merit. It is estimated along one random direction a sample.

    Parameters
    ----------
    strength : float, default=0.1
        The factor of the penalty, which is 1 for a component of the data that has the
        variance of a standardized feature; a reconstruction loss of 1 explains nothing.

    References
    ----------
    .. [1] Rifai, S., Vincent, P., Muller, X., Glorot, X., & Bengio, Y. (2011).
       Contractive auto-encoders: explicit invariance during feature extraction.
       International Conference on Machine Learning, 833-840.

    Examples
    --------
    >>> from sk_autoencoder.networks import Contractive
    >>> Contractive(strength=0.5)
    Contractive(strength=0.5)
    """

    strength: float = 0.1

    _parameter_constraints = STRENGTH

    def build(self, sizes, loss):
        """Return the module; see `Bottleneck.build`."""
        return ContractiveCode(float(self.strength))


class ContractiveCode(Code):
    """A code that is penalized for the slope of the encoder.

    Parameters
    ----------
    strength : float
        The factor of the penalty.
    """

    def __init__(self, strength):
        super().__init__()
        self.strength = strength

    def forward(self, encoder, x):
        """Return codes and how steep the encoder is there; see `Code`."""
        direction = torch.randn_like(x) if self.training else same_noise(*x.shape, x)
        code = encoder(x)  # (n, k)
        slope = (encoder(x + STEP * direction) - code) / STEP  # (n, k)
        variance = code.var(dim=0, correction=0) + LEAST_VARIANCE
        return code, self.strength * (slope.square() / variance).mean(dim=1)
