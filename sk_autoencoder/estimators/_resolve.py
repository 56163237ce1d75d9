"""What the parameters of an estimator mean: every "auto" is resolved here."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from numbers import Integral, Real

import numpy as np
import torch
from torch import nn

from sk_autoencoder.estimators._auto import (
    MIN_EPOCHS,
    auto_batch_size,
    auto_epoch_rows,
    auto_learning_rate,
    auto_max_iter,
    auto_n_components,
    auto_n_folds,
    auto_n_iter_no_change,
)
from sk_autoencoder.estimators._net_params import resolve_net_params
from sk_autoencoder.estimators._order import check_share
from sk_autoencoder.estimators._plain import plain
from sk_autoencoder.model import Spec
from sk_autoencoder.networks import (
    BOTTLENECKS,
    CORRUPTIONS,
    LOSSES,
    NETWORKS,
    ByColumn,
    Clean,
    Custom,
    GaussianNoise,
    HideAsMissing,
    SquaredError,
    resolve,
)
from sk_autoencoder.training import (
    HoldOut,
    TrainingSettings,
    may_leave_start,
    split_epochs,
)


def resolve_spec(params, n_features, levels=()):
    """Return which network an estimator asks for.

    Parts are copied, as `plain` does: the user may change theirs after the fit.

    Parameters
    ----------
    params : BaseAutoencoder
        The estimator, for its parameters.

    n_features : int
        The numbers of a row.

    levels : tuple of int, default=()
        How many levels columns have, of a table in which some have; see `Table`.

    Returns
    -------
    spec : Spec
        The network.
    """
    family = _family(params.network)
    bottleneck = resolve_part(params.bottleneck, BOTTLENECKS, "bottleneck")
    n_components = _auto(params.n_components, auto_n_components, n_features)
    check_share(n_components, bottleneck)
    if levels and params.sample_shape is not None:
        raise ValueError(
            f"sample_shape={params.sample_shape!r} needs columns of numbers; of X "
            f"{len(levels)} have levels."
        )
    return Spec(
        n_features=n_features,
        n_components=n_components,
        network=family,
        sample_shape=_sample_shape(params.sample_shape, n_features),
        hidden_layer_sizes=resolve_widths(
            params.hidden_layer_sizes,
            family,
            max(n_features, bottleneck.least_features),
        ),
        activation=params.activation,
        bottleneck=bottleneck,
        loss=_loss(params.loss, levels),
        scale=bool(_auto(params.scale, bool, levels)),
        init=params.init,
        levels=levels,
    )


def resolve_cv(params, spec, n_samples):
    """Return by which folds an estimator asks to choose how far to go.

    Parameters
    ----------
    params : BaseAutoencoder
        The estimator, for its parameters.

    spec : Spec
        The network.

    n_samples : int
        The rows of X.

    Returns
    -------
    cv : int, splitter or None
        Their number, or what splits rows. None is not to choose by folds. "auto" is
        that too where the user asks for what folds have no use for: no rows that are
        held out, no start at PCA, the network of the last fit, nothing to train, or
        callbacks, which would hear of each fold; for samples of a shape, whose networks
        take minutes to train; and for a loss with a link, of which the last network
        must be judged itself: that of other rows may take an exponential far off.
    """
    if not isinstance(params.cv, str):
        return plain(params.cv)
    choosable = (
        params.early_stopping
        and params.init == "pca"
        and params.sample_shape is None
        and not spec.loss.has_link
        and not params.warm_start
        and params.max_iter != 0
        and not (params.net_params or {}).get("callbacks")
    )
    return auto_n_folds(n_samples) if choosable else None


def resolve_settings(params, spec, n_samples, seed, warm, by_folds=False):
    """Return how an estimator asks for its network to be trained.

    Parameters
    ----------
    params : BaseAutoencoder
        The estimator, for its parameters.

    spec : Spec
        The network.

    n_samples : int
        The rows of X.

    seed : int
        The seed of this fit.

    warm : bool
        Whether it goes on with a network that was trained.

    by_folds : bool, default=False
        Whether folds choose for how long to train, so that no rows are held out.

    Returns
    -------
    settings : TrainingSettings
        For training.
    """
    batch_size = _auto(params.batch_size, auto_batch_size, n_samples)
    level = params._level if spec.init == "pca" and not warm and not by_folds else 1
    fraction = None
    if params.early_stopping and not by_folds:
        fraction = plain(params.validation_fraction)
    is_kept = fraction is not None and not may_leave_start(
        HoldOut(fraction, seed).n_valid(n_samples), level
    )
    max_epochs, epoch_rows = _epochs(params, n_samples, batch_size, is_kept)
    patience = _auto(params.n_iter_no_change, auto_n_iter_no_change, max_epochs)
    net_params, callbacks = resolve_net_params(params.net_params)
    final_epochs = 0
    chooses = fraction is not None and not is_kept
    if chooses and params._ends_on_all and not callbacks:
        max_epochs, final_epochs = split_epochs(max_epochs)
    widest = max(spec.hidden_layer_sizes, default=1)
    corruption = resolve_corruption(params.corruption)
    return TrainingSettings(
        batch_size=batch_size,
        max_epochs=max_epochs,
        epoch_rows=epoch_rows,
        learning_rate=_auto(
            params.learning_rate_init, auto_learning_rate, widest, batch_size
        ),
        weight_decay=plain(params.alpha),
        patience=math.inf if by_folds else patience,
        tol=plain(params.tol),
        level=level,
        validation_fraction=fraction,
        final_epochs=final_epochs,
        corruption=HideAsMissing(corruption) if spec.incomplete else corruption,
        seed=seed,
        device=resolve_device(params.device),
        verbose=bool(params.verbose),
        callbacks=callbacks,
        net_params=net_params,
    )


def resolve_corruption(corruption):
    """Return what is done to the input in training."""
    if corruption is None:
        return Clean()
    if isinstance(corruption, Real):
        return GaussianNoise(float(corruption))
    return resolve_part(corruption, CORRUPTIONS, "corruption")


def resolve_part(part, registry, parameter):
    """Return a part that is no longer the user's, with plain numbers; see `resolve`."""
    return plain(resolve(part, registry, parameter))


def resolve_device(device):
    """Return a device that torch can use; "auto" is a GPU where there is one."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        number = torch.ones((), device=device)
        number.cpu()  # fails on "meta", which keeps no numbers
    except (RuntimeError, AssertionError, ImportError) as error:  # by the device
        raise ValueError(
            "device must be 'auto' or a device that torch finds here, such as 'cpu'; "
            f"got {device!r}."
        ) from error
    return str(number.device)


def _epochs(params, n_samples, batch_size, is_kept):
    """Return how many epochs to train, and how many rows make one; None is all.

    By default few where the start is kept in any case.
    """
    if not isinstance(params.max_iter, str):
        return plain(params.max_iter), None
    steps = n_samples, batch_size, params._most_steps
    epochs = MIN_EPOCHS if is_kept else auto_max_iter(*steps)
    return epochs, auto_epoch_rows(*steps)


def _loss(loss, levels):
    """Return the loss, of a table that has levels or has not."""
    if isinstance(loss, str) and loss == "auto":
        return ByColumn(levels) if levels else SquaredError()
    loss = resolve_part(loss, LOSSES, "loss")
    if levels and loss.has_link:
        raise ValueError(
            f"loss={loss!r} is for numbers; of X {len(levels)} columns have levels. "
            "Take loss='auto'."
        )
    return loss


def _auto(value, rule, *args):
    """Return a parameter, by its rule where it is "auto"."""
    return rule(*args) if isinstance(value, str) else plain(value)


def _family(network):
    """Return the family of the network."""
    if isinstance(network, nn.Module):
        raise TypeError(
            "network must be a name, a module class or a factory, so that each fit "
            f"can build a new module; got the instance {network!r}."
        )
    if callable(network):
        return Custom(network)
    return resolve_part(network, NETWORKS, "network")


def _sample_shape(sample_shape, n_features):
    """Return the shape of a sample as a tuple of integers, or None."""
    if sample_shape is None:
        return None
    shape = np.asarray(sample_shape).tolist()
    if not (
        isinstance(shape, list)
        and all(type(length) is int and length >= 1 for length in shape)
        and math.prod(shape) == n_features
    ):
        raise ValueError(
            "sample_shape must be positive integers whose product is the number of "
            f"features of X, {n_features}; got {sample_shape!r}."
        )
    return tuple(shape)


def resolve_widths(hidden_layer_sizes, family, n_features):
    """Return the widths of the encoder's hidden layers."""
    if isinstance(hidden_layer_sizes, str):
        return family.hidden_layer_sizes(n_features)
    widths = np.atleast_1d(np.asarray(hidden_layer_sizes, dtype=object)).tolist()
    if not all(_is_length(width) for width in widths):
        raise ValueError(
            "hidden_layer_sizes must be integers of at least 1; got "
            f"{hidden_layer_sizes!r}."
        )
    return tuple(map(int, widths))


def _is_length(value):
    """Return whether this is an integer of at least one."""
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 1
