"""New rows, from codes and from parts of rows: finite, or an error that says why."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sk_autoencoder.generation import interpolate, latent_grid
from tests.fuzz import _calls as calls
from tests.fuzz._data import recipes
from tests.fuzz._parameters import ESTIMATORS, ODD, parameters
from tests.fuzz._tally import tally

TRANSFORMERS = [each for each in ESTIMATORS if hasattr(each, "inverse_transform")]
counts = st.one_of(st.integers(1, 4), st.integers(1, 4), st.sampled_from(ODD))


@pytest.mark.parametrize("Estimator", TRANSFORMERS)
@given(data=st.data())
def test_new_rows_are_finite_or_refused(Estimator, data):
    tally["cases"] += 1
    X = data.draw(recipes(least_rows=2)).array()
    estimator = Estimator(**data.draw(parameters(Estimator, X.shape[1])))
    if not calls.fit(estimator, X):
        return
    before = calls.state(estimator)
    n = data.draw(counts)
    mask = data.draw(st.sampled_from([X > 0, X == X, np.zeros(X.shape, int), None, 3]))
    other = data.draw(recipes(n_features=estimator.n_components_)).array()
    components = data.draw(st.tuples(st.integers(-1, 2), st.integers(0, 2)))
    for function, args in (
        (estimator.sample, (n, 0)),
        (estimator.inverse_transform, (other,)),
        (estimator.reconstruct, (X, mask)),
        (interpolate, (estimator, X[0], X[-1], n)),
        (latent_grid, (estimator, X, components, n)),
    ):
        rows = calls.attempt(function, *args)
        if not calls.refused(rows):
            assert rows.shape[-1] == X.shape[1]
            assert np.isfinite(rows).all() or np.isnan(X).any()
            assert np.array_equal(rows, function(*args), equal_nan=True)
    assert calls.state(estimator) == before
