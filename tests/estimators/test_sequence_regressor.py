"""Sequences from windows: ridge regression, and a network beside it."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_autoencoder import AutoencoderSequenceRegressor
from sk_autoencoder.estimators._fit_correction import HeldOut
from sk_autoencoder.sequences import BlockedKFold, windows

N_TRAIN = 900


def chaos(n, seed=0):
    """Return a logistic map with a drifting level: no line predicts its next step."""
    rng = np.random.default_rng(seed)
    x = [rng.uniform(0.2, 0.8)]
    for _ in range(n - 1):
        x.append(3.8 * x[-1] * (1 - x[-1]))
    return np.array(x) + np.linspace(0, 3, n)


@pytest.fixture(scope="module")
def nonlinear():
    """Return windows of such a series with what follows, and a regressor of them."""
    X, Y = windows(chaos(1200), window_length=6, horizon=2)
    model = AutoencoderSequenceRegressor(
        8, hidden_layer_sizes=(64,), batch_size=64, max_iter=25, random_state=0
    )
    return X, Y, model.fit(X[:N_TRAIN], Y[:N_TRAIN])


@pytest.fixture(scope="module")
def linear():
    """Return the same of two channels that follow lines, and of a known column."""
    rng = np.random.default_rng(1)
    series = np.zeros((400, 2))
    exog = rng.normal(size=(400, 1))
    for t in range(1, 400):
        series[t, 0] = 0.9 * series[t - 1, 0] + exog[t, 0] + 0.1 * rng.normal()
        series[t, 1] = 0.8 * series[t - 1, 1] + rng.normal()
    X, Y = windows(series, window_length=4, horizon=3, exog=exog)
    model = AutoencoderSequenceRegressor(
        4, n_channels=2, n_exog=3, hidden_layer_sizes=16, max_iter=2, random_state=0
    )
    return X, Y, model.fit(X[:300], Y[:300])


def test_the_network_adds_what_no_line_can(nonlinear):
    X, Y, model = nonlinear
    X, Y = X[N_TRAIN:], Y[N_TRAIN:]
    of_ridge = r2_score(Y, model.ridge_.predict(X))
    assert model.score(X, Y) > of_ridge + 0.5 * (1 - of_ridge)
    assert 0.5 < model.correction_weights_[0] <= 1
    assert 0 < model.best_iter_ <= model.n_iter_ == 25


def test_a_prediction_is_that_of_the_ridge_and_the_correction(nonlinear):
    X, _, model = nonlinear
    of_X, of_Y = model.ridge_.of_X, model.ridge_.of_Y
    added = of_Y.scale * model.correction_.predict(of_X(X))
    assert_allclose(model.predict(X), model.ridge_.predict(X) + added)
    decoded = model.correction_.module.decoder.double()
    code = model.transform(X)
    assert code.shape == (len(X), 8)
    output = decoded(model.correction_.module.encoder.linear.weight.new_tensor(code))
    expected = output.detach().numpy() * model.correction_.scale
    assert_allclose(model.correction_.predict(of_X(X)), expected)


def test_held_out_errors_tell_those_of_new_rows(nonlinear):
    X, Y, model = nonlinear
    errors = model.cv_errors_
    assert errors["ridge"].shape == errors["kept"].shape == (4,)
    assert (errors["kept"] < errors["ridge"]).all()
    new = np.square(
        (model.predict(X[N_TRAIN:]) - Y[N_TRAIN:]) / model.ridge_.of_Y.scale
    )
    assert errors["kept"].mean() == pytest.approx(new.mean(), rel=0.5)


def test_ridge_alone_stays_where_lines_are_all(linear):
    X, Y, model = linear
    assert_array_equal(model.correction_weights_, [0, 0])
    assert model.best_iter_ == 0
    assert_array_equal(model.predict(X), model.ridge_.predict(X))
    assert_array_equal(model.cv_errors_["kept"], model.cv_errors_["ridge"])
    best = LinearRegression().fit(X[:300], Y[:300]).score(X[300:], Y[300:])
    assert model.score(X[300:], Y[300:]) > best - 0.01
    assert all(variant.exog for variant, *_ in model.ridge_.mix[0])


def test_held_out_errors_of_the_ridge_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5))
    y = X @ rng.normal(size=5) + 30 + rng.normal(size=200)
    X[:, 4] += 40  # no mean of a window to take away, nor an end
    model = AutoencoderSequenceRegressor(2, n_exog=4, max_iter=0).fit(X, y)
    ((variant, strength, weight),) = model.ridge_.mix[0]
    assert (variant.anchor, variant.exog, weight) == ("none", True, 1)
    scaler, Z = StandardScaler(), (y - y.mean()) / y.std()
    errors = []
    for train, test in BlockedKFold(4, gap=1).split(X):
        U = scaler.fit_transform(X)
        ridge = Ridge(alpha=strength * len(train)).fit(U[train], Z[train])
        errors.append(np.square(ridge.predict(U[test]) - Z[test]).mean())
    assert_allclose(model.cv_errors_["ridge"], errors)
    ridge = make_pipeline(scaler, Ridge(alpha=strength * len(X))).fit(X, y)
    assert_allclose(model.predict(X), ridge.predict(X))


def test_without_a_network_the_code_is_that_of_principal_components():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6))
    Y = X @ rng.normal(size=(6, 4)) + rng.normal(size=(300, 4))
    model = AutoencoderSequenceRegressor(6, max_iter=0, cv=KFold(4)).fit(X, Y)
    code = model.transform(X)
    pca = PCA(4, whiten=True).fit_transform(model.predict(X))
    assert_allclose(code[:, 4:], 0, atol=1e-6)  # there are no more
    signs = np.sign((code[:, :4] * pca).sum(axis=0))
    offset = code[:, :4].mean(axis=0)
    assert_allclose(code[:, :4] - offset, signs * pca, atol=1e-4)


def test_rows_and_arrays_of_three_axes_are_the_same(linear):
    X, Y, _ = linear
    X = X[:, :8]
    model = AutoencoderSequenceRegressor(2, max_iter=1, n_channels=2, random_state=0)
    flat = clone(model).fit(X, Y)
    shaped = clone(model).set_params(n_channels=None)
    shaped.fit(X.reshape(-1, 4, 2), Y.reshape(-1, 3, 2))
    predicted = shaped.predict(X.reshape(-1, 4, 2))
    assert predicted.shape == (len(X), 3, 2)
    assert_array_equal(predicted.reshape(len(X), -1), flat.predict(X))
    assert_array_equal(shaped.transform(X.reshape(-1, 4, 2)), flat.transform(X))
    assert shaped.score(X, Y.reshape(-1, 3, 2)) == flat.score(X, Y)


def test_signals_may_have_other_channels_than_windows(linear):
    X, Y, _ = linear
    X, sums = X[:, :8], Y.reshape(-1, 3, 2).sum(axis=2)
    model = AutoencoderSequenceRegressor(
        2, n_channels=2, n_target_channels=1, max_iter=0
    ).fit(X, sums)
    assert model.predict(X).shape == sums.shape
    single = AutoencoderSequenceRegressor(2, n_channels=2, max_iter=0)
    assert single.fit(X, sums[:, 0]).predict(X).shape == (len(X),)
    assert single.fit(X, sums[:, :1]).predict(X).shape == (len(X), 1)


def test_rows_without_an_order_may_be_told_by_their_level():
    rng = np.random.default_rng(0)
    level = rng.uniform(-3, 3, size=(800, 1))
    X = level + 0.1 * rng.normal(size=(800, 4))
    y = np.sin(2 * level).ravel()
    model = AutoencoderSequenceRegressor(
        4,
        hidden_layer_sizes=32,
        batch_size=32,
        learning_rate_init=0.01,
        max_iter=20,
        random_state=0,
    )
    scores = [
        clone(model).set_params(cv=cv).fit(X[:600], y[:600]).score(X[600:], y[600:])
        for cv in (4, KFold(4))
    ]
    assert scores[0] < 0.3  # levels are not told
    assert scores[1] > 0.6


def test_too_few_rows_for_blocks_leave_a_ridge_of_all_columns():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(12, 7)), rng.normal(size=(12, 6))
    model = AutoencoderSequenceRegressor(2, n_exog=2, random_state=0).fit(X, Y)
    ((variant, _, weight),) = model.ridge_.mix[0]
    assert (variant.anchor, variant.exog, variant.own, weight) == (
        "none",
        True,
        False,
        1,
    )
    assert len(model.cv_errors_["ridge"]) == 0
    assert model.best_iter_ == 0
    assert model.transform(X).shape == (12, 2)


def test_each_channel_takes_what_it_gains():
    rng = np.random.default_rng(0)
    follows = np.zeros(700)
    for t in range(1, 700):
        follows[t] = 0.5 * follows[t - 1] + rng.normal()
    X, Y = windows(np.column_stack([chaos(700), follows]), 4, 1)
    model = AutoencoderSequenceRegressor(
        4, n_channels=2, hidden_layer_sizes=32, batch_size=64, random_state=0
    ).fit(X, Y)
    assert model.correction_weights_[0] > 0.5
    assert model.correction_weights_[1] < 0.1


@pytest.mark.filterwarnings("ignore:The training loss diverged")
def test_a_network_that_cannot_be_trained_adds_nothing_that_is_not_finite(nonlinear):
    X, Y, model = nonlinear
    model = clone(model).set_params(learning_rate_init=1e30, max_iter=2).fit(X, Y)
    assert np.isfinite(model.predict(X)).all()
    assert model.score(X, Y) >= r2_score(Y, model.ridge_.predict(X)) - 0.05


def test_the_same_call_gives_the_same_bits(nonlinear):
    X, Y, model = nonlinear
    model = clone(model).set_params(max_iter=2)
    first, second = (clone(model).fit(X, Y) for _ in range(2))
    assert_array_equal(first.predict(X), second.predict(X))
    assert_array_equal(first.transform(X), second.transform(X))


def test_frames_single_precision_pickles_and_other_shapes(nonlinear):
    X, Y, model = nonlinear
    expected = model.predict(X[:9])
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X[:9]), expected)
    assert_allclose(model.predict(X[:9].astype(np.float32)), expected, rtol=1e-4)
    model = clone(model).set_params(max_iter=1)
    frames = pd.DataFrame(X).add_prefix("lag"), pd.DataFrame(Y)
    assert model.fit(*frames).predict(frames[0]).shape == Y.shape
    assert model.feature_names_in_[0] == "lag0"
    assert model.get_feature_names_out()[7] == "autoencodersequenceregressor7"
    assert model.fit(X[:, :4], Y[:, 0]).predict(X[:, :4]).shape == (len(X),)


def test_it_is_searched_in_two_threads(linear):
    X, Y, model = linear
    search = GridSearchCV(
        clone(model).set_params(max_iter=1),
        {"n_components": [1, 2]},
        cv=BlockedKFold(2, gap=3),
        n_jobs=2,
    )
    with parallel_config(backend="threading"):
        search.fit(X, Y)
    assert search.best_score_ > 0.3


def test_columns_may_be_constant_huge_or_tiny():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 6))
    Y = np.column_stack([X @ rng.normal(size=6), X[:, 0]])
    X[:, 2] = 7
    plain = AutoencoderSequenceRegressor(2, max_iter=0).fit(X, Y)
    for factor in (1e100, 1e-100):
        scaled = clone(plain).fit(X * factor, Y * factor)
        assert_allclose(scaled.predict(X * factor) / factor, plain.predict(X))
    constant = clone(plain).set_params(max_iter=1).fit(X, np.full((100, 2), 3.0))
    assert_allclose(constant.predict(X), 3)
    still = clone(plain).fit(np.ones((100, 6)), Y)
    assert_allclose(still.predict(np.ones((2, 6))), [Y.mean(axis=0)] * 2)


@pytest.mark.parametrize(
    ("params", "shapes", "told"),
    [
        ({}, ((30, 4), (29, 2)), "inconsistent numbers of samples"),
        ({"n_channels": 3}, ((30, 4), (30, 3)), "window in X has 4 columns, which 3"),
        ({"n_channels": 2}, ((30, 4), (30, 3)), "y has 3 columns, which 2 channels"),
        ({"n_exog": 4}, ((30, 4), (30, 3)), "n_exog=4 leaves none for the window"),
        ({"n_exog": 1}, ((30, 4, 2), (30, 3)), "three axes has no room for n_exog=1"),
        ({"n_channels": 3}, ((30, 4, 2), (30, 2)), "X has 2 channels .* is 3"),
        ({"n_target_channels": 3}, ((30, 4), (30, 3, 2)), "y has 2 channels .* is 3"),
        ({"cv": 1}, ((30, 4), (30, 2)), "'cv' parameter .* Got 1"),
        ({"n_components": 0}, ((30, 4), (30, 2)), "'n_components' .* Got 0"),
        (
            {"hidden_layer_sizes": [8, 0]},
            ((30, 4), (30, 2)),
            r"at least 1; got \[8, 0\]",
        ),
    ],
)
def test_what_cannot_be_is_refused(params, shapes, told):
    rng = np.random.default_rng(0)
    model = AutoencoderSequenceRegressor(**params)
    with pytest.raises(ValueError, match=told):
        model.fit(*(rng.normal(size=shape) for shape in shapes))


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("which", ["X", "y"])
def test_numbers_must_be_finite_and_a_failed_fit_leaves_all_as_it_was(value, which):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 4)), rng.normal(size=(40, 2))
    model = AutoencoderSequenceRegressor(2, max_iter=0).fit(X, Y)
    before = model.predict(X)
    broken = {"X": X[:, :3].copy(), "y": Y.copy()}
    broken[which][3, 1] = value
    told = "NaN" if np.isnan(value) else "infinity"
    with pytest.raises(ValueError, match=f"Input {which} contains {told}"):
        model.fit(**broken)
    assert_array_equal(model.predict(X), before)
    with pytest.raises(ValueError, match="X contains"):
        model.predict(np.full((1, 4), value))


@pytest.mark.filterwarnings("ignore:Training interrupted by user")
def test_an_interrupt_ends_the_whole_fit_and_leaves_all_as_it_was(
    nonlinear, monkeypatch
):
    X, Y, model = nonlinear
    model = clone(model).set_params(max_iter=1).fit(X[:100], Y[:100])
    before = model.predict(X)

    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    # No callback can be passed, so the user's keys are pressed in ours.
    monkeypatch.setattr(HeldOut, "on_epoch_end", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert_array_equal(model.predict(X), before)


def test_windows_must_have_the_shape_that_they_had():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(40, 4, 2)), rng.normal(size=(40, 3, 2))
    model = AutoencoderSequenceRegressor(2, max_iter=0).fit(X, Y)
    with pytest.raises(ValueError, match=r"shape \(2, 4\); in fit they had \(4, 2\)"):
        model.predict(X.swapaxes(1, 2))


def test_a_splitter_must_leave_rows_to_fit():
    X = np.zeros((4, 2))
    cv = KFold(4)
    cv.split = lambda *args: iter([([0], [1, 2, 3])])
    with pytest.raises(ValueError, match="leaves 1 to fit"):
        AutoencoderSequenceRegressor(2, cv=cv).fit(X, X)
