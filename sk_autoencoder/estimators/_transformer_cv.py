"""The number of components by cross-validation, with one fit a fold."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import partial
from numbers import Integral

import numpy as np
from sklearn.base import (
    BaseEstimator,
    TransformerMixin,
    _fit_context,
    clone,
    is_classifier,
)
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.utils import get_tags, indexable
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_autoencoder.data import ravel_samples
from sk_autoencoder.estimators._array_api import in_kind
from sk_autoencoder.estimators._size_scores import (
    complete_numbers,
    fitted_anew,
    judge_sizes,
    negative_loss,
    powers_below,
    results_of,
)
from sk_autoencoder.estimators._transaction import all_or_nothing
from sk_autoencoder.estimators._transformer import AutoencoderTransformer
from sk_autoencoder.metrics import reconstruction_r2
from sk_autoencoder.networks import Number


class AutoencoderTransformerCV(TransformerMixin, BaseEstimator):
    """Choose the number of components of an autoencoder by cross-validation.

    To choose, components are ordered, so that one fit gives all sizes: each fold takes
    one fit instead of one a size. The first components are scored on the rows that were
    held out, by what they reconstruct or by how well an estimator predicts from them.
    The same is done with `sklearn.decomposition.PCA`, to compare. At last the
    autoencoder is fitted to all rows with the size that was best.

    Read more in the user guide.

    Parameters
    ----------
    autoencoder : AutoencoderTransformer, default=None
        The autoencoder, whose bottleneck is "deterministic" or "ordered". Its
        `n_components` is not used. None is ``AutoencoderTransformer()``.

    n_components : "auto", int or array-like of int, default="auto"
        The sizes to try. A number stands for itself and the powers of two below it;
        "auto" are the powers of two that are less than the number of features and of
        rows that a fold trains on.

    final_estimator : estimator, default=None
        What is to predict from the codes. For each fold and size a clone is fitted to
        the codes of the rows that are trained on, and scored on those of the others.
        None scores the reconstruction.

    scoring : str, callable or None, default=None
        How to score, greater is better. With `final_estimator`, the name of a scorer or
        a callable of ``(final_estimator, codes, y)``; None is its own `score`. Without,
        a callable of ``(transformer, X, y)``, which also gets a fitted PCA; None is
        `sk_autoencoder.metrics.reconstruction_r2`, or `AutoencoderTransformer.score`
        where columns have levels.

    cv : int, cross-validation generator or iterable, default=None
        The folds: their number, a splitter, or pairs of indices of rows to train on and
        to score. None is 5. A number makes them stratified where `final_estimator` is a
        classifier. See `sklearn.model_selection.check_cv`.

    n_jobs : int, default=None
        The number of folds to fit at once, each in a process. None is one, -1 is as
        many as there are processors.

    Attributes
    ----------
    transformer_ : AutoencoderTransformer
        The autoencoder, fitted to all rows with the best size. One without an order
        serves this size alone, and does so better than the first components of all
        that were scored. An ordered one is fitted with the largest size and truncated.

    n_components_ : int
        The size with the best mean score; the smallest of several.

    best_index_ : int
        Where it is in `cv_results_`.

    best_score_ : float
        Its mean score, of the first components of ordered ones.

    cv_results_ : dict of str to ndarray or list
        What was scored, by size from the smallest on, as
        `sklearn.model_selection.GridSearchCV` has it: "param_n_components", "params",
        "split0_test_score" and so on, "mean_test_score", "std_test_score" and
        "rank_test_score"; "mean_fit_time" and "std_fit_time" in seconds a fold, the
        same for all sizes, which share the fit. With "pca" before, as in
        "pca_mean_test_score", the same of PCA, but for the rank; NaN where X has
        missing values or columns with levels, which PCA does not take.

    scorer_ : callable
        What scored, called with an estimator, rows and y.

    n_features_in_ : int
        Number of features seen during `fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen during `fit`, if they are all strings.

    See Also
    --------
    AutoencoderTransformer : The autoencoder, also with a share of the variance as
        `n_components`.
    sk_autoencoder.plotting.ReconstructionCurveDisplay : Draws the scores.
    sklearn.feature_selection.RFECV : Chooses features so.

    Notes
    -----
    A reconstruction gains by nearly each component, also of rows that were held out;
    PCA's never loses. So without `final_estimator` the largest size is nearly always
    the best, and the scores themselves tell how many are enough. With
    ``AutoencoderTransformer(bottleneck="ordered")``, ``transformer_.truncate`` then
    gives any smaller size without another fit.

    PCA gets X as it is. To standardize it for both, put a
    `sklearn.preprocessing.StandardScaler` before, in a pipeline. Where there are more
    components than PCA can have, it has as many as it can.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sk_autoencoder import AutoencoderTransformer, AutoencoderTransformerCV
    >>> X, y = load_digits(n_class=4, return_X_y=True)
    >>> model = AutoencoderTransformerCV(
    ...     AutoencoderTransformer(max_iter=5, cv=None),
    ...     n_components=[1, 2, 8],
    ...     final_estimator=GaussianNB(),
    ...     cv=2,
    ... )
    >>> model = model.set_params(autoencoder__random_state=0).fit(X, y)
    >>> model.n_components_
    8
    >>> model.cv_results_["mean_test_score"].round(1)
    array([0.7, 0.8, 0.9])
    >>> model.transform(X).shape
    (720, 8)
    """

    _parameter_constraints: dict = {
        "autoencoder": [AutoencoderTransformer, None],
        "n_components": [
            StrOptions({"auto"}),
            Number(Integral, 1, None, closed="left"),
            "array-like",
        ],
        "final_estimator": [HasMethods("fit"), None],
        "scoring": [str, callable, None],
        "cv": ["cv_object"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        autoencoder=None,
        *,
        n_components="auto",
        final_estimator=None,
        scoring=None,
        cv=None,
        n_jobs=None,
    ):
        self.autoencoder = autoencoder
        self.n_components = n_components
        self.final_estimator = final_estimator
        self.scoring = scoring
        self.cv = cv
        self.n_jobs = n_jobs

    # The autoencoder and the final estimator have not been validated yet.
    @in_kind
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Score each size on rows that are held out, and fit to all with the best.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Training data, as `autoencoder` takes it.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            What `final_estimator` is to predict, by which `cv` may split; without such,
            it is only handed on to `cv` and `scoring`.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If X is not such an array, `autoencoder` has another bottleneck, a size is
            not a positive integer, `final_estimator` has no y, `scoring` is a name
            without it, or a score is not finite. The estimator is then as it was
            before, as it is after an interrupt.
        """
        with all_or_nothing(self):
            autoencoder, ordered = self._autoencoders()
            X = ravel_samples(X, ordered.sample_shape)
            probe = clone(ordered)
            probe._validate(X, reset=True, n_samples=2)
            has_levels = probe.table_ is not None and len(probe.table_.levels) > 0
            validate_data(self, X, skip_check_array=True)
            scorer = self._scorer(y, has_levels)
            X, y = indexable(X, y)
            splits = self._splits(X, y)
            sizes = self._sizes(min(len(train) for train, _ in splits))
            ordered.set_params(n_components=int(sizes[-1]))
            of_pca = None if has_levels else complete_numbers(X)
            judge = partial(judge_sizes, ordered, sizes, self.final_estimator, scorer)
            judged = Parallel(n_jobs=self.n_jobs)(
                delayed(judge)(X, of_pca, y, train, test) for train, test in splits
            )
            results = results_of(sizes, judged, scorer)
            means = results["mean_test_score"]
            best = int(np.argmax(means))
            size = int(sizes[best])
            if autoencoder is ordered:
                self.transformer_ = fitted_anew(ordered, X, y).truncate(size)
            else:
                autoencoder.set_params(n_components=size)
                self.transformer_ = fitted_anew(autoencoder, X, y)
            self.n_components_ = size
            self.best_index_, self.best_score_ = best, float(means[best])
            self.cv_results_, self.scorer_ = results, scorer
        return self

    def transform(self, X):
        """Encode samples.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            Their codes, in the dtype of X (float64 for integers).
        """
        check_is_fitted(self)
        return self.transformer_.transform(X)

    def inverse_transform(self, X):
        """Decode codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes, as `transform` gives them.

        Returns
        -------
        X_original : ndarray or DataFrame of shape (n_samples, n_features)
            The samples they stand for, see `AutoencoderTransformer.inverse_transform`.
        """
        check_is_fitted(self)
        return self.transformer_.inverse_transform(X)

    def reconstruct(self, X, mask=None):
        """Encode samples and decode their codes.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        mask : array-like of bool of shape (n_samples, n_features), default=None
            True where an entry of X is missing. None is nowhere.

        Returns
        -------
        X_reconstructed : ndarray or DataFrame of shape (n_samples, n_features)
            The reconstruction, see `AutoencoderTransformer.reconstruct`.
        """
        check_is_fitted(self)
        return self.transformer_.reconstruct(X, mask)

    def score(self, X, y=None):
        """Return the mean negative reconstruction loss of samples.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        score : float
            That of `AutoencoderTransformer.score`, whatever `scoring` is.
        """
        check_is_fitted(self)
        return self.transformer_.score(X)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the components.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with those seen in `fit`.

        Returns
        -------
        names : ndarray of str of shape (n_components,)
            Names as `AutoencoderTransformer` has them.
        """
        check_is_fitted(self)
        return self.transformer_.get_feature_names_out(input_features)

    def _asked(self):
        """Return the autoencoder of the parameters, not cloned."""
        return (
            AutoencoderTransformer() if self.autoencoder is None else self.autoencoder
        )

    def _autoencoders(self):
        """Return the autoencoder to fit at last, and the ordered one to choose by."""
        asked = clone(self._asked())
        if asked._asked("bottleneck", "ordered", False):
            return asked, asked
        in_order = asked._asked("bottleneck", "in_order", None)
        if in_order is None:
            raise ValueError(
                "Sizes are chosen by components with an order: bottleneck='ordered' of "
                "autoencoder has it, and 'deterministic' is given it for the choice; "
                f"got bottleneck={asked.bottleneck!r}."
            )
        return asked, clone(asked).set_params(bottleneck=in_order)

    def _scorer(self, y, has_levels):
        """Return what scores: a callable of an estimator, rows and y."""
        if self.final_estimator is not None:
            if y is None:
                raise ValueError(
                    f"This {type(self).__name__} estimator requires y to be passed, "
                    "but the target y is None: final_estimator="
                    f"{self.final_estimator!r} is to predict it."
                )
            return check_scoring(self.final_estimator, self.scoring)
        if isinstance(self.scoring, str):
            raise ValueError(
                f"scoring={self.scoring!r} scores predictions, and there is no "
                "final_estimator to make any. Pass one, or a callable of "
                "(transformer, X, y), as those of sk_autoencoder.metrics."
            )
        if self.scoring is None:
            return negative_loss if has_levels else reconstruction_r2
        return self.scoring

    def _splits(self, X, y):
        """Return pairs of indices, of rows to fit to and to score, a fold each."""
        final = self.final_estimator
        stratifies = final is not None and is_classifier(final)
        return list(check_cv(self.cv, y, classifier=stratifies).split(X, y))

    def _sizes(self, n_rows):
        """Return the sizes to try, from the smallest on."""
        asked = self.n_components
        if isinstance(asked, str):
            most = min(self.n_features_in_, n_rows)
            return powers_below(max(most, 2))
        if isinstance(asked, Integral):
            return np.append(powers_below(asked), asked)
        sizes = np.asarray(asked)
        is_right = sizes.ndim == 1 and len(sizes) and sizes.dtype.kind in "iu"
        if not (is_right and sizes.min() >= 1):
            raise ValueError(
                "n_components must be 'auto', an integer or the sizes to try, integers "
                f"of 1 at least, as [1, 2, 4]; got {asked!r}."
            )
        return np.unique(sizes).astype(np.int64)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        of_autoencoder = get_tags(self._asked())
        tags.input_tags = of_autoencoder.input_tags
        tags.transformer_tags = of_autoencoder.transformer_tags
        if self.final_estimator is not None:
            tags.target_tags = get_tags(self.final_estimator).target_tags
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "transformer_")
