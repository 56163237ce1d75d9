"""Held-out reconstruction against PCA: where the autoencoder wins and where not."""

# SPDX-License-Identifier: BSD-3-Clause

import time

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from benchmarks._data import SMALL
from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.metrics import reconstruction_r2

SIZES = (1, 2, 4, 8, 16)
SEEDS = (0, 1, 2)
MOST_BELOW_PCA = 0.002
LARGEST_RATIO = 0.80


def run(options):
    """Print the table and return the bars that are missed."""
    cases = pd.DataFrame(
        {"data": name, **compare(X, n_components, seed)}
        for name, X in ((name, load().data) for name, load in SMALL.items())
        for n_components in SIZES
        if n_components < X.shape[1]
        for seed in SEEDS
    )
    cases.to_json(options.out / "pca.json", orient="records", indent=1)
    by_size = cases.groupby(["data", "n_components"], sort=False)
    table = by_size[["PCA", "autoencoder", "gain"]].median()
    table["least gain"] = by_size["gain"].min()
    table["ratio"] = by_size["ratio"].apply(geometric_mean)
    table["fit seconds"] = by_size["seconds"].median()
    print(f"Held-out R2, a quarter of the rows; medians of {len(SEEDS)} seeds.")
    print("ratio: unexplained variance, autoencoder over PCA (geometric mean).\n")
    print(table.round(3).to_string())

    ratio, least = geometric_mean(cases["ratio"]), cases["gain"].min()
    below = cases[cases["gain"] < 0]
    print(f"\nratio of unexplained variance over all {len(cases)} cases: {ratio:.3f}")
    print(f"least gain in R2: {least:+.4f}; below PCA in {len(below)} cases")
    missed = []
    if least < -MOST_BELOW_PCA:
        missed.append(f"R2 is {-least:.4f} below PCA; at most {MOST_BELOW_PCA}")
    if ratio > LARGEST_RATIO:
        missed.append(f"ratio of unexplained variance {ratio:.3f} > {LARGEST_RATIO}")
    return missed


def compare(X, n_components, seed):
    """Return the held-out R2 of PCA and of the autoencoder on one split."""
    X_train, X_test = train_test_split(X, test_size=0.25, random_state=seed)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
    pca = PCA(n_components).fit(X_train)
    start = time.perf_counter()
    autoencoder = AutoencoderTransformer(n_components, random_state=seed).fit(X_train)
    seconds = time.perf_counter() - start
    ours, theirs = (reconstruction_r2(model, X_test) for model in (autoencoder, pca))
    return {
        "n_components": n_components,
        "seed": seed,
        "PCA": theirs,
        "autoencoder": ours,
        "gain": ours - theirs,
        "ratio": (1 - ours) / (1 - theirs),
        "seconds": seconds,
    }


def geometric_mean(values):
    """Return the geometric mean of positive numbers."""
    return float(np.exp(np.log(values).mean()))
