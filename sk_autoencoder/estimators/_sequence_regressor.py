"""Regression of sequences on windows by an autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    MultiOutputMixin,
    RegressorMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.metrics import r2_score
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_autoencoder.data import standardizers
from sk_autoencoder.estimators._fit_correction import fit_correction
from sk_autoencoder.estimators._sequence_rows import (
    is_blocked,
    ravelled,
    resolve_folds,
    resolve_layout,
)
from sk_autoencoder.estimators._transaction import all_or_nothing
from sk_autoencoder.model import LinearForecast
from sk_autoencoder.networks import ACTIVATIONS, Number
from sk_autoencoder.starts import fit_ridge

AT_LEAST_ONE = Number(Integral, 1, None, closed="left")


class AutoencoderSequenceRegressor(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    MultiOutputMixin,
    RegressorMixin,
    BaseEstimator,
):
    """Predict sequences from windows, by ridge regression and a network beside it.

    Closed-form linear forecasts are hard to beat [1]_, so they come first. Several
    ridge regressions, from which the mean or an end of the window was taken away or
    nothing, from all channels or their own, are fitted with penalties by generalized
    cross-validation [2]_. Those of the least error in rows that were held out are
    kept, or a weighted mean of all [3]_. An encoder and a decoder, which start at zero,
    learn what ridge regressions leave of rows that they have not seen. What they say is
    added as far as it lessens the error of held-out rows, in each channel for itself;
    if it does not, clearly, the ridge regression stays as it is.

    Held-out rows are blocks in order of time, with a gap as long as the horizon beside
    each, as windows overlap [4]_. See `cv` for rows without such an order. Where rows
    are too few for blocks and gaps, the ridge regression on all columns is kept.

    It takes rows as any regressor of several outputs does, so that it works wherever
    one is expected: for forecasts, also inside of `make_reduction` of sktime
    (``strategy="multioutput"``), or from one signal to another.

    Read more in the user guide.

    Parameters
    ----------
    n_components : int, default=32
        The numbers of the code.

    n_channels : int, default=None
        How many numbers each time step of a window has. None is the third axis of X if
        it has three, else 1.

    n_target_channels : int, default=None
        The same of y. The first channels of X and of y are taken to be the same
        quantities. None is the third axis of y if it has three, 1 if it has one
        number, else as many as X has.

    n_exog : int, default=0
        How many columns of X follow the window: what is known of the time to predict,
        such as the calendar.

    hidden_layer_sizes : array-like of int or int, default=(256,)
        The widths of the encoder's hidden layers; the decoder mirrors them.

    activation : {"elu", "gelu", "identity", "leaky_relu", "relu", "sigmoid", \
            "silu", "tanh"}, default="gelu"
        The activation function of the hidden layers.

    alpha : float, default=0.01
        The weight decay.

    batch_size : int, default=256
        The rows of a training step, at most.

    learning_rate_init : float, default=0.002
        The highest learning rate: it rises to it, and falls to zero in the last epoch.

    max_iter : int, default=40
        The most epochs; how many are made is chosen by held-out rows. An epoch is all
        rows once, but at most 25 batches. 0 is ridge regression alone.

    cv : int or splitter, default=4
        Which rows are held out. An int is the number of blocks; rows are then taken to
        be in order of time. A splitter such as ``KFold(4, shuffle=True)`` is for rows
        without such an order; the network is then told the levels of windows too,
        which in series drift.

    random_state : int, RandomState instance or None, default=None
        Determines the weights that training starts from, and the order of rows.

    Attributes
    ----------
    ridge_ : sk_autoencoder.model.LinearForecast
        The ridge regression. ``ridge_.predict(X)`` is what it predicts of rows, and
        ``ridge_.mix`` says what it is made of.

    correction_weights_ : ndarray of shape (n_target_channels,)
        How much of what the network says is added to each channel, 0 to 1. Where all
        are zero, `predict` gives what the ridge regression does, and the code is
        linear: the principal components of what it predicts.

    correction_ : sk_autoencoder.model.Correction
        The network.

    cv_errors_ : dict of str to ndarray of shape (n_folds,)
        The mean squared error of the rows of each fold, in variances of their channel:
        "ridge" of the ridge regression that has not seen them, "kept" with the network
        that has not. The latter is a little less than it will be for new rows, as the
        number of epochs and the weights were chosen by it.

    n_iter_ : int
        The epochs that were tried.

    best_iter_ : int
        The epochs that were chosen; 0 where the ridge regression is kept alone.

    n_features_in_ : int
        The number of columns of X seen in `fit`, ravelled.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where X had names that are all strings.

    See Also
    --------
    sk_autoencoder.sequences.windows : Cuts a series into rows.
    sk_autoencoder.sequences.BlockedKFold : Folds for such rows.
    sklearn.linear_model.RidgeCV : Ridge regression of any columns.

    References
    ----------
    .. [1] Toner, W., & Darlow, L. (2024). An analysis of linear time series forecasting
       models. International Conference on Machine Learning.

    .. [2] Golub, G. H., Heath, M., & Wahba, G. (1979). Generalized cross-validation as
       a method for choosing a good ridge parameter. Technometrics, 21(2), 215-223.

    .. [3] Breiman, L. (1996). Stacked regressions. Machine Learning, 24(1), 49-64.

    .. [4] Racine, J. (2000). Consistent cross-validatory model-selection for dependent
       data: hv-block cross-validation. Journal of Econometrics, 99(1), 39-61.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder import AutoencoderSequenceRegressor
    >>> from sk_autoencoder.sequences import windows
    >>> series = np.sin(np.arange(300) / 4)
    >>> X, Y = windows(series, window_length=24, horizon=8)
    >>> model = AutoencoderSequenceRegressor(random_state=0).fit(X[:200], Y[:200])
    >>> model.predict(X[200:]).shape
    (69, 8)
    >>> round(model.score(X[200:], Y[200:]), 2)
    1.0
    """

    _parameter_constraints: dict = {
        "n_components": [AT_LEAST_ONE],
        "n_channels": [AT_LEAST_ONE, None],
        "n_target_channels": [AT_LEAST_ONE, None],
        "n_exog": [Number(Integral, 0, None, closed="left")],
        "hidden_layer_sizes": ["array-like", AT_LEAST_ONE],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "alpha": [Number(Real, 0, None, closed="left")],
        "batch_size": [AT_LEAST_ONE],
        "learning_rate_init": [Number(Real, 0, None, closed="neither")],
        "max_iter": [Number(Integral, 0, None, closed="left")],
        "cv": [
            Number(Integral, 2, None, closed="left"),
            HasMethods(["split", "get_n_splits"]),
        ],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components=32,
        *,
        n_channels=None,
        n_target_channels=None,
        n_exog=0,
        hidden_layer_sizes=(256,),
        activation="gelu",
        alpha=0.01,
        batch_size=256,
        learning_rate_init=0.002,
        max_iter=40,
        cv=4,
        random_state=None,
    ):
        self.n_components = n_components
        self.n_channels = n_channels
        self.n_target_channels = n_target_channels
        self.n_exog = n_exog
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.cv = cv
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Fit the ridge regression, and choose by how much the network corrects it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps * n_channels + n_exog) or \
                (n_samples, n_steps, n_channels)
            Windows, in order of time unless `cv` is a splitter. Ravelled, all channels
            of the first step come first, then of the next.

        y : array-like of shape (n_samples,), (n_samples, n_target_steps * \
                n_target_channels) or (n_samples, n_target_steps, n_target_channels)
            What is to be predicted for each.

        Returns
        -------
        self : object
            The fitted regressor.

        Raises
        ------
        ValueError
            If X or y has entries that are not finite (fill in missing values before, or
            leave out rows that have some), they have not as many rows, or the
            parameters do not suit their columns. The regressor is then as it was
            before, as it is after an interrupt.
        """
        with all_or_nothing(self):
            X, of_window = ravelled(X)
            y, of_target = ravelled(y)
            X, y = validate_data(
                self,
                X,
                y,
                dtype=np.float64,
                multi_output=True,
                y_numeric=True,
                ensure_min_samples=2,
            )
            target_shape = y.shape[1:] if of_target is None else of_target
            Y = np.ascontiguousarray(y, dtype=np.float64).reshape(len(y), -1)
            layout = resolve_layout(self, X.shape[1], Y.shape[1], of_window, of_target)
            folds = resolve_folds(self.cv, X, Y, layout.n_target_steps)
            attributes = self._fitted(X, Y, layout, folds)
            for name, value in attributes.items():
                setattr(self, name, value)
            self._window_shape = layout.n_steps, layout.n_channels
            self._target_shape = target_shape
            self._n_features_out = int(self.n_components)
            self.n_iter_ = int(self.max_iter)
        return self

    def _fitted(self, X, Y, layout, folds):
        """Return the fitted attributes that are learned."""
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        of_X, of_Y = standardizers(layout, X, Y)
        Z = np.hstack([of_X(X), of_Y(Y)])
        fit = fit_ridge(layout, Z, np.append(of_X.scale, of_Y.scale), folds)
        X, Y = np.split(Z, [layout.n_inputs], axis=1)
        residuals = np.full(Y.shape, np.nan)
        for (_, test), ridge in zip(folds, fit.of_folds, strict=True):
            residuals[test] = Y[test] - ridge(X[test])
        correction, choice = fit_correction(
            self,
            layout,
            X,
            residuals,
            fit.ridge.coef,
            folds,
            not is_blocked(self.cv),
            seed,
        )
        errors = np.array([np.square(residuals[test]).mean() for _, test in folds])
        n_entries = np.array([residuals[test].size for _, test in folds])
        return {
            "ridge_": LinearForecast(of_X, of_Y, fit.ridge, fit.mix),
            "correction_": correction,
            "correction_weights_": choice.weights,
            "cv_errors_": {
                "ridge": errors,
                "kept": errors - choice.gains.sum(axis=1) / n_entries,
            },
            "best_iter_": choice.n_epochs,
        }

    def predict(self, X):
        """Predict what follows windows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps * n_channels + n_exog) or \
                (n_samples, n_steps, n_channels)
            Windows as in `fit`.

        Returns
        -------
        y : ndarray of float64 of shape (n_samples,) or (n_samples, ...)
            What follows each, in the shape that y had in `fit`.
        """
        X = self._standardized(X)
        predicted = self.ridge_.ridge(X)
        if self.correction_weights_.any():
            predicted += self.correction_.predict(X)
        return self.ridge_.of_Y.inverse(predicted).reshape(len(X), *self._target_shape)

    def transform(self, X):
        """Return the codes of windows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps * n_channels + n_exog) or \
                (n_samples, n_steps, n_channels)
            Windows as in `fit`.

        Returns
        -------
        codes : ndarray of float64 of shape (n_samples, n_components)
            What the decoder makes the correction of. It does not tell the level of a
            window, unless `cv` is a splitter.
        """
        return self.correction_.encode(self._standardized(X))

    def score(self, X, y, sample_weight=None):
        """Return R2, the mean over all numbers that are predicted.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_steps * n_channels + n_exog) or \
                (n_samples, n_steps, n_channels)
            Windows as in `fit`.

        y : array-like
            What follows each, as in `fit`.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            See `sklearn.metrics.r2_score`; 1 is best.
        """
        predicted, _ = ravelled(self.predict(X))
        return r2_score(ravelled(y)[0], predicted, sample_weight=sample_weight)

    def _standardized(self, X):
        """Return rows as they are computed with."""
        check_is_fitted(self)
        X, shape = ravelled(X)
        if shape is not None and shape != self._window_shape:
            raise ValueError(
                f"X has windows of shape {shape}; in fit they had {self._window_shape}."
            )
        return self.ridge_.of_X(validate_data(self, X, dtype=np.float64, reset=False))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "ridge_")
