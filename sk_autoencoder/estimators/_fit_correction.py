"""How a network learns what ridge regression of sequences leaves."""

# SPDX-License-Identifier: BSD-3-Clause

import math
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from skorch.callbacks import Callback

from sk_autoencoder.data import WindowFeatures
from sk_autoencoder.estimators._resolve import resolve_widths
from sk_autoencoder.model import Correction
from sk_autoencoder.networks import (
    Autoencoder,
    Dense,
    GaussianNoise,
    LinearPath,
    ReconstructionLoss,
    Sizes,
    SquaredError,
)
from sk_autoencoder.starts import clearly_positive
from sk_autoencoder.training import (
    Rows,
    TrainingSettings,
    seeded,
    state_of,
    suitable_threads,
    train,
)

# An epoch has so many batches at most: the number of steps is chosen among epochs.
EPOCH_BATCHES = 25

# Of the deviations of features, what is added as noise in training.
NOISE = 0.3

# Rows that are held out, judged at a time.
VALIDATION_ROWS = 4096

# Directions of the linear prediction with less than this share of the variance of the
# first are rounding.
LEAST_SHARE = 1e-4


class Choice(NamedTuple):
    """What the held-out rows have said.

    Attributes
    ----------
    n_epochs : int
        How long to train; 0 where the network is not kept.

    weights : ndarray of shape (n_target_channels,)
        How much of what it says is added to each channel.

    gains : ndarray of shape (n_folds, n_target_channels)
        By how much the sum of squared errors of each fold becomes less.
    """

    n_epochs: int
    weights: np.ndarray
    gains: np.ndarray


def fit_correction(params, layout, X, residuals, coef, folds, leveled, seed):
    """Return the network that is added to ridge regression, and how it was chosen.

    One network for each fold learns what the ridge regressions of other folds leave of
    the rows outside of it. How long to train, and how much to add, is decided by the
    errors of the folds; then a network learns from all rows.

    Parameters
    ----------
    params : AutoencoderSequenceRegressor
        The estimator, for its parameters.

    layout : SequenceLayout
        What the columns are.

    X : ndarray of float64 of shape (n_samples, n_inputs)
        Standardized rows.

    residuals : ndarray of float64 of shape (n_samples, n_targets)
        What the ridge regression that has not seen a row leaves of it; NaN where each
        has.

    coef : ndarray of shape (n_inputs, n_targets)
        The ridge regression of all rows, whose directions the code begins with.

    folds : list of tuple of ndarray
        Which rows to fit, and which to hold out.

    leveled : bool
        Whether the network is told the levels of windows.

    seed : int
        Determines the networks and the order of rows.

    Returns
    -------
    correction : Correction
        The network.

    choice : Choice
        How it was chosen.
    """
    features = WindowFeatures.fitted(layout, X, leveled)
    told = torch.from_numpy(features(X)).float()
    known = ~np.isnan(residuals[:, 0])
    spread = _spread(layout, residuals[known]) if folds else np.ones(layout.n_targets)
    targets = torch.from_numpy(residuals / spread).float()
    start = _leading_directions(
        features.from_inputs(coef), told, int(params.n_components)
    )
    rows = Rows(told, target=targets)

    untrained = partial(_module, params, start, layout.n_targets)

    def fit(module, index, callback):
        some = rows.at(torch.from_numpy(index[known[index]]))
        _train(params, module, some, callback, seed)

    with seeded(seed), suitable_threads(_work(params, told, layout)):
        heard = [HeldOut(layout, told[test], targets[test]) for _, test in folds]
        for (train_rows, _), callback in zip(folds, heard, strict=True):
            fit(untrained(), train_rows, callback)
        choice = _choose(heard, layout.n_target_channels)
        module, final = untrained(), StopAt(choice.n_epochs)
        if choice.n_epochs:
            fit(module, np.arange(len(X)), final)
            module.load_state_dict(final.state_)
    weights = np.tile(choice.weights, layout.n_target_steps)
    gains = choice.gains * np.square(spread[: layout.n_target_channels])
    correction = Correction(features, module.double().eval(), spread * weights)
    return correction, choice._replace(gains=gains)


def _spread(layout, residuals):
    """Return the root mean square of what is left of each channel, for each column."""
    squares = np.square(residuals).mean(axis=0)
    of_channels = squares.reshape(-1, layout.n_target_channels).mean(axis=0)
    of_channels[of_channels == 0] = 1
    return np.tile(np.sqrt(of_channels), layout.n_target_steps)


def _leading_directions(coef, told, n_components):
    """Return in which directions of features a linear prediction varies most.

    Parameters
    ----------
    coef : ndarray of shape (n_features, n_targets)
        The prediction, of features.

    told : Tensor of shape (n_samples, n_features)
        The features of rows.

    n_components : int
        How many directions.

    Returns
    -------
    directions : Tensor of shape (n_components, n_features)
        Those of the principal components of what is predicted, so long that each has
        variance one; zero where it has no more.
    """
    covariance = np.cov(told.numpy(), rowvar=False).reshape(2 * (told.shape[1],))
    values, axes = np.linalg.eigh(coef.T @ covariance @ coef)
    values, axes = values[::-1], axes[:, ::-1]
    n_kept = min(n_components, np.count_nonzero(values > LEAST_SHARE * values[0]))
    directions = np.zeros((n_components, told.shape[1]))
    if values[0] > 0:
        directions[:n_kept] = (coef @ axes[:, :n_kept] / np.sqrt(values[:n_kept])).T
    return torch.from_numpy(directions).float()


def _module(params, start, n_targets):
    """Return the network before training: a linear encoder, and a decoder of zeros."""
    widths, k = _widths(params), len(start)
    n_features = start.shape[1]
    encoder, _ = Dense().build(
        Sizes(n_features, k, k), widths, params.activation, start_at_zero=True
    )
    _, decoder = Dense().build(
        Sizes(n_targets, k, k), widths, params.activation, start_at_zero=True
    )
    return Autoencoder(LinearPath(start, torch.zeros(k), encoder), decoder)


def _widths(params):
    """Return the widths of the encoder's hidden layers."""
    return resolve_widths(params.hidden_layer_sizes, Dense(), None)


def _work(params, told, layout):
    """Return the multiplications of a batch, nearly."""
    n_widest, k = max(told.shape[1], layout.n_targets), int(params.n_components)
    of_row = Dense().multiplications(Sizes(n_widest, k, k), _widths(params))
    return int(params.batch_size) * of_row


def _train(params, module, rows, callback, seed):
    """Train a network; a callback says what is kept of it."""
    settings = TrainingSettings(
        batch_size=int(params.batch_size),
        max_epochs=int(params.max_iter),
        epoch_rows=EPOCH_BATCHES * int(params.batch_size),
        learning_rate=float(params.learning_rate_init),
        weight_decay=float(params.alpha),
        patience=math.inf,
        tol=0.0,
        level=1.0,
        validation_fraction=None,
        final_epochs=0,
        corruption=GaussianNoise(NOISE),
        seed=seed,
        device="cpu",
        net_params={"train_split": _judged_elsewhere},
    )
    n_targets = rows.target.shape[1]
    criterion = ReconstructionLoss(
        SquaredError(), torch.zeros(n_targets), torch.ones(n_targets)
    )
    result = train(module, criterion, rows, settings, [callback])
    if result.net.interrupted_:
        raise KeyboardInterrupt  # by the user, who means the whole fit


def _judged_elsewhere(rows):
    """Return the rows to train on, and one to validate on: others decide."""
    return rows, rows.at(rows.index[:1])


class HeldOut(Callback):
    """Hear, after each epoch, how a network does on rows that were held out.

    Parameters
    ----------
    layout : SequenceLayout
        What the columns are.

    told : Tensor of shape (n, n_features)
        The features of the rows.

    targets : Tensor of shape (n, n_targets)
        What ridge regression leaves of them.
    """

    def __init__(self, layout, told, targets):
        self.n_channels = layout.n_target_channels
        self.told = told
        self.targets = targets

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.products_ = []

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        net.module_.eval()
        total = np.zeros((2, self.n_channels))
        with torch.no_grad():
            for told, target in zip(
                self.told.split(VALIDATION_ROWS),
                self.targets.split(VALIDATION_ROWS),
                strict=True,
            ):
                added = net.module_(told).output.double()
                products = torch.stack([added * target, added.square()]).sum(dim=1)
                total += products.reshape(2, -1, self.n_channels).sum(dim=1).numpy()
        self.products_.append(total)


class StopAt(Callback):
    """Keep the last state whose loss was finite, up to some epoch that ends training.

    Parameters
    ----------
    n_epochs : int
        The epoch.
    """

    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.state_ = state_of(net)

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        if math.isfinite(net.history[-1, "train_loss"]):
            self.state_ = state_of(net)
        if len(net.history) >= self.n_epochs:
            net.stopped_ = True


def _choose(heard, n_channels):
    """Return for how long to train, and how much to add to each channel.

    Parameters
    ----------
    heard : list of HeldOut
        What was heard of each fold.

    n_channels : int
        Of Y.

    Returns
    -------
    choice : Choice
        The epoch and the weights with the least pooled error. A channel whose error in
        blocks does not become clearly less stays as it was.
    """
    n_epochs = min((len(of_fold.products_) for of_fold in heard), default=0)
    if n_epochs == 0:
        return Choice(0, np.zeros(n_channels), np.zeros((len(heard), n_channels)))
    products = np.array([of_fold.products_[:n_epochs] for of_fold in heard])
    crossed, squares = products[:, :, 0], products[:, :, 1]  # (f, e, c)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = crossed.sum(axis=0) / squares.sum(axis=0)  # (e, c)
    weights = np.clip(np.nan_to_num(weights), 0, 1)
    gains = np.nan_to_num(2 * weights * crossed - weights**2 * squares)
    best = gains.sum(axis=(0, 2)).argmax()
    kept = [clearly_positive(of_channel) for of_channel in gains[:, best].T]
    weights, gains = weights[best] * kept, gains[:, best] * kept
    return Choice(int(best) + 1 if any(kept) else 0, weights, gains)
