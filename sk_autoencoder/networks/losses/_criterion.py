"""Losses as the criteria of networks that see standardized data."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.networks._portable import Portable
from sk_autoencoder.networks.losses._known import fill_unknown


class ReconstructionLoss(Portable):
    """A loss as the criterion of a network that sees standardized data.

    Parameters
    ----------
    loss : Loss
        The loss of a row.

    mean, scale : Tensor of shape (n_features,)
        The standardization of the data, in float64.
    """

    def __init__(self, loss, mean, scale):
        super().__init__()
        self.loss = loss
        self.register_buffer("mean", mean.float())
        self.register_buffer("scale", scale.float())
        self.units = scale  # in float32 they may be zero or infinite

    def target(self, x):
        """Return what standardized rows are compared as, finite where x is NaN."""
        return self.loss.target(fill_unknown(x), self.mean, self.scale)

    def forward(self, output, target, known=None, reduction="none"):
        """Return the loss of each row, shape (n,), or their mean; see `Loss`."""
        return self.loss.evaluate(output, target, known, reduction)

    @property
    def judges(self):
        """What else training must not make worse: functions like `squared_error`."""
        return (self.squared_error,) if self.loss.has_link else ()

    def squared_error(self, output, target, known=None):
        """Return the squared error of reconstructions of standardized data, shape (n,).

        Parameters
        ----------
        output, target, known
            As for `Loss.evaluate`, of a loss that has a link.
        """
        residual = self.loss.residual(output, target, self.scale, known)
        if known is None:
            return residual.square().mean(dim=1)
        n_known = known.sum(dim=1).clamp(min=1)
        return residual.where(known, 0.0).square().sum(dim=1) / n_known

    def nats(self, output, target, known, log_noise, reduction="none"):
        """Return the negative log-likelihood of each row or its mean; see `Loss`."""
        return self.loss.nats(output, target, known, log_noise, reduction)

    def log_volume(self, known=None):
        """Return the log of the volume that a unit of standardized rows has.

        Parameters
        ----------
        known : Tensor of bool of shape (n, n_features), default=None
            As for `Loss.log_volume`.

        Returns
        -------
        log_volume : Tensor of float64 of shape (n,) or ()
            On the CPU.
        """
        known = None if known is None else known.cpu()
        return self.loss.log_volume(self.units, known)


class InAxes(Portable):
    """A loss that rotates, in coordinates along some axes.

    Parameters
    ----------
    loss : Loss
        The loss of a row.

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
        self.judges = ()

    def target(self, x):
        """Return the coordinates, which are compared as they are."""
        return x

    def forward(self, output, target, known=None, reduction="none"):
        """Return the loss of each row, its mean over features, or the mean of all."""
        loss = self.loss.evaluate(output, target, known, reduction)
        return loss * self.share + self.left_out

    def nats(self, output, target, known, log_noise, reduction="none"):
        """Return the negative log-likelihood of each row, or its mean; see `Loss`."""
        loss = self(output, target, known, reduction)
        return self.loss.with_noise(loss, log_noise)
