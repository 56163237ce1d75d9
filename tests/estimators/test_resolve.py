"""What the parameters of an estimator mean."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest
import torch

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.estimators._resolve import resolve_settings, resolve_spec
from sk_autoencoder.networks import Clean, Dense, GaussianNoise, Huber, SquaredError


def test_every_auto_of_the_transformer_is_resolved():
    estimator = AutoencoderTransformer(8)
    spec = resolve_spec(estimator, 64)
    assert spec.network == Dense()
    assert spec.loss == SquaredError()
    assert (spec.n_components, spec.hidden_layer_sizes) == (8, (256, 128))
    settings = resolve_settings(estimator, spec, 1500, seed=3, warm=False)
    assert settings.batch_size == 32  # near the root of 1,500
    assert settings.max_epochs == 60  # 2,820 steps, between 1,500 and 4,000
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


def test_what_is_given_is_taken():
    callback = object()
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
    assert settings.progress == "AutoencoderTransformer"
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
