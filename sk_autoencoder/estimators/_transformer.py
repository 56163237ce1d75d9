"""AutoencoderTransformer: PCA's place in a pipeline, taken by an autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
from numbers import Integral, Real

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import RealNotInt, validate_params
from sklearn.utils.validation import check_array, check_is_fitted

from sk_autoencoder.data import check_domain, check_finite, some_rows
from sk_autoencoder.estimators._array_api import in_kind
from sk_autoencoder.estimators._base import BaseAutoencoder
from sk_autoencoder.estimators._order import explained_ratios, n_enough, truncated
from sk_autoencoder.model import KERNEL_ROWS, MIXTURE_ROWS, RowSampler, density_of
from sk_autoencoder.networks import Number


class AutoencoderTransformer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseAutoencoder
):
    """Reduce dimension with an autoencoder that starts at PCA.

    An encoder maps each sample to `n_components` numbers, a decoder maps these back;
    both are trained together to lose as little as possible [1]_. The network starts as
    the principal component analysis of the training data [2]_. Of all epochs the one
    with the lowest loss on held-out samples is kept, but only if it is better than the
    start beyond doubt (p at most 0.01): training may only improve on PCA.

    Read more in the user guide.

    Parameters
    ----------
    n_components : int, float or None, default=2
        The number of values that stand for a sample. More than the data has features
        is allowed: PCA then fills what it can and the network the rest. With
        ``bottleneck="ordered"`` it may be a share of the variance in (0, 1): the
        network is given as many components as PCA needs for it, and of these the
        fewest are kept that explain it, see `explained_variance_ratio_`. None then is
        as many as PCA needs for 0.99.

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

    scale : "auto" or bool, default="auto"
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
        Epochs at most; with zero nothing is trained. "auto" is 60; more
        where these are fewer than 1,500 steps, but 400 at most; less where they are
        more than 4,000 steps, but 10 at least, which then are of 400 steps each; and 10
        where so few samples are held out that PCA is kept in any case. Where samples
        are held out and `net_params` has no callbacks, a sixth of the epochs is for all
        samples: the best of the others, if it is not the start, is trained on with
        them, for one epoch in five up to it, at a third of the learning rate.

    early_stopping : bool, default=True
        Whether to hold out `validation_fraction` of the samples, drawn at random, to
        choose the best epoch by; with folds all of them choose, see `cv`. If
        False, all samples are trained on, and the best epoch is chosen by the loss on a
        random tenth of the same, 100 to 10,000.

    validation_fraction : float, default=0.1
        The share of samples to hold out, in (0, 1): at least one sample. Only used
        with ``early_stopping=True``.

    cv : "auto", int, splitter or None, default="auto"
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
    model_ : sk_autoencoder.model.AutoencoderModel
        The fitted model, arrays in and arrays out: what is to be saved or served.

    net_ : skorch.NeuralNet
        The trained net; ``net_.module_`` is the network, ``net_.history`` the record
        of the epochs.

    n_components_ : int
        The number of components.

    explained_variance_ratio_ : ndarray of shape (`n_components_`,) or None
        With ``bottleneck="ordered"``, the share of the variance that each component
        adds to what those before it explain, over all standardized numbers and the
        rows that were held out: by `validation_fraction`, or by the folds of `cv`; over
        all rows where none were. None where components have no order.

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
    sklearn.decomposition.PCA : The linear method this one starts from.
    AutoencoderTransformerCV : Chooses the number of components by cross-validation.
    AutoencoderOutlierDetector : The same network, to find outliers.

    Notes
    -----
    Before training (``max_iter=0``) the codes and the reconstruction are those of
    ``PCA(n_components)``, of standardized features if ``scale=True``. Computation is
    in float32, of standardized values, so that X may have any unit; the results have
    the dtype of X. Where they do not fit it, or are not finite, an error says so.

    A DataFrame may have columns with levels: text, truth values, categorical dtypes.
    The start is then the factor analysis of mixed data [4]_.

    X may be a sparse matrix, of which only a few rows at a time are made dense.

    Entries may be NaN, in `fit` and afterwards. They are filled in by probabilistic
    PCA [3]_, the network is told which they are, and the loss is that of all others.

    A loss that is no longer finite restarts training once, at a tenth of the learning
    rate, from the best state so far; if that diverges too, the best state is kept with
    a `sklearn.exceptions.ConvergenceWarning`. The curves are then those of the second
    training. Where it is not finite before any step, nothing can be trained: with
    ``init="pca"`` PCA is kept, with such a warning; else it is an error. An interrupt
    (Ctrl-C) ends training with a warning and the best state so far.

    With `cv` an interrupt ends the fit, and the estimator is left as it was. The
    standard error of the mean gain is corrected as in [5]_.

    References
    ----------
    .. [1] Hinton, G. E., & Salakhutdinov, R. R. (2006). Reducing the dimensionality of
       data with neural networks. Science, 313(5786), 504-507.

    .. [2] Baldi, P., & Hornik, K. (1989). Neural networks and principal component
       analysis: learning from examples without local minima. Neural Networks, 2(1),
       53-58.

    .. [3] Tipping, M. E., & Bishop, C. M. (1999). Probabilistic principal component
       analysis. Journal of the Royal Statistical Society B, 61(3), 611-622.

    .. [4] Pages, J. (2004). Analyse factorielle de donnees mixtes. Revue de Statistique
       Appliquee, 52(4), 93-111.

    .. [5] Nadeau, C., & Bengio, Y. (2003). Inference for the generalization error.
       Machine Learning, 52(3), 239-281.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> from sk_autoencoder.metrics import reconstruction_r2
    >>> X = load_digits().data
    >>> X_train, X_test = X[:1500], X[1500:]
    >>> pca = PCA(n_components=4).fit(X_train)
    >>> autoencoder = AutoencoderTransformer(n_components=4, random_state=0)
    >>> codes = autoencoder.fit_transform(X_train)
    >>> codes.shape
    (1500, 4)
    >>> reconstruction_r2(autoencoder, X_test) > reconstruction_r2(pca, X_test) + 0.1
    True
    """

    _parameter_constraints = {
        **BaseAutoencoder._parameter_constraints,
        "n_components": [
            Number(Integral, 1, None, closed="left"),
            Number(RealNotInt, 0, 1, closed="neither"),
            None,
        ],
    }

    def __init__(
        self,
        n_components=2,
        *,
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
        scale="auto",
        alpha=1e-4,
        batch_size="auto",
        learning_rate_init="auto",
        max_iter="auto",
        early_stopping=True,
        validation_fraction=0.1,
        cv="auto",
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

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _n_features_out(self):
        return self.n_components_

    @in_kind
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
        return self.model_.encode(self._validate(X))

    @in_kind
    def inverse_transform(self, X):
        """Decode codes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Codes, as `transform` gives them; with ``bottleneck="ordered"`` also their
            first columns alone.

        Returns
        -------
        X_original : ndarray or DataFrame of shape (n_samples, n_features)
            The samples they stand for, in the units of the training data and the
            dtype of the codes. A DataFrame, where `table_` has been learned from one,
            with its columns and dtypes: integers are rounded. If columns have levels,
            the most likely is taken of each, and numbers are kept to the range of the
            training data, and rounded too in columns of floats that are whole but for
            missing entries.

        Raises
        ------
        ValueError
            If the codes have another number of columns than `n_components_`, or with
            ``bottleneck="ordered"`` more.
        """
        check_is_fitted(self)
        codes = check_array(X, dtype=[np.float64, np.float32], ensure_all_finite=False)
        check_finite(codes, type(self).__name__)
        ordered = self.model_.spec.bottleneck.ordered
        if codes.shape[1] != self.n_components_ and not (
            ordered and codes.shape[1] < self.n_components_
        ):
            prefix = ", or the first of these" if ordered else ""
            raise ValueError(
                f"X must hold codes of {self.n_components_} components{prefix}, as "
                f"transform gives them; got {codes.shape[1]} columns."
            )
        return self._restored(self.model_.decode(codes))

    def truncate(self, n_components):
        """Return a fitted transformer of fewer components: the first of an order.

        With ``bottleneck="ordered"`` alone. Its codes are the first columns of those
        that this one gives, and it needs no other fit.

        Parameters
        ----------
        n_components : int
            How many to keep, `n_components_` at most.

        Returns
        -------
        transformer : AutoencoderTransformer
            A copy, with that `n_components`: the next `fit` is of a network of that
            size.

        Raises
        ------
        ValueError
            If the components have no order, or are fewer.

        Examples
        --------
        >>> from sklearn.datasets import load_wine
        >>> from sklearn.preprocessing import scale
        >>> from sk_autoencoder import AutoencoderTransformer
        >>> X = scale(load_wine().data)
        >>> ladder = AutoencoderTransformer(
        ...     8, bottleneck="ordered", max_iter=20, random_state=0
        ... ).fit(X)
        >>> small = ladder.truncate(2)
        >>> bool((small.transform(X) == ladder.transform(X)[:, :2]).all())
        True
        """
        check_is_fitted(self)
        self._check_prefix(n_components)
        transformer = copy.deepcopy(self)
        vars(transformer).update(truncated(vars(transformer), int(n_components)))
        return transformer.set_params(n_components=int(n_components))

    @in_kind
    def reconstruct(self, X, mask=None, n_components=None):
        """Encode samples and decode their codes.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        mask : array-like of bool of shape (n_samples, n_features), default=None
            True where an entry of X is missing. Whatever stands there, it is replaced
            by the feature's mean before encoding, as `MaskingNoise` does in training,
            so that the reconstruction fills it in. None is nowhere.

        n_components : int, default=None
            With ``bottleneck="ordered"``, how many of the components are decoded, the
            first. None is all.

        Returns
        -------
        X_reconstructed : ndarray or DataFrame of shape (n_samples, n_features)
            ``inverse_transform(transform(X))``, in one pass; NaN where a sequence has
            ended. With a loss that knows only the shares of a row, they are those of
            the row's own total, which its codes alone do not tell. A DataFrame where
            `inverse_transform` gives one, with the index of X.

        Raises
        ------
        ValueError
            If the mask is not boolean, or has another shape than X, or if components
            that have no order are to be left out.
        """
        check_is_fitted(self)
        if n_components is not None:
            self._check_prefix(n_components)
        numbers = self._validate(X)
        if mask is not None:
            numbers = self._fill(numbers, mask)
        rows = self.model_.reconstruct(numbers, n_components)
        return self._restored(rows, like=X)

    def _check_prefix(self, n_components):
        """Raise unless so many of the components are a code."""
        if not self.model_.spec.bottleneck.ordered:
            raise ValueError(
                f"n_components={n_components!r} would leave some out, and all of them "
                f"belong together with bottleneck={self.bottleneck!r}: fit with "
                "bottleneck='ordered'."
            )
        is_number = isinstance(n_components, Integral) and n_components is not True
        if not (is_number and 1 <= n_components <= self.n_components_):
            raise ValueError(
                f"n_components must be an integer from 1 to {self.n_components_}, the "
                f"components there are; got {n_components!r}."
            )

    @validate_params(
        {
            "n_samples": [Number(Integral, 1, None, closed="left")],
            "random_state": ["random_state"],
            "given": [dict, None],
        },
        prefer_skip_nested_validation=True,
    )
    def sample(self, n_samples=1, random_state=None, given=None):
        """Draw new samples.

        Random codes are decoded. With a variational bottleneck they are standard
        normal, with a quantized one vectors of the codebook, each as often as the
        training samples choose it. Else they come from a Gaussian mixture that is
        fitted to the codes of up to 10,000 training samples [1]_, and whose number of
        components has the best likelihood on a fifth of them; its covariances are
        diagonal where `n_components` is over 256.

        Of a table, that is where `table_` is not None, the rows are like those that
        were fitted, in all columns: codes are drawn from a kernel density around those
        of up to 5,000 training samples [2]_. To what they decode to what the decoder
        leaves open is added, as in another training sample, and each column is given
        the distribution that it has in these. Entries are missing as in them.

        The first call takes longer, as what is drawn from is fitted there. It depends
        on the training samples alone, and a pickle does not hold it; one of a table
        holds up to 5,000 training samples.

        Parameters
        ----------
        n_samples : int, default=1
            How many to draw.

        random_state : int, RandomState instance or None, default=None
            Determines the codes.

        given : dict, default=None
            Of a table, values that all samples have, by the name of their column:
            ``{"Job": "fixed"}``. All other columns are drawn as for samples that have
            these values: each is one of 100, chosen by weights of importance.

        Returns
        -------
        X : ndarray or DataFrame of shape (n_samples, n_features)
            The samples, in the units and the dtype of the training data; a DataFrame,
            if `fit` was given one.

        Raises
        ------
        ValueError
            If `given` names no column, has a value that the column cannot have, or the
            training data were not a table.

        References
        ----------
        .. [1] Ghosh, P., Sajjadi, M. S. M., Vergari, A., Black, M., & Scholkopf, B.
           (2020). From variational to deterministic autoencoders. International
           Conference on Learning Representations.

        .. [2] Silverman, B. W., & Young, G. A. (1987). The bootstrap: to smooth or not
           to smooth? Biometrika, 74(3), 469-479.
        """
        check_is_fitted(self)
        if self.table_ is not None:
            numbers = None if given is None else self.table_.encode_given(given)
            return self._restored(
                self._density.sample(n_samples, random_state, numbers)
            )
        if given is not None:
            raise ValueError(
                f"given={given!r} needs a table: fit to a DataFrame, or with "
                "categorical_features."
            )
        return self.model_.decode(self._density.sample(n_samples, random_state))

    def _learn(self, model, rows, seed):
        """Keep what to draw samples from."""
        some = some_rows(rows, MIXTURE_ROWS, seed=0)
        model.learn(some.codes)
        if self.table_ is None:
            density = density_of(model, some.codes, rows.dtype)
        else:
            density = RowSampler(model, some_rows(some, KERNEL_ROWS, seed=0).original)
        return {"_density": density, "active_components_": model.active(some.codes)}

    def _finished(self, attributes, held_out):
        """Say what ordered components explain; keep enough where a share is asked."""
        model = attributes["model_"]
        if not model.spec.bottleneck.ordered:
            return attributes | {"explained_variance_ratio_": None}
        ratios = explained_ratios(held_out(model))
        attributes = attributes | {"explained_variance_ratio_": ratios}
        if isinstance(self.n_components, Real) and self.n_components < 1:
            attributes = truncated(attributes, n_enough(ratios, self.n_components))
        return attributes

    def _fill(self, X, mask):
        """Return X with the features' means where the mask is True."""
        mask, shape = np.asarray(mask), (len(X), self.n_features_in_)
        if mask.dtype != bool or mask.shape != shape:
            raise ValueError(
                f"mask must be boolean and of shape {shape}, that of X, True where "
                f"an entry is missing; got dtype {mask.dtype}, shape {mask.shape}."
            )
        mask = mask if self.table_ is None else self.table_.spread(mask)
        return np.where(mask, self.mean_.astype(X.dtype), X)

    @in_kind
    def score_samples(self, X):
        """Return the negative reconstruction loss of each sample.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            Minus the `loss`, its mean over known features, as in training: of data that
            are centered and divided by `scale_` or, where the loss has a link, in nats.
            Zero where nothing is known. Higher is more normal. With the defaults, 0 is
            perfect and -1 is what the mean of the training data would score there on
            average. With a variational bottleneck, estimates of the log-likelihood of
            the sample, in nats, that are to be compared with
            `sklearn.decomposition.PCA.score_samples`. Where entries are missing it is
            that of the known ones, which does not compare with that of a sample of
            which others are known.

        Raises
        ------
        ValueError
            If X leaves the domain of the loss.
        """
        check_is_fitted(self)
        X, loss = self._validate(X), self.model_.spec.loss
        check_domain(X, *loss.domain, type(self).__name__, loss)
        return self.model_.score(X)

    @in_kind
    def score(self, X, y=None):
        """Return the mean of `score_samples`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        score : float
            The negative mean reconstruction loss. With the defaults and the training
            data, the share of the variance that is explained, minus one. With a
            variational bottleneck, the mean log-likelihood, of what is known: that of
            another X does not compare if other entries are missing there.
        """
        return float(np.mean(self.score_samples(X)))
