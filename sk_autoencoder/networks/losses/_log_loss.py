"""The log loss, for bits and probabilities."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from sk_autoencoder.networks.losses._loss import EntrywiseLoss, LinkedLoss
from sk_autoencoder.networks.losses._predictor import soft_log

# How far off zero and one a feature is taken to be that is always the same.
LEAST_MEAN = 1e-3


@dataclass
class LogLoss(LinkedLoss, EntrywiseLoss):
    """The log loss (binary cross-entropy) in nats, with a sigmoid link.

    For data in [0, 1]: bits, probabilities, the intensities of pixels.
    """

    domain = (0.0, 1.0)

    def entries(self, output, target, reduction="none"):
        return F.binary_cross_entropy_with_logits(output, target, reduction=reduction)

    def inverse_link(self, output):
        return torch.sigmoid(output)

    def link(self, value, mean, share):
        mean = mean.clamp(LEAST_MEAN, 1 - LEAST_MEAN)
        return soft_log(value, mean, share) - soft_log(1 - value, 1 - mean, share)

    def nats(self, output, target, known, log_noise, reduction="none"):
        """Return the loss, which is that of bits, without noise."""
        return self.evaluate(output, target, known, reduction)
