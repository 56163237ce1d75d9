"""Peers that draw synthetic rows; what is not installed is left out."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib.util
import warnings

import numpy as np
import pandas as pd

from sk_autoencoder import AutoencoderTransformer

N_COMPONENTS = 4  # chosen on the first four mixed tables, of 4, 8 and half the columns


def ours(train, seed):
    """Return as many rows as there are, drawn by our transformer."""
    model = AutoencoderTransformer(N_COMPONENTS, random_state=seed).fit(train)
    return model.sample(len(train), random_state=seed)


def shuffled(train, seed):
    """Return rows whose columns are independent: the least that can be asked."""
    rng = np.random.RandomState(seed)
    return train.apply(lambda column: column.sample(frac=1, random_state=rng).values)


def arf(train, seed):
    """Return rows of adversarial random forests (Watson et al. 2023)."""
    from arfpy import arf as arfpy

    np.in1d = np.isin  # noqa: NPY201, which its version 0.1.1 still calls
    np.random.seed(seed)  # noqa: NPY002, its source of randomness
    numbered = _with_categories(train).set_axis(range(train.shape[1]), axis=1)
    forest = arfpy.arf(x=numbered, random_state=seed, verbose=False)
    forest.forde()
    return _like(forest.forge(n=len(train)).set_axis(train.columns, axis=1), train)


def tvae(train, seed):
    """Return rows of a variational autoencoder for tables (Xu et al. 2019)."""
    return _ctgan("TVAE", train, seed)


def ctgan(train, seed):
    """Return rows of a conditional generative adversarial network (Xu et al. 2019)."""
    return _ctgan("CTGAN", train, seed)


def _ctgan(name, train, seed):
    import ctgan as package

    model = getattr(package, name)(enable_gpu=False)
    model.set_random_state(seed)
    levels = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(train, discrete_columns=levels)
        return _like(model.sample(len(train)), train)


def _with_categories(X):
    levels = [name for name in X if not pd.api.types.is_numeric_dtype(X[name])]
    return X.astype(dict.fromkeys(levels, "category"))


def _like(rows, train):
    """Return rows with the dtypes of others, whole numbers rounded."""
    rows = rows.copy()
    for name in train:
        if pd.api.types.is_integer_dtype(train[name]):
            rows[name] = rows[name].astype(float).round()
        elif not pd.api.types.is_numeric_dtype(train[name]):
            rows[name] = rows[name].astype(object)
        rows[name] = rows[name].astype(train[name].dtype)
    return rows


def generators():
    """Return those that are installed, by name."""
    peers = {"ARF": ("arfpy", arf), "TVAE": ("ctgan", tvae), "CTGAN": ("ctgan", ctgan)}
    found = {
        name: draw
        for name, (package, draw) in peers.items()
        if importlib.util.find_spec(package)
    }
    for name in peers.keys() - found.keys():
        print(f"{name} is not installed: left out.")
    return {"ours": ours} | found | {"shuffled": shuffled}
