"""What the parameters of all estimators may be."""

# SPDX-License-Identifier: BSD-3-Clause

from numbers import Integral, Real

import numpy as np
import torch
from sklearn.utils._param_validation import HasMethods, Options, StrOptions

from sk_autoencoder.networks import (
    ACTIVATIONS,
    BOTTLENECKS,
    CORRUPTIONS,
    LOSSES,
    NETWORKS,
    Bottleneck,
    Corruption,
    Loss,
    Network,
    Number,
)

# The names of parts, by parameter.
REGISTRIES = {
    "bottleneck": BOTTLENECKS,
    "corruption": CORRUPTIONS,
    "loss": LOSSES,
    "network": NETWORKS,
}

CONSTRAINTS = {
    "n_components": [Number(Integral, 1, None, closed="left")],
    "network": [StrOptions(set(NETWORKS)), Network, callable],
    "sample_shape": ["array-like", None],
    "hidden_layer_sizes": [
        StrOptions({"auto"}),
        "array-like",
        Number(Integral, 1, None, closed="left"),
    ],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "categorical_features": [StrOptions({"from_dtype"}), "array-like", None],
    "handle_unknown": [StrOptions({"missing", "error"})],
    "init": [StrOptions({"pca", "random"})],
    "bottleneck": [StrOptions(set(BOTTLENECKS)), Bottleneck],
    "loss": [StrOptions({"auto", *LOSSES}), Loss],
    "corruption": [
        StrOptions(set(CORRUPTIONS)),
        Corruption,
        Number(Real, 0, None, closed="neither"),
        None,
    ],
    "scale": ["boolean", StrOptions({"auto"})],
    "alpha": [Number(Real, 0, None, closed="left")],
    "batch_size": [
        StrOptions({"auto"}),
        Number(Integral, 1, None, closed="left"),
    ],
    "learning_rate_init": [
        StrOptions({"auto"}),
        Number(Real, 0, None, closed="neither"),
    ],
    "max_iter": [
        StrOptions({"auto"}),
        Number(Integral, 0, None, closed="left"),
    ],
    "early_stopping": ["boolean"],
    "validation_fraction": [Number(Real, 0, 1, closed="neither")],
    "cv": [
        StrOptions({"auto"}),
        Number(Integral, 2, None, closed="left"),
        HasMethods(["split", "get_n_splits"]),
        None,
    ],
    "n_iter_no_change": [
        StrOptions({"auto"}),
        Number(Integral, 1, None, closed="left"),
        Options(Real, {np.inf}),
    ],
    "tol": [Number(Real, 0, 1, closed="left")],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
    "device": [str, torch.device],
    "net_params": [dict, None],
}
