"""Outliers of tables that lack a tenth of their entries."""

# SPDX-License-Identifier: BSD-3-Clause

import pandas as pd
from sklearn.metrics import roc_auc_score

from benchmarks._data import load_adbench, outlier_split
from benchmarks._scores import show
from benchmarks._threads import one_thread
from benchmarks.tables._missing import with_gaps
from sk_autoencoder import AutoencoderOutlierDetector

N_ROWS = 4_000
SETTINGS = ("unsupervised", "semi-supervised")
SEEDS = (0, 1)
GAPS = "10 %"
MOST_LOST = 1.5


def run(options):
    """Print the table and return the bars that are missed."""
    if options.data is None:
        raise SystemExit("tables needs --data DIR, the folder that holds adbench.")
    tables = load_adbench(options.data, labels=True)
    names = list(tables)[:2] if options.quick else list(tables)
    rows = [
        measure(name, *tables[name], setting, seed)
        for name in names
        for setting in SETTINGS
        for seed in (SEEDS[:1] if options.quick else SEEDS)
    ]
    scores = pd.DataFrame(rows)
    scores.to_json(options.out / "tables_outliers.json", orient="records", indent=1)
    table = scores.groupby(["data", "setting"], sort=False).mean().drop(columns="seed")
    table = table.unstack()
    show(f"AUROC in percent, complete and with {GAPS} of the entries missing", table, 1)
    means = table.mean()
    show("Mean", means.unstack(0), 2)
    lost = means["complete"] - means["incomplete"]
    return [
        f"{setting}: {points:.2f} points are lost; at most {MOST_LOST}"
        for setting, points in lost.items()
        if points > MOST_LOST
    ]


def measure(name, X, y, setting, seed):
    """Return the AUROC of complete rows, and of the same with gaps, in one thread."""
    train, test, is_outlier = outlier_split(X, y, setting, seed, N_ROWS)
    row = {"data": name, "setting": setting, "seed": seed}
    incomplete = with_gaps(train, GAPS, seed)[0], with_gaps(test, GAPS, seed + 1)[0]
    with one_thread():
        for kind, (fitted, scored) in {
            "complete": (train, test),
            "incomplete": incomplete,
        }.items():
            detector = AutoencoderOutlierDetector(random_state=seed).fit(fitted)
            outlying = -detector.score_samples(scored)
            row[kind] = 100 * roc_auc_score(is_outlier, outlying)
    return row
