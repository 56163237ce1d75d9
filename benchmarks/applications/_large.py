"""What large synthetic matrices take, each in a process of its own."""

# SPDX-License-Identifier: BSD-3-Clause

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks._memory import MIB, STATUS, peak
from benchmarks._threads import one_thread
from sk_autoencoder import AutoencoderRecommender

# Users, items, interactions, epochs, and the most MiB that a fit may take.
CASES = (
    (20_000, 5_000, 1_000_000, "auto", 4096),
    (20_000, 50_000, 1_000_000, 1, np.inf),
)


def measure_large():
    """Return time and peak memory of each case, or None without /proc."""
    if not STATUS.exists():
        return None
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        return pd.DataFrame(pool.map(measure, *zip(*CASES, strict=True)))


def measure(n_users, n_items, n_interactions, epochs, most):
    """Return what one case takes; runs in a fresh process."""
    X = interactions(n_users, n_items, n_interactions)
    AutoencoderRecommender(max_iter=1, random_state=0).fit(X[:100, :100])  # loads all
    kept = []

    def fit():
        kept.append(AutoencoderRecommender(max_iter=epochs, random_state=0).fit(X))

    with one_thread():
        start = time.process_time()
        n_bytes = peak(fit)
        seconds = time.process_time() - start
        model, taken = kept[0], []
        for j in range(20):
            start = time.process_time()
            model.recommend(X[[j]])
            taken.append(time.process_time() - start)
    return {
        "users": n_users,
        "items": n_items,
        "interactions": X.nnz,
        "epochs": model.n_iter_,
        "fit, processor seconds": seconds,
        "fit, peak MiB": n_bytes / MIB,
        "at most, MiB": most,
        "one user, ms": 1000 * float(np.median(taken)),
        "weight": model.weight_,
        "NDCG@100 on folds": model.ndcg_,
    }


def interactions(n_users, n_items, n_interactions):
    """Return likes of users of forty kinds, of items that are unequally popular."""
    rng = np.random.default_rng(0)
    users = rng.integers(n_users, size=2 * n_interactions)
    # Items are popular as one over their rank, in another order for each kind.
    rank = np.exp(rng.uniform(0, np.log(n_items), size=len(users))).astype(int) - 1
    kind = users % 40
    orders = rng.permuted(np.tile(np.arange(n_items), (40, 1)), axis=1)
    by_kind = rng.uniform(size=len(users)) < 0.7
    items = np.where(by_kind, orders[kind, rank], rank)
    pairs = np.unique(users * n_items + items)
    pairs = rng.permutation(pairs)[:n_interactions]
    ones = np.ones(len(pairs))
    return csr_array((ones, (pairs // n_items, pairs % n_items)), (n_users, n_items))


def missed_of_large(large):
    """Return the cases that take more memory than they may."""
    over = large[large["fit, peak MiB"] > large["at most, MiB"]]
    return [
        f"{row['users']} x {row['items']}: {row['fit, peak MiB']:.0f} MiB"
        for _, row in over.iterrows()
    ]
