"""One training, with a second try where the loss diverges."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import math
import warnings
from dataclasses import replace

from sklearn.exceptions import ConvergenceWarning

from sk_autoencoder.training._batches import HoldOut, TrainOnAll, rows_at_once
from sk_autoencoder.training._callbacks import KeepBest, WarmUpCosine, is_worse
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

# After the choice all rows are trained on for one in so many of the epochs up to the
# best one, at a learning rate so many times lower.
FINAL_PART, FINAL_SLOWER = 5, 3


def train(module, criterion, rows, settings, passing_callbacks=()):
    """Train a network.

    A loss that is no longer finite restarts training once, from the best state so far
    and at a tenth of the learning rate; but not where it was not finite before.

    Where an epoch was chosen by rows that were held out, its state is trained on with
    all rows, for few epochs at a low rate: these are a tenth more rows, and where the
    best epoch came early its learning rate had not yet fallen. That is undone where it
    leaves the held-out rows worse off, and not done where a callback, or the user, has
    ended training.

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
        In evaluation mode.

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
    result = TrainingResult.of(net, obstacle)
    when = f"in epoch {len(net.history)}"
    if not (net.stopped_ or net.interrupted_):
        result = _trained_on_all(result, rows, settings, slower)
        when = "in the last epochs, on all rows"
    if net.interrupted_:
        warnings.warn(
            f"Training interrupted by user {when}; the best state so far is kept.",
            stacklevel=6,
        )
    return result


def split_epochs(max_epochs):
    """Return how many epochs are to be chosen from, and how many all rows may have."""
    final = max_epochs // (FINAL_PART + 1)
    return max_epochs - final, final


def _trained_on_all(result, rows, settings, slower):
    """Return the result after some epochs on all rows, where held-out ones chose it."""
    n_epochs = min(settings.final_epochs, math.ceil(result.best_iter / FINAL_PART))
    net, module = result.net, result.module
    if n_epochs == 0:
        return result
    _, valid = net.get_split_datasets(net.get_dataset(rows))
    judged = copy.deepcopy(module)
    before = [net.sample_losses(valid), *net.judge(valid)]
    on_all = replace(settings, max_epochs=n_epochs, verbose=False)
    slower *= FINAL_SLOWER
    final = _net(module, net.criterion_, rows, on_all, slower, (), validates=False)
    final.partial_fit(rows)
    module.eval()
    after = [net.sample_losses(valid), *net.judge(valid)]
    net.interrupted_ = final.interrupted_
    allowed = module.bottleneck.judged_errors
    if (
        final.interrupted_
        or final.diverged_
        or not after[0].mean() < before[0].mean()
        or is_worse(after[1:], before[1:], allowed)
    ):
        module.load_state_dict(judged.state_dict())
        return result
    return replace(result, judged=judged, n_final_iter=n_epochs)


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
