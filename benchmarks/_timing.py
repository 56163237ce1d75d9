"""Contestants with the same layers, and the seconds that they take in turns."""

# SPDX-License-Identifier: BSD-3-Clause

import time
import warnings

import numpy as np
import skorch
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from torch import nn

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.training import suitable_threads

N_FEATURES, N_COMPONENTS = 64, 8
LEARNING_RATE = 3e-3


def interleave(contestants, n_runs, least_seconds, work=np.inf):
    """Return the median seconds of each, run in turns after one that is not timed.

    Each has `n_runs` turns, and more until it was timed for `least_seconds` in all.
    """
    seconds = {name: [] for name in contestants}
    with suitable_threads(work):  # for all of them, those that ours would take
        for contestant in contestants.values():
            contestant()
        while any(
            len(runs) < n_runs or sum(runs) < least_seconds for runs in seconds.values()
        ):
            for name, contestant in contestants.items():
                start = time.perf_counter()
                contestant()
                seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(runs)) for name, runs in seconds.items()}


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


class BarePasses:
    """The passes through a fitted network as written by hand, all rows at once."""

    def __init__(self, model):
        self.module = model.model_.module
        self.mean, self.scale = (
            torch.from_numpy(values).float() for values in (model.mean_, model.scale_)
        )

    def standardize(self, X):
        return (torch.from_numpy(X).float() - self.mean) / self.scale

    @torch.inference_mode()
    def transform(self, X):
        return self.module.encoder(self.standardize(X)).numpy()

    @torch.inference_mode()
    def inverse_transform(self, codes):
        output = self.module.decoder(torch.from_numpy(codes).float())
        return (output * self.scale + self.mean).numpy()

    @torch.inference_mode()
    def score_samples(self, X):
        Z = self.standardize(X)
        losses = nn.functional.mse_loss(self.module(Z).output, Z, reduction="none")
        return -losses.mean(dim=1).numpy()


def in_blocks(function, X):
    """Apply a pass to 8192 rows at a time, whose intermediate results fit in caches."""
    return np.concatenate(
        [function(X[start : start + 8192]) for start in range(0, len(X), 8192)]
    )


def train_ours(X, batch_size, epochs):
    return estimator(batch_size, epochs).fit(X)


def layers():
    return nn.Linear(N_FEATURES, N_COMPONENTS), nn.Linear(N_COMPONENTS, N_FEATURES)


def train_bare(X, batch_size, epochs):
    """Do by hand what the estimator does: scale, hold out, train and validate."""
    X = torch.from_numpy(X).float()
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
    return model


def train_skorch(X, batch_size, epochs):
    return skorch.NeuralNetRegressor(
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
        return MLPRegressor(
            hidden_layer_sizes=(N_COMPONENTS,),
            activation="identity",
            batch_size=batch_size,
            learning_rate_init=LEARNING_RATE,
            max_iter=epochs,
            early_stopping=True,
            n_iter_no_change=epochs,
        ).fit(X, X)


def train_pyod(X, batch_size, epochs):
    """Train PyOD's, which holds nothing out but scores all rows in the end."""
    from pyod.models.auto_encoder import AutoEncoder

    return AutoEncoder(
        preprocessing=False,
        lr=LEARNING_RATE,
        epoch_num=epochs,
        batch_size=batch_size,
        hidden_neuron_list=[N_COMPONENTS],
        hidden_activation_name="identity",
        batch_norm=False,
        dropout_rate=0,
        verbose=0,
    ).fit(X)
