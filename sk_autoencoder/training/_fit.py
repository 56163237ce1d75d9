"""One training, with a second try where the loss diverges."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings

from sklearn.exceptions import ConvergenceWarning

from sk_autoencoder.training._net import AutoencoderNet


def fit_net(module, criterion, data, *, lr, callbacks, passing_callbacks, **settings):
    """Train a network and return the net that did.

    A loss that is no longer finite restarts training once, from the best state so far
    and at a tenth of the learning rate.

    Parameters
    ----------
    module, criterion : Module
        The network and its loss.

    data : Tensor of shape (n_samples, n_features)
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
        Where training restarts.

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
        net.fit(data)
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
    net.callbacks = callbacks
    net.callbacks_ = [
        (name, callback)
        for name, callback in net.callbacks_
        if callback not in passing_callbacks
    ]
    net.module_.eval()
    return net
