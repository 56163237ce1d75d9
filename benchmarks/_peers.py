"""The plain autoencoders of scikit-learn, skorch and PyOD.

Each is a function of the training rows, the number of components and a seed that
returns one from rows to their reconstructions; after each epoch it calls `after_epoch`
with such a function. All have the hidden layers of our default and start at random.
"""

# SPDX-License-Identifier: BSD-3-Clause

import math
from functools import partial
from itertools import pairwise

import skorch
import torch
from pyod.models.auto_encoder import AutoEncoder
from sklearn.neural_network import MLPRegressor
from skorch.callbacks import Callback, EarlyStopping
from torch import nn

from sk_autoencoder.networks import Dense

# Of learning rates 0.001 and 0.003 and batches of 32 and 128, the better for each by
# its held-out error on digits (8 components); on 2,000 images of MNIST, skorch and PyOD
# agree. With few rows, PyOD does better in the smaller batch.
LEARNING_RATE, BATCH_SIZE = 1e-3, 32
PYOD_LEARNING_RATE, PYOD_BATCH_SIZE, PYOD_FEW_ROWS = 3e-3, 128, 1000
# Enough for the held-out error on digits to level off; only skorch stops before.
STEPS, MIN_EPOCHS, MAX_EPOCHS = 6000, 20, 200
PATIENCE = 20


def ignore(reconstruct):
    """Do nothing after an epoch."""


def fit_mlp(X, n_components, seed, after_epoch=ignore):
    """Train scikit-learn's MLPRegressor, which has a ReLU on the codes too.

    It does not stop early: its criterion averages R2 over the features, and those that
    are nearly constant make it keep one of the first epochs on digits.
    """
    widths = _widths(X)
    model = MLPRegressor(
        hidden_layer_sizes=(*widths, n_components, *widths[::-1]),
        learning_rate_init=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        random_state=seed,
    )
    for _ in range(_n_epochs(len(X), BATCH_SIZE)):
        model.partial_fit(X, X)
        after_epoch(model.predict)
    return model.predict


def fit_skorch(X, n_components, seed, after_epoch=ignore):
    """Train a stack of layers by skorch's NeuralNetRegressor and its DataLoader."""
    torch.manual_seed(seed)
    widths = (X.shape[1], *_widths(X), n_components)
    module = nn.Sequential(*_stack(widths), *_stack(widths[::-1]))
    net = skorch.NeuralNetRegressor(
        module,
        optimizer=torch.optim.Adam,
        lr=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        max_epochs=_n_epochs(len(X), BATCH_SIZE),
        iterator_train__shuffle=True,
        train_split=skorch.dataset.ValidSplit(0.1, random_state=seed),
        callbacks=[
            _AfterEpoch(after_epoch),
            EarlyStopping(patience=PATIENCE, load_best=True, sink=ignore),
        ],
        verbose=0,
    ).fit(X, X)
    return partial(_forward, net.module_)


class _AfterEpoch(Callback):
    """Call a function with the reconstruction after each epoch."""

    def __init__(self, after_epoch):
        self.after_epoch = after_epoch

    def on_epoch_end(self, net, **kwargs):
        self.after_epoch(partial(_forward, net.module_))


def fit_pyod(X, n_components, seed, after_epoch=ignore):
    """Train PyOD's AutoEncoder, which has an activation on the codes too.

    Without the dropout of its defaults, and with ELU, which does better on digits than
    ReLU, leaky ReLU and tanh; the batch normalization stays, which is better too.
    """
    batch_size = 32 if len(X) < PYOD_FEW_ROWS else PYOD_BATCH_SIZE
    detector = _ReportingAutoEncoder(
        after_epoch,
        hidden_neuron_list=[*_widths(X), n_components],
        hidden_activation_name="elu",
        dropout_rate=0,
        preprocessing=False,  # all get the same rows
        lr=PYOD_LEARNING_RATE,
        batch_size=batch_size,
        epoch_num=_n_epochs(len(X), batch_size),
        device=torch.device("cpu"),
        random_state=seed,
        verbose=0,
    ).fit(X)
    return partial(_forward, detector.model)


class _ReportingAutoEncoder(AutoEncoder):
    """PyOD's, with a function called after each epoch."""

    def __init__(self, after_epoch, **params):
        super().__init__(**params)
        self.after_epoch = after_epoch

    def epoch_update(self):
        self.after_epoch(partial(_forward, self.model))


PEERS = {"MLPRegressor": fit_mlp, "skorch": fit_skorch, "PyOD": fit_pyod}


def _widths(X):
    """Return the units of our default's hidden layers."""
    return Dense().hidden_layer_sizes(X.shape[1])


def _stack(widths):
    """Return linear layers of these widths with ReLU between them."""
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return layers[:-1]


def _n_epochs(n_rows, batch_size):
    """Return how many epochs make enough steps, within bounds."""
    epochs = STEPS // math.ceil(n_rows / batch_size)
    return min(max(epochs, MIN_EPOCHS), MAX_EPOCHS)


def _forward(module, X):
    """Return the output of a module in evaluation mode, and restore its mode."""
    training = module.training
    module.eval()
    with torch.inference_mode():
        output = module(torch.from_numpy(X)).numpy()
    module.train(training)
    return output
