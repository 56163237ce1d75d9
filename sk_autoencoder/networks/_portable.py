"""Modules that were trained on a GPU, and are loaded where there is none."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from itertools import chain

from torch import nn


class Portable(nn.Module):
    """A module whose state, in a pickle or a copy, has all numbers on the CPU.

    What is loaded from it goes back to where the module was, if that is there. The
    modules inside need not know of it.
    """

    def __getstate__(self):
        """Return the attributes, with copies on the CPU of what is elsewhere."""
        tensors = list(chain(self.parameters(), self.buffers()))
        on_cpu = {id(tensor): _on_cpu(tensor) for tensor in tensors}
        state = vars(self).copy()
        if any(on_cpu[id(tensor)] is not tensor for tensor in tensors):
            state = copy.deepcopy(state, on_cpu)  # whoever refers to them gets copies
        state["_was_on"] = str(tensors[0].device) if tensors else "cpu"
        return state

    def __setstate__(self, state):
        state = dict(state)
        device = state.pop("_was_on", "cpu")
        super().__setstate__(state)
        try:
            self.to(device)
        except (RuntimeError, AssertionError):  # the latter without CUDA
            self.to("cpu")


def _on_cpu(tensor):
    """Return the tensor itself where it is on the CPU, else a copy."""
    moved = tensor.cpu()
    if moved is not tensor and isinstance(tensor, nn.Parameter):
        return nn.Parameter(moved.detach(), tensor.requires_grad)
    return moved
