"""The display that says what each number of components is worth."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

from sk_autoencoder import AutoencoderTransformer, AutoencoderTransformerCV
from sk_autoencoder.metrics import neg_mean_absolute_reconstruction_error
from sk_autoencoder.plotting import ReconstructionCurveDisplay


@pytest.fixture(scope="module", autouse=True)
def without_a_screen():
    import matplotlib

    matplotlib.use("agg")


@pytest.fixture(scope="module")
def rows():
    """Return rows to fit to, along a curve, and others."""
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, 400)
    X = np.column_stack([2 * t, t**2, np.cos(4 * t), np.sin(4 * t), np.zeros(400)])
    X += 0.05 * rng.normal(size=X.shape)
    return X[:300], X[300:]


@pytest.fixture(scope="module")
def ordered(rows):
    return autoencoder(3, max_iter=60).fit(rows[0])


def autoencoder(n_components=2, **params):
    params = {"max_iter": 1, "cv": None, "random_state": 0} | params
    return AutoencoderTransformer(n_components, bottleneck="ordered", **params)


def r2(X, reconstruction):
    return 1 - np.square(X - reconstruction).sum() / np.square(X - X.mean(axis=0)).sum()


def test_lines_are_what_the_first_components_explain(rows, ordered):
    X_train, X = rows
    display = ReconstructionCurveDisplay.from_estimator(ordered, X, X_train=X_train)
    ours, of_pca = display.lines_
    sizes = [1, 2, 3]
    expected = [r2(X, ordered.reconstruct(X, n_components=k)) for k in sizes]
    assert_array_equal(ours.get_xdata(), sizes)
    assert_allclose(ours.get_ydata(), expected, atol=1e-6)
    assert_allclose(display.scores[:, 0], ours.get_ydata())
    expected = []
    for k in sizes:
        pca = PCA(k).fit(X_train)
        expected.append(r2(X, pca.inverse_transform(pca.transform(X))))
    assert_allclose(of_pca.get_ydata(), expected)
    assert ours.get_ydata()[0] > of_pca.get_ydata()[0] + 0.1
    assert display.fill_between_ == []
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["AutoencoderTransformer", "PCA"]


def test_the_axis_doubles_and_has_the_sizes(rows, ordered):
    display = ReconstructionCurveDisplay.from_estimator(
        ordered, rows[1], n_components=[3, 1], name="ours"
    )
    ax = display.ax_
    assert ax.get_xscale() == "log"
    assert_allclose(ax.xaxis.get_transform().transform([1, 2, 8]), [0, 1, 3])
    assert_array_equal(ax.get_xticks(), [1, 3])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "3"]
    assert ax.get_ylabel() == "explained share of the variance (R2)"
    assert [line.get_label() for line in display.lines_] == ["ours"]
    assert display.pca_scores is None


def test_it_is_drawn_where_it_is_told(rows, ordered):
    import matplotlib.pyplot as plt

    figure, (first, second) = plt.subplots(1, 2)
    display = ReconstructionCurveDisplay.from_estimator(ordered, rows[1], ax=second)
    assert display.ax_ is second
    assert display.figure_ is figure
    assert display.plot(first).ax_ is first
    assert display.plot().figure_ is not figure


def test_folds_are_drawn_as_their_mean_and_deviation(rows):
    X, _ = rows
    model = AutoencoderTransformerCV(autoencoder(), n_components=4, cv=3).fit(X)
    display = ReconstructionCurveDisplay.from_cv(model)
    results = model.cv_results_
    assert display.scores.shape == display.pca_scores.shape == (3, 3)
    for line, band, prefix in zip(
        display.lines_, display.fill_between_, ("", "pca_"), strict=True
    ):
        mean, std = (results[f"{prefix}{key}_test_score"] for key in ("mean", "std"))
        assert_array_equal(line.get_xdata(), [1, 2, 4])
        assert_allclose(line.get_ydata(), mean)
        drawn = band.get_paths()[0].vertices
        for size, low, high in zip([1, 2, 4], mean - std, mean + std, strict=True):
            heights = drawn[drawn[:, 0] == size, 1]
            assert_allclose([heights.min(), heights.max()], [low, high])
    assert display.ax_.get_ylabel() == "explained share of the variance (R2)"
    of_rows = ReconstructionCurveDisplay.from_estimator(model, X)
    expected = r2(X, model.transformer_.reconstruct(X, n_components=1))
    assert of_rows.scores[0, 0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (
            {"scoring": neg_mean_absolute_reconstruction_error},
            "neg mean absolute recon",
        ),
        ({"final_estimator": Ridge(), "scoring": "neg_max_error"}, "neg max error"),
        ({"final_estimator": Ridge()}, "score"),
    ],
)
def test_the_axis_is_called_by_the_score(rows, params, told):
    X, _ = rows
    model = AutoencoderTransformerCV(autoencoder(), n_components=2, cv=2, **params)
    display = ReconstructionCurveDisplay.from_cv(model.fit(X, X[:, 0]))
    assert display.ax_.get_ylabel().startswith(told)


def test_where_pca_has_no_scores_it_is_left_out(rows):
    X = rows[0].copy()
    X[::9, 0] = np.nan
    model = AutoencoderTransformerCV(autoencoder(), n_components=2, cv=2).fit(X)
    display = ReconstructionCurveDisplay.from_cv(model)
    assert len(display.lines_) == len(display.fill_between_) == 1


def test_what_has_no_order_has_no_curve(rows):
    X_train, X = rows
    plain = AutoencoderTransformer(2, max_iter=0).fit(X_train)
    with pytest.raises(ValueError, match="bottleneck='deterministic'"):
        ReconstructionCurveDisplay.from_estimator(plain, X)
    with pytest.raises(ValueError, match=r"needs an AutoencoderTransf.* got PCA\("):
        ReconstructionCurveDisplay.from_estimator(PCA(2).fit(X_train), X)
    with pytest.raises(
        ValueError, match=r"those of an .*CV; got AutoencoderTransformer"
    ):
        ReconstructionCurveDisplay.from_cv(plain)
    with pytest.raises(NotFittedError):
        ReconstructionCurveDisplay.from_estimator(autoencoder(), X)
    with pytest.raises(NotFittedError):
        ReconstructionCurveDisplay.from_cv(AutoencoderTransformerCV())


def test_more_components_than_there_are_have_no_score(rows, ordered):
    with pytest.raises(ValueError, match=r"from 1 to 3.* got 4\."):
        ReconstructionCurveDisplay.from_estimator(
            ordered, rows[1], n_components=range(1, 5)
        )
