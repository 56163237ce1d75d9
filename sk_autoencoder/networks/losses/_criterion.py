"""Losses as the criteria of networks that see standardized data."""

# SPDX-License-Identifier: BSD-3-Clause

from torch import nn


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
