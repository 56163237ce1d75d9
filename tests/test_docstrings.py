"""What several estimators have in common is documented in the same words."""

# SPDX-License-Identifier: BSD-3-Clause

import inspect
from itertools import combinations

import pytest
from numpydoc.docscrape import NumpyDocString
from sklearn.utils._testing import assert_docstring_consistency

import sk_autoencoder
from sk_autoencoder.estimators._base import BaseAutoencoder

ESTIMATORS = [
    value
    for value in vars(sk_autoencoder).values()
    if inspect.isclass(value) and issubclass(value, BaseAutoencoder)
]
pairs = pytest.mark.parametrize("pair", list(combinations(ESTIMATORS, 2)))

# A detector needs fewer components and steps.
OTHER_TEXT = ["max_iter", "n_components"]
# By default a detector standardizes, and does not choose by folds.
OTHER_DEFAULT = ("scale", "cv")


# It warns of what only one of the two has.
@pytest.mark.filterwarnings("ignore:Checking was skipped")
@pairs
def test_parameters_and_attributes_are_documented_in_the_same_words(pair):
    assert_docstring_consistency(
        pair,
        include_params=True,
        exclude_params=OTHER_TEXT,
        include_attrs=True,
        ignore_types=OTHER_DEFAULT,
    )


@pairs
def test_only_what_differs_is_excepted(pair):
    def parameters(Estimator):
        sections = NumpyDocString(inspect.getdoc(Estimator))
        return {p.name: (p.type, p.desc) for p in sections["Parameters"]}

    first, second = map(parameters, pair)
    shared = first.keys() & second.keys()
    assert len(shared) > 15
    differ = {name for name in shared if first[name] != second[name]}
    assert differ == {*OTHER_TEXT, *OTHER_DEFAULT}
