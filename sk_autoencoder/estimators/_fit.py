"""The whole fit: from an estimator's parameters and rows to fitted attributes."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings
from dataclasses import replace
from functools import partial
from numbers import Integral

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from sk_autoencoder.data import (
    blocks,
    check_domain,
    check_peak,
    part_of,
)
from sk_autoencoder.estimators._beginning import begin, fitted_standardizer
from sk_autoencoder.estimators._order import with_enough_components
from sk_autoencoder.estimators._out_of_fold import choose_out_of_fold
from sk_autoencoder.estimators._reporting import EpochReporter
from sk_autoencoder.estimators._resolve import resolve_cv, resolve_settings
from sk_autoencoder.model import AutoencoderModel
from sk_autoencoder.training import (
    HoldOut,
    Path,
    Progress,
    seeded,
    suitable_threads,
    train,
)

# What the estimators tell of a choice by folds, where there was none.
NOTHING_CHOSEN = {"best_weight_": None, "best_index_": None, "cv_results_": None}


def fit_autoencoder(estimator, X, told, previous=None):
    """Fit the autoencoder that an estimator asks for.

    Parameters
    ----------
    estimator : BaseAutoencoder
        For its parameters and what it learns from a model; it is not changed.

    X : ndarray of float32 or float64 of shape (n_samples, n_features)
        The rows, two at least.

    told : dict
        The X and y that the callbacks of scikit-learn are told of.

    previous : AutoencoderModel, default=None
        The model to go on with.

    Returns
    -------
    attributes : dict
        The fitted attributes.
    """
    name = type(estimator).__name__
    spec = estimator._spec(X.shape[1])
    cv = resolve_cv(estimator, spec, len(X))
    if previous is not None:
        if cv is not None:
            raise ValueError(
                f"cv={estimator.cv!r} chooses how far to go from a new start, and "
                "warm_start=True goes on with the network of the last fit. Set one of "
                "them back."
            )
        if not isinstance(spec.n_components, Integral):
            spec = replace(spec, n_components=previous.spec.n_components)
        previous.spec.check_same(spec)
        spec = previous.spec
    spec.check_rows(X, name)
    if previous is None:
        spec = spec.seeing(X)
    check_domain(X, *spec.loss.domain, name, estimator.loss)
    check_peak(X, spec.loss.least_peak, estimator.loss)
    seed = check_random_state(estimator.random_state).randint(np.iinfo(np.int32).max)
    settings = resolve_settings(
        estimator, spec, len(X), seed, previous is not None, cv is not None
    )

    trusted = estimator._trusted(X, seed)
    if previous is None:
        standardizer = fitted_standardizer(trusted, spec)
        spec = with_enough_components(spec, trusted, standardizer, seed)
    else:
        standardizer = previous.standardizer
        for rows in blocks(trusted):
            standardizer(rows, clip=False)  # or raise

    def model_of(module):
        """Return the model that a trained network makes, once it is served."""
        served = start.serve(module)
        return AutoencoderModel(spec, standardizer, served, start.n_axes, name)

    def fitted(result):
        """Return the fitted attributes, at the end or at that of an epoch."""
        model = model_of(result.module)
        learned = estimator._learn(model, model.view(X, trusted), seed)
        chosen = NOTHING_CHOSEN if choice is None else choice.attributes(result)
        return _attributes(model, result) | chosen | learned

    def held_out(result, model):
        """Return models, each with rows that it was not trained on."""
        if choice is not None and choice.models is not None:
            return choice.models(name)
        if result.judged is not result.module:
            model = model_of(result.judged)
        return [(model, _held_out(trusted, settings))]

    context = estimator._init_callback_context(max_subtasks=settings.max_epochs)
    context.call_on_fit_task_begin(estimator=estimator, **told)
    reporter = EpochReporter(estimator, told, context, settings.max_epochs, fitted)
    progress = Progress(name if settings.verbose else None)
    with progress, seeded(seed, settings.device):
        progress.enter_stage("starting")
        callbacks, choice = [progress, reporter], None
        if cv is not None:
            progress.enter_stage("choosing")
            with seeded(seed, settings.device):  # the draws of what follows stay
                choice = choose_out_of_fold(trusted, cv, spec, settings)
            settings = choice.followed_by(settings)
            callbacks.append(Path(choice.weight))
            progress.enter_stage("starting")
        beginning = begin(trusted, spec, standardizer, settings, previous)
        start, module, rows = beginning.start, beginning.module, beginning.rows
        with suitable_threads(beginning.work):
            result = train(module, start.criterion, rows, settings, callbacks)
            if choice is not None:
                result = choice.told_of(result)
            _report_obstacle(result.obstacle, start.fallback)
            result.forget_optimizer()
            progress.enter_stage("finishing")
            attributes = estimator._finished(fitted(result), partial(held_out, result))
    context.call_on_fit_task_end(
        estimator=estimator,
        **told,
        reconstruction_attributes=lambda: attributes,
    )
    if spec.bottleneck.may_collapse:
        _report_collapse(attributes["active_components_"])
    return attributes


def _report_obstacle(obstacle, fallback):
    """Warn that nothing could be trained, or raise where nothing else can be kept."""
    if obstacle is None:
        return
    told = f"{obstacle}, also before any step, so that nothing could be trained"
    if fallback is None:
        raise ValueError(f"{told}; a new start with init='pca' would keep PCA.")
    warnings.warn(
        f"{told}: {fallback}, the start, is kept (best_iter_ is 0).",
        ConvergenceWarning,
        stacklevel=6,
    )


def _held_out(X, settings):
    """Return the rows that training has not seen, or all if it has seen all."""
    fraction = settings.validation_fraction
    if fraction is None:
        return X
    held_out, _ = HoldOut(fraction, settings.seed).split(len(X))
    return part_of(X, held_out.numpy())


def _report_collapse(active):
    """Warn where a component that should carry something carries nothing."""
    if not active.all():
        warnings.warn(
            f"Of {len(active)} components {len(active) - active.sum()} carry nothing "
            "(posterior collapse, see active_components_): their codes are the same "
            "for all samples. Lower n_components or beta.",
            stacklevel=6,
        )


def _attributes(model, result):
    """Return the attributes that tell of the model and of its training."""
    return {
        "model_": model,
        "net_": result.net,
        "n_components_": model.n_components,
        "mean_": model.standardizer.mean,
        "scale_": model.standardizer.scale,
        "code_scale_": model.code_scale,
        "n_iter_": result.n_iter,
        "n_final_iter_": result.n_final_iter,
        "loss_curve_": result.loss_curve,
        "validation_loss_curve_": result.validation_loss_curve,
        "best_iter_": result.best_iter,
        "best_loss_": result.best_loss,
    }
