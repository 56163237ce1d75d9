"""From a reconstruction, which may lie outside the domain, to a linear predictor."""

# SPDX-License-Identifier: BSD-3-Clause

import torch
from torch import nn
from torch.nn import functional as F

# Where values begin to bend away from a border of the domain, as a share of the
# distance of the mean from it: one of these for the start, so that PCA has the least
# loss, and one for training. A link is steep near a border, and steps are too long for
# what lies there.
SHARES = tuple(2.0 ** (-power / 2) for power in range(1, 21))
SHARE_IN_TRAINING = 1 / 8


class Predictor(nn.Module):
    """What the output is for a standardized reconstruction, at the start.

    Within the domain of the loss it is the link of the reconstruction, so that PCA
    stays PCA. Near a border and beyond it bends away from it smoothly.

    Parameters
    ----------
    loss : Loss
        A loss that has a link.

    mean, scale : Tensor of shape (n_features,)
        The standardization of the data.
    """

    def __init__(self, loss, mean, scale):
        super().__init__()
        self.loss = loss
        self.register_buffer("mean", mean.float().contiguous())
        self.register_buffer("scale", scale.float().contiguous())
        self.register_buffer("share", torch.tensor(SHARE_IN_TRAINING))

    def forward(self, x):
        """Return the linear predictor, shape (n, n_features)."""
        return self.loss.predict(x, self.mean, self.scale, self.share)

    def fit(self, x, target):
        """Bend where the loss of reconstructions is least.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Standardized reconstructions.

        target : Tensor of shape (n, n_features)
            What they are compared with.

        Returns
        -------
        self : Predictor
            The same.
        """

        def loss_with(share):
            self.share.fill_(share)
            return float(self.loss.evaluate(self(x), target).mean())

        self.share.fill_(min(SHARES, key=loss_with))
        return self

    def loosen(self):
        """Bend where it is good to train, from now on."""
        self.share.fill_(SHARE_IN_TRAINING)


def soft_log(value, distance, share):
    """Return the log of values that are kept off zero, smoothly.

    Parameters
    ----------
    value : Tensor of shape (n, n_features)
        Any numbers.

    distance : Tensor of shape (n_features,)
        The distance of the mean from zero.

    share : float or Tensor of shape ()
        Values of this share of the distance bend. Up to an eighth the mean does not, to
        single precision.

    Returns
    -------
    logs : Tensor of shape (n, n_features)
        Finite; the logs of the values where these are larger.
    """
    floor = share * distance
    return floor.log() + F.softplus(value / floor - 1, beta=2).log1p()
