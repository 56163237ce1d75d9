"""Imputation of tables with columns of levels."""

# SPDX-License-Identifier: BSD-3-Clause

import time
import warnings

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from benchmarks._scores import geometric_mean, show
from benchmarks._threads import one_thread
from benchmarks.tables._missing import PATTERNS, with_gaps
from benchmarks.tables._mixed import load_mixed
from benchmarks.tables.imputation import OURS, PEERS, START, missed_bars
from sk_autoencoder import AutoencoderImputer
from sk_autoencoder.data import table_of

N_ROWS = 500
N_ROUNDS, N_TREES = 5, 50  # of MissForest
SEEDS = (0, 1)
NAMES = ("credit", "CreditCard", "OJ", "Carseats")
ERRORS = ["of numbers", "of levels"]


def run(options):
    """Print the tables and return the bars that are missed."""
    names, seeds = (NAMES[:1], SEEDS[:1]) if options.quick else (NAMES, SEEDS)
    rows = []
    for name in names:
        for pattern in PATTERNS:
            for seed in seeds:
                rows += measure(name, load_mixed(name)[0], pattern, seed)
        print(f"{name}: done", flush=True)
    fits = pd.DataFrame(rows)
    fits["error"] = np.sqrt(fits[ERRORS[0]] * fits[ERRORS[1]])
    out = options.out / "tables_mixed_imputation.json"
    fits.to_json(out, orient="records", indent=1)
    methods = list(dict.fromkeys(fits["method"]))
    index = ["data", "missing"]
    for kind, title in zip(
        ERRORS,
        ("Error of numbers, in standard deviations", "Share of levels that are wrong"),
        strict=True,
    ):
        table = fits.pivot_table(kind, index, "method", sort=False)
        show(title, table[methods])
    errors = fits.pivot_table("error", [*index, "seed"], "method", sort=False)
    ranks = errors.drop(columns=START).rank(axis=1).mean()
    means = pd.DataFrame(
        {
            "of numbers": fits.groupby("method")[ERRORS[0]].agg(geometric_mean),
            "of levels": fits.groupby("method")[ERRORS[1]].agg(geometric_mean),
            "of both": fits.groupby("method")["error"].agg(geometric_mean),
            "mean rank": ranks,
            "most seconds": fits.groupby("method")["seconds"].max(),
        }
    ).loc[methods]
    show(f"Geometric means of all {len(errors)} cases", means)
    return missed_bars(errors, means, by="of both")


def measure(name, X, pattern, seed):
    """Return the errors of each method, in one thread."""
    X = X.sample(min(len(X), N_ROWS), random_state=0).reset_index(drop=True)
    table = table_of(X, "from_dtype")
    numbers = table.encode(X, "error")
    scale = np.ones(numbers.shape[1])
    scale[: len(table.numeric)] = numbers[:, : len(table.numeric)].std(axis=0)
    ranks = X.apply(lambda column: column.rank(method="dense")).to_numpy(float)
    missing = with_gaps(ranks, pattern, seed)[1]
    incomplete = X.mask(missing)
    rows = []
    common = {"data": name, "missing": pattern, "seed": seed}
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method, impute in imputers(table, scale, seed).items():
            start = time.perf_counter()
            filled = impute(incomplete)
            seconds = time.perf_counter() - start
            rows.append({**common, "method": method, "seconds": seconds})
            rows[-1] |= errors_of(filled, X, missing)
        imputer, start = AutoencoderImputer(random_state=seed), time.perf_counter()
        filled = imputer.fit_transform(incomplete)
        seconds = time.perf_counter() - start
        first = imputer.estimators_[0].model_.fill(
            imputer.table_.encode(incomplete, "error")
        )
    first = imputer.table_.fill(incomplete, first)
    rows.append({**common, "method": START} | errors_of(first, X, missing))
    rows.append({**common, "method": OURS, "seconds": seconds})
    rows[-1] |= errors_of(filled, X, missing)
    return rows


def imputers(table, scale, seed):
    """Return the peers: functions from a table with gaps to one without, by name.

    Those that know numbers alone are given one for each level, and the level is taken
    whose number is the largest.
    """

    def by_numbers(imputer):
        def impute(X):
            filled = imputer.fit_transform(table.encode(X, "error") / scale) * scale
            return table.fill(X, filled)

        return impute

    def forests(X):
        return miss_forest(X, seed)

    # Regression on the levels of the same column, which lack together, stays where it
    # began: so the iterative imputer of numbers is left out.
    peers = {name: by_numbers(PEERS[name]()) for name in ("mean", "kNN")}
    return peers | {"MissForest": forests}


def miss_forest(X, seed):
    """Return a table filled in by random forests (Stekhoven & Buehlmann 2012).

    One column after the other is predicted by all others, that with the fewest gaps
    first, from means and modes on.
    """
    gaps = X.isna()
    filled = X.fillna({name: _middle(X[name]) for name in X})
    order = [name for name in gaps.sum().sort_values().index if gaps[name].any()]
    for _ in range(N_ROUNDS):
        for name in order:
            lacks, others = gaps[name], pd.get_dummies(filled.drop(columns=name))
            is_number = pd.api.types.is_numeric_dtype(X[name])
            Forest = RandomForestRegressor if is_number else RandomForestClassifier
            share = 1 / 3 if is_number else "sqrt"  # their defaults in R
            forest = Forest(N_TREES, max_features=share, random_state=seed)
            forest.fit(others[~lacks], X[name][~lacks])
            filled[name] = filled[name].astype(float if is_number else object)
            filled.loc[lacks, name] = forest.predict(others[lacks])
    return filled


def _middle(column):
    is_number = pd.api.types.is_numeric_dtype(column)
    return column.mean() if is_number else column.mode().iloc[0]


def errors_of(filled, X, missing):
    """Return the errors of missing entries, of numbers and of levels."""
    squares, wrong = [], []
    for j, name in enumerate(X):
        lacks = missing[:, j]
        true, guess = X[name][lacks], filled[name][lacks]
        if pd.api.types.is_numeric_dtype(X[name]):
            difference = guess.to_numpy(float) - true.to_numpy(float)
            squares.append(np.square(difference / X[name].std()))
        else:
            wrong.append(guess.to_numpy(object) != true.to_numpy(object))
    return {
        ERRORS[0]: float(np.sqrt(np.concatenate(squares).mean())),
        ERRORS[1]: float(np.concatenate(wrong).mean()),
    }
