"""Seconds and memory against a hand-written torch loop and the peers."""

# SPDX-License-Identifier: BSD-3-Clause

import json
from functools import partial

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, NullLocator
from sklearn.decomposition import PCA

from benchmarks._memory import measure_memory
from benchmarks._timing import (
    N_COMPONENTS,
    N_FEATURES,
    BarePasses,
    estimator,
    in_blocks,
    interleave,
    train_bare,
    train_mlp,
    train_ours,
    train_pyod,
    train_skorch,
)
from sk_autoencoder import AutoencoderTransformer

# Rows, batch size and epochs.
SIZES = (
    (100, 32, 100),
    (2_000, 128, 20),
    (20_000, 128, 5),
    (200_000, 512, 2),
    (1_000_000, 1024, 1),
)
QUICK_SIZES = (*SIZES[:2], (20_000, 128, 1))
PEERS_AT = 20_000  # rows; those from here on have a bar for a pass
MEMORY_SIZES = ((200_000, 512), (1_000_000, 1024))
QUICK_MEMORY_SIZES = ((20_000, 128),)
PASSES = ("transform", "inverse_transform", "score_samples")

# The default network grows from the second of each.
GROWTH = {
    "rows": (5_000, 20_000, 80_000),
    "features": (16, 64, 256),
    "components": (2, 8, 32),
}

MOST_TRAINING, MOST_EXTRA_SECONDS = 1.10, 0.030
LEAST_TIMES_SKORCH = 2.5
MOST_PASS, MOST_EXTRA_ROW = 1.15, 0.001


def run(options):
    """Print the tables and return the bars that are missed."""
    sizes, memory_sizes = SIZES, MEMORY_SIZES
    timer = partial(interleave, n_runs=5, least_seconds=0.3)
    if options.quick:
        sizes, memory_sizes = QUICK_SIZES, QUICK_MEMORY_SIZES
        timer = partial(interleave, n_runs=2, least_seconds=0.05)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((sizes[-1][0], N_FEATURES), dtype=np.float32)
    missed, tables = [], {}

    def show(name, title, table):
        print(f"{title}\n")
        print(table.to_string(index=False, float_format="%.4g"), "\n", flush=True)
        tables[name] = table.to_dict("records")
        return table

    training = show(
        "training",
        "Training, 64-8-64: seconds; medians of runs in turns.",
        pd.concat([compare_training(X, *size, timer, missed) for size in sizes]),
    )
    passes = show(
        "passes",
        "Passes through the fitted network: seconds; medians of runs in turns.",
        pd.concat(
            [compare_passes(X[: size[0]], size[1], timer, missed) for size in sizes]
        ),
    )
    show(
        "one_row",
        "transform of one row, the default network: milliseconds.",
        compare_one_row(X[:1000], timer, missed),
    )
    del X
    if (memory := measure_memory(memory_sizes)) is not None:
        show("memory", "Peak memory beyond the input, one epoch.", memory)
    if not options.quick:
        show("growth", "One epoch of the default network: seconds.", grow(timer))
    (options.out / "speed.json").write_text(json.dumps(tables, indent=1))
    plot(training, passes, options.out / "speed.png")
    print(f"Picture: {options.out / 'speed.png'}")
    return missed


def compare_training(X, n_rows, batch_size, epochs, timer, missed):
    """Return what one training takes, a row for each contestant."""
    contestants = {"bare loop": train_bare, "ours": train_ours}
    if n_rows == PEERS_AT:
        contestants |= {
            "skorch": train_skorch,
            "MLPRegressor": train_mlp,
            "PyOD": train_pyod,
        }
    seconds = timer(
        {
            name: partial(train, X[:n_rows], batch_size, epochs)
            for name, train in contestants.items()
        },
        work=batch_size * 2 * N_FEATURES * N_COMPONENTS,
    )
    bare, ours = seconds["bare loop"], seconds["ours"]
    if ours > MOST_TRAINING * bare + MOST_EXTRA_SECONDS:
        missed.append(f"{n_rows} rows: {ours:.3f} s, the bare loop {bare:.3f} s")
    if "skorch" in seconds and seconds["skorch"] < LEAST_TIMES_SKORCH * ours:
        missed.append(f"skorch takes only {seconds['skorch'] / ours:.2f} times as long")
    return pd.DataFrame(
        {
            "rows": n_rows,
            "epochs": epochs,
            "contestant": name,
            "fit": fit,
            "fit / epochs": fit / epochs,
            "over bare loop": fit / bare,
            "over ours": fit / ours,
        }
        for name, fit in seconds.items()
    )


def compare_passes(X, batch_size, timer, missed):
    """Return the seconds of one transform, one inverse_transform and the scores.

    The bar is over the bare pass of all rows at once. That allocates much where rows
    are many, so the same in blocks is shown as well.
    """
    model = estimator(batch_size, epochs=0).fit(X)
    bare, codes = BarePasses(model), model.transform(X)
    rows = []
    for name in PASSES:
        data = codes if name == "inverse_transform" else X
        seconds = timer(
            {
                "bare": partial(getattr(bare, name), data),
                "bare in blocks": partial(in_blocks, getattr(bare, name), data),
                "ours": partial(getattr(model, name), data),
            }
        )
        ratio = seconds["ours"] / seconds["bare"]
        if len(X) >= PEERS_AT and ratio > MOST_PASS:
            missed.append(f"{name} of {len(X)} rows: {ratio:.2f} times a bare pass")
        row = {"rows": len(X), "pass": name, **seconds, "over bare": ratio}
        row["over blocks"] = seconds["ours"] / seconds["bare in blocks"]
        rows.append(row)
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


def plot(training, passes, path):
    """Draw the ratios to the bare loop over the rows, and all at one size."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 3.8), layout="constrained", width_ratios=(3, 2)
    )
    bare = training[training["contestant"] == "bare loop"]
    ours = training[training["contestant"] == "ours"]
    left.plot(ours["rows"], ours["over bare loop"], "o-", color="C1", label="fit")
    bar = MOST_TRAINING + MOST_EXTRA_SECONDS / bare["fit"]
    left.plot(bare["rows"], bar, "--", color="C1", label="its bar")
    for color, (name, of_pass) in zip(
        ("C0", "C2", "C4"), passes.groupby("pass", sort=False), strict=True
    ):
        left.plot(of_pass["rows"], of_pass["over bare"], "o-", color=color, label=name)
    end = max(2 * PEERS_AT, passes["rows"].max())
    left.plot([PEERS_AT, end], [MOST_PASS] * 2, "k--", label="bar of the passes")
    left.set(xscale="log", yscale="log", xlabel="rows", title="Seconds over bare torch")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_locator(NullLocator())
    left.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower left", ncols=6, frameon=False, fontsize="small")

    peers = training[training["rows"] == PEERS_AT].sort_values("fit", ascending=False)
    colors = ["C1" if name == "ours" else "tab:gray" for name in peers["contestant"]]
    bars = right.barh(peers["contestant"], peers["fit / epochs"], color=colors)
    right.bar_label(bars, fmt="%.3g", padding=3)
    right.margins(x=0.2)
    right.set(xlabel="seconds of fit / epochs", title=f"{PEERS_AT:,} rows, 64-8-64")
    right.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
