"""Recommendation by EASE and autoencoders."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from scipy.sparse import csr_array
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils._param_validation import StrOptions, validate_params
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_autoencoder.data import best_items
from sk_autoencoder.estimators._blend import choose
from sk_autoencoder.estimators._item_scores import (
    SideBySide,
    peaks_at_one,
    standardized_unseen,
    unit_rows,
)
from sk_autoencoder.estimators._transaction import all_or_nothing
from sk_autoencoder.estimators._transformer import AutoencoderTransformer
from sk_autoencoder.metrics import ndcg_at, ranking_scorer
from sk_autoencoder.networks import HistoryDenoiser, Number
from sk_autoencoder.starts import fit_items

# With more items the linear model is of low rank.
MOST_WHOLE = 10_000

# The low rank.
RANK = 256

# Epochs, and steps at most.
EPOCHS, MOST_STEPS = 30, 4_000

# Scores that are computed at once.
BLOCK = 2**22

# Values that are so many times the median would decide all by themselves.
MOST_OF_MEDIAN = 1e6


class AutoencoderRecommender(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """Recommend items by a linear model in closed form and denoising autoencoders.

    The linear model predicts each item from all others: EASE [1]_, or a form of it that
    weighs users and items by how active and popular they are, whichever ranks better.
    Autoencoders are trained to restore histories of which half is dropped, with the
    multinomial loss [2]_. Both score the items that a user has not, and the scores are
    added. How much the autoencoders count is decided on users whom neither has seen:
    not at all where the ranking of items that were held out from these does not improve
    by more than twice the standard error.

    Read more in the user guide.

    Parameters
    ----------
    n_components : int, default=100
        The number of hidden units of an autoencoder, which are the code of a user.

    dropout : float, default=0.5
        The share of a history that is dropped in each step of training, in [0, 1).

    alpha : float, default=1.0
        Strength of the decoupled weight decay of AdamW.

    batch_size : int, default=100
        Users in one step.

    learning_rate_init : float, default=0.01
        The highest learning rate, see `AutoencoderTransformer`.

    max_iter : "auto" or int, default="auto"
        Epochs of each autoencoder. "auto" is 30, but less where these are more than
        4,000 steps, one at least. With zero there is no autoencoder: the linear model
        decides alone, and there is no `transform`.

    rank : "auto", int or None, default="auto"
        The rank of the linear model. None is the full one, with a matrix of items by
        items, in double precision. "auto" is that for 10,000 items at most, and 256
        for more. A low rank needs memory for items by rank only.

    cv : int, default=5
        The number of folds of users: for each, an autoencoder is fitted to all other
        users, and tried on the fold. Of many users only as many folds are used as it
        takes to try 2,000.

    random_state : int, RandomState instance or None, default=None
        Determines the folds, what is held out in them, and all that the autoencoders
        draw.

    device : str or torch.device, default="auto"
        Where autoencoders compute. "auto" is the GPU "cuda" where torch finds one, else
        "cpu".

    Attributes
    ----------
    weighting_ : sk_autoencoder.starts.ItemWeighting
        The linear model that was chosen, and its ridge.

    linear_ : object
        That model, fitted to all users.

    estimators_ : list of AutoencoderTransformer
        The autoencoders: the first is fitted to all users, the others to those outside
        of a fold.

    networks_ : object or None
        The same side by side, as one network that takes sparse histories.

    weight_ : float
        How much the autoencoders count, from 0, not at all, to 1, alone.

    ndcg_ : float
        The NDCG of 100 items that was reached on users of the folds, with `weight_`;
        NaN if none could be tried. Somewhat optimistic, as `weight_` and `weighting_`
        were chosen by it.

    popularity_ : ndarray of shape (n_items,)
        The number of users that have each item.

    n_iter_ : int
        The number of epochs in which the first autoencoder was trained.

    n_features_in_ : int
        The number of items seen in `fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, where X had names that are all strings.

    See Also
    --------
    sk_autoencoder.interactions.interaction_matrix : Makes X from a DataFrame.
    sk_autoencoder.metrics.ranking_scorer : Scores recommendations in a grid search.
    sklearn.decomposition.TruncatedSVD : Recommends by low rank alone.

    Notes
    -----
    The order of items with equal scores is that of X. Users of whom nothing is known,
    or only items that nobody had in `fit`, are recommended what is popular.

    References
    ----------
    .. [1] Steck, H. (2019). Embarrassingly shallow autoencoders for sparse data. The
       Web Conference, 3251-3257.

    .. [2] Liang, D., Krishnan, R. G., Hoffman, M. D., & Jebara, T. (2018). Variational
       autoencoders for collaborative filtering. The Web Conference, 689-698.

    Examples
    --------
    Two groups of users, each with six items of its own, of which they have some.

    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from sk_autoencoder import AutoencoderRecommender
    >>> rng = np.random.default_rng(0)
    >>> X = np.kron(np.eye(2), np.ones((20, 6))) * (rng.uniform(size=(40, 12)) < 0.6)
    >>> model = AutoencoderRecommender(4, max_iter=5, random_state=0).fit(csr_array(X))
    >>> user = csr_array(([1, 1], ([0, 0], [1, 4])), shape=(1, 12))  # items 1 and 4
    >>> items, scores = model.recommend(user, n_items=4)
    >>> np.sort(items)
    array([[0, 2, 3, 5]])
    """

    _parameter_constraints: dict = {
        "n_components": [Number(Integral, 1, None, closed="left")],
        "dropout": [Number(Real, 0, 1, closed="left")],
        "alpha": [Number(Real, 0, None, closed="left")],
        "batch_size": [Number(Integral, 1, None, closed="left")],
        "learning_rate_init": [Number(Real, 0, None, closed="neither")],
        "max_iter": [StrOptions({"auto"}), Number(Integral, 0, None, closed="left")],
        "rank": [StrOptions({"auto"}), Number(Integral, 1, None, closed="left"), None],
        "cv": [Number(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
        "device": [str, torch.device],
    }

    def __init__(
        self,
        n_components=100,
        *,
        dropout=0.5,
        alpha=1.0,
        batch_size=100,
        learning_rate_init=0.01,
        max_iter="auto",
        rank="auto",
        cv=5,
        random_state=None,
        device="auto",
    ):
        self.n_components = n_components
        self.dropout = dropout
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.rank = rank
        self.cv = cv
        self.random_state = random_state
        self.device = device

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Fit the linear model and the autoencoders, and choose between them.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_users, n_items)
            What each user has: 1, a count or another strength of liking; zero is
            nothing. At least two users that have something. It is never made dense as
            a whole.

        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : object
            The fitted recommender.

        Raises
        ------
        ValueError
            If X has an entry that is negative, not finite, or a million times as large
            as the median of those that are not zero, or less than two users have
            something. The recommender is then as it was before, as it is after an
            interrupt.
        """
        with all_or_nothing(self):
            X = self._checked(X, reset=True)
            rng = check_random_state(self.random_state)
            X = X[np.diff(X.indptr) > 0].astype(np.float64)
            if X.shape[0] < 2:
                raise ValueError(
                    f"{X.shape[0]} of the users of X have something, that is a value "
                    "above zero; at least two must."
                )
            X.data /= X.data.max()  # so that no square overflows
            rank = self.rank
            if isinstance(rank, str):
                rank = RANK if X.shape[1] > MOST_WHOLE else None
            seed = rng.randint(np.iinfo(np.int32).max)
            fit_linear = partial(fit_items, rank=rank, seed=seed)
            fit_network = self._fit_network if self.max_iter else None
            chosen = choose(X, self.cv, fit_linear, fit_network, rng)
            networks = chosen.networks
            if fit_network is not None:
                networks = [self._fit_network(X, rng), *networks]
            self.linear_ = fit_linear(X, chosen.weighting)
            self.weighting_, self.weight_ = chosen.weighting, chosen.weight
            self.estimators_, self.ndcg_ = networks, chosen.ndcg
            self.networks_ = SideBySide(networks) if networks else None
            self.n_iter_ = networks[0].n_iter_ if networks else 0
            self.popularity_ = np.bincount(X.indices, minlength=X.shape[1])
        return self

    def predict(self, X):
        """Score all items for users, by their histories.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_users, n_items)
            What each user has, with the items seen in `fit`; users may be new.

        Returns
        -------
        scores : ndarray of shape (n_users, n_items)
            Higher is better. Of each user, those of items that the user has not have
            mean 0 and variance 1 by the linear model and by the autoencoders, before
            both are added. In the dtype of X (float64 for integers).

        Raises
        ------
        ValueError
            If X has an entry that is negative or not finite, or another number of
            items.
        """
        check_is_fitted(self)
        return self._scores(self._checked(X))

    @validate_params(
        {
            "X": ["array-like", "sparse matrix"],
            "n_items": [Number(Integral, 1, None, closed="left")],
            "exclude_seen": ["boolean"],
        },
        prefer_skip_nested_validation=True,
    )
    def recommend(self, X, n_items=10, exclude_seen=True):
        """Return the best items for users, by their histories.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_users, n_items_in)
            What each user has, with the items seen in `fit`; users may be new.

        n_items : int, default=10
            How many to recommend to each user, at most as many as there are.

        exclude_seen : bool, default=True
            Whether what a user has is not recommended.

        Returns
        -------
        items : ndarray of int of shape (n_users, n_items)
            Indices of columns of X, the best first. Where a user has all but fewer, the
            last ones are -1, which is no item.

        scores : ndarray of shape (n_users, n_items)
            Their scores, as `predict` gives them; -inf where there is no item.

        Raises
        ------
        ValueError
            If X has an entry that is negative or not finite, or another number of
            items, or `n_items` is more than there are.
        """
        check_is_fitted(self)
        X = self._checked(X)
        self._check_n_items(n_items)
        items = np.empty((X.shape[0], n_items), dtype=np.intp)
        scores = np.empty((X.shape[0], n_items), dtype=X.dtype)
        for batch in self._batches(X.shape[0]):
            history = X[batch]
            of_all = self._scores(history)
            if exclude_seen:
                of_all[history.nonzero()] = -np.inf
            items[batch] = best_items(of_all, n_items)
            scores[batch] = np.take_along_axis(of_all, items[batch], axis=1)
        items[np.isneginf(scores)] = -1
        return items, scores

    @validate_params(
        {
            "items": ["array-like", Integral],
            "n_items": [Number(Integral, 1, None, closed="left")],
        },
        prefer_skip_nested_validation=True,
    )
    def similar_items(self, items, n_items=10):
        """Return the items that an item speaks for the most.

        Parameters
        ----------
        items : int or array-like of int of shape (n_chosen,)
            Indices of columns of X.

        n_items : int, default=10
            How many to return for each, less than there are.

        Returns
        -------
        similar : ndarray of int of shape (n_chosen, n_items)
            Indices of other items, those first to whose scores in the linear model the
            item adds the most. An item that nobody had in `fit` adds nothing.

        weights : ndarray of shape (n_chosen, n_items)
            What it adds, of a user who has it once.

        Raises
        ------
        ValueError
            If there is no such item, or `n_items` is not less than there are.
        """
        check_is_fitted(self)
        items = np.atleast_1d(items)
        n_all = self.n_features_in_
        if items.ndim != 1 or not np.issubdtype(items.dtype, np.integer):
            raise ValueError(
                f"items must be indices, integers in one dimension; got {items!r}."
            )
        if len(items) and not (0 <= items.min() and items.max() < n_all):
            raise ValueError(
                f"items must be from 0 to {n_all - 1}; got {items.min()} to "
                f"{items.max()}."
            )
        self._check_n_items(n_items, n_all - 1)
        weights = self.linear_.weights_of(items)
        weights[np.arange(len(items)), items] = -np.inf  # not itself
        similar = best_items(weights, n_items)
        return similar, np.take_along_axis(weights, similar, axis=1)

    def transform(self, X):
        """Return the codes of users, by their histories.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_users, n_items)
            What each user has, with the items seen in `fit`; users may be new.

        Returns
        -------
        codes : ndarray of shape (n_users, n_components)
            The hidden units of the autoencoder that was fitted to all users, between -1
            and 1, in the dtype of X (float64 for integers).

        Raises
        ------
        ValueError
            If X has an entry that is negative or not finite, or another number of
            items, or there is no autoencoder, as ``max_iter=0``.
        """
        check_is_fitted(self)
        X = self._checked(X)
        if self.networks_ is None:
            raise ValueError(
                "transform needs an autoencoder, which max_iter=0 has not."
            )
        return self.networks_.codes(X, self._n_features_out).astype(X.dtype)

    def score(self, X, y=None):
        """Return how well items that are held out from users are ranked.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_users, n_items)
            What each user has, with the items seen in `fit`; users should be new.

        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        score : float
            The NDCG of 100 items, where a fifth of the items of each user is held out,
            the same at each call: ``ranking_scorer(ndcg_at, k=100)``.
        """
        check_is_fitted(self)
        return ranking_scorer(ndcg_at, k=100)(self, self._checked(X))

    @property
    def _n_features_out(self):
        return self.estimators_[0].n_components_ if self.estimators_ else 0

    def _checked(self, X, reset=False):
        """Return X as a CSR array of its own, without explicit zeros."""
        X = validate_data(
            self,
            X,
            reset=reset,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_min_samples=2 if reset else 1,
        )
        X = csr_array(X, copy=True)
        X.sum_duplicates()
        X.eliminate_zeros()
        if X.nnz and X.data.min() < 0:
            raise ValueError(
                f"Negative values in data passed to {type(self).__name__}: values say "
                f"how much a user likes an item, zero is nothing; X has "
                f"{X.data.min():g}. Of ratings, take those above a threshold: "
                "X > threshold."
            )
        if reset and X.nnz:
            peak = float(X.data.max())
            usual = np.median(X.data.astype(np.float64) / peak)  # sums may overflow
            if usual < 1 / MOST_OF_MEDIAN:
                raise ValueError(
                    f"The largest value of X, {peak:g}, is more than a million times "
                    f"the median of its nonzero values, {usual * peak:g}, and would "
                    "decide all. Take 1 for what a user has, or the log of counts."
                )
        return X

    def _check_n_items(self, n_items, most=None):
        most = self.n_features_in_ if most is None else most
        if n_items > most:
            raise ValueError(
                f"n_items must be at most {most}, of {self.n_features_in_} items in "
                f"all; got {n_items}."
            )

    def _batches(self, n_users):
        return gen_batches(n_users, max(BLOCK // self.n_features_in_, 1))

    def _fit_network(self, X, rng):
        """Return an autoencoder that is fitted to histories."""
        epochs = self.max_iter
        if isinstance(epochs, str):
            affordable = MOST_STEPS * self.batch_size // X.shape[0]
            epochs = min(EPOCHS, max(affordable, 1))
        network = partial(HistoryDenoiser, dropout=self.dropout)
        estimator = AutoencoderTransformer(
            self.n_components,
            network=network,
            init="random",
            loss="multinomial",
            alpha=self.alpha,
            batch_size=self.batch_size,
            learning_rate_init=self.learning_rate_init,
            max_iter=epochs,
            early_stopping=False,
            random_state=rng.randint(np.iinfo(np.int32).max),
            device=self.device,
        )
        estimator.fit(unit_rows(X).astype(np.float32))
        if estimator.net_.interrupted_:
            raise KeyboardInterrupt  # by the user, who means all of them
        return estimator

    def _scores(self, X):
        """Return the scores of all items."""
        scores = np.empty(X.shape, dtype=X.dtype)
        known = np.zeros(X.shape[0], dtype=bool)
        known[X.nonzero()[0][self.popularity_[X.indices] > 0]] = True
        scores[~known] = standardized_unseen(
            np.tile(self.popularity_.astype(float), ((~known).sum(), 1)), X[~known]
        )
        for batch in self._batches(X.shape[0]):
            some = np.flatnonzero(known[batch]) + batch.start
            history = peaks_at_one(X[some].astype(np.float64))
            blend = 0.0
            if self.weight_ < 1:
                linear = standardized_unseen(self.linear_.scores(history), history)
                blend = (1 - self.weight_) * linear
            if self.weight_ > 0:
                logs = self.networks_.scores(history)
                blend += self.weight_ * standardized_unseen(logs, history)
            scores[some] = blend
        return scores

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "weight_")
