"""The Poisson deviance, for counts."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import torch

from sk_autoencoder.networks.losses._log_link import LogLink
from sk_autoencoder.networks.losses._loss import EntrywiseLoss


@dataclass
class Poisson(LogLink, EntrywiseLoss):
    """Half the Poisson deviance, with a log link: for counts.

    It is zero where the reconstruction equals the data and is the negative
    log-likelihood up to a term that depends on the data alone.
    """

    def entries(self, output, target, reduction="none"):
        output = output.clamp(max=self.largest_output)
        saturated = torch.special.xlogy(target, target) - target
        loss = output.exp() - target * output + saturated
        return loss.mean() if reduction == "mean" else loss
