"""MNIST, 10,000 training images and 30 components: the defaults against PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import time

from sklearn.decomposition import PCA

from benchmarks._data import load_mnist
from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.metrics import reconstruction_r2

N_TRAIN, N_COMPONENTS = 10_000, 30
LEAST_R2 = 0.85


def run(options):
    """Print held-out R2 and fit seconds, and return the bars that are missed."""
    X_train, _, X_test, _ = load_mnist(options.data)
    scores = {}
    for model in (
        PCA(N_COMPONENTS, random_state=0),
        AutoencoderTransformer(N_COMPONENTS, random_state=0),
    ):
        start = time.perf_counter()
        model.fit(X_train[:N_TRAIN])
        seconds = time.perf_counter() - start
        name = type(model).__name__
        scores[name] = reconstruction_r2(model, X_test)
        print(f"{name:24} held-out R2 {scores[name]:.4f}  fit {seconds:6.1f} s")
    ours = scores["AutoencoderTransformer"]
    return [] if ours >= LEAST_R2 else [f"held-out R2 {ours:.4f} < {LEAST_R2}"]
