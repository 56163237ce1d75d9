"""One ordered fit for every latent size, against a fit of each size and PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV

from benchmarks._data import load_splits
from benchmarks._panels import panels
from benchmarks._scores import geometric_mean, show, unexplained
from benchmarks._threads import one_thread
from sk_autoencoder import AutoencoderTransformer, AutoencoderTransformerCV
from sk_autoencoder.metrics import reconstruction_r2

N_ROWS, N_IMAGES = 2_500, (10_000, 10_000)
SIZES, SIZES_IMAGES, SEEDS = (1, 2, 4, 8, 16), (1, 2, 4, 8, 16, 32), (0, 1, 2)
FLOOR = 1e-6  # where less than this is left unexplained, a ratio says nothing
SHARE, NEAR_SHARE = 0.95, (0.93, 0.97)
SEARCHED = ("digits", "wine", "breast_cancer", "diabetes")

# The bars.
LARGEST_RATIO, LARGEST_OF_A_SIZE = 1.05, 1.12
MOST_ABOVE_PCA = 1.002
MOST_SECONDS = 3.0
N_NEAR_SHARE = 20
LEAST_TIMES_SOONER = 3.0


def run(options):
    """Print the tables and return the bars that are missed."""
    splits = load_splits(options, N_ROWS, N_IMAGES)
    if options.tables:
        splits = {name: splits[name] for name in options.tables}
    seeds = SEEDS[: options.n_splits] if not options.quick else SEEDS[:1]
    of_sets = Parallel(n_jobs=2, verbose=1)(
        delayed(measure)(name, splits[name], seed)
        for name in splits
        for seed in (seeds if name != "MNIST" else SEEDS[:1])
    )
    fits = pd.DataFrame([row for rows in of_sets for row in rows])
    shares = pd.DataFrame(
        Parallel(n_jobs=2, verbose=1)(
            delayed(explain)(name, splits[name], seed)
            for name in splits
            for seed in seeds
            if name != "MNIST"
        )
    )
    searches = pd.DataFrame(
        [search(name, splits[name]) for name in SEARCHED if name in splits]
    )
    fits.to_json(options.out / "ordered.json", orient="records", indent=1)
    missed = report_fits(fits) + report_shares(shares) + report_searches(searches)
    path = options.out / "ordered.png"
    plot(fits, path)
    print(f"\nPicture: {path}")
    return missed


# ------------------------------------------------------------------ the measurements


def measure(name, split, seed):
    """Return what one fit for all sizes, one of each size, and PCA leave."""
    X_train, X_test = split(seed)
    sizes = SIZES_IMAGES if name == "MNIST" else SIZES
    sizes = [size for size in sizes if size < X_train.shape[1]]
    rows = []
    with one_thread():
        every, seconds = timed(fit, X_train, sizes[-1], seed, bottleneck="ordered")
        for size in sizes:
            own, own_seconds = timed(fit, X_train, size, seed)
            pca = PCA(size, random_state=seed).fit(X_train)
            of_pca = pca.inverse_transform(pca.transform(X_test))
            rows.append(
                {
                    "data": name,
                    "seed": seed,
                    "size": size,
                    "one fit": unexplained(
                        X_test, every.reconstruct(X_test, n_components=size)
                    ),
                    "own fit": unexplained(X_test, own.reconstruct(X_test)),
                    "PCA": unexplained(X_test, of_pca),
                    "seconds": seconds,
                    "own seconds": own_seconds,
                }
            )
    return rows


def explain(name, split, seed):
    """Return what the components explain that are to explain a share."""
    X_train, X_test = split(seed)
    with one_thread():
        transformer = fit(X_train, SHARE, seed, bottleneck="ordered")
    return {
        "data": name,
        "seed": seed,
        "PCA's components": PCA(SHARE).fit(X_train).n_components_,
        "components": transformer.n_components_,
        "explained": 1 - unexplained(X_test, transformer.reconstruct(X_test)),
    }


def search(name, split):
    """Return what both searches choose, how good that is, and their seconds."""
    X_train, X_test = split(0)
    sizes = [size for size in SIZES if size < X_train.shape[1]]
    with one_thread():
        one, seconds = timed(
            AutoencoderTransformerCV(
                AutoencoderTransformer(random_state=0),
                n_components=sizes,
                cv=5,
            ).fit,
            X_train,
        )
        grid, grid_seconds = timed(
            GridSearchCV(
                AutoencoderTransformer(random_state=0),
                {"n_components": sizes},
                scoring=reconstruction_r2,
                cv=5,
            ).fit,
            X_train,
        )
    spread = grid.cv_results_["std_test_score"][grid.best_index_] / np.sqrt(5)
    return {
        "data": name,
        "size": one.n_components_,
        "size of the grid": grid.best_params_["n_components"],
        "held-out R2": reconstruction_r2(one, X_test),
        "R2 of the grid": reconstruction_r2(grid.best_estimator_, X_test),
        "standard error": spread,
        "times sooner": grid_seconds / seconds,
    }


def fit(X, n_components, seed, **params):
    return AutoencoderTransformer(n_components, random_state=seed, **params).fit(X)


def timed(function, *args, **params):
    """Return what a function returns, and its seconds."""
    start = time.perf_counter()
    result = function(*args, **params)
    return result, time.perf_counter() - start


# ------------------------------------------------------------------------ the bars


def report_fits(fits):
    """Print how good and how fast the one fit is, and return the bars it misses."""
    fits = fits.assign(
        ratio=fits["one fit"].clip(lower=FLOOR) / fits["own fit"].clip(lower=FLOOR),
        of_pca=fits["one fit"].clip(lower=FLOOR) / fits["PCA"].clip(lower=FLOOR),
    )
    by_case = fits.groupby(["data", "size"], sort=False)
    table = by_case[["PCA", "own fit", "one fit"]].median()
    table["ratio"] = by_case["ratio"].apply(geometric_mean)
    table["of PCA's"] = by_case["of_pca"].apply(geometric_mean)
    show("Unexplained variance of held-out rows, medians of the seeds", table)
    of_sizes = table["ratio"].groupby(level="size").apply(geometric_mean)
    show("One fit over a fit of the size, geometric means", of_sizes.to_frame())
    seconds = fits.groupby(["data", "seed"], sort=False).agg(
        one=("seconds", "first"),
        largest=("own seconds", "last"),
        all=("own seconds", "sum"),
    )
    seconds = seconds.groupby(level="data", sort=False).median()
    times = seconds["one"] / seconds["largest"]
    seconds["over the largest"] = times
    seconds["over all"] = seconds["one"] / seconds["all"]
    show("Seconds in one thread, two fits at a time", seconds, digits=2)
    ratio = geometric_mean(table["ratio"])
    print(f"\nOne fit over a fit of each size: {ratio:.3f}")
    missed = []
    if ratio > LARGEST_RATIO:
        missed.append(f"ratio {ratio:.3f}; at most {LARGEST_RATIO}")
    for size, of_size in of_sizes.items():
        if of_size > LARGEST_OF_A_SIZE:
            missed.append(f"size {size}: {of_size:.3f}; at most {LARGEST_OF_A_SIZE}")
    for (name, size), worse in table["of PCA's"].items():
        if worse > MOST_ABOVE_PCA:
            missed.append(f"{name}, size {size}: {worse:.3f} of what PCA leaves")
    for name, factor in times.items():
        if factor > MOST_SECONDS or seconds.loc[name, "over all"] > 1:
            missed.append(f"{name}: {factor:.1f} times the seconds of the largest size")
    return missed


def report_shares(shares):
    """Print what a share explains, and return the bar it misses."""
    if shares.empty:
        return []
    table = shares.groupby("data", sort=False).median(numeric_only=True)
    show(f"n_components={SHARE}", table.drop(columns="seed"))
    near = table["explained"].between(*NEAR_SHARE).sum()
    print(
        f"\n{near} of {len(table)} explain between {' and '.join(map(str, NEAR_SHARE))}"
    )
    if near < N_NEAR_SHARE:
        return [f"{near} tables explain a share as asked; at least {N_NEAR_SHARE}"]
    return []


def report_searches(searches):
    """Print what the searches choose, and return the bars they miss."""
    if searches.empty:
        return []
    show("AutoencoderTransformerCV and GridSearchCV", searches.set_index("data"))
    missed = []
    for row in searches.to_dict("records"):
        if row["held-out R2"] < row["R2 of the grid"] - row["standard error"]:
            missed.append(f"{row['data']}: R2 {row['held-out R2']:.3f} of the search")
        if row["times sooner"] < LEAST_TIMES_SOONER:
            missed.append(f"{row['data']}: {row['times sooner']:.1f} times sooner")
    return missed


def plot(fits, path):
    """Draw explained variance against the size, one panel for each data set."""
    names = fits["data"].unique()
    figure, axes = panels(names)
    styles = {
        "PCA": ("tab:gray", "o-"),
        "own fit": ("tab:blue", "o"),
        "one fit": ("tab:orange", "o-"),
    }
    for ax, name in zip(axes, names, strict=True):
        table = 1 - fits[fits["data"] == name].groupby("size")[list(styles)].median()
        for method, (color, style) in styles.items():
            ax.plot(table.index, table[method], style, color=color, ms=4, label=method)
    ax.set_xscale("log", base=2)
    sizes = sorted(fits["size"].unique())
    ax.set_xticks(sizes, sizes)
    ax.set_ylim(0, 1)
    figure.legend(
        *ax.get_legend_handles_labels(), loc="outside upper center", ncols=len(styles)
    )
    figure.supxlabel("components")
    figure.supylabel("held-out R2")
    figure.savefig(path, dpi=120)
    plt.close(figure)
