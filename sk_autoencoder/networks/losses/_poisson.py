"""The Poisson deviance, for counts."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

from sk_autoencoder.networks.losses._log_link import LogLink
from sk_autoencoder.networks.losses._loss import EntrywiseLoss


@dataclass
class Poisson(LogLink, EntrywiseLoss):
    """Half the Poisson deviance, with a log link: for counts.

    It is zero where the reconstruction equals the data and is the negative
    log-likelihood up to a term that depends on the data alone.
    """

    def entries(self, output, target, reduction="none"):
        loss = self.half_deviance(output, target)
        return loss.mean() if reduction == "mean" else loss
