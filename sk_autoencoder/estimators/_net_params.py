"""The user's parameters of the net, without those that are set elsewhere."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.estimators._plain import plain
from sk_autoencoder.training import check_callbacks

# Parameters of a net, and what sets them.
SET_BY = {
    "module": "the parameter network does",
    "criterion": "the parameter loss does",
    "lr": "the parameter learning_rate_init does",
    "batch_size": "the parameter batch_size does",
    "max_epochs": "the parameter max_iter does",
    "train_split": "the parameters early_stopping and validation_fraction do",
    "warm_start": "the parameter warm_start does",
    "verbose": "the parameter verbose does",
    "device": "the parameter device does",
    "dataset": "training selects its batches from whole tensors",
    "iterator_train": "training selects its batches from whole tensors",
    "iterator_valid": "training selects its batches from whole tensors",
}


def resolve_net_params(net_params):
    """Return what the user asks of the net.

    Parameters
    ----------
    net_params : dict or None
        As it was passed.

    Returns
    -------
    params : dict
        All but the callbacks, with plain numbers.

    callbacks : tuple of Callback or tuple of str and Callback
        The callbacks.

    Raises
    ------
    ValueError
        If other parameters of the estimator set what it asks for, or the callbacks are
        none.
    """
    params = {name: plain(value) for name, value in (net_params or {}).items()}
    for name, value in params.items():
        if not isinstance(name, str):
            raise ValueError(f"net_params must have names as keys; got {name!r}.")
        if name in SET_BY:
            raise ValueError(
                f"net_params cannot set {name!r}, got {value!r}: {SET_BY[name]}."
            )
    callbacks = params.pop("callbacks", None) or []
    if not isinstance(callbacks, list | tuple):
        raise ValueError(
            f"The callbacks in net_params must be a list, got {callbacks!r}: they are "
            "added to those that training needs."
        )
    return params, check_callbacks(callbacks)
