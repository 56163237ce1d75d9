"""What both estimators share: parameters, the fit, and the border to tensors."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import math
import warnings
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, _fit_context
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import validate_data
from torch import nn

from sk_autoencoder.data._padding import check_padding, fill_padding, fill_with_means
from sk_autoencoder.data._rows import check_finite, map_blocks, prepared
from sk_autoencoder.data._standardizer import center_and_scale, standardize
from sk_autoencoder.estimators._auto import (
    MAX_STEPS,
    auto_batch_size,
    auto_learning_rate,
    auto_max_iter,
    auto_n_iter_no_change,
)
from sk_autoencoder.estimators._reporting import EpochReporter
from sk_autoencoder.estimators._transaction import all_or_nothing
from sk_autoencoder.networks import (
    ACTIVATIONS,
    BOTTLENECKS,
    CORRUPTIONS,
    LOSSES,
    NETWORKS,
    Autoencoder,
    Bottleneck,
    Clean,
    Corruption,
    Custom,
    GaussianNoise,
    Loss,
    Network,
    ReconstructionLoss,
    Sizes,
    resolve,
)
from sk_autoencoder.starts._pca import Start, start_at_pca
from sk_autoencoder.training import (
    HoldOut,
    KeepBest,
    Progress,
    Rows,
    WarmUpCosine,
    fit_net,
    no_hold_out,
    seeded,
    suitable_threads,
)

# The p-value at which a trained network is preferred to PCA.
PCA_LEVEL = 0.01


class BaseAutoencoder(CallbackSupportMixin, BaseEstimator):
    """Base class of the estimators: everything up to a trained network."""

    _most_steps = MAX_STEPS  # where max_iter="auto"

    _parameter_constraints: dict = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "network": [StrOptions(set(NETWORKS)), Network, callable],
        "sample_shape": ["array-like", None],
        "hidden_layer_sizes": [
            StrOptions({"auto"}),
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "init": [StrOptions({"pca", "random"})],
        "bottleneck": [StrOptions(set(BOTTLENECKS)), Bottleneck],
        "loss": [StrOptions(set(LOSSES)), Loss],
        "corruption": [
            StrOptions(set(CORRUPTIONS)),
            Corruption,
            Interval(Real, 0, None, closed="neither"),
            None,
        ],
        "scale": ["boolean"],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "learning_rate_init": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "max_iter": [
            StrOptions({"auto"}),
            Interval(Integral, 0, None, closed="left"),
        ],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "tol": [Interval(Real, 0, 1, closed="left")],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "device": [str, torch.device],
        "net_params": [dict, None],
    }

    def __init__(
        self,
        n_components,
        *,
        network,
        sample_shape,
        hidden_layer_sizes,
        activation,
        init,
        bottleneck,
        loss,
        corruption,
        scale,
        alpha,
        batch_size,
        learning_rate_init,
        max_iter,
        early_stopping,
        validation_fraction,
        n_iter_no_change,
        tol,
        warm_start,
        random_state,
        verbose,
        device,
        net_params,
    ):
        self.n_components = n_components
        self.network = network
        self.sample_shape = sample_shape
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.init = init
        self.bottleneck = bottleneck
        self.loss = loss
        self.corruption = corruption
        self.scale = scale
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.device = device
        self.net_params = net_params

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Fit the autoencoder.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training data: at least two samples, finite numbers. With a recurrent
            network sequences may end early and be NaN from there on.

        y : Ignored
            Not used but for the callbacks, which it is handed to.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If X is not a finite dense 2-D array, leaves the domain of the loss, or,
            with ``warm_start=True``, does not match the network of the last fit. The
            estimator is then as it was before.
        """
        with all_or_nothing(self):
            warm = self.warm_start and hasattr(self, "net_")
            X = self._validate(X, reset=not warm, n_samples=2)
            structure = self._resolve_structure(X)
            self._check_finite(X, structure)
            self._check_domain(X)
            self._fit(X, y, structure, warm)
        return self

    # ---------------------------------------------------------------- the fit

    def _fit(self, X, y, structure, warm):
        """Train a network on valid data, and keep it with what it needs."""
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        from_pca = self.init == "pca" and not warm
        pads = structure["network"].pads
        filled = fill_with_means(X) if pads else X
        takes_missing = structure["bottleneck"].takes_missing
        if pads and not takes_missing and np.isnan(X).any():
            raise ValueError(
                "Sequences of unequal length have no likelihood that can be compared: "
                f"bottleneck={self.bottleneck!r} needs X without NaN."
            )
        corruption = self._resolve_corruption()
        settings = self._training_settings(
            len(X), structure["hidden_layer_sizes"], seed, from_pca
        ) | {
            "iterator_train__corruption": corruption,
            "iterator_valid__corruption": corruption,
            "iterator_valid__seed": seed,
        }
        if warm:
            self._check_same_structure(structure)
            mean, scale, code_scale = self.mean_, self.scale_, self.code_scale_
        else:
            mean, scale = center_and_scale(filled, per_feature=self.scale)
            one_unit = structure["bottleneck"].code_in_data_units and not self.scale
            code_scale = float(scale[0]) if one_unit else 1.0
        criterion = ReconstructionLoss(structure["loss"], _tensor(mean), _tensor(scale))
        known = {
            "n_components_": structure["n_components"],
            "mean_": mean,
            "scale_": scale,
            "code_scale_": code_scale,
            "_structure": structure,
            "_seed": seed,
        }
        context = self._init_callback_context(max_subtasks=settings["max_epochs"])
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        reporter = EpochReporter(
            self,
            {"X": X, "y": y},
            context,
            settings["max_epochs"],
            lambda net: self._fitted_attributes(
                X, start.finish(net.snapshot(reporter)), known
            ),
        )
        with seeded(seed, settings["device"]):
            start = self._start(
                filled,
                partial(standardize, mean=mean, scale=scale),
                criterion,
                structure,
                corruption,
                from_pca,
                seed,
            )
            sizes = _sizes(start.n_features, structure)
            parts = self._build_parts(X.shape[1], sizes, structure, warm)
            family, widths = structure["network"], structure["hidden_layer_sizes"]
            work = family.multiplications(sizes, widths, parts[:2])
            known["_n_activations"] = family.activations_per_row(
                _sizes(X.shape[1], structure), widths, parts[:2]
            )
            parts = start.begin(*parts)
            with suitable_threads(settings["batch_size"] * work):
                net = fit_net(
                    Autoencoder(*parts),
                    start.criterion,
                    Rows(prepared(X, start.prepare, start.n_features)),
                    passing_callbacks=[reporter],
                    **settings,
                )
                net = start.finish(net)
        vars(self).update(self._fitted_attributes(X, net, known))
        self._warn_of_collapse()
        context.call_on_fit_task_end(
            estimator=self, X=X, y=y, reconstruction_attributes=lambda: vars(self)
        )

    def _start(self, X, standardize, criterion, structure, corruption, from_pca, seed):
        """Return where training starts."""
        if not from_pca:
            return Start(standardize, X.shape[1], criterion)
        return start_at_pca(
            X,
            standardize,
            criterion,
            structure["n_components"],
            structure["bottleneck"],
            corruption,
            all(part.rotates for part in (structure["network"], structure["loss"])),
            seed,
        )

    def _build_parts(self, n_features, sizes, structure, warm):
        """Return encoder, decoder and bottleneck, freshly built or copied."""
        if warm:
            module = copy.deepcopy(self.net_.module_)
            return module.encoder, module.decoder, module.bottleneck
        parts = structure["network"].build(
            sizes,
            structure["hidden_layer_sizes"],
            structure["activation"],
            start_at_zero=self.init == "pca",
        )
        sizes = sizes._replace(n_features=n_features)
        return *parts, structure["bottleneck"].build(sizes, structure["loss"])

    def _fitted_attributes(self, X, net, known):
        """Return all that a copy of this estimator needs to work as fitted."""
        fitted = copy.copy(self)
        attributes = known | _training_attributes(net)
        vars(fitted).update(attributes)
        return attributes | fitted._finish(X)

    def _finish(self, X):
        """Return what else the estimator learns from the rows it was trained on."""
        return {}

    def _active_components(self, codes):
        """Return the attribute that tells which components carry something.

        The network learns from the codes, too.
        """
        in_units = torch.from_numpy(codes / self.code_scale_).float()
        self.net_.module_.bottleneck.learn(in_units.to(self.net_.device))
        active = self._structure["bottleneck"].active(torch.from_numpy(codes))
        return {"active_components_": active.numpy()}

    def _warn_of_collapse(self):
        """Warn where training emptied components of a bottleneck."""
        active = self.active_components_
        if self._structure["bottleneck"].may_collapse and not active.all():
            warnings.warn(
                f"Of {len(active)} components {len(active) - active.sum()} carry "
                "nothing (posterior collapse, see active_components_): their codes are "
                "the same for all samples. Lower n_components or beta.",
                stacklevel=4,
            )

    def _training_settings(self, n_samples, hidden_layer_sizes, seed, from_pca):
        """Return the parameters of the net, from those of the estimator."""
        widest = max(hidden_layer_sizes, default=1)
        batch_size = self._resolve("batch_size", auto_batch_size, n_samples)
        max_epochs = self._resolve(
            "max_iter", auto_max_iter, n_samples, batch_size, self._most_steps
        )
        patience = self._resolve("n_iter_no_change", auto_n_iter_no_change, max_epochs)
        net_params = dict(self.net_params or {})
        if reserved := {"module", "criterion"} & net_params.keys():
            raise ValueError(
                f"net_params cannot set {sorted(reserved)}, got {self.net_params!r}: "
                "the parameters network and loss do."
            )
        others = net_params.pop("callbacks", None) or []
        if not isinstance(others, list | tuple):
            raise ValueError(
                f"The callbacks in net_params must be a list, got {others!r}: they are "
                "added to those that training needs."
            )
        callbacks = [
            KeepBest(patience, self.tol, PCA_LEVEL if from_pca else 1),
            WarmUpCosine(),
            *([Progress(type(self).__name__)] if self.verbose else []),
            *others,
        ]
        return {
            "batch_size": batch_size,
            "max_epochs": max_epochs,
            "lr": self._resolve(
                "learning_rate_init", auto_learning_rate, widest, batch_size
            ),
            "optimizer__weight_decay": self.alpha,
            "train_split": (
                HoldOut(self.validation_fraction, seed)
                if self.early_stopping
                else no_hold_out
            ),
            "device": _resolve_device(self.device),
            "callbacks": callbacks,
        } | net_params

    # ---------------------------------------------------- what the parameters mean

    def _resolve(self, name, rule, *args):
        """Return a parameter, by its rule where it is "auto"."""
        value = getattr(self, name)
        return rule(*args) if isinstance(value, str) else value

    def _resolve_n_components(self, X):
        """Return the number of components as an integer."""
        return int(self.n_components)

    def _resolve_structure(self, X):
        """Return what decides which network is built: a warm start needs the same.

        Parts are copied: the user may change theirs after the fit.
        """
        family = self._resolve_network()
        return {
            "n_components": self._resolve_n_components(X),
            "network": family,
            "sample_shape": self._resolve_sample_shape(X.shape[1]),
            "hidden_layer_sizes": self._resolve_widths(family, X.shape[1]),
            "activation": self.activation,
            "bottleneck": copy.copy(
                resolve(self.bottleneck, BOTTLENECKS, "bottleneck")
            ),
            "loss": copy.copy(resolve(self.loss, LOSSES, "loss")),
            "scale": self.scale,
        }

    def _resolve_network(self):
        """Return the family of the network."""
        if isinstance(self.network, nn.Module):
            raise TypeError(
                "network must be a name, a module class or a factory, so that each fit "
                f"can build a new module; got the instance {self.network!r}."
            )
        if callable(self.network):
            return Custom(self.network)
        return copy.copy(resolve(self.network, NETWORKS, "network"))

    def _resolve_sample_shape(self, n_features):
        """Return the shape of a sample as a tuple of integers, or None."""
        if self.sample_shape is None:
            return None
        shape = np.asarray(self.sample_shape).tolist()
        if not (
            isinstance(shape, list)
            and all(type(length) is int and length >= 1 for length in shape)
            and math.prod(shape) == n_features
        ):
            raise ValueError(
                "sample_shape must be positive integers whose product is the number of "
                f"features of X, {n_features}; got {self.sample_shape!r}."
            )
        return tuple(shape)

    def _resolve_corruption(self):
        """Return what is done to the input in training."""
        if self.corruption is None:
            return Clean()
        if isinstance(self.corruption, Real):
            return GaussianNoise(float(self.corruption))
        return copy.copy(resolve(self.corruption, CORRUPTIONS, "corruption"))

    def _resolve_widths(self, family, n_features):
        """Return the widths of the encoder's hidden layers."""
        if isinstance(self.hidden_layer_sizes, str):
            return family.hidden_layer_sizes(n_features)
        widths = np.atleast_1d(self.hidden_layer_sizes).tolist()
        if not all(type(width) is int and width >= 1 for width in widths):
            raise ValueError(
                "hidden_layer_sizes must be integers of at least 1; got "
                f"{self.hidden_layer_sizes!r}."
            )
        return tuple(widths)

    def _check_same_structure(self, structure):
        """Raise if a warm start would need another network."""
        for name, value in structure.items():
            if value != self._structure[name]:
                raise ValueError(
                    f"warm_start=True goes on with the network of the last fit, where "
                    f"{name} was {self._structure[name]!r}; got {value!r}. Set "
                    "warm_start=False to build a new network."
                )

    # ------------------------------------------------- from arrays to tensors and back

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = self._loss_domain()[0] == 0
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def _validate(self, X, *, reset=False, n_samples=1):
        """Return X as a 2-D array of float32 or float64 with at least `n_samples`.

        Whether its entries are finite is checked by `_standardize`, in the same pass.
        """
        shape = self.sample_shape if reset else self._structure["sample_shape"]
        return validate_data(
            self,
            _ravel_samples(X, shape),
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_min_samples=n_samples,
            ensure_all_finite=False,
        )

    def _check_finite(self, X, structure=None):
        """Raise if an entry of X is neither a finite number nor padding."""
        structure = structure or self._structure
        if structure["network"].pads and structure["sample_shape"] is not None:
            check_padding(X, structure["sample_shape"], type(self).__name__)
        else:
            check_finite(X, type(self).__name__)

    def _loss_domain(self):
        """Return the least and the greatest value that the loss is defined for."""
        loss = LOSSES.get(self.loss) if isinstance(self.loss, str) else self.loss
        return getattr(loss, "domain", Loss.domain)  # tags are asked before validation

    def _check_domain(self, X):
        """Raise if a value of X lies outside the domain of the loss."""
        low, high = self._loss_domain()
        if (low, high) == Loss.domain:
            return  # no need to pass over X
        for value in (np.nanmin(X), np.nanmax(X)):
            if not low <= value <= high:
                check_finite(fill_padding(X, 0.0), type(self).__name__)
                which = "Negative values" if value < 0 else f"Values above {high:g}"
                raise ValueError(
                    f"{which} in data passed to {type(self).__name__}: "
                    f"loss={self.loss!r} needs values between {low:g} and {high:g}; X "
                    f"has {value:g}. Rescale X, or take loss='squared_error'."
                )

    def _encode(self, X):
        """Return the codes of valid rows."""
        codes = self._map(self.net_.module_.encode, X, self._standardize)
        codes *= self.code_scale_
        return codes

    def _decode(self, codes):
        """Return the rows, in the units of X, that codes stand for."""
        decoder, in_units = self.net_.module_.decoder, self._in_units(codes.dtype)
        return self._map(
            lambda z: in_units(decoder(z)),
            codes,
            lambda rows, out: np.divide(rows, self.code_scale_, out=out),
        )

    def _autoencode(self, X):
        """Return the reconstruction of valid rows, in the units of X."""
        module, in_units = self.net_.module_, self._in_units(X.dtype)
        result = self._map(
            lambda x: in_units(module.reconstruct(x)), X, self._standardize
        )
        if self._structure["network"].pads:
            result[np.isnan(X)] = np.nan  # padding stays padding
        return result

    def _scores(self, X):
        """Return how well valid rows are explained, shape (n,)."""
        module, criterion = self.net_.module_, self.net_.criterion_
        return self._map(lambda x: module.score(criterion, x), X, self._standardize)

    def _map(self, function, X, prepare):
        return map_blocks(function, X, prepare, self.net_.device, self._width())

    def _width(self):
        """Return the most numbers of a row that the network holds at a time."""
        return self._n_activations

    def _standardize(self, X, out=None):
        return standardize(X, self.mean_, self.scale_, out, self._check_finite)

    def _in_units(self, dtype):
        """Return what turns the decoder's output into the units of X."""
        dtype = np.result_type(dtype, self.mean_)
        mean, scale = (
            torch.from_numpy(values.astype(dtype))
            for values in (self.mean_, self.scale_)
        )
        loss = self.net_.criterion_.loss
        return lambda output: loss.reconstruct(
            output.to("cpu", mean.dtype), mean, scale
        )


def _ravel_samples(X, shape):
    """Return samples in their own shape as rows, anything else as it is."""
    if shape is None:
        return X
    n_axes = X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim
    if n_axes == 2 or n_axes != 1 + len(shape):
        return X
    X = np.asarray(X)
    if X.shape[1:] != tuple(shape):
        raise ValueError(
            f"X has samples of shape {X.shape[1:]}; sample_shape is {tuple(shape)}."
        )
    return X.reshape(len(X), -1)


def _tensor(array):
    return torch.as_tensor(array, dtype=torch.float64)


def _sizes(n_features, structure):
    """Return what a network of `n_features` inputs has to fit."""
    n_components = structure["n_components"]
    return Sizes(
        n_features,
        structure["bottleneck"].n_outputs(n_components),
        n_components,
        structure["sample_shape"],
    )


def _training_attributes(net):
    """Return the fitted attributes that a net gives."""
    keep_best = next(cb for _, cb in net.callbacks_ if isinstance(cb, KeepBest))
    epochs = [row for row in net.history if "valid_loss" in row]
    return {
        "net_": net,
        "n_iter_": len(epochs),
        "loss_curve_": [row["train_loss"] for row in epochs],
        "validation_loss_curve_": [
            net.start_loss_,
            *(row["valid_loss"] for row in epochs),
        ],
        "best_loss_": keep_best.best_loss_,
    }


def _resolve_device(device):
    """Return a device that torch can use; "auto" is a GPU where there is one."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        number = torch.ones((), device=device)
        number.cpu()  # fails on "meta", which keeps no numbers
    except (RuntimeError, AssertionError) as error:  # the latter without CUDA
        raise ValueError(
            "device must be 'auto' or a device that torch finds here, such as 'cpu'; "
            f"got {device!r}."
        ) from error
    return str(number.device)
