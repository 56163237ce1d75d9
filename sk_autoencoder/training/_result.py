"""What a training has led to, and where it can be gone on from."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass

import torch
from skorch.callbacks import LRScheduler

from sk_autoencoder.training._callbacks import KeepBest
from sk_autoencoder.training._net import AutoencoderNet


@dataclass(frozen=True)
class TrainingResult:
    """A trained network and what it was trained with.

    It is in its best state, or in what a few epochs on all rows have made of that.

    The weights are those that the optimizer holds: its state stays valid, also where
    other modules are put around the network.

    Parameters
    ----------
    net : AutoencoderNet
        The net that has trained it, with its history.

    n_iter : int
        Epochs that were trained, of which one is the best.

    best_iter : int
        The one whose state was kept; 0 is the start.

    loss_curve : list of float of length `n_iter`
        The training loss of each epoch.

    validation_loss_curve : list of float of length `n_iter` + 1
        The validation loss before the first epoch and after each.

    best_loss : float
        That of these which belongs to the state that was kept.

    random_state : Tensor
        The state of torch's generator at the end.

    judged : Module
        The network that the best loss is of: a copy where it was then trained on.

    n_final_iter : int
        Epochs on all rows, after those.

    obstacle : str or None
        What kept the network from being trained at all, as the beginning of a sentence.
    """

    net: AutoencoderNet
    n_iter: int
    best_iter: int
    loss_curve: list
    validation_loss_curve: list
    best_loss: float
    random_state: torch.Tensor
    judged: torch.nn.Module
    n_final_iter: int = 0
    obstacle: str | None = None

    @classmethod
    def of(cls, net, obstacle=None):
        """Return the result that a net has come to."""
        keep_best = keep_best_of(net)
        epochs = [row for row in net.history if "valid_loss" in row]
        return cls(
            net=net,
            n_iter=len(epochs),
            best_iter=keep_best.best_epoch_,
            loss_curve=[row["train_loss"] for row in epochs],
            validation_loss_curve=[
                net.start_loss_,
                *(row["valid_loss"] for row in epochs),
            ],
            best_loss=keep_best.best_loss_,
            random_state=torch.get_rng_state(),
            judged=net.module_,
            obstacle=obstacle,
        )

    @property
    def module(self):
        """The network."""
        return self.net.module_

    @property
    def optimizer(self):
        """The optimizer, whose state belongs to the last step, not the best state."""
        return self.net.optimizer_

    def forget_optimizer(self):
        """Drop gradients and the optimizer's state, three times the size of weights."""
        self.optimizer.zero_grad()
        self.optimizer.state.clear()
        for _, callback in self.net.callbacks_:
            if isinstance(callback, LRScheduler):
                callback.lr_scheduler_ = None  # it holds the optimizer


def keep_best_of(net):
    """Return the callback of a net that keeps its best state."""
    return next(cb for _, cb in net.callbacks_ if isinstance(cb, KeepBest))
