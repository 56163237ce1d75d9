"""The Poisson deviance, for counts."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from dataclasses import dataclass

import torch

from sk_autoencoder.networks.losses._loss import LinkedLoss


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
