"""What all estimators share: the fit, tags, and the border to the fitted model."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator, _fit_context
from sklearn.callback import CallbackSupportMixin
from sklearn.utils._param_validation import Options, StrOptions
from sklearn.utils.validation import validate_data

from sk_autoencoder.data import ravel_samples
from sk_autoencoder.estimators._array_api import in_kind
from sk_autoencoder.estimators._auto import MAX_STEPS
from sk_autoencoder.estimators._fit import fit_autoencoder
from sk_autoencoder.estimators._resolve import resolve_spec
from sk_autoencoder.estimators._transaction import all_or_nothing
from sk_autoencoder.estimators._versions import VERSIONS, check_versions
from sk_autoencoder.networks import (
    ACTIVATIONS,
    BOTTLENECKS,
    CORRUPTIONS,
    LOSSES,
    NETWORKS,
    Bottleneck,
    Corruption,
    Loss,
    Network,
    Number,
)


class BaseAutoencoder(CallbackSupportMixin, BaseEstimator):
    """Base class of the estimators, whose parameters each of them lists."""

    _most_steps = MAX_STEPS  # where max_iter="auto"
    _level = 0.01  # the p-value at which a trained network is preferred to PCA
    _registries: ClassVar[dict] = {
        "bottleneck": BOTTLENECKS,
        "corruption": CORRUPTIONS,
        "loss": LOSSES,
        "network": NETWORKS,
    }

    _parameter_constraints: dict = {
        "n_components": [Number(Integral, 1, None, closed="left")],
        "network": [StrOptions(set(NETWORKS)), Network, callable],
        "sample_shape": ["array-like", None],
        "hidden_layer_sizes": [
            StrOptions({"auto"}),
            "array-like",
            Number(Integral, 1, None, closed="left"),
        ],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "init": [StrOptions({"pca", "random"})],
        "bottleneck": [StrOptions(set(BOTTLENECKS)), Bottleneck],
        "loss": [StrOptions(set(LOSSES)), Loss],
        "corruption": [
            StrOptions(set(CORRUPTIONS)),
            Corruption,
            Number(Real, 0, None, closed="neither"),
            None,
        ],
        "scale": ["boolean"],
        "alpha": [Number(Real, 0, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Number(Integral, 1, None, closed="left"),
        ],
        "learning_rate_init": [
            StrOptions({"auto"}),
            Number(Real, 0, None, closed="neither"),
        ],
        "max_iter": [
            StrOptions({"auto"}),
            Number(Integral, 0, None, closed="left"),
        ],
        "early_stopping": ["boolean"],
        "validation_fraction": [Number(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [
            StrOptions({"auto"}),
            Number(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "tol": [Number(Real, 0, 1, closed="left")],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "device": [str, torch.device],
        "net_params": [dict, None],
    }

    @in_kind
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Fit the autoencoder.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training data: at least two samples. Entries may be missing, that is NaN,
            but not all of a column, and none with a variational bottleneck. With a
            recurrent or attention network sequences may end early and be NaN from
            there on, and nowhere else.

        y : Ignored
            Not used but for the callbacks, which it is handed to.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If X is not a dense 2-D array of such numbers, leaves the domain of the
            loss, or, with ``warm_start=True``, does not match the network of the last
            fit. The estimator is then as it was before.
        """
        with all_or_nothing(self):
            warm = self.warm_start and hasattr(self, "model_")
            X = self._validate(X, reset=not warm, n_samples=2)
            previous = self.model_ if warm else None
            vars(self).update(fit_autoencoder(self, X, y, previous))
        return self

    def set_params(self, **params):
        """Set parameters of the estimator, and of its parts.

        Parameters
        ----------
        **params : dict
            Parameters by name: ``loss="huber"``, or ``loss__delta=2.0`` for a field of
            a part, where the parameter is an instance, as `Huber()`, not a name.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If there is no such parameter, or a field is asked for of a name.
        """
        for path in params:
            name, is_nested, _ = path.partition("__")
            value = params.get(name, getattr(self, name, None))
            registry = self._registries.get(name, {})
            if is_nested and isinstance(value, str) and value in registry:
                raise ValueError(
                    f"{path} needs a part that has the field; {name}={value!r} is only "
                    f"a name. Pass {name}={registry[value]()!r} first."
                )
        return super().set_params(**params)

    def _spec(self, n_features):
        """Return which network the parameters ask for."""
        return resolve_spec(self, n_features)

    def _trusted(self, X, seed):
        """Return the rows that the network and the scale of features are fitted to.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            The rows.

        seed : int
            Determines random choices.

        Returns
        -------
        rows : ndarray or Repaired of shape (n_samples, n_features)
            By default the same.
        """
        return X

    def _learn(self, model, rows, seed):
        """Return what else the estimator learns from the rows it was trained on.

        Parameters
        ----------
        model : AutoencoderModel
            The fitted model.

        rows : View
            The rows, as they are and as the network was fitted to them.

        seed : int
            Determines random choices.

        Returns
        -------
        attributes : dict
            Further fitted attributes.
        """
        raise NotImplementedError

    def _validate(self, X, *, reset=False, n_samples=1):
        """Return X as a 2-D array of float32 or float64 with at least `n_samples`.

        Whether its entries are finite is checked in the pass that standardizes them.
        """
        shape = self.sample_shape if reset else self.model_.spec.sample_shape
        return validate_data(
            self,
            ravel_samples(X, shape),
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_min_samples=n_samples,
            ensure_all_finite=False,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        domain = self._asked("loss", "domain", Loss.domain)
        tags.input_tags.positive_only = domain[0] == 0
        takes_missing = self._asked("bottleneck", "takes_missing", True)
        tags.input_tags.allow_nan = takes_missing and not self._asked(
            "network", "pads", False
        )
        return tags

    def _asked(self, name, attribute, default):
        """Return what a part says of its kind; parameters may not be valid yet."""
        part = getattr(self, name)
        if isinstance(part, str):
            part = self._registries[name].get(part)
        return getattr(part, attribute, default)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")

    def __getstate__(self):
        return super().__getstate__() | {"_versions": VERSIONS}

    def __setstate__(self, state):
        state = dict(state)
        check_versions(type(self).__name__, state.pop("_versions", {}))
        super().__setstate__(state)
