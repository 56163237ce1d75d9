"""Why a network cannot be trained: its loss is no number from the start."""

# SPDX-License-Identifier: BSD-3-Clause

import copy

import torch

from sk_autoencoder.networks import Clean


def find_obstacle(net, rows):
    """Return what keeps the loss of a network, as it is, from being finite.

    Where the loss diverges in training, a lower learning rate helps; where it is not
    finite before any step, none does.

    Parameters
    ----------
    net : AutoencoderNet
        The net, whose module is left alone.

    rows : Rows
        What it is to be trained on.

    Returns
    -------
    obstacle : str or None
        What is not finite, as the beginning of a sentence; None where all is.
    """
    module = copy.deepcopy(net.module_).train()  # what a batch changes is the copy's
    corruption = net.iterator_train__corruption
    shown = "X" if isinstance(corruption, Clean) else f"X with {corruption!r}"
    batches = net.get_iterator(net.get_dataset(rows), training=True)
    with torch.no_grad():
        for batch in batches:
            x, target, known = batch
            if not (x if known is None else x[known]).isfinite().all():
                return f"{corruption!r} makes numbers of X that are not finite"
            result = module(x)
            if not result.output.isfinite().all():
                return f"The network gives numbers that are not finite for {shown}"
            loss = module.objective(net.criterion_, result, target, known, "mean")
            if not loss.isfinite():
                return f"The loss of what the network gives for {shown} is not finite"
    return None
