"""What each number of components is worth."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from sklearn.decomposition import PCA
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from sk_autoencoder.metrics import reconstruction_r2

R2_NAME = "explained share of the variance (R2)"


class ReconstructionCurveDisplay:
    """Curve of a score by the number of components, and that of PCA.

    Make one with `from_estimator`, of an autoencoder with ordered components, or with
    `from_cv`, of what cross-validation has found.

    Parameters
    ----------
    n_components : ndarray of int of shape (n_sizes,)
        The numbers of components, ascending.

    scores : ndarray of shape (n_sizes, n_folds)
        The scores of the autoencoder, in one column or in one for each fold.

    pca_scores : ndarray of shape (n_sizes, n_folds), default=None
        The scores of PCA; None or NaN where there are none.

    name : str, default=None
        What the legend calls the autoencoder. None is "autoencoder".

    score_name : str, default="explained share of the variance (R2)"
        What the axis calls the score.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it is drawn.

    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    lines_ : list of matplotlib.lines.Line2D
        The means over folds: of the autoencoder and, where it has scores, of PCA.

    fill_between_ : list of matplotlib.collections.PolyCollection
        Bands of one standard deviation of the folds around these; none where there is
        but one column.

    See Also
    --------
    sk_autoencoder.AutoencoderTransformerCV : Scores sizes by cross-validation.
    sklearn.model_selection.ValidationCurveDisplay : Draws scores by any parameter.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_autoencoder import AutoencoderTransformer
    >>> from sk_autoencoder.plotting import ReconstructionCurveDisplay
    >>> X = load_digits().data
    >>> X_train, X_test = X[:1200], X[1200:]
    >>> autoencoder = AutoencoderTransformer(16, bottleneck="ordered", max_iter=5)
    >>> display = ReconstructionCurveDisplay.from_estimator(
    ...     autoencoder.fit(X_train), X_test, X_train=X_train
    ... )
    >>> display.n_components
    array([ 1,  2,  4,  8, 16])
    """

    def __init__(
        self, *, n_components, scores, pca_scores=None, name=None, score_name=R2_NAME
    ):
        self.n_components = n_components
        self.scores = scores
        self.pca_scores = pca_scores
        self.name = name
        self.score_name = score_name

    @classmethod
    def from_estimator(
        cls, estimator, X, *, X_train=None, n_components=None, name=None, ax=None
    ):
        """Draw how well the first components of one fit reconstruct rows.

        Parameters
        ----------
        estimator : AutoencoderTransformer or AutoencoderTransformerCV
            A fitted transformer with ``bottleneck="ordered"``, or what has chosen its
            size.

        X : array-like of shape (n_samples, n_features)
            The rows, at best such that it was not fitted to.

        X_train : array-like of shape (n_samples, n_features), default=None
            The rows that it was fitted to. PCA is fitted to them, with each number of
            components, and drawn too. None leaves PCA out.

        n_components : array-like of int, default=None
            The numbers of components. None is the powers of two that are less than
            those of the transformer, and these.

        name : str, default=None
            What the legend calls the transformer. None is the name of its class.

        ax : matplotlib.axes.Axes, default=None
            Where to draw. None makes a figure.

        Returns
        -------
        display : ReconstructionCurveDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If components of the transformer have no order, or are fewer than a number
            asked for.

        See Also
        --------
        sk_autoencoder.metrics.reconstruction_r2 : The score.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        transformer = getattr(estimator, "transformer_", estimator)
        if not hasattr(transformer, "truncate"):
            raise ValueError(
                "A curve needs an AutoencoderTransformer, of bottleneck='ordered', or "
                f"a fitted AutoencoderTransformerCV; got {estimator!r}."
            )
        check_is_fitted(transformer)
        if n_components is None:
            most = transformer.n_components_
            n_components = [*(2 ** np.arange((most - 1).bit_length())), most]
        sizes = np.unique(n_components).tolist()
        scores = [reconstruction_r2(transformer.truncate(size), X) for size in sizes]
        pca_scores = None
        if X_train is not None:
            seed = transformer.random_state
            of_pca = [
                reconstruction_r2(
                    PCA(min(size, *np.shape(X_train)), random_state=seed).fit(X_train),
                    X,
                )
                for size in sizes
            ]
            pca_scores = np.array(of_pca)[:, None]
        return cls(
            n_components=np.array(sizes),
            scores=np.array(scores)[:, None],
            pca_scores=pca_scores,
            name=type(estimator).__name__ if name is None else name,
        ).plot(ax)

    @classmethod
    def from_cv(cls, estimator, *, name=None, ax=None):
        """Draw the scores that cross-validation has found.

        Parameters
        ----------
        estimator : AutoencoderTransformerCV
            A fitted one.

        name : str, default=None
            What the legend calls the autoencoder. None is the name of its class.

        ax : matplotlib.axes.Axes, default=None
            Where to draw. None makes a figure.

        Returns
        -------
        display : ReconstructionCurveDisplay
            What was drawn: means over folds, with bands of one standard deviation.

        Raises
        ------
        ValueError
            If it is no such estimator.
        """
        check_matplotlib_support(f"{cls.__name__}.from_cv")
        check_is_fitted(estimator)
        if not hasattr(estimator, "transformer_"):
            raise ValueError(
                "Scores of folds are those of an AutoencoderTransformerCV; got "
                f"{estimator!r}."
            )
        results = estimator.cv_results_
        scores, pca_scores = (
            np.column_stack([results[key] for key in results if key.startswith(prefix)])
            for prefix in ("split", "pca_split")
        )
        return cls(
            n_components=np.asarray(results["param_n_components"]),
            scores=scores,
            pca_scores=pca_scores,
            name=type(estimator.transformer_).__name__ if name is None else name,
            score_name=_name_of_score(estimator),
        ).plot(ax)

    def plot(self, ax=None):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw. None makes a figure.

        Returns
        -------
        display : ReconstructionCurveDisplay
            Itself.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        name = "autoencoder" if self.name is None else self.name
        curves = [(name, self.scores, "o-")]
        if self.pca_scores is not None and not np.isnan(self.pca_scores).all():
            curves.append(("PCA", self.pca_scores, "o--"))
        self.lines_, self.fill_between_ = [], []
        for label, scores, style in curves:
            mean, std = scores.mean(axis=1), scores.std(axis=1)
            self.lines_ += ax.plot(self.n_components, mean, style, label=label)
            if scores.shape[1] > 1:
                band = ax.fill_between(
                    self.n_components, mean - std, mean + std, alpha=0.25
                )
                self.fill_between_.append(band)
        ax.set_xscale("log", base=2)
        ax.set_xticks(self.n_components, [str(size) for size in self.n_components])
        ax.set_xlabel("number of components")
        ax.set_ylabel(self.score_name)
        ax.legend()
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _name_of_score(estimator):
    """Return what an axis calls the scores of folds."""
    if estimator.scorer_ is reconstruction_r2:
        return R2_NAME
    name = estimator.scoring
    if not isinstance(name, str):
        name = getattr(estimator.scorer_, "__name__", "score")
    return name.replace("_", " ")
