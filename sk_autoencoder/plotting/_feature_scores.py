"""Why a sample is an outlier."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Real

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import _check_feature_names_in


class FeatureScoresDisplay:
    """Bars of the features that make one sample outlying, with what was expected.

    Make one with `from_estimator`.

    Parameters
    ----------
    feature_scores : ndarray of shape (n_features,)
        What each feature adds to how outlying the sample is.

    values : ndarray of shape (n_features,)
        The sample.

    expected : ndarray of shape (n_features,)
        The values it is compared with.

    feature_names : array-like of str of shape (n_features,)
        The names to show.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it is drawn.

    bars_ : matplotlib.container.BarContainer
        The bars, the largest first.

    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.

    See Also
    --------
    sk_autoencoder.AutoencoderOutlierDetector.feature_scores : The numbers behind it.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sk_autoencoder import AutoencoderOutlierDetector
    >>> from sk_autoencoder.plotting import FeatureScoresDisplay
    >>> X = load_wine(as_frame=True).data
    >>> detector = AutoencoderOutlierDetector(random_state=0).fit(X)
    >>> row = X.iloc[[detector.score_samples(X).argmin()]]
    >>> display = FeatureScoresDisplay.from_estimator(detector, row)
    """

    def __init__(self, feature_scores, values, expected, feature_names):
        self.feature_scores = feature_scores
        self.values = values
        self.expected = expected
        self.feature_names = feature_names

    @classmethod
    def from_estimator(cls, estimator, X, *, n_top=10, ax=None):
        """Draw what makes one sample outlying.

        Parameters
        ----------
        estimator : AutoencoderOutlierDetector
            A fitted detector.

        X : array-like of shape (1, n_features)
            The sample.

        n_top : int, default=10
            The number of features to show.

        ax : matplotlib.axes.Axes, default=None
            Where to draw. None makes a figure.

        Returns
        -------
        display : FeatureScoresDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If X is not one sample.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        feature_scores, expected = estimator._explain(X)
        if len(feature_scores) != 1:
            raise ValueError(
                f"X must be one sample, of shape (1, n_features); got "
                f"{len(feature_scores)} samples."
            )
        values, expected = (np.asarray(row, dtype=object)[0] for row in (X, expected))
        names = _check_feature_names_in(estimator)
        display = cls(feature_scores[0], values, expected, names)
        return display.plot(n_top=n_top, ax=ax)

    def plot(self, *, n_top=10, ax=None):
        """Draw the bars.

        Parameters
        ----------
        n_top : int, default=10
            The number of features to show.

        ax : matplotlib.axes.Axes, default=None
            Where to draw. None makes a figure.

        Returns
        -------
        display : FeatureScoresDisplay
            Itself.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        top = np.argsort(-self.feature_scores, kind="stable")[:n_top]
        labels = [
            f"{self.feature_names[i]} = {_told(self.values[i])}\n"
            f"expected {_told(self.expected[i])}"
            for i in top
        ]
        self.bars_ = ax.barh(np.arange(len(top)), self.feature_scores[top])
        ax.set_yticks(np.arange(len(top)), labels, fontsize="small")
        ax.invert_yaxis()
        ax.set_xlabel(f"share of an outlyingness of {self.feature_scores.sum():.3g}")
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _told(value):
    """Return a number or a level, to be read."""
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    return f"{value:.3g}" if is_number else f"{value}"
