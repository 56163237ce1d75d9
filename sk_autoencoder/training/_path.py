"""The way of a training, from its start to its end."""

# SPDX-License-Identifier: BSD-3-Clause

from skorch.callbacks import Callback

from sk_autoencoder.training._callbacks import state_of


class Path(Callback):
    """Know the straight line from the weights at the start to those at the end.

    Parameters
    ----------
    weight : float, default=None
        How far on it the network is left; None leaves it in its best state.
    """

    def __init__(self, weight=None):
        self.weight = weight
        self.start_ = self.end_ = None

    def on_start(self, net, losses, dataset_valid):
        """Take the state before training, unless a training before was given up."""
        if self.start_ is None:
            self.start_ = state_of(net)

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        if not net.diverged_:
            self.end_ = state_of(net)

    def on_train_end(self, net, X=None, y=None, **kwargs):
        if net.diverged_ or self.end_ is None:
            self.end_ = self.start_
        elif self.weight is not None:
            net.module_.load_state_dict(self.state(self.weight))
        if self.weight == 0 and self.start_ is not None:
            net.module_.load_state_dict(self.start_)

    def state(self, weight):
        """Return the state that lies so far on the line."""
        return {
            name: start.lerp(self.end_[name], weight)
            if start.is_floating_point()
            else self.end_[name].clone()
            for name, start in self.start_.items()
        }
