"""Held-out log-likelihood: the variational autoencoder against probabilistic PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import time

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from benchmarks._data import load_mnist, load_splits
from benchmarks._scores import show
from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.networks import Variational

N_ROWS, N_IMAGES = 2_500, (2_500, 2_500)
SIZES = (2, 8)
SEEDS = (0, 1, 2)
# PCA's score means nothing where it leaves next to no noise.
LEAST_NOISE = 1e-5

ROUNDING = 1e-3  # nats a feature
MOST_NATS, MOST_SECONDS = 92.0, 600.0

# How often the bits of each training image are drawn.
N_DRAWS = 6

# What to take for images of bits where ten minutes of training are worth it.
CONFIGURATION = {
    "n_components": 50,
    "loss": "log_loss",
    "hidden_layer_sizes": (500, 300),
    "batch_size": 256,
    "max_iter": 14,
    "n_iter_no_change": np.inf,
}


def run(options):
    """Print the tables and return the bars that are missed."""
    seeds = SEEDS[:1] if options.quick else SEEDS
    splits = load_splits(options, N_ROWS, N_IMAGES)
    fits = pd.DataFrame(
        [
            {"data": name, "n_components": k, "seed": seed} | row
            for name, split in splits.items()
            for k in SIZES
            for seed in seeds
            if (row := compare(*split(seed), k, seed)) is not None
        ]
    )
    fits.to_json(options.out / "kinds_variational.json", orient="records", indent=1)
    table = fits.drop(columns="seed").groupby(["data", "n_components"], sort=False)
    shown = table.median()
    shown["least gain"] = table["gain"].min()
    shown["most start"] = table["start"].max()
    show(
        "Variational: held-out log-likelihood in nats a feature; medians of "
        f"{len(seeds)} seeds.\ngain: over PCA. start: distance to it before training.",
        shown,
        digits=4,
    )
    print(
        f"\nMean gain over {len(fits)} fits: {fits['gain'].mean():.4f} nats a feature"
    )
    missed = missed_bars(fits)
    if not options.quick:
        missed += binarized_mnist(options)
    return missed


def compare(X, X_test, n_components, seed):
    """Return both scores, or None where PCA leaves no noise."""
    n_features = X.shape[1]
    if n_components >= min(X.shape):
        return None
    pca = PCA(n_components).fit(X.astype(np.float64))
    if pca.noise_variance_ < LEAST_NOISE * X.var(axis=0).mean():
        return None
    of_pca = pca.score(X_test) / n_features
    scores, seconds = [], []
    for max_iter in (0, "auto"):
        model = AutoencoderTransformer(
            n_components,
            bottleneck="variational",
            max_iter=max_iter,
            random_state=seed,
            device="cpu",
        )
        start = time.perf_counter()
        model.fit(X)
        seconds.append(time.perf_counter() - start)
        scores.append(model.score(X_test) / n_features)
    return {
        "PCA": of_pca,
        "autoencoder": scores[1],
        "gain": scores[1] - of_pca,
        "start": abs(scores[0] - of_pca),
        "seconds": seconds[1],
    }


def missed_bars(fits):
    """Return the bars that are missed."""
    missed = []
    for row in fits.itertuples():
        case = f"{row.data}, {row.n_components} components, seed {row.seed}"
        if row.gain < -ROUNDING:
            missed.append(f"{case}: {row.gain:.4f} nats a feature below PCA")
        if row.start > ROUNDING:
            missed.append(f"{case}: starts {row.start:.4f} nats a feature from PCA")
    if not fits["gain"].mean() > 0:
        missed.append(f"mean gain {fits['gain'].mean():.4f} nats a feature")
    return missed


def draw_bits(chances, rng):
    """Return bits with these chances, shape (n_samples, n_features)."""
    return (rng.random(chances.shape, dtype=np.float32) < chances).astype(np.float32)


def binarized_mnist(options):
    """Print the log-likelihood of images whose pixels are the chances of bits."""
    rng = np.random.default_rng(0)
    gray, _, gray_test, _ = load_mnist(options.data)
    X = np.concatenate([draw_bits(gray, rng) for _ in range(N_DRAWS)])
    X_test = draw_bits(gray_test, rng)
    start = time.perf_counter()
    model = AutoencoderTransformer(
        **CONFIGURATION,
        bottleneck=Variational(n_importance_samples=200),
        random_state=0,
    ).fit(X)
    seconds = time.perf_counter() - start
    nats = -model.score(X_test)
    print(
        f"\nBinarised MNIST, {N_DRAWS} draws of each training image, "
        f"{CONFIGURATION}:\nnegative log-likelihood {nats:.2f} nats "
        f"(200 importance samples), {model.active_components_.sum()} active components,"
        f" {seconds:.0f} s of training"
    )
    missed = []
    if nats > MOST_NATS:
        missed.append(f"binarised MNIST: {nats:.2f} nats; at most {MOST_NATS:g}")
    if seconds > MOST_SECONDS:
        missed.append(f"binarised MNIST: {seconds:.0f} s; at most {MOST_SECONDS:g}")
    return missed
