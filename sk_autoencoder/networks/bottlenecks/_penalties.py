"""What bottlenecks with a penalty share."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from numbers import Real

# The least variance of codes that penalties divide by.
LEAST_VARIANCE = 1e-12


def checked_strength(part):
    """Return the strength of a penalty, a finite number of at least zero."""
    strength = part.strength
    if not (isinstance(strength, Real) and 0 <= strength < math.inf):
        raise ValueError(
            f"The strength of {type(part).__name__} must be a finite number of at "
            f"least 0; got {strength!r}."
        )
    return float(strength)
