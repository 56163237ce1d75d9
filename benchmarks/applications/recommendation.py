"""Recommendation to new users of MovieLens 100K, and what large matrices take."""

# SPDX-License-Identifier: BSD-3-Clause

import time
import warnings

import numpy as np
import pandas as pd

from benchmarks._scores import show
from benchmarks._threads import one_thread
from benchmarks.applications._large import measure_large, missed_of_large
from benchmarks.applications._recommenders import installed
from sk_autoencoder import AutoencoderRecommender
from sk_autoencoder.interactions import hold_out_items, interaction_matrix
from sk_autoencoder.metrics import coverage_at, ndcg_at, recall_at

# Those from 100 on were used to develop by.
SEEDS = range(10)
LEAST_RATING, LEAST_LIKES = 4, 5
OURS, START = "ours", "linear model of ours"
BASELINES = ("EASE", "EASE, items weighted")
LEAST_NDCG, LEAST_RECALL, MOST_SECONDS = 1.02, 1.01, 60
MOST_MILLISECONDS = 5
METRICS = {
    "NDCG@100": lambda held_out, scores: ndcg_at(held_out, scores, k=100),
    "Recall@20": lambda held_out, scores: recall_at(held_out, scores, k=20),
    "coverage@20": lambda held_out, scores: coverage_at(held_out, scores, k=20),
}


def run(options):
    """Print the tables and return the bars that are missed."""
    if options.data is None:
        raise SystemExit("applications needs --data DIR, with ml-100k.inter.")
    X = load_likes(options.data)
    print(f"{X.shape[0]} users, {X.shape[1]} items, {X.nnz} likes")
    peers, rows = installed(), []
    for seed in SEEDS[:2] if options.quick else SEEDS:
        rows += measure(X, seed, peers)
        print(f"split {seed}: done", flush=True)
    fits = pd.DataFrame(rows)
    fits.to_json(
        options.out / "applications_recommendation.json", orient="records", indent=1
    )
    order = [*peers, START, OURS]
    columns = [*METRICS, "seconds"]
    means = fits.groupby("method")[columns].mean().loc[order]
    spread = fits.groupby("method")[columns].std().loc[order]
    show("Means over splits", means, digits=4)
    show("Standard deviations over splits", spread, digits=4)
    by_split = fits.pivot(index="split", columns="method", values="NDCG@100")[order]
    show("NDCG@100 by split", by_split, digits=4)
    recalls = fits.pivot(index="split", columns="method", values="Recall@20")[order]
    milliseconds = fits["milliseconds"].median()
    print(
        f"\nOne user's recommendation: {milliseconds:.2f} ms of the processor (median)"
    )
    missed = missed_bars(by_split, recalls, fits)
    if not options.quick:
        large = measure_large()
        if large is not None:
            show("Large synthetic matrices", large, digits=2)
            missed += missed_of_large(large)
    return missed


def load_likes(folder):
    """Return the likes of users who have some."""
    frame = pd.read_csv(folder / "ml-100k.inter", sep="\t")
    frame.columns = [name.partition(":")[0] for name in frame.columns]
    X = interaction_matrix(
        frame,
        user="user_id",
        item="item_id",
        rating="rating",
        time="timestamp",
        least_rating=LEAST_RATING,
    ).X
    X = X[np.diff(X.indptr) >= LEAST_LIKES]
    return X[:, X.sum(axis=0) > 0]


def measure(X, seed, peers):
    """Return what each method reaches on one split, in one thread."""
    train, test = parted(X, seed)
    history, held_out = hold_out_items(test, random_state=seed)
    fitted, valid = parted(train, seed)
    valid_history, valid_held = hold_out_items(valid, random_state=seed)
    rows = []

    def add(method, scores, seconds, **more):
        scores[history.nonzero()] = -np.inf
        reached = {name: metric(held_out, scores) for name, metric in METRICS.items()}
        common = {"split": seed, "method": method, "seconds": seconds}
        rows.append(common | reached | more)

    def reached(score, params):
        scores = np.array(score(fitted, valid_history, seed, **params))
        scores[valid_history.nonzero()] = -np.inf
        return ndcg_at(valid_held, scores)

    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method, (score, grid) in peers.items():
            best = grid[0]
            if len(grid) > 1:
                best = max(grid, key=lambda params: reached(score, params))
            start = time.process_time()
            scores = np.array(score(train, history, seed, **best))
            add(method, scores, time.process_time() - start, params=str(best))
        start = time.process_time()
        model = AutoencoderRecommender(random_state=seed).fit(train)
        seconds = time.process_time() - start
        params = str((model.weighting_, model.weight_))
        add(
            OURS,
            model.predict(history),
            seconds,
            params=params,
            milliseconds=one_at_a_time(model, history),
        )
        linear = np.array(model.linear_.scores(history))
        add(START, linear, np.nan)
    return rows


def parted(X, seed):
    """Return four fifths of the users, and the others."""
    order = np.random.RandomState(seed).permutation(X.shape[0])
    n_test = X.shape[0] // 5
    return X[np.sort(order[n_test:])], X[np.sort(order[:n_test])]


def one_at_a_time(model, history):
    """Return the median processor time of one user's recommendation, milliseconds."""
    taken = []
    for j in range(min(50, history.shape[0])):
        user = history[[j]]
        start = time.process_time()
        model.recommend(user)
        taken.append(time.process_time() - start)
    return 1000 * float(np.median(taken))


def missed_bars(ndcg, recall, fits):
    """Print how each bar is met, and return those that are missed."""
    bars = []
    for name in BASELINES:
        ratio = ndcg[OURS].mean() / ndcg[name].mean()
        bars.append((f"NDCG@100 over that of {name}", ratio, LEAST_NDCG))
        ratio = recall[OURS].mean() / recall[name].mean()
        bars.append((f"Recall@20 over that of {name}", ratio, LEAST_RECALL))
        worst = (ndcg[OURS] / ndcg[name]).min()
        bars.append((f"NDCG@100 over that of {name} on the worst split", worst, 1.0))
    peers = ndcg.columns.drop([OURS, START])
    best = ndcg[peers].mean().idxmax()
    ratio = ndcg[OURS].mean() / ndcg[best].mean()
    bars.append((f"NDCG@100 over that of the best peer, {best}", ratio, 1.0))
    missed = []
    print("\nBars")
    for name, value, least in bars:
        met = value >= least
        print(f"  {'met  ' if met else 'SHORT'} {name}: {value:.3f}, asked {least}")
        if not met:
            missed.append(f"{name}: {value:.3f}, asked {least}")
    ours = fits[fits["method"] == OURS]
    limits = (
        ("seconds of a fit at most", ours["seconds"].max(), MOST_SECONDS),
        ("milliseconds a user", ours["milliseconds"].median(), MOST_MILLISECONDS),
    )
    for name, value, most in limits:
        met = value <= most
        print(f"  {'met  ' if met else 'SHORT'} {name}: {value:.1f}, asked {most}")
        if not met:
            missed.append(f"{name}: {value:.1f}, asked {most}")
    return missed
