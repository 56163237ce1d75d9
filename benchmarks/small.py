"""Held-out reconstruction of small tables: the choice by all rows, and others."""

# SPDX-License-Identifier: BSD-3-Clause

import time

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.preprocessing import StandardScaler

from benchmarks._data import SMALL, load_adbench
from benchmarks._peers import PEERS
from benchmarks._scores import geometric_mean, show, unexplained
from benchmarks._threads import one_thread
from benchmarks.pca import FLOOR, fit_kernel_pca, fit_ours, fit_pca
from sk_autoencoder import AutoencoderTransformer

N_ROWS, N_COMPONENTS, SPLITS = (50, 100, 200, 500, 1_000), (1, 2, 4, 8), range(10)
N_QUICK, COMPONENTS_QUICK, SPLITS_QUICK = (50, 100), (1, 2, 4), range(2)
OTHERS = {"KernelPCA": fit_kernel_pca, **PEERS}
COMPONENTS_OTHERS, SPLITS_OTHERS = (2,), range(3)  # for all but PCA and ours
LEAST_TEST, MOST_TEST = 50, 5_000

# The most of PCA's unexplained variance, by the number of rows.
LARGEST_RATIO = {50: 0.93, 100: 0.84, 200: 0.73, 500: 0.64}
MOST_ABOVE_PCA, MOST_ABOVE_ON_GAUSSIAN = 1.005, 1.002

OURS, HELD_OUT = "ours", "ours, a tenth held out"
GAUSSIAN = "Gaussian"


def run(options):
    """Print the tables and return the bars that are missed."""
    tables = {name: load().data for name, load in SMALL.items()}
    tables |= load_adbench(options.data) if options.data else {}
    tables[GAUSSIAN] = gaussian()
    if options.tables:
        if unknown := set(options.tables) - set(tables):
            raise SystemExit(f"No tables {sorted(unknown)}; there are {list(tables)}.")
        tables = {name: tables[name] for name in [*options.tables, GAUSSIAN]}
    n_rows, n_components, splits = N_ROWS, N_COMPONENTS, SPLITS
    if options.quick:
        n_rows, n_components, splits = N_QUICK, COMPONENTS_QUICK, SPLITS_QUICK
    if options.n_splits:
        splits = range(options.n_splits)
    sizes = (options.n_rows or n_rows, n_components, splits)
    jobs = Parallel(n_jobs=2, verbose=1)(
        delayed(measure)(name, tables[name], *case)
        for name in tables
        for case in cases(tables[name].shape, *sizes)
    )
    fits = pd.DataFrame(jobs)
    fits.to_json(options.out / "small.json", orient="records", indent=1)
    ratios = compare(fits)
    print_tables(fits, ratios)
    return missed_bars(ratios)


def gaussian():
    """Return rows of which PCA is the truth: two factors of ten features, and noise."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(6_000, 2)) @ rng.normal(size=(2, 10))
    return factors + rng.normal(size=factors.shape)


def cases(shape, all_n_rows, all_n_components, splits):
    """Return what to try on a table: rows, components, split and method."""
    return [
        (n_rows, n_components, split, method)
        for n_rows in all_n_rows
        if n_rows + LEAST_TEST <= shape[0]
        for n_components in all_n_components
        if n_components < shape[1]
        for split in splits
        for method in METHODS
        if method not in OTHERS
        or (n_components in COMPONENTS_OTHERS and split in SPLITS_OTHERS)
    ]


def fit_held_out(X, n_components, seed):
    model = AutoencoderTransformer(n_components, cv=None, random_state=seed)
    return model.fit(X).reconstruct


METHODS = {"PCA": fit_pca, OURS: fit_ours, HELD_OUT: fit_held_out, **OTHERS}


def measure(name, X, n_rows, n_components, split, method):
    """Fit one method to some rows in one thread, and return its error on others."""
    order = np.random.default_rng(split).permutation(len(X))
    train, test = np.split(order[: n_rows + MOST_TEST], [n_rows])
    scaler = StandardScaler().fit(X[train])
    X_train, X_test = (scaler.transform(X[rows]) for rows in (train, test))
    X_train, X_test = X_train.astype(np.float32), X_test.astype(np.float32)
    with one_thread():
        start = time.process_time()
        reconstruct = METHODS[method](X_train, n_components, split)
        seconds = time.process_time() - start
        error = unexplained(X_test, reconstruct(X_test))
    return {
        "data": name,
        "n_rows": n_rows,
        "n_components": n_components,
        "split": split,
        "method": method,
        "unexplained": error,
        "seconds": seconds,
    }


def compare(fits):
    """Return the errors of each method over those of PCA, NaN where PCA leaves none."""
    case = ["data", "n_rows", "n_components", "split"]
    errors = fits.pivot(index=case, columns="method", values="unexplained")
    errors = errors[[method for method in METHODS if method in errors]]
    pca = errors.pop("PCA")
    return errors.clip(lower=FLOOR).div(pca.where(pca >= FLOOR), axis=0)


def print_tables(fits, ratios):
    """Print ratios by the number of rows, seconds, and where PCA is ahead."""
    real = ratios.drop(GAUSSIAN, level="data").dropna(subset=OURS)
    ours = real[[OURS, HELD_OUT]].groupby("n_rows").agg(geometric_mean)
    ours["median of cases"] = by_case(real)[OURS].groupby("n_rows").median()
    show("Unexplained variance over PCA's, geometric mean; and median of cases", ours)
    with_others = real.dropna()
    show(
        "The same where all are tried",
        with_others.groupby("n_rows").agg(geometric_mean),
    )
    means = by_case(real)[OURS]
    show("Where the mean over splits is above PCA", means[means > 1].to_frame(), 4)
    show("Where PCA is the truth, means", by_case(gaussian_part(ratios))[[OURS]], 4)
    seconds = fits.groupby(["n_rows", "method"])["seconds"].agg(["median", "max"])
    show("Seconds of the processor", seconds.unstack(), 2)


def by_case(ratios):
    """Return means over splits."""
    return ratios.groupby(level=["data", "n_rows", "n_components"], sort=False).mean()


def gaussian_part(ratios):
    """Return the ratios where PCA is the truth."""
    return ratios[ratios.index.get_level_values("data") == GAUSSIAN]


def missed_bars(ratios):
    """Return the bars that are missed."""
    real = ratios.drop(GAUSSIAN, level="data").dropna(subset=OURS)
    by_rows = real[OURS].groupby("n_rows").agg(geometric_mean)
    missed = [
        f"{n_rows} rows: {by_rows[n_rows]:.3f} of PCA's unexplained variance > {most}"
        for n_rows, most in LARGEST_RATIO.items()
        if n_rows in by_rows and by_rows[n_rows] > most
    ]
    others = real.dropna().groupby("n_rows").agg(geometric_mean)
    missed += [
        f"{n_rows} rows: {peer} {row[peer]:.3f}, ours {row[OURS]:.3f}"
        for n_rows, row in others.iterrows()
        for peer in OTHERS
        if row[peer] < row[OURS]
    ]
    for part, most in (
        (real, MOST_ABOVE_PCA),
        (gaussian_part(ratios), MOST_ABOVE_ON_GAUSSIAN),
    ):
        means = by_case(part)[OURS]
        missed += [
            f"{', '.join(map(str, case))}: {ratio:.4f} of PCA's > {most}"
            for case, ratio in means[means > most].items()
        ]
    return missed
