"""AutoencoderOutlierDetector: outliers are what the autoencoder did not learn."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from sk_autoencoder.data import without_broken_values
from sk_autoencoder.estimators._array_api import in_kind
from sk_autoencoder.estimators._auto import FEW_STEPS
from sk_autoencoder.estimators._base import BaseAutoencoder
from sk_autoencoder.estimators._plain import plain
from sk_autoencoder.estimators._resolve import resolve_part
from sk_autoencoder.networks import Number
from sk_autoencoder.scoring import SCORINGS, Scoring


class AutoencoderOutlierDetector(OutlierMixin, BaseAutoencoder):
    """Find outliers as the samples that an autoencoder cannot account for.

    An autoencoder reduces samples to what they have in common. A sample is compared
    with what it makes of random training samples: an outlier is far from the nearest.
    Outliers that sit together, which an autoencoder learns to reconstruct, are seldom
    among a few of them, and do not vouch for each other.

    Read more in the user guide.

    Parameters
    ----------
    n_components : "auto" or int, default="auto"
        The number of values that stand for a sample. "auto" is the root of the number
        of features, rounded.

    contamination : "auto" or float, default="auto"
        The share of outliers in the training data, in (0, 0.5], which sets
        `offset_`. "auto" puts it two robust standard deviations from the median of the
        training scores, on their cube root, under which a chi-squared variable is
        nearly normal [1]_. How much of clean data that calls outliers hangs on their
        tails: two percent of many normal features, ten and more of few or skewed ones.
        If you know the share of outliers, give it.

    scoring : {"neighbors", "gaussian", "residual"} or Scoring, default="neighbors"
        What makes a sample an outlier, in standardized units. A part, as
        ``sk_autoencoder.scoring.Neighbors(n_estimators=64)``, brings parameters of its
        own, which a grid search reaches as ``scoring__n_estimators``.

        - "neighbors": its squared distance to the nearest of some random training
          samples [2]_, as the autoencoder reconstructs them, a mean over many such
          draws [3]_: 32 of 16 from the four fifths of the training samples that are the
          least outlying in a first pass, and a sixteenth as many of 512 from all, as
          they are and as reconstructed. Both are divided by their medians over the
          training samples, so that 1 is ordinary, and the larger one counts.
        - "gaussian": Hotelling's T2 of its code plus its squared residuals over their
          variances, as for PCA in process control [4]_.
        - "residual": its squared error of reconstruction [5]_.

    novelty : bool, default=False
        Whether the training samples are known to be clean. Then no outliers among them
        can vouch for others, so ``scoring="neighbors"`` leaves no samples out, and
        compares with the draws of 512 alone.

    network : {"attention", "conv", "dense", "recurrent"}, Network, class or \
            callable, default="dense"
        The kind of network: a name, a family of `sk_autoencoder.networks`, or your own
        `torch.nn.Module` class or factory. The latter is called as
        ``network(n_features=..., n_components=...)`` and returns a module with two
        children: ``encoder``, from shape (n, n_features) to (n, n_components), and
        ``decoder``, back. It ignores `hidden_layer_sizes` and `activation`.

    categorical_features : "from_dtype", array-like of {bool, int, str} or None, \
            default="from_dtype"
        Which columns have levels: a mask, indices or names. "from_dtype" are those of a
        DataFrame of pandas or polars that hold text or truth values, or have a
        categorical dtype. They become one input for each level, 255 at most a column.
        None takes X for an array of numbers alone, and gives back such.

    handle_unknown : {"missing", "error"}, default="missing"
        What a level is that was not seen in `fit`: a missing value, or an error.

    sample_shape : tuple of int, default=None
        The shape of one sample, whose ravel is a row of X: (channels, height, width) or
        (channels, length) for "conv", (time, channels) for "attention" and "recurrent",
        which need it.
        X may then also have the shape (n_samples, ...) of such samples. Sequences that
        end early are padded with NaN.

    hidden_layer_sizes : "auto", int or array-like of int, default="auto"
        Units of the encoder's hidden layers, from the input on; the decoder mirrors
        them. "auto" is 4 units a feature, at least 64, at most 1024, of more than
        8,192 features ``2**23 / n_features``, and then half as many. For "conv" they
        are channels, (24, 48), for "recurrent" units, (64,), for "attention" the
        widths of its blocks, (64,).

    activation : {"elu", "gelu", "identity", "leaky_relu", "relu", "sigmoid", "silu", \
            "tanh"}, default="gelu"
        The function after each hidden layer. It has no effect on "recurrent", whose
        units have functions of their own, nor on your own network.

    init : {"pca", "random"}, default="pca"
        How training starts. "pca" puts a linear path beside the network, which starts
        as the PCA of the training data, and lets the network itself start as the zero
        function: before the first step the autoencoder is PCA. "random" is the plain
        network without that path, its weights drawn at random.

    bottleneck : {"deterministic", "variational", "sparse", "contractive", \
            "quantized", "ordered"} or Bottleneck, default="deterministic"
        What the code is: the encoder's output, at no cost, or with a penalty that makes
        it sparse, or robust to small changes of the input; or random, as in a
        variational autoencoder, which gives a likelihood; or the nearest vector of a
        learned codebook; or in an order, so that its first numbers are a smaller code,
        as those of PCA. A part, as ``sk_autoencoder.networks.Variational(beta=4.0)``,
        brings parameters of its own.

    loss : {"auto", "squared_error", "absolute_error", "huber", "log_loss", \
            "poisson", "multinomial"} or Loss, default="auto"
        What training minimizes, a mean over features. "auto" is the squared error,
        and for columns with levels the cross-entropy, as a share of the column's own
        entropy (0.1 nats at least). "log_loss" has a sigmoid link and needs data in
        [0, 1]; "poisson" (half the deviance) has a log link and needs data that are not
        negative. So does "multinomial" (half the deviance), with a softmax link: it
        takes the total of each row as given and is about the shares. A part, as
        `sk_autoencoder.networks.Huber`, brings parameters of its own, which a grid
        search reaches as ``loss__delta``.

    corruption : None, float, str or Corruption, default=None
        What is done to the input in training, which the network learns to undo, as in
        a denoising autoencoder. A number is the standard deviation of Gaussian noise,
        in units of the standardized data; "gaussian", "masking", "salt_and_pepper" and
        "swap" are noise of usual strength; or a part such as
        ``MaskingNoise(fraction=0.5)`` (see `sk_autoencoder.networks`).

    scale : "auto" or bool, default=True
        The data are centered, and divided by one number if False (the root of the
        mean variance, so that the objective is that of PCA), by the standard
        deviation of each feature if True, which "auto" is for tables with levels alone.
        Of levels zeros and ones are divided by the root of the share that the level
        has, as in factor analysis of mixed data.

    alpha : float, default=1e-4
        Strength of the decoupled weight decay of AdamW, zero for none. Another
        optimizer in `net_params` gets it as its ``weight_decay``, if it has one.

    batch_size : "auto" or int, default="auto"
        Samples in one step. "auto" is the power of two nearest to the root of
        n_samples, at least 32, at most 1024.

    learning_rate_init : "auto" or float, default="auto"
        The highest learning rate, which is reached after a linear warm-up over the
        first 5 % of the steps and then falls to zero along a cosine. "auto" is 0.005,
        times ``sqrt(batch_size / 128)`` for batches of more than 128 samples (as if of
        256 beyond that), times ``sqrt(1024 / widest)`` where the widest hidden layer
        has more than 1024 units.

    max_iter : "auto" or int, default="auto"
        Epochs at most; with zero nothing is trained. "auto" is as many as make 1,000
        steps, but 10 at least, which then are of 100 steps each, and 400 at most; and
        10 where so few samples are held out that PCA is kept in any case. None of them
        is on all samples, as for the transformer: those that are held out keep outliers
        from being learned.

    early_stopping : bool, default=True
        Whether to hold out `validation_fraction` of the samples, drawn at random, to
        choose the best epoch by; with folds all of them choose, see `cv`. If
        False, all samples are trained on, and the best epoch is chosen by the loss on a
        random tenth of the same, 100 to 10,000.

    validation_fraction : float, default=0.1
        The share of samples to hold out, in (0, 1): at least one sample. Only used
        with ``early_stopping=True``.

    cv : "auto", int, splitter or None, default=None
        The folds by which all samples decide how far to go from the start, instead of
        those that are held out: their number, or a splitter, such as
        `sklearn.model_selection.PredefinedSplit` where samples belong together. Each
        fold is held out once, and judges what is fitted to others, the start and the
        network: after trainings of a 64th of `max_iter`, then twice as long until one,
        from the third on, is not better by half a standard error, and a half and three
        quarters of the way from the start to where the best of them ends. Then all
        samples are trained on, to the best point of those whose mean gain has a p-value
        of at most 0.1, see `cv_results_`, or the start is kept; `loss_curve_` is of
        this training. Each fold trains for up to ``2 * max_iter`` epochs in all;
        `early_stopping`, `validation_fraction` and `n_iter_no_change` are not used.
        None is no such choice. "auto" is 5 for 50 to 500 samples, 3 for up to 1,000, of
        which a tenth would say little, and None for others; also with `sample_shape`,
        losses that have a link (counts, levels), callbacks in `net_params`,
        ``early_stopping=False``, ``init="random"`` and ``warm_start=True``.

    n_iter_no_change : "auto", int or inf, default="auto"
        After this many epochs in which the validation loss did not improve by `tol` the
        learning rate falls to zero over as many more, and training ends. Epochs of the
        warm-up do not count, and an improvement is one on the epochs after it, also
        where the start is still better. "auto" is a sixth of `max_iter`, at least 10.

    tol : float, default=1e-4
        The least improvement that counts for `n_iter_no_change`, as a share of the best
        loss since the warm-up; in [0, 1).

    warm_start : bool, default=False
        Whether a second `fit` goes on with the network, mean and scale of the last.

    random_state : int, RandomState instance or None, default=None
        Determines the weights, the validation samples and the batches. With an integer
        the same fit gives the same bits on the same machine; another number of threads
        or another way to pass the data may round differently. Torch's own generators
        are left as they were, so fits in threads of one process wait for each other.

    verbose : int, default=0
        Shows a progress bar over the epochs if positive, which also says when the fit
        prepares for them and when it finishes after them.

    device : str or torch.device, default="auto"
        Where to compute. "auto" is the GPU "cuda" where torch finds one, else "cpu".

    net_params : dict or None, default=None
        Further parameters of the `skorch.NeuralNet` that trains, of which none here
        says anything, such as ``{"optimizer": torch.optim.SGD}``. The ``"callbacks"``,
        a list of instances, are added to those that training needs; the user guide says
        what each of skorch's does here.

    Attributes
    ----------
    offset_ : float
        ``decision_function(X) = score_samples(X) - offset_``.

    training_scores_ : ndarray of shape (n_samples,)
        `score_samples` of the training samples. With ``scoring="neighbors"`` none is
        its own neighbor, nor is one that is the same to six digits.

    model_ : sk_autoencoder.model.AutoencoderModel
        The fitted model, arrays in and arrays out: what is to be saved or served.

    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the network, ``net_.history`` the record
        of the epochs.

    n_components_ : int
        The number of components.

    n_features_in_ : int
        Number of features seen during `fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen during `fit`, if they are all strings.

    table_ : sk_autoencoder.data.Table or None
        How the columns of X become the numbers that the network sees: of columns
        without levels first, then one for each level. None where they are the same.

    mean_ : ndarray of shape (n_numbers,)
        The means by which these numbers are centered.

    scale_ : ndarray of shape (n_numbers,)
        What the centered numbers are divided by.

    code_scale_ : float
        What the codes are multiplied by: `scale_` if that is one number, else 1; with a
        variational bottleneck 1, as codes have unit variance there.

    active_components_ : ndarray of bool of shape (`n_components_`,)
        Which components carry something: their codes vary, with a variational
        bottleneck by more than 0.01.

    n_iter_ : int
        The number of epochs trained that one was chosen of.

    n_final_iter_ : int
        The number of epochs on all samples after that choice, see `max_iter`.

    loss_curve_ : list of float of length `n_iter_`
        The mean training loss in each epoch, in standardized units.

    validation_loss_curve_ : list of float of length `n_iter_` + 1
        The validation loss before the first epoch and after each.

    best_iter_ : int
        The epoch that was chosen: 0 is the start, with ``init="pca"`` PCA.

    best_loss_ : float
        The validation loss after it; with `cv` that of all samples, held out.

    best_weight_ : float or None
        With `cv`, how far the weights that were kept are on the way from the start to
        those of epoch `best_iter_`, in [0, 1]; else None.

    best_index_ : int or None
        With `cv`, which of `cv_results_` was chosen: 0 is the start; else None.

    cv_results_ : dict of str to ndarray or None
        With `cv`, what was judged, the start first: "epochs", "weight" and, over all
        samples, "mean_test_score", minus the loss in standardized units, which with
        the defaults is the share of the variance that is explained less one;
        "mean_test_gain" over the start, and its "std_error_test_gain", which counts in
        that networks are trained on samples that others might be drawn instead of.

    See Also
    --------
    sklearn.ensemble.IsolationForest : Outliers as what random splits isolate soon.
    sklearn.covariance.EllipticEnvelope : Outliers of one robust Gaussian.
    AutoencoderTransformer : The same network, to reduce dimension.

    Notes
    -----
    A value is broken that is ten times as far from the median of its feature as 98 % of
    the values that differ from the median. In training, and for `mean_` and `scale_`,
    one as far as these stands for it, so that a value of 1e9 does not make all others
    look alike. Samples are scored as they are.

    A DataFrame may have columns with levels: text, truth values, categorical dtypes.
    The start is then the factor analysis of mixed data [7]_.

    X may be a sparse matrix, of which only a few rows at a time are made dense.

    Entries may be NaN, in `fit` and afterwards. They are filled in by probabilistic
    PCA [6]_, and the network is told which they are. A sample is then scored as if its
    own reconstruction stood there.

    What is said of a sample does not depend on the other samples it is passed with, but
    for the rounding of float32. Losses that diverge and interrupts are treated as in
    `AutoencoderTransformer`. With `cv` the standard error of the mean gain is corrected
    as in [8]_.

    References
    ----------
    .. [1] Wilson, E. B., & Hilferty, M. M. (1931). The distribution of chi-square.
       Proceedings of the National Academy of Sciences, 17(12), 684-688.

    .. [2] Sugiyama, M., & Borgwardt, K. (2013). Rapid distance-based outlier detection
       via sampling. Advances in Neural Information Processing Systems, 26.

    .. [3] Aggarwal, C. C., & Sathe, S. (2015). Theoretical foundations and algorithms
       for outlier ensembles. ACM SIGKDD Explorations Newsletter, 17(1), 24-47.

    .. [4] Jackson, J. E., & Mudholkar, G. S. (1979). Control procedures for residuals
       associated with principal component analysis. Technometrics, 21(3), 341-349.

    .. [5] Hawkins, S., He, H., Williams, G., & Baxter, R. (2002). Outlier detection
       using replicator neural networks. Data Warehousing and Knowledge Discovery,
       170-180.

    .. [6] Tipping, M. E., & Bishop, C. M. (1999). Probabilistic principal component
       analysis. Journal of the Royal Statistical Society B, 61(3), 611-622.

    .. [7] Pages, J. (2004). Analyse factorielle de donnees mixtes. Revue de Statistique
       Appliquee, 52(4), 93-111.

    .. [8] Nadeau, C., & Bengio, Y. (2003). Inference for the generalization error.
       Machine Learning, 52(3), 239-281.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_autoencoder import AutoencoderOutlierDetector
    >>> rng = np.random.default_rng(0)
    >>> height = rng.normal(size=500)
    >>> X = np.column_stack([height, height**2 + 0.1 * rng.normal(size=500)])
    >>> detector = AutoencoderOutlierDetector(random_state=0).fit(X)
    >>> detector.predict([[1.0, 1.0], [0.0, 3.0]])  # on the parabola, and off it
    array([ 1, -1])
    """

    _most_steps = FEW_STEPS
    _ends_on_all = False  # or outliers among them would be learned too
    _registries: ClassVar[dict] = {
        **BaseAutoencoder._registries,
        "scoring": SCORINGS,
    }

    _parameter_constraints: dict = {
        **BaseAutoencoder._parameter_constraints,
        "n_components": [
            StrOptions({"auto"}),
            Number(Integral, 1, None, closed="left"),
        ],
        "contamination": [
            StrOptions({"auto"}),
            Number(Real, 0, 0.5, closed="right"),
        ],
        "scoring": [StrOptions(set(SCORINGS)), Scoring],
        "novelty": ["boolean"],
    }

    def __init__(
        self,
        n_components="auto",
        *,
        contamination="auto",
        scoring="neighbors",
        novelty=False,
        network="dense",
        categorical_features="from_dtype",
        handle_unknown="missing",
        sample_shape=None,
        hidden_layer_sizes="auto",
        activation="gelu",
        init="pca",
        bottleneck="deterministic",
        loss="auto",
        corruption=None,
        scale=True,
        alpha=1e-4,
        batch_size="auto",
        learning_rate_init="auto",
        max_iter="auto",
        early_stopping=True,
        validation_fraction=0.1,
        cv=None,
        n_iter_no_change="auto",
        tol=1e-4,
        warm_start=False,
        random_state=None,
        verbose=0,
        device="auto",
        net_params=None,
    ):
        self.n_components = n_components
        self.network = network
        self.categorical_features = categorical_features
        self.handle_unknown = handle_unknown
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
        self.cv = cv
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.device = device
        self.net_params = net_params
        self.contamination = contamination
        self.scoring = scoring
        self.novelty = novelty

    @in_kind
    def score_samples(self, X):
        """Return how normal each sample is.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Minus how outlying each sample is, by `scoring`: zero at most, and lower is
            more abnormal.
        """
        check_is_fitted(self)
        return self._score_samples(self._validate(X))

    @in_kind
    def decision_function(self, X):
        """Return `score_samples` relative to the threshold.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            ``score_samples(X) - offset_``: negative for outliers.
        """
        return self.score_samples(X) - self.offset_

    @in_kind
    def predict(self, X):
        """Tell inliers from outliers.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            1 for inliers, -1 for outliers.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    @in_kind
    def feature_scores(self, X):
        """Return what each feature adds to how outlying each sample is.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples, n_features)
            Not negative: the sum of a row is minus its `score_samples`. With
            ``scoring="neighbors"`` that is shared out by how much less it would be if a
            feature was ignored [1]_, with "gaussian" T2 is by how far the code moves
            each feature from its mean.

        References
        ----------
        .. [1] Robnik-Sikonja, M., & Kononenko, I. (2008). Explaining classifications
           for individual instances. IEEE Transactions on Knowledge and Data
           Engineering, 20(5), 589-600.
        """
        check_is_fitted(self)
        scores = self._by_blocks(self._scoring.contributions, self._validate(X))
        return self._in_order(scores)

    @in_kind
    def expected(self, X):
        """Return the values that the features of each sample are compared with.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        values : ndarray or DataFrame of shape (n_samples, n_features)
            In the units of X, and a DataFrame if `fit` was given one: with
            ``scoring="neighbors"`` the feature's mean in the rows that are nearest by
            all other features, else the reconstruction.
        """
        check_is_fitted(self)
        values = self._by_blocks(self._scoring.expected, self._validate(X))
        return self._restored(self.model_.standardizer.inverse(values), like=X)

    @in_kind
    def p_values(self, X, X_calibration=None):
        """Return how likely a score as low as each sample's is for an inlier.

        These are conformal p-values [1]_: the share of calibration samples, and of the
        sample itself, that score as low. Their false discoveries are bounded by
        :func:`scipy.stats.false_discovery_control`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        X_calibration : array-like of shape (n_calibration_samples, n_features), \
                default=None
            Inliers that are not in the training data, for p-values that hold exactly.
            None takes the training samples, all of which should then be inliers: with
            ``scoring="neighbors"`` they are scored as if they had been held out.

        Returns
        -------
        p_values : ndarray of shape (n_samples,)
            In (0, 1]: at least one over one plus the number of calibration samples.

        References
        ----------
        .. [1] Bates, S., Candes, E., Lei, L., Romano, Y., & Sesia, M. (2023). Testing
           for outliers with conformal p-values. The Annals of Statistics, 51(1),
           149-178.

        Examples
        --------
        >>> import numpy as np
        >>> from scipy.stats import false_discovery_control
        >>> from sk_autoencoder import AutoencoderOutlierDetector
        >>> X = np.random.default_rng(0).normal(size=(500, 4))
        >>> detector = AutoencoderOutlierDetector(random_state=0).fit(X)
        >>> p_values = detector.p_values([[0, 0, 0, 0], [9, 0, 0, 0]])
        >>> false_discovery_control(p_values) <= 0.05
        array([False,  True])
        """
        scores = self.score_samples(X)
        known = (
            self.training_scores_
            if X_calibration is None
            else self.score_samples(X_calibration)
        )
        as_low = np.searchsorted(np.sort(known), scores, side="right")
        return (1 + as_low) / (1 + len(known))

    def _validate_params(self):
        """Check the parameters, those of the scoring too: before training."""
        super()._validate_params()
        self._resolve_scoring()

    def _resolve_scoring(self):
        return resolve_part(self.scoring, SCORINGS, "scoring")

    def _trusted(self, X, seed):
        """Return the rows without broken values, which would hide all others."""
        return without_broken_values(X, seed)

    def _learn(self, model, rows, seed):
        """Return what is normal, and where outliers begin."""
        scoring = self._resolve_scoring()
        fitted, outlyingness = scoring.fit_score(rows, seed, self.novelty)
        codes = rows.trusted.codes
        model.learn(codes)
        scores = -outlyingness
        if isinstance(self.contamination, str):
            offset = _robust_offset(scores)
        else:
            offset = np.percentile(scores, 100.0 * plain(self.contamination))
        return {
            "_scoring": fitted,
            "training_scores_": scores,
            "offset_": offset,
            "active_components_": model.active(codes),
        }

    def _score_samples(self, X):
        return -self._by_blocks(self._scoring.outlyingness, X)

    def _explain(self, X):
        """Return `feature_scores` and `expected` from one search."""
        check_is_fitted(self)
        rows = self.model_.view(self._validate(X))
        explained = zip(*map(self._scoring.explain, rows.blocks()), strict=True)
        scores, values = map(np.concatenate, explained)
        expected = self._restored(self.model_.standardizer.inverse(values))
        return self._in_order(scores), expected

    def _in_order(self, by_column):
        """Return columns in the order of X."""
        return by_column if self.table_ is None else self.table_.in_order(by_column)

    def _by_blocks(self, function, X):
        """Return what a function of a `View` gives for the rows of X."""
        return np.concatenate([*map(function, self.model_.view(X).blocks())])


def _robust_offset(scores):
    """Return the score two robust deviations below the median.

    Taken on the cube root, under which a chi-squared variable is nearly normal.
    """
    roots = np.cbrt(-scores)
    median = np.median(roots)
    deviation = 1.4826 * np.median(np.abs(roots - median))
    return -((median + 2 * deviation) ** 3)
