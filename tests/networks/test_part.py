"""Parts as scikit-learn parameters."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.networks import LOSSES, Huber, Part, SquaredError, resolve


@dataclass
class Spring(Part):
    stiffness: float = 1.0
    length: float = 2.0


def test_get_params_returns_the_fields_by_name():
    assert Spring(stiffness=3.0).get_params() == {"stiffness": 3.0, "length": 2.0}


def test_set_params_sets_fields_and_returns_the_part():
    spring = Spring()
    assert spring.set_params(length=5.0) is spring
    assert spring == Spring(stiffness=1.0, length=5.0)


def test_set_params_names_what_it_does_not_know_and_what_it_does():
    spring = Spring()
    with pytest.raises(ValueError, match=r"'colour'.*\['length', 'stiffness'\]"):
        spring.set_params(colour="red")
    assert not hasattr(spring, "colour")


def test_clone_is_equal_but_independent():
    spring = Spring(stiffness=3.0)
    copy = clone(spring)
    assert copy == spring
    copy.set_params(stiffness=4.0)
    assert spring.stiffness == 3.0


def test_parts_of_different_values_or_kinds_are_not_equal():
    assert Spring(length=1.0) != Spring(length=2.0)
    assert SquaredError() != Huber()


def test_estimators_reach_into_parts_and_clone_them():
    original = AutoencoderTransformer(loss=Huber(delta=0.5))
    copy = clone(original).set_params(loss__delta=0.7)
    assert copy.get_params()["loss__delta"] == 0.7
    assert original.loss.delta == 0.5


def test_grid_search_tries_each_value_of_a_part_and_leaves_the_original_alone():
    X = np.random.default_rng(0).standard_t(df=3, size=(40, 3))
    transformer = AutoencoderTransformer(
        n_components=1, loss=Huber(), max_iter=0, random_state=0
    )
    search = GridSearchCV(transformer, {"loss__delta": [0.5, 2.0]}, cv=2).fit(X)
    tried = [params["loss__delta"] for params in search.cv_results_["params"]]
    assert tried == [0.5, 2.0]
    # Huber's loss grows with delta, so the search prefers the smaller.
    assert search.best_estimator_.loss == Huber(delta=0.5)
    assert transformer.loss == Huber(delta=1.35)


def test_resolve_returns_a_part_itself():
    part = Huber(delta=0.5)
    assert resolve(part, LOSSES, "loss") is part


def test_resolve_builds_a_fresh_part_for_a_name():
    first, second = (resolve("huber", LOSSES, "loss") for _ in range(2))
    assert first == second == Huber()
    assert first is not second


def test_resolve_names_the_parameter_the_value_and_the_choices():
    with pytest.raises(ValueError, match=r"loss must be one of .*'huber'.*'hubert'"):
        resolve("hubert", LOSSES, "loss")
