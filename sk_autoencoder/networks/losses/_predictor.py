"""From a reconstruction, which may lie outside the domain, to a linear predictor."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import nn
from torch.nn import functional as F

# Where values begin to bend away from a border of the domain, as a share of the
# distance of the mean from it. A link is steep near a border: with a thirtieth, where
# PCA has the least deviance, steps of training are too long for what lies there.
SHARE = 1 / 8


class Predictor(nn.Module):
    """What the output is for a standardized reconstruction, at the start.

    Within the domain of the loss it is the link of the reconstruction, so that PCA
    stays PCA. Near a border and beyond it bends away from it smoothly.

    Parameters
    ----------
    loss : LinkedLoss
        The loss.

    mean, scale : Tensor of shape (n_features,)
        The standardization of the data.
    """

    def __init__(self, loss, mean, scale):
        super().__init__()
        self.loss = loss
        self.register_buffer("mean", mean.float().contiguous())
        self.register_buffer("scale", scale.float().contiguous())

    def forward(self, x):
        """Return the linear predictor, shape (n, n_features)."""
        value = torch.addcmul(self.mean, x, self.scale)
        return self.loss.predict(value, self.mean)


def soft_log(value, distance):
    """Return the log of values that are kept off zero, smoothly.

    Parameters
    ----------
    value : Tensor of shape (n, n_features)
        Any numbers.

    distance : Tensor of shape (n_features,)
        The distance of the mean from zero: values of an eighth of it bend, and the
        mean does not to single precision.

    Returns
    -------
    logs : Tensor of shape (n, n_features)
        Finite; the logs of the values where these are larger.
    """
    floor = SHARE * distance
    return floor.log() + F.softplus(value / floor - 1, beta=2).log1p()
