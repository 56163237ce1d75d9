"""Numbers of numpy as those of Python, which neither overflow nor are rounded."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from numbers import Integral, Real

import numpy as np

from sk_autoencoder.networks import Part


def plain(value):
    """Return a value with the numbers in it as those of Python.

    What is computed with a number of numpy has its precision: ``np.int8(120) * 2``
    overflows, and ``np.float16(0.1) * 3`` has three digits.

    Parameters
    ----------
    value : object
        A number, a tuple or a list, a part, or anything else, which stays as it is.

    Returns
    -------
    value : object
        The same in numbers of Python. A part is copied: the user may change theirs.
    """
    if isinstance(value, Part):
        fields = {name: plain(field) for name, field in value.get_params().items()}
        return copy.copy(value).set_params(**fields)
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.generic) and isinstance(value, Integral):
        return int(value)
    if isinstance(value, np.generic) and isinstance(value, Real):
        return float(value)
    return value
