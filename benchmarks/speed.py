"""Training and transform against a hand-written torch loop and the peers."""

# SPDX-License-Identifier: BSD-3-Clause

import time
import warnings

import numpy as np
import pandas as pd
import skorch
import torch
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from torch import nn

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.training import suitable_threads

N_FEATURES, N_COMPONENTS = 64, 8
# Rows, batch size and epochs; the third is the size at which skorch is compared.
SIZES = (
    (100, 32, 100),
    (2_000, 128, 20),
    (20_000, 128, 5),
    (200_000, 512, 2),
    (1_000_000, 1024, 1),
)
PEERS_AT = 20_000
LEARNING_RATE = 3e-3
N_RUNS = 5
MOST_TRAINING, MOST_EXTRA_SECONDS = 1.10, 0.030
LEAST_TIMES_SKORCH = 2.5
MOST_TRANSFORM, MOST_EXTRA_ROW = 1.15, 0.001


def run(options):
    """Print the tables and return the bars that are missed."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(SIZES[-1][0], N_FEATURES)).astype(np.float32)
    missed = []
    for name, compare in (
        ("Training, 64-8-64, seconds", compare_training),
        ("transform, seconds", compare_transform),
    ):
        table = pd.DataFrame([compare(X, *size, missed) for size in SIZES])
        print(f"{name}; medians of {N_RUNS} interleaved runs.\n")
        print(table.to_string(index=False, float_format="%.4g", na_rep="-"), "\n")
        table.to_json(options.out / f"speed_{compare.__name__}.json", orient="records")
    compare_one_row(X[:1000], missed)
    return missed


def compare_training(X, n_rows, batch_size, epochs, missed):
    """Return the seconds of one training for each contestant."""
    contestants = {"bare loop": train_bare, "ours": train_ours}
    if n_rows == PEERS_AT:
        contestants |= {"skorch": train_skorch, "MLPRegressor": train_mlp}
    seconds = interleave(
        {
            name: lambda train=train: train(X[:n_rows], batch_size, epochs)
            for name, train in contestants.items()
        },
        work=batch_size * 2 * N_FEATURES * N_COMPONENTS,
    )
    bare, ours = seconds["bare loop"], seconds["ours"]
    if ours > MOST_TRAINING * bare + MOST_EXTRA_SECONDS:
        missed.append(f"{n_rows} rows: {ours:.3f} s, the bare loop {bare:.3f} s")
    if "skorch" in seconds and seconds["skorch"] < LEAST_TIMES_SKORCH * ours:
        missed.append(f"skorch takes only {seconds['skorch'] / ours:.2f} times as long")
    return {"rows": n_rows, "ratio": ours / bare, **seconds}


def compare_transform(X, n_rows, batch_size, epochs, missed):
    """Return the seconds of one transform and of the bare forward pass."""
    X = X[:n_rows]
    model = estimator(batch_size, epochs=0).fit(X)
    encoder = model.net_.module_.encoder
    mean, scale = torch.from_numpy(model.mean_), torch.from_numpy(model.scale_)

    def forward():
        with torch.inference_mode():
            return encoder((torch.from_numpy(X) - mean) / scale).numpy()

    seconds = interleave({"bare forward": forward, "ours": lambda: model.transform(X)})
    ratio = seconds["ours"] / seconds["bare forward"]
    if n_rows >= PEERS_AT and ratio > MOST_TRANSFORM:
        missed.append(f"transform of {n_rows} rows: {ratio:.2f} times a bare forward")
    return {"rows": n_rows, "ratio": ratio, **seconds}


def compare_one_row(X, missed):
    """Print what it takes to transform one row, with the default network and PCA."""
    ours = AutoencoderTransformer(N_COMPONENTS, max_iter=1).fit(X)
    theirs = PCA(N_COMPONENTS).fit(X)
    row = X[:1]
    seconds = interleave(
        {"ours": lambda: ours.transform(row), "PCA": lambda: theirs.transform(row)},
        n_runs=200,
    )
    extra = seconds["ours"] - seconds["PCA"]
    print(
        f"One row: {1e3 * seconds['ours']:.3f} ms, PCA {1e3 * seconds['PCA']:.3f} ms."
    )
    if extra > MOST_EXTRA_ROW:
        missed.append(f"one row takes {1e3 * extra:.2f} ms more than with PCA")


def interleave(contestants, work=np.inf, n_runs=N_RUNS):
    """Return the median seconds of each, run in turns after one that is not timed."""
    seconds = {name: [] for name in contestants}
    with suitable_threads(work):  # for all of them, those that ours would take
        for turn in range(n_runs + 1):
            for name, contestant in contestants.items():
                start = time.perf_counter()
                contestant()
                if turn:
                    seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def estimator(batch_size, epochs):
    """Return our estimator with the layers of the others."""
    return AutoencoderTransformer(
        N_COMPONENTS,
        hidden_layer_sizes=(),
        init="random",
        batch_size=batch_size,
        learning_rate_init=LEARNING_RATE,
        max_iter=epochs,
        n_iter_no_change=np.inf,
        random_state=0,
    )


def train_ours(X, batch_size, epochs):
    estimator(batch_size, epochs).fit(X)


def layers():
    return nn.Linear(N_FEATURES, N_COMPONENTS), nn.Linear(N_COMPONENTS, N_FEATURES)


def train_bare(X, batch_size, epochs):
    """Do by hand what the estimator does: scale, hold out, train and validate."""
    X = torch.from_numpy(X)
    X = (X - X.mean(dim=0)) / X.std()
    order = torch.randperm(len(X))
    n_valid = len(X) // 10
    valid, train = X[order[:n_valid]], X[order[n_valid:]]
    model = nn.Sequential(*layers())
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)
    for _ in range(epochs):
        for batch in train[torch.randperm(len(train))].split(batch_size):
            loss = nn.functional.mse_loss(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            nn.functional.mse_loss(model(valid), valid).item()


def train_skorch(X, batch_size, epochs):
    skorch.NeuralNetRegressor(
        nn.Sequential(*layers()),
        optimizer=torch.optim.AdamW,
        lr=LEARNING_RATE,
        batch_size=batch_size,
        max_epochs=epochs,
        train_split=skorch.dataset.ValidSplit(10),
        verbose=0,
    ).fit(X, X)


def train_mlp(X, batch_size, epochs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        MLPRegressor(
            hidden_layer_sizes=(N_COMPONENTS,),
            activation="identity",
            batch_size=batch_size,
            learning_rate_init=LEARNING_RATE,
            max_iter=epochs,
            early_stopping=True,
            n_iter_no_change=epochs,
        ).fit(X, X)
