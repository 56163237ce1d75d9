"""One training, with a second try where the loss diverges."""

# SPDX-License-Identifier: BSD-3-Clause

import math
import warnings

from sklearn.exceptions import ConvergenceWarning

from sk_autoencoder.training._batches import HoldOut, TrainOnAll, rows_at_once
from sk_autoencoder.training._callbacks import KeepBest, WarmUpCosine
from sk_autoencoder.training._net import (
    FUSED_ADAMW,
    VALIDATION_ROWS,
    AutoencoderNet,
)
from sk_autoencoder.training._obstacle import find_obstacle
from sk_autoencoder.training._optimizers import optimizer_params
from sk_autoencoder.training._path import Path
from sk_autoencoder.training._result import TrainingResult, keep_best_of
from sk_autoencoder.training._user_callbacks import sets_learning_rate


def train(module, criterion, rows, settings, passing_callbacks=()):
    """Train a network.

    A loss that is no longer finite restarts training once, from the best state so far
    and at a tenth of the learning rate; but not where it was not finite before.

    Parameters
    ----------
    module, criterion : Module
        The network, which is trained in place, and its loss.

    rows : Rows
        Standardized samples.

    settings : TrainingSettings
        How.

    passing_callbacks : sequence of skorch.callbacks.Callback, default=()
        Callbacks that leave the net after training.

    Returns
    -------
    result : TrainingResult
        With the best state found, in evaluation mode.

    Warns
    -----
    UserWarning
        Where training restarts, or the user ended it.

    ConvergenceWarning
        Where it diverges again.
    """
    obstacle = None
    for slower in (1, 10):
        net = _net(module, criterion, rows, settings, slower, passing_callbacks)
        rate = net.lr
        net.partial_fit(rows)
        if net.interrupted_:
            warnings.warn(
                f"Training interrupted by user in epoch {len(net.history)}; the best "
                "state so far is kept.",
                stacklevel=6,
            )
        if slower == 1 and _is_stuck(net):
            obstacle = find_obstacle(net, rows)
        if obstacle is not None or not net.diverged_:
            break
        if slower == 1:
            warnings.warn(
                f"The training loss diverged at a learning rate of {rate:g}; training "
                f"restarts from the best state so far at {rate / 10:g}.",
                stacklevel=6,
            )
        else:
            warnings.warn(
                f"The training loss diverged again, at a learning rate of {rate:g}; "
                "the best state found is kept. Scale X, or lower learning_rate_init.",
                ConvergenceWarning,
                stacklevel=6,
            )
    net.drop_callbacks(*passing_callbacks)
    net.module_.eval()
    return TrainingResult.of(net, obstacle)


def follow(module, criterion, rows, settings):
    """Train a network whose end is judged elsewhere: without validation, and silently.

    But where the user has callbacks, which may read the validation loss.

    Parameters
    ----------
    module, criterion, rows, settings
        As for `train`; the network is left at the end of the path.

    Returns
    -------
    path : Path
        Its weights from the start to the end; the start is the end of a training that
        diverges, also at a tenth of the learning rate.

    Raises
    ------
    KeyboardInterrupt
        If the user interrupts it.
    """
    path = Path(1.0)
    validates = bool(settings.callbacks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for slower in (1, 10):
            net = _net(module, criterion, rows, settings, slower, [path], validates)
            net.partial_fit(rows)
            if net.interrupted_:
                raise KeyboardInterrupt
            if not net.diverged_:
                break
            net.module_.load_state_dict(path.start_)
    net.module_.eval()
    return path


def _is_stuck(net):
    """Return whether losses that are not finite have left nothing but the start."""
    finite = math.isfinite(net.start_loss_) and not net.diverged_
    return not (finite or net.interrupted_) and keep_best_of(net).best_epoch_ == 0


def _net(module, criterion, rows, settings, slower, passing_callbacks, validates=True):
    """Return the net to train, initialized, at a rate that is so much slower."""
    corruption = settings.corruption
    optimizer = settings.net_params.get("optimizer", FUSED_ADAMW)
    params = {
        "batch_size": settings.batch_size,
        "max_epochs": settings.max_epochs,
        "lr": settings.learning_rate,
        **optimizer_params(optimizer, settings.weight_decay),
        "train_split": _split(settings) if validates else None,
        "device": settings.device,
        "verbose": int(settings.verbose),
        "iterator_train__n_rows": settings.epoch_rows,
        "iterator_train__corruption": corruption,
        "iterator_valid__batch_size": min(VALIDATION_ROWS, rows_at_once(rows.tensor)),
        "iterator_valid__corruption": corruption,
        "iterator_valid__seed": settings.seed,
    } | settings.net_params
    params["lr"] /= slower
    callbacks = [
        *(
            [KeepBest(settings.patience, settings.tol, settings.level)]
            if validates
            else []
        ),
        *([] if sets_learning_rate(settings.callbacks) else [WarmUpCosine()]),
        *settings.callbacks,
        *passing_callbacks,
    ]
    try:
        net = AutoencoderNet(module, criterion, callbacks=callbacks, **params)
        return net.initialize()
    except (TypeError, ValueError) as error:
        if not settings.net_params:
            raise
        raise ValueError(
            f"No net can be made with net_params={settings.net_params!r}: {error}"
        ) from error


def _split(settings):
    """Return how to split rows into those to train on and those to validate on."""
    fraction = settings.validation_fraction
    if fraction is None:
        return TrainOnAll(settings.seed)
    return HoldOut(fraction, settings.seed)
