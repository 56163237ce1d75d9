"""Random calls: right by a second way, or an error that says why.

A few cases of each property by default, the same each time; `make fuzz` tries
thousands of others. Estimators and parts are found in their registries, and their
parameters in what they say that these may be.
"""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, note
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.decomposition import PCA

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.scoring import Neighbors
from tests.fuzz import _calls as calls
from tests.fuzz._data import contained, containers, ended, recipes
from tests.fuzz._parameters import ESTIMATORS, parameters, parts, spoiled
from tests.fuzz._tally import tally

each_estimator = pytest.mark.parametrize("Estimator", ESTIMATORS)


@each_estimator
@given(data=st.data())
def test_any_call_is_right_or_says_why(Estimator, tmp_path, data):
    X = data.draw(recipes()).array()
    params = data.draw(parameters(Estimator, X.shape[1]))
    container = data.draw(containers)
    shape = params.get("sample_shape")
    if shape and len(shape) == 2 and np.prod(shape) == X.shape[1]:
        X = data.draw(st.one_of(st.just(X), ended(X, shape)))
    in_container = contained(X, container, tmp_path)
    tally["cases"] += 1
    estimator = Estimator(**params)
    if not calls.fit(estimator, in_container):
        return
    before = calls.state(estimator)
    values = calls.attempt(calls.outputs, estimator, in_container)
    assert calls.state(estimator) == before, "a method has changed the estimator"
    if calls.refused(values):
        return
    lengths = {name: len(result) for name, result in values.items()}
    assert set(lengths.values()) == {len(X)}
    calls.assert_same_bits(calls.outputs(estimator, in_container), values)
    check_numbers(estimator, values, np.isnan(np.asarray(X, dtype=float)))
    has_levels = estimator.table_ is not None and estimator.table_.levels
    if np.isfinite(np.asarray(X, dtype=float)).all() and not has_levels:
        check_second_ways(estimator, X, values)
    for copy in clone(estimator).fit(in_container), pickle.loads(before):
        calls.assert_same_bits(calls.outputs(copy, in_container), values)
    new = data.draw(recipes(n_features=X.shape[1])).array()
    of_new = calls.attempt(calls.outputs, estimator, new)
    if not calls.refused(of_new):
        calls.assert_finite(of_new)


def check_numbers(estimator, values, is_missing):
    """Assert that all values are finite, but where a sequence has ended."""
    if "reconstruct" in values and estimator.model_.spec.takes_padding:
        restored = values["reconstruct"]
        assert (np.isnan(restored) == is_missing).all()
        values = values | {"reconstruct": np.nan_to_num(restored)}
    calls.assert_finite(values)


def check_second_ways(estimator, X, values):
    """Compare numbers that can be had in two ways."""
    scores = values["score_samples"]
    if hasattr(estimator, "score"):
        assert estimator.score(X) == pytest.approx(np.mean(scores))
    # Levels and whole numbers jump.
    if "transform" in values and tells_all(estimator) and estimator.table_ is None:
        restored = estimator.inverse_transform(values["transform"])
        calls.assert_close(restored, values["reconstruct"])
    if "feature_scores" in values:
        assert (scores <= 0).all()
        assert set(np.unique(values["predict"])) <= {-1, 1}
        calls.assert_close(values["feature_scores"].sum(axis=1), -scores)
        negative = values["decision_function"] < 0
        assert ((values["predict"] == -1) == negative).all()
    alone = calls.outputs(estimator, X[:1])
    for name in alone.keys() - {"predict", "p_values"}:  # these jump
        calls.assert_close(alone[name], values[name][:1], values[name])


def tells_all(estimator):
    """Return whether codes tell all of the reconstruction, not its shares alone."""
    loss, x = estimator.model_.spec.loss, torch.rand(2, estimator.n_features_in_)
    of_codes = loss.reconstruct(x, x[0], x[1])
    return torch.allclose(of_codes, loss.reconstruct(x, x[0], x[1], x))


@each_estimator
@given(data=st.data())
def test_an_odd_parameter_is_quoted(Estimator, data):
    tally["cases"] += 1
    X = data.draw(recipes(least_rows=7)).array()
    params, odd = data.draw(spoiled(Estimator))
    note(f"{params}")
    estimator = Estimator(
        **{"max_iter": 1, "n_components": 1, "random_state": 0} | params
    )
    error = calls.attempt(estimator.fit, X)
    if not calls.refused(error):
        return
    good = Estimator(max_iter=1, n_components=1, random_state=0)
    if not calls.refused(calls.attempt(good.fit, X)):
        said = str(error)
        assert repr(odd) in said or str(odd) in said, said


@each_estimator
@given(data=st.data())
def test_a_failed_fit_leaves_the_last_one_to_the_bit(Estimator, tmp_path, data):
    tally["cases"] += 1
    X = np.random.default_rng(0).normal(size=(20, 4))
    estimator = Estimator(2, max_iter=1, random_state=0).fit(X)
    values = calls.outputs(estimator, X)
    for _ in range(data.draw(st.integers(1, 4))):
        same_width = recipes(n_features=estimator.n_features_in_)
        recipe = data.draw(st.one_of(recipes(), same_width))
        params = data.draw(parameters(Estimator, recipe.n_features))
        if data.draw(st.integers(0, 2)) == 0:
            params |= data.draw(spoiled(Estimator))[0]
        params["warm_start"] = data.draw(st.booleans())
        estimator.set_params(**params)
        other = contained(recipe.array(), data.draw(containers), tmp_path)
        before = learned(estimator)
        if calls.fit(estimator, other):
            X, values = other, calls.attempt(calls.outputs, estimator, other)
            if calls.refused(values):
                return
        else:
            assert learned(estimator) == before
        calls.assert_same_bits(calls.outputs(estimator, X), values)


def learned(estimator):
    """Return all that was learned, as bytes."""
    names = sorted(vars(estimator).keys() - estimator.get_params(deep=False).keys())
    return pickle.dumps([vars(estimator)[name] for name in names])


@given(data=st.data())
def test_without_an_epoch_the_transformer_is_pca(data):
    tally["cases"] += 1
    X = data.draw(recipes()).array().astype(np.float64)
    k = data.draw(st.integers(1, min(4, X.shape[1])))
    model = AutoencoderTransformer(k, max_iter=0)
    if not calls.fit(model, X) or k > min(X.shape) or np.isnan(X).any():
        return
    unit = np.abs(X).max() or 1.0  # PCA squares what it is given
    pca = PCA(k, svd_solver="full").fit(X / unit)
    expected = pca.inverse_transform(pca.transform(X / unit))
    size = max(np.abs(X / unit - pca.mean_).max(), 1e-9)
    restored = model.reconstruct(X) / unit
    spread = np.linalg.svd(X / unit - pca.mean_, compute_uv=False)
    if k < len(spread) and spread[k] > 0.99 * spread[k - 1]:
        # As much varies along the next axis, and any mix of both is as good.
        restored, expected = np.linalg.norm(
            [X / unit - restored, X / unit - expected], axis=(1, 2)
        )
    assert_allclose(restored, expected, rtol=0, atol=1e-4 * size)


@given(data=st.data())
def test_training_rows_are_scored_as_they_were(data):
    tally["cases"] += 1
    X = data.draw(recipes(least_rows=2)).array()
    params = data.draw(parameters(AutoencoderOutlierDetector, X.shape[1]))
    params |= {"warm_start": False, "scoring": data.draw(parts(Neighbors))}
    detector = AutoencoderOutlierDetector(**params)
    if not calls.fit(detector, X):
        return
    known = detector.training_scores_
    calls.assert_close(detector.score_samples(X), known)
    order = np.random.default_rng(0).permutation(len(X))
    calls.assert_close(detector.score_samples(X[order]), known[order])
    with np.errstate(over="ignore"):
        rounded = X.astype(np.float32)
    offset = np.abs(detector.mean_ / detector.scale_)
    if np.allclose(rounded, X, rtol=1e-6, atol=0) and offset.max() < 100:
        calls.assert_close(detector.score_samples(rounded), known)
