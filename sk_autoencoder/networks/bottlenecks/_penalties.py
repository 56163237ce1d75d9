"""What bottlenecks with a penalty share."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from numbers import Real

from sk_autoencoder.networks._part import Number

# The least variance of codes that penalties divide by.
LEAST_VARIANCE = 1e-12

STRENGTH = {"strength": [Number(Real, 0, math.inf, closed="left")]}
