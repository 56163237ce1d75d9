"""What the parameters of an estimator mean."""

# SPDX-License-Identifier: BSD-3-Clause

import dataclasses

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from skorch.callbacks import Callback

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.estimators._resolve import (
    resolve_cv,
    resolve_settings,
    resolve_spec,
)
from sk_autoencoder.networks import (
    BlockMasking,
    Clean,
    Dense,
    GaussianNoise,
    Huber,
    Quantized,
    SquaredError,
)
from sk_autoencoder.scoring import Neighbors


def test_every_auto_of_the_transformer_is_resolved():
    estimator = AutoencoderTransformer(8)
    spec = resolve_spec(estimator, 64)
    assert spec.network == Dense()
    assert spec.loss == SquaredError()
    assert (spec.n_components, spec.hidden_layer_sizes) == (8, (256, 128))
    settings = resolve_settings(estimator, spec, 1500, seed=3, warm=False)
    assert settings.batch_size == 32  # near the root of 1,500
    # 60 in all: 2,820 steps, between 1,500 and 4,000
    assert (settings.max_epochs, settings.final_epochs) == (50, 10)
    assert settings.patience == 10
    assert settings.learning_rate == pytest.approx(0.005)
    assert settings.corruption == Clean()
    assert settings.validation_fraction == 0.1
    assert settings.level == 0.01
    assert settings.seed == 3


def test_the_detector_takes_fewer_components_and_steps():
    estimator = AutoencoderOutlierDetector()
    spec = resolve_spec(estimator, 64)
    assert spec.n_components == 8
    settings = resolve_settings(estimator, spec, 1500, seed=0, warm=False)
    assert settings.max_epochs == 21  # 1,000 steps of 47 an epoch
    assert settings.final_epochs == 0  # held-out rows may be outliers


@pytest.mark.parametrize(
    ("Estimator", "most_steps"),
    [(AutoencoderTransformer, 4000), (AutoencoderOutlierDetector, 1000)],
)
def test_many_rows_are_trained_on_for_so_many_steps_and_no_more(Estimator, most_steps):
    estimator = Estimator()
    spec = resolve_spec(estimator, 10)
    settings = resolve_settings(estimator, spec, 2_000_000, seed=0, warm=False)
    assert settings.batch_size * most_steps == 10 * settings.epoch_rows
    assert settings.max_epochs + settings.final_epochs == 10
    estimator.set_params(max_iter=2)  # epochs that are asked for are whole
    settings = resolve_settings(estimator, spec, 2_000_000, seed=0, warm=False)
    assert settings.epoch_rows is None


def test_what_is_given_is_taken():
    callback = Callback()
    estimator = AutoencoderTransformer(
        loss=Huber(0.5),
        corruption=0.25,
        batch_size=7,
        max_iter=3,
        n_iter_no_change=2,
        learning_rate_init=0.1,
        early_stopping=False,
        alpha=0.5,
        verbose=1,
        net_params={"callbacks": [callback], "optimizer": torch.optim.SGD},
    )
    spec = resolve_spec(estimator, 10)
    assert spec.loss == Huber(0.5)
    assert spec.loss is not estimator.loss  # the user may change theirs
    settings = resolve_settings(estimator, spec, 1500, seed=0, warm=False)
    assert (settings.batch_size, settings.max_epochs, settings.patience) == (7, 3, 2)
    assert (settings.learning_rate, settings.weight_decay) == (0.1, 0.5)
    assert settings.corruption == GaussianNoise(0.25)
    assert settings.validation_fraction is None
    assert settings.verbose is True
    assert settings.callbacks == (callback,)
    assert settings.net_params == {"optimizer": torch.optim.SGD}


@pytest.mark.parametrize(
    ("init", "warm", "level"),
    [("pca", False, 0.01), ("pca", True, 1), ("random", False, 1)],
)
def test_only_pca_has_the_benefit_of_the_doubt(init, warm, level):
    estimator = AutoencoderTransformer(init=init)
    spec = resolve_spec(estimator, 10)
    assert resolve_settings(estimator, spec, 100, 0, warm).level == level


@pytest.mark.parametrize(
    ("params", "n_samples", "are_few"),
    [
        ({}, 65, True),  # six rows held out: in 1 of 64 tosses all have gained
        ({}, 66, False),
        ({"validation_fraction": 0.2}, 40, False),
        ({"max_iter": 350}, 65, False),
        # Where the start is not preferred, or is judged by all rows.
        ({"early_stopping": False}, 65, False),
        ({"init": "random"}, 65, False),
    ],
)
@pytest.mark.parametrize(
    "Estimator", [AutoencoderTransformer, AutoencoderOutlierDetector]
)
def test_where_the_start_is_kept_in_any_case_few_epochs_are_trained(
    Estimator, params, n_samples, are_few
):
    estimator = Estimator(cv=None, **params)
    spec = resolve_spec(estimator, 10)
    both = (
        resolve_settings(estimator, spec, n_samples, 0, is_warm)
        for is_warm in (False, True)
    )
    new, warm = (settings.max_epochs + settings.final_epochs for settings in both)
    assert (new == 10) if are_few else (new > 300)
    assert warm > 300  # the network of the last fit is not preferred


@pytest.mark.parametrize(
    ("params", "n_samples"),
    [
        ({"early_stopping": False}, 1500),
        ({"net_params": {"callbacks": [Callback()]}}, 1500),
        ({"cv": 3}, 1500),
        ({"max_iter": 5}, 1500),
        ({"cv": None}, 50),  # of which five say too little, so that PCA is kept
    ],
)
def test_no_epochs_are_set_aside_where_none_can_follow_a_choice(params, n_samples):
    estimator = AutoencoderTransformer(**{"max_iter": 60, **params})
    spec = resolve_spec(estimator, 10)
    by_folds = resolve_cv(estimator, spec, n_samples) is not None
    settings = resolve_settings(estimator, spec, n_samples, 0, False, by_folds)
    assert settings.final_epochs == 0
    assert settings.max_epochs == estimator.max_iter


@pytest.mark.parametrize(
    ("params", "n_samples", "cv"),
    [
        ({}, 49, None),
        ({}, 50, 5),
        ({}, 500, 5),
        ({}, 501, 3),
        ({}, 1000, 3),
        ({}, 1001, None),
        ({"cv": 3}, 2000, 3),
        ({"cv": np.int8(3)}, 100, 3),
        ({"cv": None}, 100, None),
        ({"early_stopping": False}, 100, None),
        ({"init": "random"}, 100, None),
        ({"warm_start": True}, 100, None),
        ({"max_iter": 0}, 100, None),
        ({"sample_shape": (5, 2)}, 100, None),
        ({"loss": "poisson"}, 100, None),
        ({"loss": "poisson", "cv": 3}, 100, 3),
        ({"net_params": {"callbacks": [Callback()]}}, 100, None),
        ({"net_params": {"optimizer": torch.optim.SGD}}, 100, 5),
        ({"warm_start": True, "cv": 3}, 100, 3),
    ],
)
def test_folds_judge_few_rows_if_the_user_asks_for_nothing_else(params, n_samples, cv):
    estimator = AutoencoderTransformer(**params)
    spec = resolve_spec(estimator, 10)
    assert resolve_cv(estimator, spec, n_samples) == cv


NUMPY = {
    "n_components": np.int8(2),
    "hidden_layer_sizes": (np.int8(100), np.int16(50)),
    "bottleneck": Quantized(np.int8(100), np.float16(0.25)),
    "loss": Huber(np.float16(0.5)),
    "corruption": BlockMasking((np.int8(2), np.int8(5)), (np.uint8(1), np.uint8(2))),
    "batch_size": np.uint8(7),
    "max_iter": np.int8(120),
    "n_iter_no_change": np.int8(100),
    "learning_rate_init": np.float16(0.1),
    "alpha": np.float16(0.1),
    "tol": np.float16(0.1),
    "validation_fraction": np.float16(0.1),
    "scale": np.bool_(True),
    "net_params": {"optimizer__eps": np.float32(0.1), "torch_load_kwargs": np.int8(1)},
}


def numbers_in(value):
    """Yield all numbers in a settings object, wherever they stand."""
    if dataclasses.is_dataclass(value):
        value = vars(value)
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for each in value:
            yield from numbers_in(each)
    elif isinstance(value, int | float | np.generic):
        yield value


def test_numbers_of_numpy_become_those_of_python():
    estimator = AutoencoderTransformer(**NUMPY)
    spec = resolve_spec(estimator, 10)
    settings = resolve_settings(estimator, spec, 100, seed=0, warm=False)
    numbers = [*numbers_in(spec), *numbers_in(settings)]
    assert len(numbers) >= 22
    assert {type(number) for number in numbers} == {int, float, bool}
    assert estimator.loss.delta.dtype == np.float16  # the user's part is theirs
    # 8-bit and half-precision numbers keep their values.
    assert (spec.hidden_layer_sizes, spec.bottleneck.n_codes) == ((100, 50), 100)
    assert settings.corruption == BlockMasking((2, 5), (1, 2))
    assert (settings.batch_size, settings.max_epochs) == (7, 100)
    assert settings.learning_rate == settings.tol == float(np.float16(0.1))


@pytest.mark.rounding
@pytest.mark.parametrize(
    "params",
    [
        {"max_iter": np.int8(100)},  # of two steps
        {"max_iter": 5, "batch_size": np.uint8(7)},
        {"max_iter": 5, "learning_rate_init": np.float16(0.005)},
    ],
)
def test_numbers_of_numpy_give_the_bits_of_pythons(digits, params):
    X = digits[0][:60]
    python = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in params.items()
    }
    with np.errstate(over="raise"):
        fits = [
            AutoencoderTransformer(
                4, hidden_layer_sizes=8, init="random", random_state=0, **each
            ).fit(X)
            for each in (params, python)
        ]
    assert fits[0].loss_curve_ == fits[1].loss_curve_
    assert_array_equal(fits[0].transform(X), fits[1].transform(X))


@pytest.mark.rounding
@pytest.mark.parametrize("n_estimators", [np.uint8(3), np.int8(100)])
def test_a_scoring_takes_small_integers_of_numpy(digits, n_estimators):
    X = digits[0][:200]
    scores = [
        AutoencoderOutlierDetector(
            contamination=contamination,
            scoring=Neighbors(n),
            max_iter=0,
            random_state=0,
        )
        .fit(X)
        .decision_function(X)
        for n, contamination in (
            (n_estimators, np.float16(0.1)),
            (int(n_estimators), float(np.float16(0.1))),
        )
    ]
    assert_array_equal(*scores)
