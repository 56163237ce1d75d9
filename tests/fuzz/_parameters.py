"""Random parameters, from what estimators and parts say that they may be."""

# SPDX-License-Identifier: BSD-3-Clause

import inspect
import math
from dataclasses import MISSING, fields
from numbers import Integral, Real

import numpy as np
from hypothesis import strategies as st
from sklearn.utils._param_validation import Interval, Options, RealNotInt, StrOptions

import sk_autoencoder
from sk_autoencoder.estimators._base import BaseAutoencoder
from sk_autoencoder.networks import NETWORKS
from tests.fuzz._networks import NETWORKS_OF_USERS

ESTIMATORS = [
    value
    for name, value in sorted(vars(sk_autoencoder).items())
    if inspect.isclass(value) and issubclass(value, BaseAutoencoder)
]

# Larger numbers are allowed, but would only take long.
MOST = 6

# What is a value of hardly any parameter, but what a user may well pass.
ODD = [
    -1,
    0,
    2.5,
    math.nan,
    -math.inf,
    "no such",
    b"x",
    (),
    [None],
    {},
    {"a": 1},
    object,
    np.zeros((2, 2)),
    np.array(["x"]),
    1j,
    None,
    True,
]

# Parameters that are drawn together, or that would ask for another machine.
SET_APART = {"network", "sample_shape", "device", "net_params", "verbose"}


def values_of(constraints):
    """Return a strategy for what one parameter may be, but for parts."""
    choices = []
    for constraint in constraints:
        match constraint:
            case StrOptions() | Options():
                choices.append(st.sampled_from(sorted(constraint.options)))
            case Interval():
                choices.append(_numbers(constraint))
            case "boolean":
                choices.append(st.booleans())
            case "random_state":
                choices.append(st.integers(0, 3))
            case "array-like":
                choices.append(st.lists(st.integers(1, MOST), max_size=3))
            case None:
                choices.append(st.none())
    return st.one_of(choices)


def _numbers(interval):
    low = -math.inf if interval.left is None else interval.left
    high = math.inf if interval.right is None else interval.right
    if interval.type is Integral:
        low, high = max(low, -MOST), min(high, MOST)
        kinds = [int, np.int8, np.uint16] if low >= 0 else [int, np.int8]
        numbers = st.integers(low, high)
        return st.builds(lambda n, kind: kind(n), numbers, st.sampled_from(kinds))
    assert interval.type in (Real, RealNotInt)
    usual = st.floats(max(low, -2), min(high, 2))
    any_size = st.floats(max(low, -1e300), min(high, 1e300))
    return st.one_of(usual, usual, any_size).filter(interval.is_satisfied_by)


def parts(kind):
    """Return a strategy for parts of a kind with any fields."""
    of = {}
    for field in fields(kind):
        if field.name in kind._parameter_constraints:
            of[field.name] = values_of(kind._parameter_constraints[field.name])
        else:  # the part has a check of its own
            lengths = st.integers(0, MOST)
            usual = [] if field.default is MISSING else [st.just(field.default)]
            tuples = st.tuples(lengths, lengths)
            of[field.name] = st.one_of(*usual, lengths, tuples)
    return st.builds(kind, **of)


def names_or_parts(registry):
    """Return a strategy for the name of a registered part, or for such a part."""
    names = st.sampled_from(sorted(registry))
    return st.one_of(names, names.flatmap(lambda name: parts(registry[name])))


@st.composite
def networks(draw, n_features):
    """Return a network and a shape of samples that suits it, most of the time."""
    if draw(st.integers(0, 3)) == 0:
        return {"network": draw(st.sampled_from(NETWORKS_OF_USERS))}
    name = draw(st.sampled_from(sorted(NETWORKS)))
    network = draw(st.one_of(st.just(name), parts(NETWORKS[name])))
    shape = NETWORKS[name]().example_shape(n_features)
    if draw(st.integers(0, 4)) == 0:
        lengths = st.sampled_from([1, 2, 3, n_features, n_features // 2])
        shape = draw(st.lists(lengths, max_size=3))
    return {"network": network, "sample_shape": shape}


@st.composite
def parameters(draw, Estimator, n_features):
    """Return parameters of an estimator that are right by themselves."""
    constraints, registries = Estimator._parameter_constraints, Estimator._registries
    plain = st.sampled_from(sorted(constraints.keys() - registries.keys() - SET_APART))
    params = {"max_iter": draw(st.integers(0, 2)), "random_state": 0}
    for name in draw(st.lists(plain, max_size=4, unique=True)):
        params[name] = draw(values_of(constraints[name]))
    for name, registry in registries.items():
        if name != "network" and draw(st.integers(0, 2)) == 0:
            params[name] = draw(names_or_parts(registry))
    if draw(st.booleans()):
        params |= draw(networks(n_features))
    return params


@st.composite
def spoiled(draw, Estimator):
    """Return one parameter, or one field of a part, with a value that hardly fits."""
    name = draw(st.sampled_from(sorted(Estimator._parameter_constraints)))
    odd = draw(st.sampled_from(ODD))
    kinds = [
        kind for kind in Estimator._registries.get(name, {}).values() if fields(kind)
    ]
    if kinds and draw(st.booleans()):
        kind = draw(st.sampled_from(kinds))
        field = draw(st.sampled_from(fields(kind)))
        return {name: kind(**{field.name: odd})}, odd
    return {name: odd}, odd
