"""Held-out reconstruction of images: the convolutional network against the dense."""

# SPDX-License-Identifier: BSD-3-Clause

import time

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import pandas as pd
from sklearn.decomposition import PCA

from benchmarks._data import draw, load_mnist
from benchmarks._scores import show, unexplained
from sk_autoencoder import AutoencoderTransformer

N_COMPONENTS = 16
N_TRAIN, N_TEST = 10_000, 10_000
SEEDS = (0, 1, 2)
MOST_RATIO, MOST_TIMES = 0.9, 4.0


def run(options):
    """Print the table and return the bars that are missed."""
    n_train, seeds = (2_000, SEEDS[:1]) if options.quick else (N_TRAIN, SEEDS)
    X, _, X_test, _ = load_mnist(options.data)
    X, X_test = draw(X, n_train), draw(X_test, N_TEST)
    fits = pd.DataFrame([{"seed": seed} | compare(X, X_test, seed) for seed in seeds])
    fits.to_json(options.out / "kinds_convolutional.json", orient="records", indent=1)
    show(
        f"MNIST, {n_train:,} images, {N_COMPONENTS} components: held-out variance not "
        "explained, and seconds.",
        fits.set_index("seed"),
        digits=4,
    )
    missed = []
    median = fits.median()
    if median["conv / dense"] > MOST_RATIO:
        missed.append(
            f"convolutional: {median['conv / dense']:.3f} of the dense default's error"
        )
    if median["times as long"] > MOST_TIMES:
        missed.append(f"convolutional: {median['times as long']:.2f} times as long")
    if (fits["conv"] > fits["PCA"]).any():
        missed.append("convolutional: worse than PCA")
    return missed


def compare(X, X_test, seed):
    """Return errors and seconds."""
    pca = PCA(N_COMPONENTS, random_state=seed).fit(X)
    row = {"PCA": unexplained(X_test, pca.inverse_transform(pca.transform(X_test)))}
    for network in ("dense", "conv"):
        start = time.perf_counter()
        model = AutoencoderTransformer(
            N_COMPONENTS, network=network, sample_shape=(1, 28, 28), random_state=seed
        ).fit(X)
        row[f"{network} seconds"] = time.perf_counter() - start
        row[network] = unexplained(X_test, model.reconstruct(X_test))
    row["conv / dense"] = row["conv"] / row["dense"]
    row["times as long"] = row["conv seconds"] / row["dense seconds"]
    return row
