"""Imputation of missing values by an autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context, clone
from sklearn.impute import MissingIndicator
from sklearn.model_selection import KFold
from sklearn.utils import _safe_indexing, check_array, check_random_state, get_tags
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_is_fitted,
    validate_data,
)

from sk_autoencoder.data import is_frame, missing_entries, table_of, with_columns
from sk_autoencoder.estimators._transaction import all_or_nothing
from sk_autoencoder.estimators._transformer import AutoencoderTransformer
from sk_autoencoder.model import Errors, Posterior
from sk_autoencoder.networks import Number

# Of complete rows, the share of entries that is hidden to choose by.
HIDDEN = 0.1

# A feature with fewer entries that were hidden stays at the start.
FEWEST = 10

# How often entries of each fold are hidden: other ones each time.
N_HIDINGS = 10


class AutoencoderImputer(TransformerMixin, BaseEstimator):
    """Fill in missing values with an autoencoder that starts at probabilistic PCA.

    Probabilistic PCA, fitted to incomplete rows, expects something of each missing
    entry, given what is known of the row [1]_. An autoencoder starts there, and learns
    to restore entries that are hidden from it as those of the data are missing. Several
    are trained, each without a fold of the rows, and one with all; their mean is taken
    [2]_. How far a feature goes from the one to the other is decided on the rows of the
    folds, which neither has seen: not at all where that is no better.

    A DataFrame of pandas or polars may have columns with levels: text, truth values,
    categorical dtypes. Of these the most likely level is filled in.

    Read more in the user guide.

    Parameters
    ----------
    estimator : AutoencoderTransformer, default=None
        The autoencoder. None is ``AutoencoderTransformer(n_features, scale=True,
        early_stopping=False)``: with as many components as features it starts at what
        probabilistic PCA expects. With fewer it starts at less. Its ``cv="auto"`` is
        None here, as the folds of the imputer judge.

    cv : int, default=3
        The number of folds: for each, an autoencoder is fitted to all other rows. One
        more is fitted to all rows.

    sample_posterior : bool, default=False
        Whether `transform` draws missing entries, for multiple imputation, instead of
        filling in what is expected of them. See the Notes.

    add_indicator : bool, default=False
        Whether `transform` adds a column for each feature that had missing values in
        `fit`, which says where it has. See `sklearn.impute.MissingIndicator`.

    keep_empty_features : bool, default=False
        Whether features of which nothing was known in `fit` become zero. By default
        `transform` leaves them out.

    random_state : int, RandomState instance or None, default=None
        Determines the folds, what is hidden in them, all that the autoencoder draws,
        and what `transform` does with `sample_posterior`.

    Attributes
    ----------
    estimators_ : list of AutoencoderTransformer
        The autoencoders, of the features of which something is known: the first is
        fitted to all rows, the others to those outside of a fold.

    table_ : sk_autoencoder.data.Table or None
        How the columns of which something is known become numbers; None where none has
        levels.

    weights_ : ndarray of shape (n_features,)
        How far each feature goes from what probabilistic PCA expects, 0, to what the
        autoencoders do, 1; zero if fewer than ten of its entries could be tried, NaN if
        nothing was known of it.

    indicator_ : MissingIndicator
        What adds the columns; None without `add_indicator`.

    random_state_ : RandomState
        What `transform` draws from, with `sample_posterior`: each call gives other
        draws, as that of `sklearn.impute.IterativeImputer` does.

    n_features_in_ : int
        The number of features seen in `fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where X had names that are all strings.

    See Also
    --------
    AutoencoderTransformer : Takes missing values as they are.
    sklearn.impute.IterativeImputer : Imputes one feature after the other by regression.
    sklearn.impute.KNNImputer : Imputes by the mean of similar rows.

    Notes
    -----
    With ``sample_posterior=True`` each call of `transform` gives one imputation of
    several, whose results are put together by the rules of Rubin [3]_. A missing entry
    is drawn given what is known of its row:

    - A number that stays at the start (its weight is 0) is normal, as probabilistic PCA
      says, with the conditional covariance of all that the row lacks. Nothing is added
      where all known values of a column are the same.
    - Any other number is what is expected of it plus an error. Errors have the
      distribution that those of hidden entries had in the folds, with its tails and its
      skewness, in units of the conditional standard deviation that probabilistic PCA
      gives.
    - A level is drawn by its share in what is expected.

    The missing entries of a row, errors and levels alike, go together as they do in
    probabilistic PCA: by a Gaussian copula. All else is as without draws: whole numbers
    stay whole where these do, and within their range.

    The uncertainty of the fitted model itself is not drawn, so that intervals are
    somewhat short in small samples: Rubin calls such imputations improper. Fits with
    several seeds differ in folds and training, not in the rows; to have all of it, fit
    to bootstrap samples of the rows. MIWAE [4]_ weights draws from a variational
    autoencoder by importance; here codes are not random, and have no weights.

    References
    ----------
    .. [1] Tipping, M. E., & Bishop, C. M. (1999). Probabilistic principal component
       analysis. Journal of the Royal Statistical Society B, 61(3), 611-622.

    .. [2] Maillard, G., Arlot, S., & Lerasle, M. (2021). Aggregated hold-out. Journal
       of Machine Learning Research, 22(20), 1-55.

    .. [3] Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.

    .. [4] Mattei, P.-A., & Frellsen, J. (2019). MIWAE: Deep generative modelling and
       imputation of incomplete data sets. International Conference on Machine Learning.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder import AutoencoderImputer, AutoencoderTransformer
    >>> t = np.linspace(-1, 1, 100)
    >>> X = np.column_stack([t, 2 * t])
    >>> X[::5, 1] = np.nan
    >>> AutoencoderImputer(random_state=0).fit(X).transform([[0.5, np.nan]]).round(1)
    array([[0.5, 1. ]])

    Draws tell how sure that is, here with a shorter training:

    >>> X[:, 1] += np.random.default_rng(0).normal(size=100)
    >>> imputer = AutoencoderImputer(
    ...     AutoencoderTransformer(1, scale=True, max_iter=20),
    ...     sample_posterior=True,
    ...     random_state=0,
    ... ).fit(X)
    >>> draws = [imputer.transform([[0.5, np.nan]])[0, 1] for _ in range(100)]
    >>> print(f"{np.mean(draws):.0f} +- {np.std(draws):.0f}")
    1 +- 1
    """

    _parameter_constraints: dict = {
        "estimator": [AutoencoderTransformer, None],
        "cv": [Number(Integral, 2, None, closed="left")],
        "sample_posterior": ["boolean"],
        "add_indicator": ["boolean"],
        "keep_empty_features": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator=None,
        *,
        cv=3,
        sample_posterior=False,
        add_indicator=False,
        keep_empty_features=False,
        random_state=None,
    ):
        self.estimator = estimator
        self.cv = cv
        self.sample_posterior = sample_posterior
        self.add_indicator = add_indicator
        self.keep_empty_features = keep_empty_features
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Fit the autoencoder, and choose by how much each feature is to follow it.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Training data, at least two samples; missing values are NaN.

        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : object
            The fitted imputer.

        Raises
        ------
        ValueError
            If X is not such an array, has an entry that is infinite, or `estimator`
            takes no missing values. The imputer is then as it was before, as it is
            after an interrupt.
        """
        with all_or_nothing(self):
            missing, numbers = self._numbers(X, reset=True)
            rng = check_random_state(self.random_state)
            used = ~missing.all(axis=0)
            weights, fitted = np.full(len(used), np.nan), []
            posterior = None
            if used.any():
                fitted = [self._fitted(numbers, rng)]
                of_folds, chosen, posterior = self._choose(numbers, fitted[0], rng)
                weights[used], fitted = chosen, fitted + of_folds
            indicator = None
            if self.add_indicator:
                indicator = MissingIndicator(error_on_new=False).fit(_holes(missing))
            self.estimators_, self.weights_ = fitted, weights
            self.indicator_, self.random_state_ = indicator, rng
            self._posterior = posterior
        return self

    def transform(self, X):
        """Fill in missing values: draws, others each time, with `sample_posterior`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`; missing values are NaN.

        Returns
        -------
        X_imputed : ndarray or DataFrame of shape (n_samples, n_features_out)
            The samples in their dtype (float64 for integers): known values are as they
            were. Columns that say what was missing follow with `add_indicator`. A
            DataFrame, with the dtypes of X, where columns have levels.

        Raises
        ------
        ValueError
            If X is not such an array, has an entry that is infinite or too far from the
            training data, or `sample_posterior` was set after `fit`.
        """
        check_is_fitted(self)
        missing, numbers = self._numbers(X)
        used, filled = ~np.isnan(self.weights_), numbers
        if used.any():
            filled = self._filled(numbers)
            if self.sample_posterior:
                filled = self._drawn(numbers, filled)
        marks = np.empty((len(numbers), 0))
        if self.indicator_ is not None:
            marks = self.indicator_.transform(_holes(missing))
        if self.table_ is not None:
            return self._in_frame(X, filled, marks)
        X = self._checked(X)
        result = np.where(missing, 0, X)
        result[:, used] = filled
        result = result if self.keep_empty_features else result[:, used]
        return np.hstack([result, marks.astype(X.dtype)])

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns that `transform` gives.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The names of the features; None for those seen in `fit`.

        Returns
        -------
        names : ndarray of str
            Those of the features, and of the columns that say what was missing.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        kept = names if self.keep_empty_features else names[~np.isnan(self.weights_)]
        if self.indicator_ is None:
            return kept
        return np.concatenate([kept, self.indicator_.get_feature_names_out(names)])

    def _numbers(self, X, reset=False):
        """Return which entries are missing, and the numbers of the used columns."""
        if reset:
            self.table_ = None
        if is_frame(X) and 0 not in X.shape and (reset or self.table_ is not None):
            validate_data(self, X, reset=reset, skip_check_array=True)
            missing = missing_entries(X)
            used = ~missing.all(axis=0) if reset else ~np.isnan(self.weights_)
            known = _safe_indexing(X, np.flatnonzero(used).tolist(), axis=1)
            table = table_of(known, "from_dtype") if reset else self.table_
            if table is not None and table.levels:
                self.table_ = table
                numbers = table.encode(known, "missing")
                check_array(
                    numbers,
                    ensure_min_samples=2 if reset else 1,
                    ensure_all_finite="allow-nan",
                )
                return missing, numbers
        X = self._checked(X, reset)
        missing = np.isnan(X)
        used = ~missing.all(axis=0) if reset else ~np.isnan(self.weights_)
        return missing, X[:, used]

    def _checked(self, X, reset=False):
        """Return X as an array of numbers."""
        return validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_min_samples=2 if reset else 1,
            ensure_all_finite="allow-nan",
        )

    def _in_frame(self, X, filled, marks):
        """Return a DataFrame like X, filled in, with marks of what was missing."""
        used, names = ~np.isnan(self.weights_), self.get_feature_names_out().tolist()
        known = _safe_indexing(X, np.flatnonzero(used).tolist(), axis=1)
        added = dict(zip(names[len(names) - marks.shape[1] :], marks.T, strict=True))
        if self.keep_empty_features:
            zeros = {X.columns[j]: np.zeros(len(X)) for j in np.flatnonzero(~used)}
            added = zeros | added
        return with_columns(self.table_.fill(known, filled), added, names)

    def _fitted(self, X, rng):
        """Return the autoencoder, fitted to some rows."""
        estimator = self.estimator
        if estimator is None:
            estimator = AutoencoderTransformer(
                X.shape[1], scale=True, early_stopping=False
            )
        if not get_tags(estimator).input_tags.allow_nan:
            raise ValueError(
                f"estimator must take missing values; {estimator!r} does not, by its "
                "network."
            )
        estimator = clone(estimator)
        if self.table_ is not None:
            estimator._levels = self.table_.levels
        if estimator.random_state is None:
            estimator.set_params(random_state=rng.randint(np.iinfo(np.int32).max))
        estimator._level = 1  # the weights decide what to keep
        if isinstance(estimator.cv, str):
            estimator.set_params(cv=None)  # by the folds of the imputer
        estimator.fit(X)
        if estimator.net_.interrupted_:
            raise KeyboardInterrupt  # by the user, who means all of the folds
        return estimator

    def _filled(self, X):
        """Return the numbers of rows, filled in."""
        weights = self.weights_[~np.isnan(self.weights_)]
        if self.table_ is not None:
            weights = self.table_.spread(weights[None])
        start = self.estimators_[0].model_.fill(X)
        end = np.mean([fitted.reconstruct(X) for fitted in self.estimators_], axis=0)
        filled = start + weights * (end - start)
        return np.where(np.isnan(X), filled, X).astype(X.dtype, copy=False)

    def _drawn(self, X, means):
        """Return the numbers of rows, with draws about means where nothing is known."""
        if self._posterior is None:
            raise ValueError(
                "sample_posterior=True was set after fit, which has not learned how "
                "far draws are from means. Call fit again."
            )
        model = self.estimators_[0].model_
        return self._posterior.draw(model, X, means, self.random_state_)

    def _choose(self, X, fitted, rng):
        """Return the autoencoders of folds, how far features go, what draws them."""
        ends = fitted.model_.spec.column_ends
        starts = [0, *ends[:-1]]
        missing, of_folds = np.isnan(X[:, starts]), []
        levels = fitted.model_.spec.levels
        n_numbers = len(ends) - len(levels)
        errors = Errors(X[:, :n_numbers], N_HIDINGS)
        products, squares = np.zeros((2, len(ends)))
        tried = np.zeros(missing.shape, dtype=bool)
        folds = KFold(min(self.cv, len(X)), shuffle=True, random_state=rng)
        for train, test in folds.split(X):
            if len(train) < 2 or missing[train].all(axis=0).any():
                continue  # such rows teach nothing of a feature
            of_folds.append(self._fitted(X[train], rng))
            model, scale = of_folds[-1].model_, of_folds[-1].scale_
            for _ in range(N_HIDINGS):
                hidden = self._hidden(missing, test, rng)
                hides = np.repeat(hidden, np.diff([0, *ends]), axis=1)
                shown = np.where(hides, np.nan, X[test])
                start = model.fill(shown)
                move = (model.reconstruct(shown) - start) / scale
                lacking = (X[test] - start) / scale
                products += _sums(np.where(hides, lacking * move, 0), starts)
                squares += _sums(np.where(hides, move**2, 0), starts)
                tried[test] |= hidden
                if self.sample_posterior:
                    errors.add(model, shown, hidden[:, :n_numbers], lacking, move)
        weights = np.where(tried.sum(axis=0) < FEWEST, 0.0, _weights(products, squares))
        posterior = None
        if self.sample_posterior:
            posterior = Posterior(errors.quantiles(weights[:n_numbers]), levels)
        return of_folds, self._in_order(weights), posterior

    def _in_order(self, by_column):
        """Return what is said of columns in their order."""
        if self.table_ is None:
            return by_column
        return self.table_.in_order(by_column[None])[0]

    def _hidden(self, missing, test, rng):
        """Return which known entries of some rows to hide: as others are missing."""
        others = missing[rng.randint(len(missing), size=len(test))]
        if not missing.any():
            others = rng.uniform(size=others.shape) < HIDDEN
        return others & ~missing[test]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.non_deterministic = bool(self.sample_posterior)
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "weights_")


def _holes(missing):
    """Return zeros, and NaN where an entry is missing."""
    return np.where(missing, np.nan, 0.0)


def _sums(by_number, starts):
    """Return sums over rows, and over the numbers of each column."""
    return np.add.reduceat(by_number.sum(axis=0), starts)


def _weights(products, squares):
    """Return how far each feature is to go, from 0 to 1.

    By least squares, of which each feature knows its own share, and all together the
    common one: towards that it is drawn, the more the less it knows.

    Parameters
    ----------
    products : ndarray of shape (n_features,)
        Sums of what was lacking times the move made.

    squares : ndarray of shape (n_features,)
        Sums of squared moves.

    Returns
    -------
    weights : ndarray of shape (n_features,)
        Shares of the move.
    """
    total = squares.sum()
    if total == 0:
        return np.zeros(len(squares))
    common, mean = products.sum() / total, squares.mean()
    return np.clip((products + mean * common) / (squares + mean), 0, 1)
