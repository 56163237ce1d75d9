"""The log link, for counts."""

# SPDX-License-Identifier: BSD-3-Clause

import math

from sk_autoencoder.networks.losses._loss import LinkedLoss


class LogLink(LinkedLoss):
    """A loss whose output is the log of what is expected: for counts."""

    domain = (0.0, math.inf)
    #: Its exponential is finite in float32, and so is a sum of thousands of them.
    largest_output = 80.0

    def link(self, value):
        return value.log()

    def link_slope(self, value):
        return 1 / value

    def inverse_link(self, output):
        return output.clamp(max=self.largest_output).exp()

    def inside(self, value):
        return value.clamp_min(1e-6)
