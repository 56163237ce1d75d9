"""Every check that scikit-learn has for an estimator, with nothing excepted."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_get_feature_names_out_error,
    check_global_output_transform_pandas,
    check_global_set_output_transform_polars,
    check_param_validation,
    check_positive_only_tag_during_fit,
    check_set_output_transform,
    check_set_output_transform_pandas,
    check_set_output_transform_polars,
    check_transformer_get_feature_names_out,
    check_transformer_get_feature_names_out_pandas,
    parametrize_with_checks,
)

from sk_autoencoder import (
    AutoencoderImputer,
    AutoencoderOutlierDetector,
    AutoencoderSequenceRegressor,
    AutoencoderTransformer,
    AutoencoderTransformerCV,
)
from sk_autoencoder.data import check_finite
from sk_autoencoder.estimators._resolve import resolve_spec
from sk_autoencoder.networks import BOTTLENECKS, LOSSES, NETWORKS
from sk_autoencoder.scoring import SCORINGS

ESTIMATORS = (AutoencoderTransformer, AutoencoderOutlierDetector)


class TakesAnyNumber:
    """Squash any number into (0, 1), for losses that need it: the checks do not."""

    def _validate(self, X, **kwargs):
        X = super()._validate(X, **kwargs)
        check_finite(X, type(self).__name__, allow_nan=True)  # squashed, it would be
        return expit(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = False
        return tags


class SquashingTransformer(TakesAnyNumber, AutoencoderTransformer):
    """AutoencoderTransformer on squashed data."""


class SquashingDetector(TakesAnyNumber, AutoencoderOutlierDetector):
    """AutoencoderOutlierDetector on squashed data."""


class TakesAnyLength:
    """Take each row as a sample of some shape."""

    def _spec(self, n_features):
        shape = NETWORKS[self.network]().example_shape(n_features)
        return resolve_spec(clone(self).set_params(sample_shape=shape), n_features)


class SequenceTransformer(TakesAnyLength, AutoencoderTransformer):
    """AutoencoderTransformer for sequences and signals."""


class SequenceDetector(TakesAnyLength, AutoencoderOutlierDetector):
    """AutoencoderOutlierDetector for sequences and signals."""


SHAPED = {
    AutoencoderTransformer: SequenceTransformer,
    AutoencoderOutlierDetector: SequenceDetector,
}
SQUASHING = {
    AutoencoderTransformer: SquashingTransformer,
    AutoencoderOutlierDetector: SquashingDetector,
}


def variants(Estimator):
    """Return one estimator for each bottleneck, network and loss, and one random."""
    params = {"max_iter": 2, "cv": None}
    return [
        *(Estimator(bottleneck=name, **params) for name in sorted(BOTTLENECKS)),
        *(
            SHAPED[Estimator](network=name, **params)
            for name in sorted(NETWORKS)
            if NETWORKS[name]().example_shape(1) is not None
        ),
        *(
            (Estimator if math.isinf(LOSSES[name].domain[0]) else SQUASHING[Estimator])(
                loss=name, **params
            )
            for name in LOSSES
        ),
        Estimator(init="random", **params),
    ]


TRANSFORMERS = [
    AutoencoderTransformer(),
    AutoencoderTransformer(max_iter=1, cv=2),
    *variants(AutoencoderTransformer),
]
DETECTORS = [
    AutoencoderOutlierDetector(),
    *variants(AutoencoderOutlierDetector),
    AutoencoderOutlierDetector(max_iter=2, cv=2),
    *(
        AutoencoderOutlierDetector(scoring=part(), max_iter=2, cv=None)
        for _, part in sorted(SCORINGS.items())
    ),
]
IMPUTERS = [AutoencoderImputer(AutoencoderTransformer(max_iter=2, cv=None), cv=2)]
ORDERED = AutoencoderTransformer(bottleneck="ordered", max_iter=1, cv=None)
CHOOSERS = [
    AutoencoderTransformerCV(ORDERED, cv=2),
    AutoencoderTransformerCV(ORDERED, final_estimator=Ridge(), cv=2),
]
# For rows in order of time, and for rows without.
REGRESSORS = [
    AutoencoderSequenceRegressor(max_iter=2),
    AutoencoderSequenceRegressor(max_iter=2, cv=KFold(3)),
]


@parametrize_with_checks(TRANSFORMERS + DETECTORS + IMPUTERS + CHOOSERS + REGRESSORS)
def test_every_check_passes(estimator, check):
    check(estimator)


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "loss", [name for name in sorted(LOSSES) if LOSSES[name].domain[0] == 0]
)
def test_losses_with_a_domain_say_so(Estimator, loss):
    check_positive_only_tag_during_fit(Estimator.__name__, Estimator(loss=loss))


# scikit-learn runs these beside those above, in sklearn/tests/test_common.py.
CHECKS_OF_ESTIMATORS = (
    check_dataframe_column_names_consistency,
    check_param_validation,
)
CHECKS_OF_TRANSFORMERS = (
    check_get_feature_names_out_error,
    check_global_output_transform_pandas,
    check_global_set_output_transform_polars,
    check_set_output_transform,
    check_set_output_transform_pandas,
    check_set_output_transform_polars,
    check_transformer_get_feature_names_out,
    check_transformer_get_feature_names_out_pandas,
)


@pytest.mark.parametrize("check", CHECKS_OF_ESTIMATORS)
@pytest.mark.parametrize(
    "estimator",
    TRANSFORMERS[1:] + DETECTORS[1:] + IMPUTERS + CHOOSERS + REGRESSORS,
    ids=repr,
)
def test_every_check_beside_passes(estimator, check):
    check(type(estimator).__name__, clone(estimator))


@pytest.mark.parametrize("check", CHECKS_OF_TRANSFORMERS)
@pytest.mark.parametrize(
    "transformer", TRANSFORMERS[1:] + IMPUTERS + CHOOSERS + REGRESSORS, ids=repr
)
def test_every_check_of_transformers_passes(transformer, check):
    check(type(transformer).__name__, clone(transformer))
