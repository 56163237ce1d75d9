"""What AutoencoderTransformer gives, against PCA and against itself."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
)
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, mean_poisson_deviance
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from skorch.callbacks import Callback

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.metrics import (
    neg_mean_squared_reconstruction_error,
    reconstruction_r2,
)
from sk_autoencoder.networks import LOSSES, Huber, MaskingNoise


@pytest.mark.parametrize(
    ("n_components", "dtype"),
    [(1, np.float64), (8, np.float64), (64, np.float64), (8, np.float32)],
)
def test_before_training_it_is_pca(digits, n_components, dtype):
    X = digits[0].astype(dtype)
    pca = PCA(n_components).fit(X)
    untrained = AutoencoderTransformer(n_components, max_iter=0).fit(X)
    codes = pca.transform(X)
    assert_allclose(untrained.transform(X), codes, atol=5e-4)
    assert_allclose(
        untrained.reconstruct(X), pca.inverse_transform(codes), rtol=0, atol=5e-4
    )
    assert untrained.score(X) == pytest.approx(
        pca.explained_variance_ratio_.sum() - 1, abs=1e-5
    )


def test_before_training_with_scale_it_is_pca_of_standardized_data():
    X = load_wine().data
    expected = make_pipeline(StandardScaler(), PCA(3)).fit(X)
    untrained = AutoencoderTransformer(3, scale=True, max_iter=0).fit(X)
    codes = expected.transform(X)
    assert_allclose(untrained.transform(X), codes, atol=1e-4)
    assert_allclose(untrained.reconstruct(X), expected.inverse_transform(codes), 1e-4)


@pytest.fixture(scope="module")
def fitted(digits):
    """Return the default, and PCA, with eight components."""
    return (
        AutoencoderTransformer(8, random_state=0).fit(digits[0]),
        PCA(8).fit(digits[0]),
    )


def test_digits_are_reconstructed_far_better_than_by_pca(digits, fitted):
    ours, theirs = (reconstruction_r2(model, digits[1]) for model in fitted)
    assert (1 - ours) / (1 - theirs) < 0.65


@pytest.mark.parametrize(
    ("load", "n_components"),
    [(load_wine, 1), (load_breast_cancer, 4), (load_diabetes, 1), (load_digits, 4)],
)
def test_held_out_r2_is_never_below_that_of_pca(load, n_components):
    X_train, X_test = train_test_split(load().data, random_state=1)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
    ours = AutoencoderTransformer(n_components, random_state=1).fit(X_train)
    theirs = PCA(n_components).fit(X_train)
    assert reconstruction_r2(ours, X_test) > reconstruction_r2(theirs, X_test) - 0.002


def test_rows_far_from_the_training_data_are_reconstructed_as_by_pca(digits, fitted):
    X_test = digits[1]
    far = X_test.copy()
    far[:, 0] = 1000.0  # a pixel that was always blank
    ours, theirs = fitted
    seen = slice(1, None)
    errors = [
        np.square(X_hat - X_test)[:, seen].mean()
        for X_hat in (
            ours.reconstruct(far),
            theirs.inverse_transform(theirs.transform(far)),
        )
    ]
    assert errors[0] < errors[1]


def test_one_component_follows_a_curve_that_pca_cannot(parabola):
    curve = AutoencoderTransformer(1, cv=None, random_state=0).fit(parabola)
    assert reconstruction_r2(PCA(1).fit(parabola), parabola) < 0.75
    assert reconstruction_r2(curve, parabola) > 0.95


def test_random_init_learns_without_the_linear_path(digits):
    X_train, X_test = digits
    model = AutoencoderTransformer(4, init="random", random_state=0).fit(X_train)
    names = [name for name, _ in model.net_.module_.named_parameters()]
    assert not any("linear" in name for name in names)
    assert model.validation_loss_curve_[0] > 0.95  # no better than the mean
    assert reconstruction_r2(model, X_test) > reconstruction_r2(
        PCA(4).fit(X_train), X_test
    )


def test_an_overcomplete_code_starts_with_pca_and_zeros():
    X = load_diabetes().data
    model = AutoencoderTransformer(13, max_iter=0).fit(X)
    codes = model.transform(X)
    assert_allclose(codes[:, :10], PCA(10).fit_transform(X), atol=1e-6)
    assert_array_equal(codes[:, 10:], 0)
    assert_allclose(model.inverse_transform(codes), X, atol=1e-6)


def test_an_overcomplete_code_trains():
    X = load_diabetes().data
    model = AutoencoderTransformer(13, max_iter=5, random_state=0).fit(X)
    assert model.transform(X).shape == (len(X), 13)
    assert reconstruction_r2(model, X) > 0.999


def test_reconstruct_is_transform_and_back(digits):
    X_train, X_test = digits
    model = AutoencoderTransformer(5, max_iter=3, random_state=0).fit(X_train)
    back = model.inverse_transform(model.transform(X_test))
    assert_allclose(back, model.reconstruct(X_test), atol=1e-4)


@pytest.mark.parametrize("n_features", [3, 13, 37, 64])
@pytest.mark.parametrize("n_components", [1, 3, 16])
def test_a_row_is_treated_alike_whatever_its_company(n_features, n_components):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, n_features))
    model = AutoencoderTransformer(n_components, max_iter=2, random_state=0).fit(X)
    for method in (model.transform, model.reconstruct, model.score_samples):
        together, order = method(X), rng.permutation(600)
        assert_allclose(method(X[order]), together[order], rtol=1e-5, atol=1e-6)
        alone = np.concatenate([method(X[i : i + 1]) for i in range(0, 600, 20)])
        assert_allclose(alone, together[::20], rtol=1e-5, atol=1e-6)


def test_score_is_the_reconstruction_error_in_standardized_units(digits):
    X_train, X_test = digits
    model = AutoencoderTransformer(4, max_iter=3, random_state=0).fit(X_train)
    error = neg_mean_squared_reconstruction_error(model, X_test)
    variance = X_train.var(axis=0).mean()
    assert model.score(X_test) == pytest.approx(error / variance, rel=1e-4)
    rows = ((X_test - model.reconstruct(X_test)) ** 2).mean(axis=1) / variance
    assert_allclose(model.score_samples(X_test), -rows, rtol=1e-3)


def test_the_loss_that_was_kept_is_the_lowest_if_that_is_clearly_better(digits):
    model = AutoencoderTransformer(4, max_iter=6, random_state=0).fit(digits[0])
    assert len(model.loss_curve_) == model.n_iter_ == 5
    assert len(model.validation_loss_curve_) == 6
    assert model.best_loss_ == min(model.validation_loss_curve_)
    assert model.best_loss_ < model.validation_loss_curve_[0]


def test_the_epoch_that_was_chosen_is_trained_on_with_all_rows(digits):
    X_train, X_test = digits
    model = AutoencoderTransformer(4, max_iter=24, random_state=0).fit(X_train)
    assert model.n_iter_ == 20
    assert 0 < model.n_final_iter_ == -(-model.best_iter_ // 5)
    alone = AutoencoderTransformer(4, max_iter=20, random_state=0)
    with_callback = alone.set_params(net_params={"callbacks": [Callback()]})
    with_callback.fit(X_train)  # which would hear of more epochs than it knows of
    assert with_callback.n_final_iter_ == 0
    assert with_callback.validation_loss_curve_ == model.validation_loss_curve_
    assert model.score(X_train) > with_callback.score(X_train)
    assert model.score(X_test) > with_callback.score(X_test)


def test_without_early_stopping_all_of_few_rows_are_validated_on_too(digits):
    X = digits[0][:100]
    model = AutoencoderTransformer(4, max_iter=3, early_stopping=False, random_state=0)
    model.fit(X)
    assert model.best_loss_ == pytest.approx(-model.score(X), rel=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_dtype_of_the_data(digits, dtype):
    X = digits[0].astype(dtype)
    model = AutoencoderTransformer(max_iter=1).fit(X)
    codes = model.transform(X)
    assert codes.dtype == dtype
    assert model.inverse_transform(codes).dtype == dtype
    assert model.reconstruct(X).dtype == dtype
    assert model.score_samples(X).dtype == dtype


def test_results_have_the_dtype_of_their_data_not_of_the_training_data(digits):
    model = AutoencoderTransformer(max_iter=0).fit(digits[0])
    assert model.transform(digits[1].astype(np.float32)).dtype == np.float32


@pytest.mark.rounding
def test_integers_become_doubles(digits):
    X = digits[0].astype(np.uint8)
    model = AutoencoderTransformer(max_iter=1, random_state=0).fit(X)
    assert model.transform(X).dtype == np.float64
    other = AutoencoderTransformer(max_iter=1, random_state=0).fit(X.astype(float))
    assert_array_equal(model.transform(X), other.transform(X.astype(float)))


def test_double_precision_survives_a_large_offset():
    rng = np.random.default_rng(0)
    X = 1e9 + rng.normal(size=(200, 5))
    model = AutoencoderTransformer(5, max_iter=0).fit(X)
    assert_allclose(model.reconstruct(X) - 1e9, X - 1e9, atol=1e-5)


@pytest.mark.rounding
@pytest.mark.parametrize("unit", [1e-200, 1e-9, 1e9, 1e150])
def test_units_do_not_matter(unit, digits, steady, assert_same_but_for_rounding):
    X = digits[0][:300]
    model, other = (
        AutoencoderTransformer(3, max_iter=2, random_state=0, **steady).fit(rows)
        for rows in (X, X * unit)
    )
    assert_same_but_for_rounding(other.transform(X * unit) / unit, model.transform(X))


@pytest.mark.rounding
def test_dataframes_go_in_and_out(digits, assert_same_but_for_rounding):
    X = pd.DataFrame(digits[0]).add_prefix("pixel")
    model = AutoencoderTransformer(2, max_iter=1, random_state=0)
    codes = model.set_output(transform="pandas").fit_transform(X)
    names = ["autoencodertransformer0", "autoencodertransformer1"]
    assert list(codes.columns) == names == list(model.get_feature_names_out())
    assert_array_equal(codes.index, X.index)
    frame = model.set_output(transform="polars").transform(X)
    assert isinstance(frame, pl.DataFrame)
    assert_array_equal(frame.to_numpy(), codes.to_numpy())
    assert_same_but_for_rounding(model.inverse_transform(codes), model.reconstruct(X))


def test_inverse_transform_says_how_many_components_it_needs(digits):
    model = AutoencoderTransformer(3, max_iter=0).fit(digits[0])
    with pytest.raises(ValueError, match=r"codes of 3 components.*got 2 columns"):
        model.inverse_transform(np.zeros((4, 2)))


# ------------------------------------------------------------------------- losses


def as_bits(digits):
    return tuple((X > 8).astype(float) for X in digits)


def test_log_loss_is_that_of_scikit_learn(digits):
    bits, bits_test = as_bits(digits)
    model = AutoencoderTransformer(6, loss="log_loss", max_iter=3, random_state=0)
    model.fit(bits)
    p = model.reconstruct(bits_test)
    assert p.min() > 0
    assert p.max() < 1
    expected = log_loss(bits_test.ravel(), p.ravel())
    assert -model.score(bits_test) == pytest.approx(expected, rel=1e-4)


def test_log_loss_beats_squared_error_at_its_own_game(digits):
    bits, bits_test = as_bits(digits)
    nats = {}
    for loss in ("log_loss", "squared_error"):
        model = AutoencoderTransformer(6, loss=loss, max_iter=15)
        p = model.fit(bits).reconstruct(bits_test).clip(1e-3, 1 - 1e-3)
        nats[loss] = log_loss(bits_test.ravel(), p.ravel())
    assert nats["log_loss"] < nats["squared_error"]


def test_poisson_loss_is_half_the_deviance(digits):
    X_train, X_test = digits
    model = AutoencoderTransformer(6, loss="poisson", max_iter=3, random_state=0)
    model.fit(X_train)
    mu = model.reconstruct(X_test)
    assert mu.min() > 0
    expected = mean_poisson_deviance(X_test.ravel(), mu.ravel()) / 2
    assert -model.score(X_test) == pytest.approx(expected, rel=1e-4)


def test_rare_counts_start_at_pca_off_zero():
    X = np.random.default_rng(0).poisson(5e-3, size=(4000, 3)).astype(float)
    model = AutoencoderTransformer(2, loss="poisson", max_iter=0).fit(X)
    pca, row = PCA(2).fit(X), np.zeros((1, 3))
    state = model.net_.module_.state_dict().items()
    share = next(float(value) for name, value in state if name.endswith("share"))
    floor = share * X.mean(axis=0)
    expected = pca.inverse_transform(pca.transform(row)).clip(floor)
    assert_allclose(model.reconstruct(row), expected, rtol=0.15)


def test_counts_far_beyond_the_training_data_have_finite_scores():
    X = np.random.default_rng(0).poisson(3, size=(80, 4)).astype(float)
    model = AutoencoderTransformer(2, loss="poisson", random_state=0).fit(X)
    far = np.vstack([X[:1], [[1e4, 3, 3, 3]], [[1e15, 3, 3, 3]]])
    assert np.isfinite(model.score_samples(far)).all()
    assert np.isfinite(model.reconstruct(far)).all()


def test_a_fit_goes_on_with_rows_of_like_units_only():
    X = np.random.default_rng(0).normal(size=(40, 3))
    model = AutoencoderTransformer(2, max_iter=1, warm_start=True, random_state=0)
    codes = model.fit(X).transform(X)
    with pytest.raises(ValueError, match="Has X the units of the training data"):
        model.fit(1e20 * X)
    np.testing.assert_array_equal(model.transform(X), codes)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_are_reconstructed_or_refused_however_far_they_are(dtype):
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(dtype)
    model = AutoencoderTransformer(3, random_state=0).fit(X)
    far = X[:4] * np.array([[1e3], [1e7], [1e11], [1e15]], dtype)
    assert_allclose(model.reconstruct(far), far, rtol=1e-3)
    far[2, 1] = 1e30
    for method in ("transform", "reconstruct", "score_samples", "score"):
        with pytest.raises(ValueError, match=r"X has 1e\+30 in column 1, .*too far"):
            getattr(model, method)(far)


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_training_improves_each_loss_on_held_out_rows(digits, loss):
    X_train, X_test = (X / 16 for X in digits)
    start, end = (
        AutoencoderTransformer(6, loss=loss, max_iter=max_iter, random_state=0)
        .fit(X_train)
        .score(X_test)
        for max_iter in (0, 15)
    )
    assert np.isfinite(start)
    assert end > 0.9 * start  # both are negative: a tenth of the loss is gone


def test_absolute_error_ignores_a_few_wild_values(parabola):
    spoiled = parabola.copy()
    spoiled[::50, 1] += 300
    errors = {}
    for loss in ("absolute_error", "squared_error"):
        model = AutoencoderTransformer(1, loss=loss, scale=True, cv=None, max_iter=60)
        model.set_params(random_state=0)
        model.fit(spoiled)
        errors[loss] = np.abs(model.reconstruct(parabola) - parabola).mean()
    assert errors["absolute_error"] < 0.7 * errors["squared_error"]


def test_parameters_of_a_loss_are_searched_and_used(digits):
    X = digits[0]
    search = GridSearchCV(
        AutoencoderTransformer(2, loss=Huber(), max_iter=1, random_state=0),
        {"loss__delta": [0.1, 1.0]},
        cv=2,
    ).fit(X)
    scores = search.cv_results_["mean_test_score"]
    assert scores[0] > scores[1]  # a smaller delta makes every loss smaller
    assert search.best_estimator_.loss == Huber(delta=0.1)


# --------------------------------------------------------------- scikit-learn at large


def test_one_grid_search_compares_it_with_pca(digits):
    X = digits[0][:400]
    pipeline = Pipeline([("scale", MinMaxScaler()), ("reduce", PCA())])
    grid = {
        "reduce": [
            PCA(random_state=0),
            AutoencoderTransformer(max_iter=8, cv=None, random_state=0),
        ],
        "reduce__n_components": [2, 6],
    }
    search = GridSearchCV(pipeline, grid, scoring=reconstruction_r2, cv=3).fit(X)
    assert isinstance(search.best_params_["reduce"], AutoencoderTransformer)
    assert search.best_params_["reduce__n_components"] == 6


@pytest.mark.rounding
def test_a_grid_search_in_two_processes_gives_the_scores_of_one(
    digits, steady, assert_same_but_for_rounding
):
    model = AutoencoderTransformer(max_iter=3, cv=None, random_state=0, **steady)
    grid = {"n_components": [2, 6]}
    one, two = (
        GridSearchCV(model, grid, cv=3, n_jobs=n).fit(digits[0][:400]).cv_results_
        for n in (1, 2)
    )
    for name in (f"split{fold}_test_score" for fold in range(3)):
        assert_same_but_for_rounding(two[name], one[name], name)


def test_codes_feed_a_classifier():
    X, y = load_breast_cancer(return_X_y=True)
    reduce = AutoencoderTransformer(4, max_iter=10, cv=None, random_state=0)
    model = make_pipeline(StandardScaler(), reduce, LogisticRegression())
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    assert model.fit(X_train, y_train).score(X_test, y_test) > 0.93


def noisy_and_clean(noise):
    """Return digits, some of them with noise added, and PCA's error of the latter."""
    X = load_digits().data / 16
    train, test = X[:1400], X[1400:]
    noisy = test + noise * np.random.default_rng(0).normal(size=test.shape)
    errors = [
        np.square(pca.inverse_transform(pca.transform(noisy)) - test).mean()
        for pca in (PCA(k).fit(train) for k in (4, 8, 16, 24, 32))
    ]
    return train, test, noisy, min(errors)


def test_trained_against_noise_it_denoises_better_than_pca_and_than_without():
    train, test, noisy, of_pca = noisy_and_clean(noise=0.25)
    scale = float(AutoencoderTransformer(max_iter=0).fit(train).scale_[0])
    errors = {}
    for corruption in (None, 0.25 / scale):
        model = AutoencoderTransformer(32, corruption=corruption, max_iter=20)
        model.set_params(random_state=0)
        errors[corruption] = np.square(
            model.fit(train).reconstruct(noisy) - test
        ).mean()
    with_noise, without = errors[0.25 / scale], errors[None]
    assert with_noise < 0.8 * of_pca
    assert with_noise < 0.8 * without


def test_validation_is_against_the_clean_rows_with_the_same_noise_each_time():
    """Without training the loss is that of PCA on corrupted rows, of which there are
    many, and it stays the same from epoch to epoch where nothing is learned."""
    X = np.tile(load_digits().data, (11, 1))
    model = AutoencoderTransformer(
        8,
        corruption=2.0,
        learning_rate_init=1e-30,
        max_iter=3,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    losses = model.validation_loss_curve_
    assert_allclose(losses, losses[0], rtol=1e-6)
    pca = PCA(8).fit(X)
    noise = 2 * model.scale_ * np.random.default_rng(0).normal(size=X.shape)
    reconstruction = pca.inverse_transform(pca.transform(X + noise))
    expected = np.square((reconstruction - X) / model.scale_).mean()
    assert losses[0] == pytest.approx(expected, rel=0.02)


@pytest.mark.rounding
@pytest.mark.parametrize("init", ["pca", "random"])
@pytest.mark.parametrize("corruption", ["masking", "swap", "salt_and_pepper", 0.5])
def test_every_corruption_trains_and_is_repeatable(corruption, init):
    X = load_digits().data[:300]
    first, second = (
        AutoencoderTransformer(
            4, corruption=corruption, init=init, max_iter=3, cv=None, random_state=0
        ).fit(X)
        for _ in range(2)
    )
    assert first.loss_curve_[-1] < first.loss_curve_[0]
    assert_array_equal(first.transform(X), second.transform(X))
    clean = clone(second).set_params(corruption=None).fit(X)
    assert first.loss_curve_[-1] > 1.02 * clean.loss_curve_[-1]


def test_a_grid_search_reaches_the_strength_of_a_corruption(digits):
    X = digits[0][:200]
    model = AutoencoderTransformer(2, corruption=MaskingNoise(), max_iter=2, cv=None)
    grid = {"corruption__fraction": [0.1, 0.5]}
    search = GridSearchCV(model, grid, cv=2).fit(X)
    assert search.best_estimator_.corruption.fraction in grid["corruption__fraction"]
    assert model.corruption.fraction == 0.25


@pytest.mark.parametrize("corruption", [0, -1.0, "noise", ["masking"]])
def test_no_such_corruption(digits, corruption):
    with pytest.raises(ValueError, match="'corruption' parameter"):
        AutoencoderTransformer(corruption=corruption).fit(digits[0])


def test_missing_entries_are_filled_whatever_stands_there():
    X = load_digits().data
    train, test = X[:1400], X[1400:]
    mask = np.random.default_rng(0).random(test.shape) < 0.25
    model = AutoencoderTransformer(32, corruption="masking", max_iter=20)
    model.set_params(random_state=0).fit(train)
    filled = model.reconstruct(np.where(mask, np.nan, test), mask=mask)
    assert_array_equal(filled, model.reconstruct(np.where(mask, 1e9, test), mask=mask))
    error = np.square(filled - test)[mask].mean()
    assert error < 0.5 * np.square(train.mean(axis=0) - test)[mask].mean()
    pca = PCA(32).fit(train)
    of_pca = pca.inverse_transform(
        pca.transform(np.where(mask, train.mean(axis=0), test))
    )
    assert error < 0.7 * np.square(of_pca - test)[mask].mean()


def test_a_mask_is_checked(digits):
    X = digits[0]
    model = AutoencoderTransformer(max_iter=0).fit(X)
    with pytest.raises(ValueError, match=r"mask must be boolean.*got dtype int"):
        model.reconstruct(X, mask=np.zeros(X.shape, dtype=int))
    with pytest.raises(ValueError, match=r"of shape \(2, 64\).*got dtype bool, shape"):
        model.reconstruct(X[:2], mask=np.zeros((3, 64), dtype=bool))
    missing = np.full((1, 64), np.nan)
    assert_array_equal(
        model.reconstruct(missing, mask=np.zeros((1, 64), dtype=bool)),
        model.reconstruct(missing),
    )


def test_samples_lie_where_the_data_do():
    """On a parabola, with the distribution of the data along it."""
    position = np.random.default_rng(0).normal(size=2000)
    X = np.column_stack([3 * position, position**2])
    model = AutoencoderTransformer(1, max_iter=20, random_state=0).fit(X)
    before = pickle.dumps(model)
    samples = model.sample(1000, random_state=0)
    assert_array_equal(samples, model.sample(1000, random_state=0))
    assert pickle.dumps(model) == before
    assert not np.array_equal(samples, model.sample(1000, random_state=1))
    off = samples[:, 1] - (samples[:, 0] / 3) ** 2
    assert np.abs(off).mean() < 0.05 * X[:, 1].std()
    assert_allclose(
        np.quantile(samples, [0.1, 0.5, 0.9], axis=0),
        np.quantile(X, [0.1, 0.5, 0.9], axis=0),
        atol=0.4,
    )


def test_samples_are_in_the_units_and_the_precision_of_the_data(digits):
    X = (1000 * digits[0][:200] + 5e4).astype(np.float32)
    model = AutoencoderTransformer(2, max_iter=2, random_state=0).fit(X)
    samples = model.sample(50, random_state=0)
    assert samples.dtype == np.float32
    assert_allclose(samples.mean(axis=0), X.mean(axis=0), atol=3 * X.std(axis=0).max())
    with pytest.raises(ValueError, match=r"'n_samples' parameter of .*sample"):
        model.sample(0)
