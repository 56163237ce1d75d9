"""An optimizer as plain values, beside the weights that it moves."""

# SPDX-License-Identifier: BSD-3-Clause

from collections import defaultdict

from torch import Tensor


def optimizer_to_state(optimizer, named_parameters):
    """Return what makes an optimizer, its parameters by name and numbers on the CPU.

    A pickle of the optimizer itself would hold the weights, where they are: on a GPU
    that another machine may not have.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        The optimizer.

    named_parameters : iterable of tuple of str and Parameter
        All that it moves, and maybe more.

    Returns
    -------
    state : tuple
        For `optimizer_from_state`.
    """
    names = {id(parameter): name for name, parameter in named_parameters}
    moved = [
        [names[id(p)] for p in group["params"]] for group in optimizer.param_groups
    ]
    learned = optimizer.state_dict()
    learned["state"] = {
        index: {
            name: value.cpu() if isinstance(value, Tensor) else value
            for name, value in of_one.items()
        }
        for index, of_one in learned["state"].items()
    }
    settings = optimizer.__getstate__() | {"state": None, "param_groups": None}
    return type(optimizer), settings, moved, learned


def optimizer_from_state(state, named_parameters):
    """Return the optimizer that `optimizer_to_state` has described.

    Parameters
    ----------
    state : tuple
        As it was given.

    named_parameters : iterable of tuple of str and Parameter
        What it is to move, by the same names.

    Returns
    -------
    optimizer : torch.optim.Optimizer
        Its state is where the parameters are.
    """
    kind, settings, moved, learned = state
    parameters = dict(named_parameters)
    groups = [
        group | {"params": [parameters[name] for name in names]}
        for group, names in zip(learned["param_groups"], moved, strict=True)
    ]
    optimizer = kind.__new__(kind)
    optimizer.__setstate__(
        settings | {"state": defaultdict(dict), "param_groups": groups}
    )
    optimizer.load_state_dict(learned)
    return optimizer
