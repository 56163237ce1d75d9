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

N_COMPONENTS = 8
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


class Layers(nn.Module):
    """The layers of our estimator, written by hand: a linear map beside each half."""

    def __init__(self, n_features, hidden):
        super().__init__()
        self.encoder_path = nn.Linear(n_features, N_COMPONENTS)
        self.encoder = nn.Sequential(
            nn.Linear(n_features, hidden), nn.GELU(), nn.Linear(hidden, N_COMPONENTS)
        )
        self.decoder_path = nn.Linear(N_COMPONENTS, n_features)
        self.decoder = nn.Sequential(
            nn.Linear(N_COMPONENTS, hidden), nn.GELU(), nn.Linear(hidden, n_features)
        )

    def encode(self, x):
        return self.encoder_path(x) + self.encoder(x)

    def decode(self, code):
        return self.decoder_path(code) + self.decoder(code)

    def forward(self, x):
        return self.decode(self.encode(x))


def train_bare(X, hidden, batch_size, epochs, n_threads=None):
    """Train by hand: slices of one tensor in random order, and nothing else."""
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads or before)
    X = torch.from_numpy(X).float()
    X = (X - X.mean(dim=0)) / X.std()
    model = Layers(X.shape[1], hidden)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, fused=True)
    for _ in range(epochs):
        for batch in X[torch.randperm(len(X))].split(batch_size):
            loss = nn.functional.mse_loss(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    torch.set_num_threads(before)
    return model


def estimator(hidden, batch_size, epochs, early_stopping=True):
    """Return our estimator with the layers of the others."""
    return AutoencoderTransformer(
        N_COMPONENTS,
        hidden_layer_sizes=(hidden,),
        batch_size=batch_size,
        learning_rate_init=LEARNING_RATE,
        max_iter=epochs,
        early_stopping=early_stopping,
        cv=None,  # one training, as of the others
        n_iter_no_change=np.inf,
        random_state=0,
    )


def train_ours(X, hidden, batch_size, epochs, early_stopping=True):
    return estimator(hidden, batch_size, epochs, early_stopping).fit(X)


class BarePasses:
    """The passes through a fitted network as written by hand, all rows at once."""

    def __init__(self, estimator):
        model = estimator.model_
        self.layers = Layers(model.spec.n_features, *model.spec.hidden_layer_sizes)
        self.mean, self.scale = (
            values.float() for values in model.standardizer.as_tensors(np.float32)
        )

    def standardize(self, X):
        return (torch.from_numpy(X).float() - self.mean) / self.scale

    @torch.inference_mode()
    def transform(self, X):
        return self.layers.encode(self.standardize(X)).numpy()

    @torch.inference_mode()
    def inverse_transform(self, codes):
        output = self.layers.decode(torch.from_numpy(codes).float())
        return (output * self.scale + self.mean).numpy()

    @torch.inference_mode()
    def score_samples(self, X):
        Z = self.standardize(X)
        losses = nn.functional.mse_loss(self.layers(Z), Z, reduction="none")
        return -losses.mean(dim=1).numpy()


def train_skorch(X, hidden, batch_size, epochs):
    return skorch.NeuralNetRegressor(
        Layers(X.shape[1], hidden),
        optimizer=torch.optim.AdamW,
        lr=LEARNING_RATE,
        batch_size=batch_size,
        max_epochs=epochs,
        train_split=skorch.dataset.ValidSplit(10),
        verbose=0,
    ).fit(X, X)


def train_mlp(X, hidden, batch_size, epochs):
    """Train scikit-learn's, which has no linear map beside the layers, and no GELU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return MLPRegressor(
            hidden_layer_sizes=(hidden, N_COMPONENTS, hidden),
            batch_size=batch_size,
            learning_rate_init=LEARNING_RATE,
            max_iter=epochs,
            early_stopping=True,
            n_iter_no_change=epochs,
        ).fit(X, X)


def train_pyod(X, hidden, batch_size, epochs):
    """Train PyOD's, which holds nothing out but scores all rows in the end."""
    from pyod.models.auto_encoder import AutoEncoder

    return AutoEncoder(
        preprocessing=False,
        lr=LEARNING_RATE,
        epoch_num=epochs,
        batch_size=batch_size,
        hidden_neuron_list=[hidden, N_COMPONENTS],
        batch_norm=False,
        dropout_rate=0,
        verbose=0,
    ).fit(X)
