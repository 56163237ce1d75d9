"""One training, with a second try where the loss diverges."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings

from sklearn.exceptions import ConvergenceWarning

from sk_autoencoder.training._callbacks import Progress
from sk_autoencoder.training._net import AutoencoderNet


def fit_net(module, criterion, data, *, lr, callbacks, passing_callbacks, **settings):
    """Train a network and return the net that did.

    A loss that is no longer finite restarts training once, from the best state so far
    and at a tenth of the learning rate.

    Parameters
    ----------
    module, criterion : Module
        The network and its loss.

    data : Rows
        Standardized samples.

    lr : float
        The learning rate.

    callbacks : list of Callback
        Callbacks that stay with the net.

    passing_callbacks : list of Callback
        Callbacks that leave it after training.

    **settings
        Further parameters of `AutoencoderNet`.

    Returns
    -------
    net : AutoencoderNet
        With the best state found, in evaluation mode.

    Warns
    -----
    UserWarning
        Where training restarts, or the user ended it.

    ConvergenceWarning
        Where it diverges again.
    """
    for rate, is_last in ((lr, False), (lr / 10, True)):
        net = AutoencoderNet(
            module,
            criterion,
            lr=rate,
            callbacks=[*callbacks, *passing_callbacks],
            **settings,
        )
        try:
            net.fit(data)
        finally:
            for callback in callbacks:
                if isinstance(callback, Progress):
                    callback.close()
        if net.interrupted_:
            warnings.warn(
                f"Training interrupted by user in epoch {len(net.history)}; the best "
                "state so far is kept.",
                stacklevel=5,
            )
        if not net.diverged_:
            break
        if is_last:
            warnings.warn(
                f"The training loss diverged again, at a learning rate of {rate:g}; "
                "the best state found is kept. Scale X, or lower learning_rate_init.",
                ConvergenceWarning,
                stacklevel=5,
            )
        else:
            warnings.warn(
                f"The training loss diverged at a learning rate of {rate:g}; training "
                f"restarts from the best state so far at {rate / 10:g}.",
                stacklevel=5,
            )
    net.drop_callbacks(*passing_callbacks)
    net.optimizer_.state.clear()  # twice the size of the weights, and of no more use
    net.module_.eval()
    return net
