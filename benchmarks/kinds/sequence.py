"""Held-out reconstruction of series: the recurrent autoencoder against PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import time

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from benchmarks._scores import show, unexplained
from benchmarks._sequences import load_sequences
from sk_autoencoder import AutoencoderTransformer

NAMES = ("ArrowHead", "GunPoint", "ItalyPowerDemand", "OSULeaf")
SIZES = (4,)
SEEDS = (0, 1, 2)
LEAST_BETTER = 3  # of the data sets
ROUNDING = 1e-5


def run(options):
    """Print the table and return the bars that are missed."""
    seeds = SEEDS[:1] if options.quick else SEEDS
    names = NAMES[1:3] if options.quick else NAMES
    rows, pictures = [], {}
    for name, series in load_sequences(names).items():
        for k in SIZES:
            for seed in seeds:
                row, pictures[name] = compare(series, k, seed)
                rows.append({"data": name, "n_components": k, "seed": seed} | row)
    fits = pd.DataFrame(rows)
    fits.to_json(options.out / "kinds_sequence.json", orient="records", indent=1)
    groups = fits.drop(columns="seed").groupby(["data", "n_components"], sort=False)
    table = groups.median()
    table["most ratio"] = groups["ratio"].max()
    show(
        "Sequences: held-out variance not explained, with a recurrent network and with "
        f"PCA\nof the ravelled series; medians of {len(seeds)} seeds.",
        table,
        digits=4,
    )
    path = options.out / "kinds_sequence.png"
    plot(pictures, path)
    print(f"\nPicture: {path}")
    return missed_bars(fits)


def compare(series, n_components, seed):
    """Return errors and seconds, and some series with their reconstructions."""
    X, X_test = train_test_split(
        series.reshape(len(series), -1), test_size=0.25, random_state=seed
    )
    pca = PCA(n_components).fit(X)
    of_pca = pca.inverse_transform(pca.transform(X_test))
    start = time.perf_counter()
    model = AutoencoderTransformer(
        n_components,
        network="recurrent",
        sample_shape=series.shape[1:],
        random_state=seed,
    ).fit(X)
    seconds = time.perf_counter() - start
    ours = model.reconstruct(X_test)
    row = {"PCA": unexplained(X_test, of_pca), "recurrent": unexplained(X_test, ours)}
    row |= {"ratio": row["recurrent"] / row["PCA"], "seconds": seconds}
    return row, {"series": X_test[:3], "PCA": of_pca[:3], "recurrent": ours[:3]}


def missed_bars(fits):
    """Return the bars that are missed."""
    missed = [
        f"{row.data}, {row.n_components} components, seed {row.seed}: "
        f"{row.ratio:.4f} of PCA's error"
        for row in fits.itertuples()
        if row.ratio > 1 + ROUNDING
    ]
    better = fits.groupby("data")["ratio"].median() < 1 - ROUNDING
    if better.sum() < LEAST_BETTER:
        missed.append(f"sequences: better than PCA on {better.sum()} data sets only")
    return missed


def plot(pictures, path):
    """Draw three series of each data set, with their reconstructions."""
    figure, axes = plt.subplots(
        len(pictures), 3, figsize=(11, 2 * len(pictures)), layout="constrained"
    )
    styles = {"series": "k", "PCA": "C0--", "recurrent": "C1"}
    for of_set, (name, lines) in zip(axes, pictures.items(), strict=True):
        for i, ax in enumerate(of_set):
            for method, style in styles.items():
                ax.plot(lines[method][i], style, label=method, lw=1.2)
            ax.spines[["top", "right"]].set_visible(False)
        of_set[0].set_ylabel(name)
    axes[0, 0].legend(frameon=False, fontsize="small")
    axes[0, 1].set_title(f"held-out series, {SIZES[-1]} components")
    figure.savefig(path, dpi=120)
    plt.close(figure)
