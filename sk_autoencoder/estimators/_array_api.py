"""Arrays of other libraries at the border of the estimators."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import wraps

import numpy as np
from sklearn import config_context
from sklearn.utils._array_api import device, get_namespace, move_to


def in_kind(method):
    """Let a method take arrays of other libraries, and give back such.

    With scikit-learn's `array_api_dispatch` a torch tensor, for example, is computed
    with as a numpy array, and arrays that come out are tensors on its device.

    Parameters
    ----------
    method : callable
        A method of an estimator whose first argument is an array.

    Returns
    -------
    method : callable
        The same for arrays of any library that scikit-learn knows.
    """

    @wraps(method)
    def in_numpy(self, X, *args, **kwargs):
        xp, dispatches = get_namespace(X)
        if not dispatches or isinstance(X, np.ndarray):
            return method(self, X, *args, **kwargs)
        place = device(X)
        with config_context(array_api_dispatch=False):
            X, *args = (
                move_to(value, xp=np, device="cpu")
                if hasattr(value, "shape")
                else value
                for value in (X, *args)
            )
            result = method(self, X, *args, **kwargs)
        if not isinstance(result, np.ndarray):
            return result
        return move_to(result, xp=xp, device=place)

    return in_numpy
