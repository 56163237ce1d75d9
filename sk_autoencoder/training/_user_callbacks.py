"""The user's skorch callbacks: what they are, and which have no place here."""

# SPDX-License-Identifier: BSD-3-Clause

from skorch.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    InputShapeSetter,
    LoadInitState,
    LRScheduler,
)

REFUSED = {
    InputShapeSetter: "the network is built for the columns of X already",
    LoadInitState: (
        "it would put other weights in the place of the start, which is kept where "
        "training finds nothing better. Go on with a fit by warm_start=True"
    ),
}

LOAD_BEST = Checkpoint, EarlyStopping


def check_callbacks(callbacks):
    """Return a user's callbacks as instances, named or not.

    Parameters
    ----------
    callbacks : list or tuple
        Callbacks of skorch or their classes, each alone or with a name before it.

    Returns
    -------
    callbacks : tuple of Callback or tuple of str and Callback
        The same, in the same order.

    Raises
    ------
    ValueError
        If one is no callback, or one that cannot do here what it does in skorch.
    """
    return tuple(map(_checked, callbacks))


def _checked(item):
    named = isinstance(item, tuple | list) and len(item) == 2
    name, callback = item if named else (None, item)
    if isinstance(callback, type) and issubclass(callback, Callback):
        callback = callback()
    if not isinstance(callback, Callback):
        raise ValueError(
            "Each of the callbacks in net_params must be an instance of "
            f"skorch.callbacks.Callback, or a name and one; got {item!r}."
        )
    kind = type(callback).__name__
    for refused, reason in REFUSED.items():
        if isinstance(callback, refused):
            raise ValueError(f"The callbacks cannot have {kind}: {reason}.")
    if isinstance(callback, LOAD_BEST) and callback.load_best:
        raise ValueError(
            f"{kind} must have load_best=False, got {callback.load_best!r}: the best "
            "state by validation loss is kept without it, or the start if it is not "
            "better beyond doubt."
        )
    return (name, callback) if named else callback


def sets_learning_rate(callbacks):
    """Return whether the callbacks bring a schedule of their own."""
    instances = (item[1] if isinstance(item, tuple) else item for item in callbacks)
    return any(isinstance(callback, LRScheduler) for callback in instances)
