"""Seconds and memory against a hand-written torch loop and the peers."""

# SPDX-License-Identifier: BSD-3-Clause

import json
from functools import partial

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.decomposition import PCA

from benchmarks._memory import measure_families, measure_memory
from benchmarks._timing import (
    N_COMPONENTS,
    BarePasses,
    estimator,
    interleave,
    train_bare,
    train_mlp,
    train_ours,
    train_pyod,
    train_skorch,
)
from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.networks import NETWORKS

# Rows, columns, units of the hidden layer, batch size and epochs.
SIZES = (
    (100, 64, 64, 32, 100),
    (2_000, 64, 64, 128, 20),
    (20_000, 64, 64, 128, 5),
    (200_000, 30, 128, 1024, 2),
    (1_000_000, 30, 128, 1024, 1),
)
QUICK_SIZES = (*SIZES[:2], (20_000, 64, 64, 128, 1))
PEERS_AT = 20_000  # rows, also those of the passes
MEMORY_SIZES = ((200_000, 512), (1_000_000, 1024))
QUICK_MEMORY_SIZES = ((20_000, 128),)
FAMILY_SIZE, QUICK_FAMILY_SIZE = (4000, 128), (500, 128)
PASSES = ("transform", "inverse_transform", "score_samples")

# The default network grows from the second of each.
GROWTH = {
    "rows": (5_000, 20_000, 80_000),
    "features": (16, 64, 256),
    "components": (2, 8, 32),
}

# What a fit may take of the loop by hand: with all rows, with a tenth held out.
MOST_ALL, MOST_HELD_OUT, MOST_FEW = 1.10, 1.15, 1.5
FEW_ROWS = 100
LEAST_TIMES_SKORCH = 3.0
MOST_PASS, MOST_EXTRA_ROW = 1.3, 0.001
MOST_RESULTS, MOST_EXTRA_MIB = 2, 100


def run(options):
    """Print the tables and return the bars that are missed."""
    sizes, memory_sizes = SIZES, MEMORY_SIZES
    timer = partial(interleave, n_runs=5, least_seconds=0.3)
    if options.quick:
        sizes, memory_sizes = QUICK_SIZES, QUICK_MEMORY_SIZES
        timer = partial(interleave, n_runs=2, least_seconds=0.05)
    missed, tables = [], {}

    def show(name, title, table):
        print(f"{title}\n")
        print(table.to_string(index=False, float_format="%.4g"), "\n", flush=True)
        tables[name] = table.to_dict("records")
        return table

    training = show(
        "training",
        "Training: seconds; medians of runs in turns. `bare` is the better number of "
        "threads.",
        pd.concat([compare_training(*size, timer, missed) for size in sizes]),
    )
    X = normal(PEERS_AT, 64)
    show(
        "passes",
        "Passes of 20,000 x 64 through a network that was just fitted: milliseconds.",
        compare_passes(X, timer, missed),
    )
    show(
        "one_row",
        "transform of one row, the default network: milliseconds.",
        compare_one_row(X[:1000], timer, missed),
    )
    show("epochs", "One epoch of each family: seconds.", compare_families(timer))
    if (memory := measure_memory(memory_sizes)) is not None:
        show("memory", "Peak memory beyond the input, one epoch.", memory)
        size = QUICK_FAMILY_SIZE if options.quick else FAMILY_SIZE
        peaks = show(
            "families", "Peak memory of transform, float32.", measure_families(*size)
        )
        for row in peaks.to_dict("records"):
            if row["peak, MiB"] > MOST_RESULTS * row["result, MiB"] + MOST_EXTRA_MIB:
                missed.append(f"{row['network']} takes {row['peak, MiB']:.0f} MiB")
    if not options.quick:
        show("growth", "One epoch of the default network: seconds.", grow(timer))
    (options.out / "speed.json").write_text(json.dumps(tables, indent=1))
    plot(training, options.out / "speed.png")
    print(f"Picture: {options.out / 'speed.png'}")
    return missed


def normal(n_rows, n_features):
    """Return normal numbers."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((n_rows, n_features), dtype=np.float32)


def compare_training(n_rows, n_features, hidden, batch_size, epochs, timer, missed):
    """Return what one training takes, a row for each contestant."""
    contestants = {
        f"bare, {n} thread{'s' if n > 1 else ''}": partial(train_bare, n_threads=n)
        for n in sorted({1, torch.get_num_threads()})
    }
    bare_names = list(contestants)
    contestants |= {
        "ours, all rows": partial(train_ours, early_stopping=False),
        "ours, hold-out": train_ours,
    }
    if n_rows == PEERS_AT:
        contestants |= {
            "skorch": train_skorch,
            "MLPRegressor": train_mlp,
            "PyOD": train_pyod,
        }
    X = normal(n_rows, n_features)
    seconds = timer(
        {
            name: partial(train, X, hidden, batch_size, epochs)
            for name, train in contestants.items()
        }
    )
    bare = min(seconds[name] for name in bare_names)
    few = n_rows <= FEW_ROWS
    for name, most in (
        ("ours, all rows", MOST_FEW if few else MOST_ALL),
        ("ours, hold-out", MOST_FEW if few else MOST_HELD_OUT),
    ):
        if seconds[name] > most * bare:
            ratio = seconds[name] / bare
            missed.append(f"{n_rows} rows, {name}: {ratio:.2f} times bare, not {most}")
    ours = seconds["ours, hold-out"]
    if "skorch" in seconds and seconds["skorch"] < LEAST_TIMES_SKORCH * ours:
        missed.append(f"skorch takes only {seconds['skorch'] / ours:.2f} times as long")
    return pd.DataFrame(
        {
            "rows": n_rows,
            "layers": f"{n_features}-{hidden}-{N_COMPONENTS}",
            "batch": batch_size,
            "epochs": epochs,
            "contestant": name,
            "fit": fit,
            "over bare": fit / bare,
            "over ours": fit / ours,
        }
        for name, fit in seconds.items()
    )


def compare_passes(X, timer, missed):
    """Return the milliseconds of each pass, in a process that has just fitted."""
    model = estimator(64, 128, epochs=1).fit(X)
    bare, codes = BarePasses(model), model.transform(X)
    rows = []
    for name in PASSES:
        data = codes if name == "inverse_transform" else X
        seconds = timer(
            {
                "bare": partial(getattr(bare, name), data),
                "ours": partial(getattr(model, name), data),
            }
        )
        ratio = seconds["ours"] / seconds["bare"]
        if ratio > MOST_PASS:
            missed.append(f"{name}: {ratio:.2f} times a bare pass")
        milliseconds = {key: 1e3 * value for key, value in seconds.items()}
        rows.append({"pass": name, **milliseconds, "over bare": ratio})
    return pd.DataFrame(rows)


def compare_families(timer):
    """Return the seconds of an epoch of 2,000 rows for each family of networks."""
    X = normal(2_000, 64)
    rows = []
    for name in sorted(NETWORKS):
        shape = NETWORKS[name]().example_shape(64)
        fits = {
            epochs: partial(
                AutoencoderTransformer(
                    N_COMPONENTS,
                    network=name,
                    sample_shape=shape,
                    max_iter=epochs,
                    random_state=0,
                ).fit,
                X,
            )
            for epochs in (1, 3)
        }
        seconds = timer(fits)
        epoch = (seconds[3] - seconds[1]) / 2
        rows.append({"network": name, "shape": str(shape), "epoch": epoch})
    return pd.DataFrame(rows)


def compare_one_row(X, timer, missed):
    """Return what it takes to transform one row, with the default network and PCA."""
    models = {
        "ours": AutoencoderTransformer(N_COMPONENTS, max_iter=1).fit(X),
        "PCA": PCA(N_COMPONENTS).fit(X),
    }
    seconds = timer(
        {name: partial(model.transform, X[:1]) for name, model in models.items()}
    )
    extra = seconds["ours"] - seconds["PCA"]
    if extra > MOST_EXTRA_ROW:
        missed.append(f"one row takes {1e3 * extra:.2f} ms more than with PCA")
    return pd.DataFrame([{name: 1e3 * value for name, value in seconds.items()}])


def grow(timer):
    """Return the seconds of one epoch while one of three numbers grows."""
    middle = {name: values[1] for name, values in GROWTH.items()}
    rows = []
    for name, values in GROWTH.items():
        seconds = [
            one_epoch(*(middle | {name: value}).values(), timer) for value in values
        ]
        rows += [
            {
                "growing": name,
                "to": value,
                "epoch": epoch,
                "relative": epoch / seconds[1],
            }
            for value, epoch in zip(values, seconds, strict=True)
        ]
    return pd.DataFrame(rows)


def one_epoch(n_rows, n_features, n_components, timer):
    """Return the seconds of one more epoch: half of what two more take."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, n_features), dtype=np.float32)
    seconds = timer(
        {
            epochs: partial(
                AutoencoderTransformer(
                    n_components, max_iter=epochs, random_state=0
                ).fit,
                X,
            )
            for epochs in (1, 3)
        }
    )
    return (seconds[3] - seconds[1]) / 2


def plot(training, path):
    """Draw the ratios to the bare loop over the rows, and all at one size."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 3.8), layout="constrained", width_ratios=(3, 2)
    )
    for color, most, name in (
        ("C1", MOST_ALL, "ours, all rows"),
        ("C0", MOST_HELD_OUT, "ours, hold-out"),
    ):
        ours = training[training["contestant"] == name]
        left.plot(ours["rows"], ours["over bare"], "o-", color=color, label=name)
        left.axhline(most, linestyle="--", color=color, label=f"its bar, {most}")
    left.set(
        xscale="log", xlabel="rows", ylim=(0, None), title="Seconds over the bare loop"
    )
    left.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize="small")

    peers = training[training["rows"] == PEERS_AT].sort_values("fit", ascending=False)
    ours = peers["contestant"].str.startswith("ours")
    colors = np.where(ours, "C1", "tab:gray")
    bars = right.barh(peers["contestant"], peers["fit"], color=colors)
    right.bar_label(bars, fmt="%.3g", padding=3)
    right.margins(x=0.2)
    right.set(xlabel="seconds of a fit", title=f"{PEERS_AT:,} rows, 64-64-8")
    right.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
