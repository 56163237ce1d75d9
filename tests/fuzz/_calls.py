"""Calls of an estimator that are either answered or refused with a reason."""

# SPDX-License-Identifier: BSD-3-Clause

import inspect
import pickle
import re
import traceback

import numpy as np
from hypothesis import note
from numpy.testing import assert_allclose, assert_array_equal

from tests.fuzz._tally import tally

# Who may raise an error: those who know what the user meant.
SPEAKERS = ("/sk_autoencoder/", "/sklearn/")
# Whose code passes errors of others on.
THROUGH = ("/sklearn/utils/validation.py", "/tests/fuzz/_networks.py")

# What changes the estimator, or takes codes.
FIT_OR_BACK = re.compile("fit|inverse")

SPOKEN = (ValueError, TypeError)


def attempt(function, *args, **kwargs):
    """Return what a call gives, or the error that says clearly why it cannot."""
    try:
        return function(*args, **kwargs)
    except (*SPOKEN, RuntimeError) as error:
        note(f"{type(error).__name__}: {error}")
        tally["refusals"] += 1
        _check_spoken(error)
        return error


def refused(result):
    """Return whether an attempt was."""
    return isinstance(result, Exception)


def _check_spoken(error):
    """Raise an error again unless it comes from those who know what was meant."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    spoken = isinstance(error, SPOKEN) and last.line.startswith("raise ")
    if spoken and any(speaker in last.filename for speaker in SPEAKERS):
        return
    # What numpy and pandas cannot make an array of, scikit-learn passes on; and what
    # goes wrong inside a network of the user's, its author must find there.
    frames = traceback.extract_tb(error.__traceback__)
    if any(frame.filename.endswith(THROUGH) for frame in frames):
        return
    raise AssertionError(f"a raw error, of {last.filename}:{last.lineno}") from error


def outputs(estimator, X):
    """Return what all methods say of X."""
    return {name: _values(getattr(estimator, name)(X)) for name in _methods(estimator)}


def _values(result):
    """Return what a method says as an array, levels by their numbers."""
    values = np.asarray(result)
    if values.dtype != object:
        return values
    columns = [
        column.astype(float)
        if not isinstance(column[0], str | bool)
        else np.unique(column.astype(str), return_inverse=True)[1].astype(float)
        for column in values.T
    ]
    return np.column_stack(columns)


def _methods(estimator):
    """Yield the names of the methods that say something of each row of X."""
    for name in dir(estimator):
        method = getattr(estimator, name, None)
        if name[0] == "_" or not callable(method) or FIT_OR_BACK.search(name):
            continue
        first, *others = [*inspect.signature(method).parameters, None]
        if first == "X" and "y" not in others:
            yield name


def fit(estimator, X):
    """Return whether a fit succeeds; where it does not, it leaves all as it was."""
    before = dict(vars(estimator))
    kept = _entries(X).copy()
    result = attempt(estimator.fit, X)
    assert_array_equal(_entries(X), kept, err_msg="X was changed")
    if refused(result):
        assert vars(estimator).keys() == before.keys()
        assert all(vars(estimator)[name] is value for name, value in before.items())
        return False
    assert result is estimator
    tally["fits"] += 1
    return True


def _entries(X):
    """Return what a container holds, in an array."""
    if hasattr(X, "toarray"):
        return X.toarray()
    entries = np.asarray(X.detach() if hasattr(X, "detach") else X)
    return entries.astype(str) if entries.dtype == object else entries


def state(estimator):
    """Return all that an estimator is."""
    return pickle.dumps(estimator)


def assert_finite(results):
    for name, values in results.items():
        assert np.isfinite(values.astype(float)).all(), f"{name} is not finite"


def assert_same_bits(results, expected):
    assert results.keys() == expected.keys()
    for name, values in results.items():
        assert_array_equal(values, expected[name], err_msg=name, strict=True)


def assert_close(result, expected, among=None):
    """Assert that two ways to numbers agree, to rounding of the largest."""
    result, expected = np.asarray(result, float), np.asarray(expected, float)
    largest = np.abs(expected if among is None else among).max()
    assert_allclose(result, expected, rtol=1e-3, atol=1e-3 * largest)
