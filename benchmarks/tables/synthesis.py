"""Synthetic rows: how useful and how like real ones they are."""

# SPDX-License-Identifier: BSD-3-Clause

import time

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.model_selection import train_test_split

from benchmarks._data import load_adbench
from benchmarks._scores import show
from benchmarks._threads import one_thread
from benchmarks.tables._generators import generators
from benchmarks.tables._mixed import CHOSEN_ON, CONFIRMED_ON, as_frame, load_mixed
from sk_autoencoder.metrics import (
    closest_distances,
    copied_share,
    discrimination_auc,
    marginal_distance,
    pairwise_distance,
    train_synthetic_test_real,
)

MOST_ROWS = 1_000
SEEDS = (0, 1)
FROM_ADBENCH = ("magic.gamma", "cardio")
OURS, REAL = "ours", "real rows"
WITHIN_ARF, MOST_SECONDS = 1.0, 60


def run(options):
    """Print the tables and return the bars that are missed."""
    if options.data is None:
        raise SystemExit("tables needs --data DIR, the folder that holds adbench.")
    tables = load_tables(options.data)
    names = list(tables)[:2] if options.quick else list(tables)
    seeds = SEEDS[:1] if options.quick else SEEDS
    draws, rows = generators(), []
    for name in names:
        for seed in seeds:
            rows += measure(name, *tables[name], draws, seed)
        print(f"{name}: done", flush=True)
    scores = pd.DataFrame(rows)
    scores.to_json(options.out / "tables_synthesis.json", orient="records", indent=1)
    columns = [REAL, *draws]
    auc = scores.pivot_table(index="data", columns="method", values="AUROC", sort=False)
    show(
        "AUROC in percent of boosting trained on rows, tested on real ones",
        auc[columns],
        1,
    )
    means = scores.drop(columns=["data", "seed"]).groupby("method").mean()
    means["most seconds"] = scores.groupby("method")["seconds"].max()
    for kind, chosen in (("chosen on", CHOSEN_ON), ("not looked at", CONFIRMED_ON)):
        some = scores[scores["data"].isin(chosen)]
        means[f"AUROC, {kind}"] = some.groupby("method")["AUROC"].mean()
    means = means.loc[columns]
    show(f"Means over {len(names)} tables and {len(seeds)} splits", means.T)
    return missed_bars(means)


def load_tables(folder):
    """Return complete tables and the columns to predict, by name."""
    tables = {name: load_mixed(name) for name in CHOSEN_ON | CONFIRMED_ON}
    for load in (load_breast_cancer, load_wine):
        data = load()
        frame = as_frame(data.data, data.target, data.feature_names)
        tables[load.__name__.removeprefix("load_")] = frame, "target"
    adbench = load_adbench(folder, labels=True)
    tables |= {name: (as_frame(*adbench[name]), "target") for name in FROM_ADBENCH}
    return tables


def measure(name, X, target, draws, seed):
    """Return what each method scores on one split, in one thread."""
    train, test = train_test_split(
        X, test_size=0.5, random_state=seed, stratify=X[target]
    )
    train, test = train[:MOST_ROWS], test[:MOST_ROWS]
    rows = []
    with one_thread():
        for method, draw in {REAL: None, **draws}.items():
            start = time.perf_counter()
            # Other real rows, as far as there are such, stand for perfect ones.
            drawn = test if draw is None else draw(train, seed)
            seconds = time.perf_counter() - start
            learned = train if draw is None else drawn
            rows.append(
                {
                    "data": name,
                    "seed": seed,
                    "method": method,
                    "AUROC": 100 * train_synthetic_test_real(learned, test, target),
                    "told apart": np.nan
                    if draw is None
                    else discrimination_auc(test, drawn),
                    "marginal": marginal_distance(train, drawn),
                    "pairwise": pairwise_distance(train, drawn),
                    "closest": np.median(closest_distances(drawn, train)),
                    "copies": copied_share(drawn, train),
                    "seconds": seconds,
                }
            )
    return rows


def missed_bars(means):
    ours, missed = means.loc[OURS], []
    for peer in means.index.intersection(["TVAE", "CTGAN"]):
        if ours["AUROC"] < means.loc[peer, "AUROC"]:
            missed.append(f"AUROC {ours['AUROC']:.1f}, below that of {peer}")
    for peer in means.index.intersection(["TVAE", "CTGAN", "ARF"]):
        for distance in ("marginal", "pairwise"):
            if ours[distance] > means.loc[peer, distance]:
                missed.append(f"{distance} distance above that of {peer}")
    if "ARF" in means.index and ours["AUROC"] < means.loc["ARF", "AUROC"] - WITHIN_ARF:
        missed.append(f"AUROC {ours['AUROC']:.1f}, over {WITHIN_ARF} below that of ARF")
    if ours["copies"] > means.loc[REAL, "copies"]:
        missed.append(f"{ours['copies']:.2%} copies, more than of held-out rows")
    if ours["most seconds"] > MOST_SECONDS:
        missed.append(f"a table takes {ours['most seconds']:.0f} s")
    return missed
