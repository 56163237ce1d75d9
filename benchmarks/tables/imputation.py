"""Imputation of numeric tables, against the imputers of scikit-learn."""

# SPDX-License-Identifier: BSD-3-Clause

import time
import warnings

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

from benchmarks._data import SMALL, load_adbench
from benchmarks._scores import geometric_mean, show
from benchmarks._threads import one_thread
from benchmarks.tables._missing import PATTERNS, with_gaps
from sk_autoencoder import AutoencoderImputer

N_ROWS = 500
SEED = 0
FROM_ADBENCH = (
    "cardio",
    "glass",
    "Ionosphere",
    "letter",
    "magic.gamma",
    "pendigits",
    "satellite",
    "Stamps",
    "vertebral",
    "Waveform",
)
OURS, START = "ours", "start of ours"
PEERS = {
    "mean": lambda: SimpleImputer(),
    "kNN": lambda: KNNImputer(),
    "iterative, ridge": lambda: IterativeImputer(max_iter=20, random_state=SEED),
    "iterative, forests": lambda: IterativeImputer(  # as MissForest does
        RandomForestRegressor(50, max_features=1 / 3, random_state=SEED),
        max_iter=5,
        random_state=SEED,
    ),
}
IMPUTERS = PEERS | {OURS: lambda: AutoencoderImputer(random_state=SEED)}
MOST_OF_BEST, MOST_OF_START, MOST_SECONDS = 0.97, 1.01, 30


def run(options):
    """Print the tables and return the bars that are missed."""
    if options.data is None:
        raise SystemExit("tables needs --data DIR, the folder that holds adbench.")
    tables = load_tables(options.data)
    names = list(tables)[:2] if options.quick else list(tables)
    rows = []
    for name in names:
        for pattern in PATTERNS:
            rows += measure(name, tables[name], pattern)
        print(f"{name}: done", flush=True)
    fits = pd.DataFrame(rows)
    fits.to_json(options.out / "tables_imputation.json", orient="records", indent=1)
    case = ["data", "missing"]
    errors = fits.pivot(index=case, columns="method", values="error").reindex(
        pd.MultiIndex.from_product([names, list(PATTERNS)], names=case)
    )[[*PEERS, START, OURS]]
    show(
        "Root mean squared error of missing entries, in standard deviations of their "
        "column.",
        errors,
    )
    compared = errors.drop(columns=START)
    means = pd.DataFrame(
        {
            "geometric mean": errors.agg(geometric_mean),
            "over ours": errors.div(errors[OURS], axis=0).agg(geometric_mean),
            "mean rank": compared.rank(axis=1).mean(),
            "first": (compared.rank(axis=1) == 1).sum(),
            "seconds": fits.groupby("method")["seconds"].median(),
            "most seconds": fits.groupby("method")["seconds"].max(),
        }
    ).loc[errors.columns]
    show(f"All {len(errors)} cases", means)
    return missed_bars(errors, means)


def load_tables(folder):
    """Return complete tables of at most `N_ROWS` rows, standardized, by name."""
    tables = {name: load().data for name, load in SMALL.items()}
    adbench = load_adbench(folder)
    tables |= {name: adbench[name] for name in FROM_ADBENCH}
    rng = np.random.default_rng(SEED)
    standardized = {}
    for name, X in tables.items():
        some = X[rng.permutation(len(X))[:N_ROWS]].astype(np.float64)
        some = some[:, some.std(axis=0) > 0]
        standardized[name] = (some - some.mean(axis=0)) / some.std(axis=0)
    return standardized


def measure(name, X, pattern):
    """Return the error of each method, in one thread."""
    incomplete, missing = with_gaps(X, pattern, SEED)
    common = {"data": name, "missing": pattern}
    rows = []
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: more steps gain nothing
        for method, make in IMPUTERS.items():
            imputer = make()
            start = time.perf_counter()
            filled = imputer.fit_transform(incomplete)
            seconds = time.perf_counter() - start
            rows.append({**common, "method": method, "seconds": seconds})
            rows[-1]["error"] = error(filled, X, missing)
        start = imputer.estimators_[0].model_.fill(incomplete)
    rows.append({**common, "method": START, "error": error(start, X, missing)})
    return rows


def error(filled, X, missing):
    """Return the root of the mean squared error of missing entries."""
    return float(np.sqrt(np.square(filled - X)[missing].mean()))


def missed_bars(errors, means, by="geometric mean"):
    """Return the bars that are missed, by a column of the means."""
    peers = means.drop(index=[OURS, START])
    best = peers[by].idxmin()
    ratio = means[by][OURS] / peers[by][best]
    missed = []
    if ratio > MOST_OF_BEST:
        missed.append(f"{ratio:.3f} of the error of {best}; not {MOST_OF_BEST}")
    if means["mean rank"].idxmin() != OURS:
        missed.append(f"mean rank: {means['mean rank'].idxmin()} is ahead")
    for case, worse in errors[OURS].div(errors[START]).items():
        if worse > MOST_OF_START:
            missed.append(f"{case}: {worse:.3f} of the error of the start")
    if means["most seconds"][OURS] > MOST_SECONDS:
        missed.append(f"a fit takes {means['most seconds'][OURS]:.0f} s")
    return missed
