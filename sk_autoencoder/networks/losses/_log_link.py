"""The log link, for counts."""

# SPDX-License-Identifier: BSD-3-Clause

import torch

from sk_autoencoder.networks.losses._loss import LinkedLoss
from sk_autoencoder.networks.losses._predictor import soft_log

# What is expected of a feature that was never counted, as a share of the largest mean
# where that is small.
LEAST_MEAN = 1e-6

# Between these single precision holds the counts, sums of their products with logs,
# and what is expected of a feature that was never counted.
LEAST, LARGEST = 1e-25, 1e30

# Up to this difference of the logs a series is exact, beyond it a difference is.
SMALL = 0.3


class LogLink(LinkedLoss):
    """A loss whose output is the log of what is expected: for counts."""

    domain = (0.0, LARGEST)
    least_peak = LEAST
    #: Its exponential is finite in float32, and so is a sum of thousands of them.
    largest_output = 80.0

    def inverse_link(self, output):
        return output.clamp(max=self.largest_output).exp()

    def link(self, value, mean, share):
        least = LEAST_MEAN * mean.max().clamp(LEAST, 1)
        return soft_log(value, torch.where(mean > 0, mean, least), share)

    def half_deviance(self, output, counts):
        """Return half the Poisson deviance of each entry, which is never negative.

        By its definition it is a difference of numbers as large as the counts, of which
        rounding leaves nothing where they are many.

        Parameters
        ----------
        output : Tensor of shape (n, n_features)
            The logs of what is expected.

        counts : Tensor of shape (n, n_features)
            What there is, from zero on.

        Returns
        -------
        half_deviance : Tensor of shape (n, n_features)
            Zero where the counts are what is expected.
        """
        return _HalfDeviance.apply(output.clamp(max=self.largest_output), counts)


class _HalfDeviance(torch.autograd.Function):
    """Half the deviance, whose derivative is simple where it is not."""

    @staticmethod
    def forward(ctx, output, counts):
        ctx.save_for_backward(output, counts)
        least = torch.finfo(counts.dtype).tiny
        difference = output - counts.clamp_min(least).log()
        near = counts * _exp_less_tangent(difference.clamp(-SMALL, SMALL))
        far = output.exp() - counts * (1 + difference)
        return torch.where(difference.abs() < SMALL, near, far)

    @staticmethod
    def backward(ctx, slope):
        output, counts = ctx.saved_tensors
        return slope * (output.exp() - counts), None


def _exp_less_tangent(x):
    """Return exp(x) - 1 - x by its series, for values up to `SMALL`."""
    series = 1 + x / 10
    for n in range(9, 2, -1):
        series.mul_(x).div_(n).add_(1)
    return series.mul_(x).mul_(x).div_(2)
