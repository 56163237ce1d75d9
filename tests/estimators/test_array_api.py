"""Tensors in, tensors out, where scikit-learn is told to dispatch."""

# SPDX-License-Identifier: BSD-3-Clause

import os

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from sk_autoencoder import (
    AutoencoderOutlierDetector,
    AutoencoderTransformer,
    AutoencoderTransformerCV,
)

pytestmark = pytest.mark.skipif(
    os.environ.get("SCIPY_ARRAY_API") != "1",
    reason="scikit-learn dispatches only with SCIPY_ARRAY_API=1",
)

X = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
QUICK = {"max_iter": 1, "random_state": 0}
CASES = [
    *(
        (AutoencoderTransformer, method)
        for method in ("transform", "reconstruct", "score_samples", "fit_transform")
    ),
    *(
        (AutoencoderOutlierDetector, method)
        for method in (
            "predict",
            "decision_function",
            "score_samples",
            "feature_scores",
            "expected",
            "p_values",
        )
    ),
]


@pytest.mark.parametrize(("Estimator", "method"), CASES)
def test_tensor_becomes_the_tensor_of_what_an_array_becomes(Estimator, method):
    rows = torch.from_numpy(X)
    expected = getattr(Estimator(2, **QUICK).fit(X), method)(X)
    with config_context(array_api_dispatch=True):
        result = getattr(Estimator(2, **QUICK).fit(rows), method)(rows)
    assert isinstance(result, torch.Tensor)
    assert_array_equal(result.numpy(), expected)


def test_tensors_choose_the_size_that_arrays_choose():
    autoencoder = AutoencoderTransformer(bottleneck="ordered", **QUICK)
    model = AutoencoderTransformerCV(
        autoencoder, final_estimator=Ridge(), scoring="r2", cv=2
    )
    expected = model.fit_transform(X, X[:, 0])
    rows = torch.from_numpy(X)
    with config_context(array_api_dispatch=True):
        result = model.fit(rows, rows[:, 0]).transform(rows)
        again = model.fit(rows, y=rows[:, 0]).transform(rows)
    assert isinstance(result, torch.Tensor)
    assert_array_equal(result.numpy(), expected)
    assert_array_equal(again.numpy(), expected)


def test_codes_that_are_tensors_become_tensors():
    model = AutoencoderTransformer(2, **QUICK).fit(X)
    codes = model.transform(X)
    with config_context(array_api_dispatch=True):
        rows = model.inverse_transform(torch.from_numpy(codes))
        score = model.score(torch.from_numpy(X))
    assert_array_equal(rows.numpy(), model.inverse_transform(codes))
    assert score == model.score(X)


def test_pipeline_with_pca_stays_in_tensors():
    rows = torch.from_numpy(X)
    with config_context(array_api_dispatch=True):
        pipeline = make_pipeline(PCA(4), AutoencoderTransformer(2, **QUICK)).fit(rows)
        restored = pipeline.inverse_transform(pipeline.transform(rows))
    assert isinstance(restored, torch.Tensor)
    assert restored.shape == rows.shape


def test_without_dispatch_a_tensor_becomes_an_array():
    codes = AutoencoderTransformer(2, **QUICK).fit_transform(torch.from_numpy(X))
    assert isinstance(codes, np.ndarray)
