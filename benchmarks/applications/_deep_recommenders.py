"""Mult-VAE and RecVAE, written out in torch as their papers say.

How many epochs they are trained is chosen on a tenth of their users, as in the papers,
by the NDCG of items that are held out.
"""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from sk_autoencoder.interactions import hold_out_items
from sk_autoencoder.metrics import ndcg_at

BATCH_SIZE, MAX_EPOCHS, PATIENCE = 100, 100, 15
WIDTH, N_CODES = 300, 100
DROPOUT = 0.5
ANNEALING_STEPS = 300


class MultVAE(nn.Module):
    """A variational autoencoder with the multinomial loss (Liang et al. 2018)."""

    def __init__(self, n_items, beta):
        super().__init__()
        self.beta, self.n_steps = beta, 0
        self.encoder = nn.Sequential(
            nn.Linear(n_items, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 2 * N_CODES)
        )
        self.decoder = nn.Sequential(
            nn.Linear(N_CODES, WIDTH), nn.Tanh(), nn.Linear(WIDTH, n_items)
        )

    def forward(self, x):
        """Return the scores of items, by the mean code."""
        return self.decoder(self.encoder(F.normalize(x)).chunk(2, dim=1)[0])

    def losses(self, x):
        """Yield the negative evidence bound, of the one step that a batch takes."""
        self.n_steps += 1
        beta = self.beta * min(self.n_steps / ANNEALING_STEPS, 1)
        mean, log_variance = self.encoder(F.dropout(F.normalize(x), DROPOUT)).chunk(
            2, dim=1
        )
        z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        divergence = (log_variance.exp() + mean**2 - 1 - log_variance).sum(dim=1) / 2
        yield (cross_entropy(self.decoder(z), x) + beta * divergence).mean()

    def end_epoch(self):
        """Do nothing."""


class RecVAE(nn.Module):
    """Mult-VAE with a composite prior and turns of training (Shenbin et al. 2020)."""

    def __init__(self, n_items, gamma):
        super().__init__()
        self.gamma = gamma
        self.encoder = DenseEncoder(n_items)
        self.decoder = nn.Linear(N_CODES, n_items)
        self.end_epoch()

    def forward(self, x):
        """Return the scores of items, by the mean code."""
        return self.decoder(self.encoder(x)[0])

    def losses(self, x):
        """Yield the bound, of three steps of the encoder and one of the decoder."""
        for encodes in (True, True, True, False):
            for part in (self.encoder, self.decoder):
                part.requires_grad_(encodes == (part is self.encoder))
            mean, log_variance = self.encoder(x, DROPOUT if encodes else 0.0)
            z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
            likelihood = -cross_entropy(self.decoder(z), x)
            prior = self.log_prior(x, z)
            divergence = (log_normal(z, mean, log_variance) - prior).sum(dim=1)
            yield (self.gamma * x.sum(dim=1) * divergence - likelihood).mean()

    def log_prior(self, x, z):
        """Return the mixture of a normal, the last encoder's code and a wide normal."""
        with torch.no_grad():
            mean, log_variance = self.previous[0](x)
        zero, wide = torch.zeros_like(z), torch.full_like(z, 10.0)
        parts = (
            log_normal(z, zero, zero) + math.log(3 / 20),
            log_normal(z, mean, log_variance) + math.log(3 / 4),
            log_normal(z, zero, wide) + math.log(1 / 10),
        )
        return torch.stack(parts).logsumexp(dim=0)

    def end_epoch(self):
        """Keep the encoder for the prior of the next epoch."""
        self.previous = [copy.deepcopy(self.encoder).eval().requires_grad_(False)]


class DenseEncoder(nn.Module):
    """Layers of which each is given the sum of all before."""

    def __init__(self, n_items):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Linear(n_items if j == 0 else WIDTH, WIDTH) for j in range(5)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH, eps=0.1) for _ in range(5))
        self.code = nn.Linear(WIDTH, 2 * N_CODES)

    def forward(self, x, dropout=0.0):
        """Return means and log variances."""
        h, before = F.dropout(F.normalize(x), dropout), 0.0
        for layer, norm in zip(self.layers, self.norms, strict=True):
            h = norm(F.silu(layer(h) + before))
            before = before + h
            h = before
        return self.code(h).chunk(2, dim=1)


def mult_vae(train, history, seed, beta):
    """Return the scores of Mult-VAE."""
    return trained(lambda n: MultVAE(n, beta), train, history, seed)


def rec_vae(train, history, seed, gamma):
    """Return the scores of RecVAE."""
    return trained(lambda n: RecVAE(n, gamma), train, history, seed)


def trained(make, train, history, seed):
    """Return the scores of the best epoch."""
    torch.manual_seed(seed)
    order = np.random.default_rng(seed).permutation(train.shape[0])
    n_held = len(order) // 10
    shown, held_out = hold_out_items(train[order[:n_held]], random_state=seed)
    X = tensor(train[order[n_held:]])
    model = make(train.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    best, best_scores, since = -1.0, None, 0
    for _ in range(MAX_EPOCHS):
        model.train()
        for batch in torch.randperm(len(X)).split(BATCH_SIZE):
            for loss in model.losses(X[batch]):
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        model.end_epoch()
        scores = scored(model, shown)
        scores[shown.nonzero()] = -np.inf
        reached = ndcg_at(held_out, scores)
        since += 1
        if reached > best:
            best, best_scores, since = reached, scored(model, history), 0
        if since >= PATIENCE:
            break
    return best_scores


def scored(model, history):
    """Return the scores of histories."""
    model.eval()
    with torch.no_grad():
        return model(tensor(history)).double().numpy()


def tensor(X):
    return torch.from_numpy(X.toarray()).float()


def cross_entropy(output, x):
    return -(output.log_softmax(dim=1) * x).sum(dim=1)


def log_normal(z, mean, log_variance):
    deviations = (z - mean).square() / log_variance.exp()
    return -(math.log(2 * math.pi) + log_variance + deviations) / 2
