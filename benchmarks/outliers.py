"""Outliers on ADBench: ours against the detectors of scikit-learn and PyOD."""

# SPDX-License-Identifier: BSD-3-Clause

import time
import warnings

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from pyod.models.auto_encoder import AutoEncoder
from pyod.models.ecod import ECOD
from pyod.models.knn import KNN
from pyod.models.pca import PCA
from pyod.models.vae import VAE
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM

from benchmarks._data import load_adbench, outlier_split
from benchmarks._outlier_promises import (
    explain_and_certify,
    seconds,
    with_a_broken_value,
)
from benchmarks._scores import show
from benchmarks._threads import one_thread
from sk_autoencoder import AutoencoderOutlierDetector

N_ROWS = 10_000
SETTINGS = ("unsupervised", "semi-supervised")
SEEDS = (0, 1, 2, 3, 4)
SEEDS_SLOW = (0,)  # for what takes more than a second or two a fit
# Of the published protocol.
N_ROWS_PUBLISHED, FEWEST_PUBLISHED = 50_000, 1_000
PUBLISHED = {
    "unsupervised": "published_unsup_aucroc.csv",
    "semi-supervised": "published_semi_aucroc.csv",
}
OURS = "autoencoder"
DETECTORS = {
    OURS: lambda seed: AutoencoderOutlierDetector(random_state=seed),
    "IsolationForest": lambda seed: IsolationForest(random_state=seed),
    "kNN (PyOD)": lambda seed: KNN(),
    "ECOD (PyOD)": lambda seed: ECOD(),
    "PCA (PyOD)": lambda seed: PCA(random_state=seed),
    "LocalOutlierFactor": lambda seed: LocalOutlierFactor(novelty=True),
    "OneClassSVM": lambda seed: OneClassSVM(),
    "EllipticEnvelope": lambda seed: EllipticEnvelope(random_state=seed),
    "AutoEncoder (PyOD)": lambda seed: AutoEncoder(random_state=seed, verbose=0),
    "VAE (PyOD)": lambda seed: VAE(random_state=seed, verbose=0),
}
FAST = list(DETECTORS)[:5]

MOST_SUM_ERROR = 1e-6
LEAST_NAMED = 0.95
MOST_FALSE = 0.1
MOST_FIT_SECONDS = 5.0
MOST_LOST = 0.5


def run(options):
    """Print the tables and return the bars that are missed."""
    if options.data is None:
        raise SystemExit("outliers needs --data DIR, the folder that holds adbench.")
    tables = load_adbench(options.data, labels=True)
    if options.published_protocol:
        return compare_with_published(options, tables)
    names = list(tables)[:6] if options.quick else list(tables)
    seeds = SEEDS[:1] if options.quick else SEEDS
    fits = pd.DataFrame(
        Parallel(n_jobs=2, verbose=1)(
            delayed(measure)(name, *tables[name], setting, seed, method)
            for name in names
            for setting in SETTINGS
            for seed in seeds
            for method in DETECTORS
            if method in FAST or seed in SEEDS_SLOW
        )
    )
    fits.to_json(options.out / "outliers.json", orient="records", indent=1)
    print_tables(fits)
    path = options.out / "outliers.png"
    plot(fits, path)
    print(f"\nPicture: {path}")
    missed = missed_bars(fits)
    missed += check_broken_values(fits, tables, names, seeds)
    missed += check_promises(tables, names, seeds)
    return missed + check_seconds()


def check_broken_values(fits, tables, names, seeds):
    """Print what one broken value costs, and return the bars missed."""
    broken = pd.DataFrame(
        Parallel(n_jobs=2, verbose=1)(
            delayed(with_a_broken_value)(name, *tables[name], setting, seed, N_ROWS)
            for name in names
            for setting in SETTINGS
            for seed in seeds
        )
    )
    clean = fits[fits["method"] == OURS]
    by = ["data", "setting"]
    lost = (
        clean.groupby(by, sort=False)["AUROC"].mean()
        - broken.groupby(by, sort=False)["AUROC"].mean()
    ).unstack()[list(SETTINGS)]
    show(
        "One value of 1e9 in the rows that are fitted: AUROC that is lost, in percent",
        lost,
        digits=2,
    )
    means = lost.mean()
    print(
        "\nMean: "
        + ", ".join(f"{setting} {means[setting]:.2f}" for setting in means.index)
    )
    return [
        f"{setting}: one broken value costs {mean:.2f} points; at most {MOST_LOST:g}"
        for setting, mean in means.items()
        if mean > MOST_LOST
    ]


def check_promises(tables, names, seeds):
    """Print what explanations and p-values are worth, and return the bars missed."""
    rows = pd.DataFrame(
        Parallel(n_jobs=2, verbose=1)(
            delayed(explain_and_certify)(name, *tables[name], seed, N_ROWS)
            for name in names
            for seed in seeds
        )
    )
    groups = rows.drop(columns="seed").groupby("data", sort=False)
    table = groups.mean()
    table["sum error"] = groups["sum error"].max()
    table["standard error"] = groups["false discoveries"].sem().fillna(0)
    show(
        "Explanations and p-values, trained on clean rows: planted outliers of one "
        "feature that are found,\nand of these the share explained by it first; share "
        "of inliers among what is discovered at a\nlevel of 10 %, with its standard "
        "error; share of outliers discovered; share of the clean rows that were fitted "
        'which\ncontamination="auto" calls outliers.',
        table.drop(columns="sum error"),
    )
    print(f"\nMost relative error of the sums: {table['sum error'].max():.1e}")
    missed = []
    for name, row in table.iterrows():
        if row["sum error"] > MOST_SUM_ERROR:
            missed.append(f"{name}: feature scores differ by {row['sum error']:.1e}")
        if row["named first"] < LEAST_NAMED:
            missed.append(f"{name}: {row['named first']:.3f} are named first")
        if row["false discoveries"] - 2 * row["standard error"] > MOST_FALSE:
            missed.append(f"{name}: {row['false discoveries']:.3f} false discoveries")
    return missed


def check_seconds():
    """Print seconds on rows of 30 features, and return the bars missed."""
    fit, score, fit_forest, score_forest = seconds()
    print(
        f"\n10,000 rows of 30 features: fit {fit:.2f} s, scores {1e3 * score:.0f} ms; "
        f"IsolationForest {fit_forest:.2f} s and {1e3 * score_forest:.0f} ms"
    )
    missed = []
    if fit > MOST_FIT_SECONDS:
        missed.append(f"fit of 10,000 rows: {fit:.2f} s; at most {MOST_FIT_SECONDS:g}")
    if score > score_forest:
        missed.append(f"scores take {score / score_forest:.2f} times IsolationForest's")
    return missed


def measure(name, X, y, setting, seed, method, n_rows=N_ROWS):
    """Fit one detector in one thread and return how well it ranks outliers."""
    train, test, is_outlier = outlier_split(X, y, setting, seed, n_rows)
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of singular covariances, of components
        start = time.perf_counter()
        detector = DETECTORS[method](seed).fit(train)
        fitted = time.perf_counter()
        scores = outlyingness(detector, test, test is train)
        scored = time.perf_counter()
    scores = np.nan_to_num(scores)  # infinities become large numbers
    return {
        "data": name,
        "setting": setting,
        "seed": seed,
        "method": method,
        "AUROC": 100 * roc_auc_score(is_outlier, scores),
        "average precision": 100 * average_precision_score(is_outlier, scores),
        "fit seconds": fitted - start,
        "score seconds": scored - fitted,
    }


def outlyingness(detector, X, is_train):
    """Return scores that are higher for outliers, as the detector means them."""
    if is_train and isinstance(detector, LocalOutlierFactor):
        return -detector.negative_outlier_factor_  # a row is not its own neighbor
    if hasattr(detector, "score_samples"):
        return -detector.score_samples(X)
    return detector.decision_scores_ if is_train else detector.decision_function(X)


def compare_with_published(options, tables):
    """Print our figures under the published protocol beside the published ones."""
    fits = pd.DataFrame(
        Parallel(n_jobs=2, verbose=1)(
            delayed(measure)(
                name, *resampled(*table, seed), setting, seed, OURS, N_ROWS_PUBLISHED
            )
            for name, table in tables.items()
            for setting in SETTINGS
            for seed in SEEDS
        )
    )
    for setting, file in PUBLISHED.items():
        published = pd.read_csv(options.data / "adbench" / file, index_col="dataset")
        ours = by_set(fits, setting)[OURS]
        ours.index = ours.index.str.lower()
        table = published.assign(autoencoder=ours)
        ranks = table.rank(axis=1, ascending=False).mean()
        show(
            f"{setting}: AUROC in percent of the published detectors and ours, means "
            "over data sets",
            pd.DataFrame({"AUROC": table.mean(), "mean rank": ranks}).sort_values(
                "AUROC", ascending=False
            ),
            digits=2,
        )
        best = published.max(axis=1)
        show(
            f"{setting}: ours and the best of the published on each data set",
            pd.DataFrame({"ours": ours, "best": best, "by": published.idxmax(axis=1)}),
            digits=1,
        )
    return []


def resampled(X, is_outlier, seed):
    """Return rows drawn with replacement where they are fewer than a thousand."""
    if len(X) >= FEWEST_PUBLISHED:
        return X, is_outlier
    drawn = np.random.default_rng(seed).integers(len(X), size=FEWEST_PUBLISHED)
    return X[drawn], is_outlier[drawn]


# ------------------------------------------------------------------------ the tables


def by_set(fits, setting, measure="AUROC"):
    """Return the mean over seeds of each method on each data set."""
    rows = fits[fits["setting"] == setting]
    table = rows.groupby(["data", "method"])[measure].mean().unstack()
    return table[[method for method in DETECTORS if method in table]]


def summary(fits, setting):
    """Return means, mean ranks and seconds of the methods."""
    auroc, precision = (
        by_set(fits, setting, measure) for measure in ("AUROC", "average precision")
    )
    spread = fits[(fits["setting"] == setting) & fits["method"].isin(FAST)]
    spread = spread.groupby(["method", "seed"])["AUROC"].mean().groupby("method").std()
    return pd.DataFrame(
        {
            "AUROC": auroc.mean(),
            "sd over seeds": spread,
            "mean rank": auroc.rank(axis=1, ascending=False).mean(),
            "average precision": precision.mean(),
            "fit seconds": by_set(fits, setting, "fit seconds").median(),
            "score seconds": by_set(fits, setting, "score seconds").median(),
        }
    ).reindex(list(DETECTORS))


def print_tables(fits):
    """Print each setting's summary and its table of data sets."""
    for setting in SETTINGS:
        show(
            f"{setting}: mean over data sets of AUROC and average precision in percent;"
            "\nmedian seconds in one thread.",
            summary(fits, setting),
            digits=2,
        )
        table = by_set(fits, setting)
        show(f"{setting}: AUROC in percent", table, digits=1)
        others = table.drop(columns=OURS)
        behind = others.max(axis=1) - table[OURS]
        lost = pd.DataFrame({"best": others.idxmax(axis=1), "points behind": behind})
        show(
            f"{setting}: where the best of the others is ahead of ours",
            lost[behind > 0].sort_values("points behind", ascending=False),
            digits=1,
        )


def missed_bars(fits):
    """Return the bars that are missed."""
    missed = []
    for setting, rival in zip(SETTINGS, ("IsolationForest", "kNN (PyOD)"), strict=True):
        table = summary(fits, setting)
        ours, theirs = table.loc[[OURS, rival], "AUROC"]
        if ours < theirs:
            missed.append(f"{setting}: AUROC {ours:.2f}; {rival} {theirs:.2f}")
        best = table["mean rank"].idxmin()
        if setting == SETTINGS[0] and best != OURS:
            missed.append(f"{setting}: {best} has the best mean rank")
    return missed


def plot(fits, path):
    """Draw each method's mean AUROC, and its data sets as points."""
    figure, axes = plt.subplots(
        1, 2, figsize=(11, 4), layout="constrained", sharey=True
    )
    order = by_set(fits, SETTINGS[0]).mean().sort_values().index
    for ax, setting in zip(axes, SETTINGS, strict=True):
        table = by_set(fits, setting)
        for method in order:
            color = "C1" if method == OURS else "C0"
            ax.plot(table[method], [method] * len(table), ".", c=color, alpha=0.3)
            ax.plot(table[method].mean(), method, "|", c=color, ms=18, mew=3)
        ax.set(title=setting, xlabel="AUROC (%); the bar is the mean of the data sets")
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
