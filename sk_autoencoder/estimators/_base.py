"""What all estimators share: the fit, tags, and the border to the fitted model."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, _fit_context
from sklearn.callback import CallbackSupportMixin
from sklearn.utils.validation import check_array, validate_data

from sk_autoencoder.data import SparseRows, is_frame, ravel_samples, table_of
from sk_autoencoder.estimators._array_api import in_kind
from sk_autoencoder.estimators._auto import MAX_STEPS
from sk_autoencoder.estimators._constraints import CONSTRAINTS, REGISTRIES
from sk_autoencoder.estimators._fit import fit_autoencoder
from sk_autoencoder.estimators._resolve import resolve_spec
from sk_autoencoder.estimators._transaction import all_or_nothing
from sk_autoencoder.estimators._versions import VERSIONS, check_versions
from sk_autoencoder.networks import Loss


class BaseAutoencoder(CallbackSupportMixin, BaseEstimator):
    """Base class of the estimators, whose parameters each of them lists."""

    _most_steps = MAX_STEPS  # where max_iter="auto"
    _level = 0.01  # the p-value at which a trained network is preferred to PCA
    _ends_on_all = True  # whether rows that were held out are trained on at last
    _levels = ()  # of columns of an array that are told apart already
    _registries: ClassVar[dict] = REGISTRIES

    _parameter_constraints: dict = CONSTRAINTS

    @in_kind
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Fit the autoencoder.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Training data: at least two samples. Entries may be missing, that is NaN,
            but not all of a column, and none with a variational bottleneck. With a
            recurrent or attention network sequences may end early and be NaN from
            there on, and nowhere else. Of a DataFrame columns may have levels, see
            `categorical_features`.

        y : Ignored
            Not used but for the callbacks, which it is handed to.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If X is not a 2-D array of such numbers, has a column of neither
            numbers nor levels, leaves the domain of the loss, or, with
            ``warm_start=True``, does not match the network of the last fit. The
            estimator is then as it was before.
        """
        with all_or_nothing(self):
            warm = self.warm_start and hasattr(self, "model_")
            numbers = self._validate(X, reset=not warm, n_samples=2)
            if warm and self.table_ is not None:
                self.table_ = self.table_.widened(numbers)
            is_plain = self.table_ is None and isinstance(numbers, np.ndarray)
            told = {"X": numbers if is_plain else X, "y": y}
            previous = self.model_ if warm else None
            vars(self).update(fit_autoencoder(self, numbers, told, previous))
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
        levels = self._levels if self.table_ is None else self.table_.levels
        return resolve_spec(self, n_features, levels)

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

    def _finished(self, attributes, held_out):
        """Return the fitted attributes, with what rows that were held out say.

        Parameters
        ----------
        attributes : dict
            The fitted attributes.

        held_out : callable
            From the fitted model to a list of models, each with rows that it was not
            fitted to.

        Returns
        -------
        attributes : dict
            By default the same.
        """
        return attributes

    def _validate(self, X, *, reset=False, n_samples=1):
        """Return X as rows of float32 or float64, at least `n_samples`.

        Whether its entries are finite is checked in the pass that standardizes them.
        """
        shape = self.sample_shape if reset else self.model_.spec.sample_shape
        X = ravel_samples(X, shape)
        if reset:
            asked = self.categorical_features
            is_shaped = shape is not None and isinstance(asked, str)
            self.table_ = None if is_shaped else table_of(X, asked)
        checks = {"ensure_min_samples": n_samples, "ensure_all_finite": False}
        if self.table_ is None:
            checks |= {"dtype": [np.float64, np.float32], "accept_sparse": "csr"}
            X = validate_data(self, X, reset=reset, **checks)
            return SparseRows(X) if sparse.issparse(X) else X
        if is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
        else:
            dtype = None if isinstance(X, np.ndarray) else object
            X = validate_data(self, X, reset=reset, dtype=dtype, **checks)
        return check_array(self.table_.encode(X, self.handle_unknown), **checks)

    def _restored(self, numbers, like=None):
        """Return rows as `fit` has seen such, in place of the numbers of them."""
        return numbers if self.table_ is None else self.table_.decode(numbers, like)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        domain = self._asked("loss", "domain", Loss.domain)
        tags.input_tags.positive_only = domain[0] == 0
        tags.input_tags.sparse = True
        tags.input_tags.categorical = self.categorical_features is not None
        tags.input_tags.allow_nan = not self._asked("network", "pads", False)
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
