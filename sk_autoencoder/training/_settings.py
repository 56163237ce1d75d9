"""How a network is trained."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass, field

from sk_autoencoder.networks import Corruption


@dataclass(frozen=True)
class TrainingSettings:
    """All that training needs to know beside the network, its loss and the rows.

    Parameters
    ----------
    batch_size : int
        Rows in one step, at most.

    max_epochs : int
        Passes over the rows, at most.

    epoch_rows : int or None
        Rows that make an epoch, at most, whichever comes next in a random order; None
        is all of them.

    learning_rate : float
        The highest.

    weight_decay : float
        That of AdamW.

    patience : int or inf
        Epochs without an improvement after which as many are left.

    tol : float
        The least improvement that counts, as a share of the best loss so far.

    level : float
        The p-value up to which the best epoch is preferred to the start.

    validation_fraction : float or None
        The share of rows to hold out; None is to train on all rows, and to choose the
        epoch by some of the same.

    corruption : Corruption
        What is done to the input.

    final_epochs : int
        Passes over all rows, at most, once held-out rows have chosen the best epoch.

    seed : int
        Determines the held-out rows and their corruption.

    device : str
        Where to compute.

    verbose : bool, default=False
        Whether callbacks that print are to do so.

    callbacks : tuple of skorch.callbacks.Callback, default=()
        The user's, which stay with the net.

    net_params : dict, default={}
        Further parameters of the net, which take precedence.
    """

    batch_size: int
    max_epochs: int
    epoch_rows: int | None
    learning_rate: float
    weight_decay: float
    patience: float
    tol: float
    level: float
    validation_fraction: float | None
    final_epochs: int
    corruption: Corruption
    seed: int
    device: str
    verbose: bool = False
    callbacks: tuple = ()
    net_params: dict = field(default_factory=dict)
