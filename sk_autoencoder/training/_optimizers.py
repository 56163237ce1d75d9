"""Optimizers of the user's, and what they can be told."""

# SPDX-License-Identifier: BSD-3-Clause

import inspect

import torch


def optimizer_params(optimizer, weight_decay):
    """Return the parameters for an optimizer, of those that it has.

    Parameters
    ----------
    optimizer : type or callable
        The class of the optimizer, or what builds one.

    weight_decay : float
        The weight decay.

    Returns
    -------
    params : dict
        By the name that the net has for them.

    Raises
    ------
    ValueError
        If it is no optimizer, or one whose steps training cannot make.
    """
    if not callable(optimizer):
        raise ValueError(
            "The optimizer in net_params must be a class of torch.optim, or what "
            f"builds one; got {optimizer!r}."
        )
    if optimizer is torch.optim.SparseAdam:
        raise ValueError(
            "The optimizer in net_params cannot be SparseAdam: it takes sparse "
            "gradients alone, and those of the networks here are dense."
        )
    if _needs_closure(optimizer):
        raise ValueError(
            f"The optimizer in net_params must make a step of the gradients at hand; "
            f"{optimizer.__name__} evaluates the loss several times."
        )
    parameters = inspect.signature(optimizer).parameters.values()
    takes = any(p.name == "weight_decay" or p.kind is p.VAR_KEYWORD for p in parameters)
    return {"optimizer__weight_decay": weight_decay} if takes else {}


def _needs_closure(optimizer):
    step = getattr(optimizer, "step", None)
    if step is None:
        return False
    closure = inspect.signature(step).parameters.get("closure")
    return closure is not None and closure.default is closure.empty
