"""Other recommenders: from training users and histories of others to scores.

Each has a grid of settings, of which the best by the NDCG of validation users is taken.
The one of the deep ones is the better of two on a split that is not reported. What is
not installed is left out.
"""

# SPDX-License-Identifier: BSD-3-Clause

import importlib.util
from itertools import product

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.utils.extmath import randomized_svd

from benchmarks.applications._deep_recommenders import mult_vae, rec_vae
from sk_autoencoder.starts import ItemWeighting, fit_items


def popularity(train, history, seed):
    """Return the number of users that have each item."""
    return np.tile(train.sum(axis=0), (history.shape[0], 1))


def item_knn(train, history, seed, n_neighbors, shrinkage):
    """Return the sums of cosines with the nearest items of the history."""
    norms = np.sqrt(train.sum(axis=0))
    overlap = (train.T @ train).toarray()
    cosines = overlap / (np.outer(norms, norms) + shrinkage)
    np.fill_diagonal(cosines, 0)
    least = np.sort(cosines, axis=0)[-n_neighbors]
    return history @ np.where(cosines >= least, cosines, 0)


def truncated_svd(train, history, seed, rank):
    """Return the projection to principal axes of items (Cremonesi et al. 2010)."""
    _, _, axes = randomized_svd(train, rank, random_state=seed)
    return (history @ axes.T) @ axes


def ease(train, history, seed, ridge, item_power=0.0):
    """Return the scores of EASE (Steck 2019)."""
    weighting = ItemWeighting(ridge, item_power=item_power)
    return fit_items(train, weighting).scores(history)


def ials(train, history, seed, rank, regularization, alpha):
    """Return the scores of implicit matrix factorization (Hu et al. 2008)."""
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=rank,
        regularization=regularization,
        alpha=alpha,
        iterations=15,
        num_threads=1,
        random_state=seed,
    )
    model.fit(csr_matrix(train.astype(np.float32)), show_progress=False)
    everybody = np.arange(history.shape[0])
    users = model.recalculate_user(everybody, csr_matrix(history.astype(np.float32)))
    return users @ model.item_factors.T


def slim(train, history, seed, alpha, l1_ratio):
    """Return the scores of SLIM (Ning & Karypis 2011)."""
    from irspack import SLIMRecommender

    model = SLIMRecommender(
        csr_matrix(train), alpha=alpha, l1_ratio=l1_ratio, n_threads=1
    ).learn()
    return model.get_score_cold_user(csr_matrix(history))


RIDGES = [{"ridge": ridge} for ridge in (2.0, 4.0, 8.0, 16.0)]

# How to score, and the settings to choose among.
PEERS = {
    "popularity": (popularity, [{}]),
    "item-kNN": (
        item_knn,
        [
            {"n_neighbors": k, "shrinkage": shrinkage}
            for k, shrinkage in product((50, 100, 200, 400), (0.0, 10.0, 50.0))
        ],
    ),
    "truncated SVD": (truncated_svd, [{"rank": k} for k in (10, 20, 30, 50, 80)]),
    "EASE": (ease, RIDGES),
    "EASE, items weighted": (
        ease,
        [{**one, "item_power": p} for one in RIDGES for p in (0.0, -0.25, -0.5)],
    ),
    "iALS": (
        ials,
        [
            {"rank": rank, "regularization": ridge, "alpha": 5.0}
            for rank, ridge in product((64, 128, 256), (10.0, 20.0, 40.0))
        ],
    ),
    "SLIM": (
        slim,
        [
            {"alpha": alpha, "l1_ratio": ratio}
            for alpha, ratio in product((0.03, 0.1, 0.3, 1.0), (0.001, 0.01))
        ],
    ),
    "Mult-VAE": (mult_vae, [{"beta": 0.2}]),
    "RecVAE": (rec_vae, [{"gamma": 0.01}]),
}
NEEDS = {"iALS": "implicit", "SLIM": "irspack"}


def installed():
    """Return the peers whose packages are installed, and say which are not."""
    lacks = {n: p for n, p in NEEDS.items() if importlib.util.find_spec(p) is None}
    for name, package in lacks.items():
        print(f"{name} is left out: {package} is not installed.")
    return {name: peer for name, peer in PEERS.items() if name not in lacks}
