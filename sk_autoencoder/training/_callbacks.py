"""What happens between the steps and the epochs of training."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import torch
from skorch.callbacks import Callback

# The share of the steps in which the learning rate rises.
WARM_UP = 0.05

# What `KeepBest` holds of weights and rows, when it holds none.
NOTHING_HELD = dict.fromkeys(
    ("_start", "_best", "_start_losses", "_start_judged", "_valid")
)

# The draws of a randomization test, and the groups of rows that each tosses coins for.
N_TOSSES, MAX_GROUPS = 999, 1000


class KeepBest(Callback):
    """Keep the best state by validation loss, the one before training included.

    At the end of training the net is put back into that state. The start may get the
    benefit of the doubt: it is kept unless the best epoch is better with significance,
    so that few rows, or the best of many epochs, cannot mislead. The test is Fisher's
    randomization test [1]_ of the gains of the validation rows: were the start as
    good, the sign of each would be that of a tossed coin. Other than one by standard
    errors it does not hold large gains of some rows against the network.

    Where the module has judges, an epoch counts only if their mean losses of the
    validation rows are no worse than at the start, or by no more standard errors of
    the difference than the bottleneck allows: a deviance may be less where the
    reconstruction is farther off.

    Parameters
    ----------
    patience : int
        After this many epochs without an improvement on the best epoch before, only as
        many more are left, in which `WarmUpCosine` takes the learning rate to zero: at
        a high one the loss stays above what the same weights come to when it falls.
        The start and the epochs of the warm-up are no measure for it: a high learning
        rate may take the loss far above that of a good start, and training is not over
        while it comes down.

    tol : float
        An improvement that counts for `patience` is at least this share of the best
        loss after the warm-up.

    level : float, default=1
        The p-value up to which the best epoch is preferred to the start: 1 is whenever
        its mean loss is less.

    warm_up : float, default=0.05
        The share of the epochs in which the learning rate rises.

    References
    ----------
    .. [1] Fisher, R. A. (1935). The design of experiments, section 21.
    """

    def __init__(self, patience, tol, level=1, warm_up=WARM_UP):
        self.patience = patience
        self.tol = tol
        self.level = level
        self.warm_up = warm_up

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.best_loss_ = self._reference = math.inf
        self.best_epoch_ = self._last_improvement = 0
        self._start = self._best = None
        self._ends = False

    def on_start(self, net, losses, dataset_valid):
        """Take the state before training as the first candidate.

        Parameters
        ----------
        net : AutoencoderNet
            The net.

        losses : Tensor of shape (n_valid,)
            The loss of each validation row.

        dataset_valid : Rows
            The validation rows.
        """
        self._start_losses, self._valid = losses, dataset_valid
        self._start_judged = net.judge(dataset_valid)
        self._start = self._best = state_of(net)
        loss = float(losses.mean())
        self.best_loss_ = loss if math.isfinite(loss) else math.inf

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        epoch, loss = net.history[-1, ("epoch", "valid_loss")]
        if loss < self.best_loss_ and not self._is_judged_worse(net):
            self._best = state_of(net)
            self.best_loss_, self.best_epoch_ = loss, epoch
        is_warm_up = epoch - 1 < self.warm_up * net.max_epochs
        if is_warm_up:
            self._last_improvement = epoch
        elif loss < self._reference * (1 - self.tol):
            self._reference, self._last_improvement = loss, epoch
        if epoch - self._last_improvement >= self.patience and not self._ends:
            self._ends = True
            net.last_epoch_ = min(net.last_epoch_, epoch + self.patience)

    def _is_judged_worse(self, net):
        allowed = net.module_.bottleneck.judged_errors
        return is_worse(net.judge(self._valid), self._start_judged, allowed)

    def _is_doubtful(self, net):
        """Return whether the gain of the net, as it is, may well be chance."""
        gains = self._start_losses - net.sample_losses(self._valid)
        return _p_value(gains) > self.level

    def on_train_end(self, net, X=None, y=None, **kwargs):
        if self._start is not None:
            net.module_.load_state_dict(self._best)
            if self.best_epoch_ > 0 and self.level < 1 and self._is_doubtful(net):
                net.module_.load_state_dict(self._start)
                self.best_loss_, self.best_epoch_ = float(self._start_losses.mean()), 0
        vars(self).update(NOTHING_HELD)

    def __getstate__(self):
        """Return the attributes without weights and rows, also during training."""
        return vars(self) | NOTHING_HELD


def is_worse(judged, before, allowed):
    """Return whether any judge finds more than before, beyond some standard errors.

    Parameters
    ----------
    judged, before : list of Tensor of shape (n,)
        What each judge finds of some rows.

    allowed : float
        How many standard errors of the mean difference a mean may have risen by.

    Returns
    -------
    is_worse : bool
        True also where a mean is not a number.
    """
    worse = [now - then for now, then in zip(judged, before, strict=True)]
    return not all(
        each.mean() <= (allowed * _standard_error(each) if allowed else 0.0)
        for each in worse
    )


def may_leave_start(n_rows, level):
    """Return whether so many validation rows may prefer an epoch to the start.

    They cannot where even a gain of all of them has a larger p-value.
    """
    return level >= 1 or _p_value(torch.ones(n_rows)) <= level


def _standard_error(values):
    """Return that of the mean of numbers."""
    return values.std() / math.sqrt(len(values))


def _p_value(gains):
    """Return how often gains with random signs have as large a sum.

    Many gains, which are in random order, are summed in groups that share a sign.
    """
    parts = gains.double().cpu().tensor_split(min(len(gains), MAX_GROUPS))
    sums = torch.stack([part.sum() for part in parts])
    generator = torch.Generator().manual_seed(0)
    tosses = torch.randint(2, (N_TOSSES, len(sums)), generator=generator)
    random_sums = (2.0 * tosses - 1).double() @ sums
    rounding = 1e-9 * sums.abs().sum()
    n_as_large = int((random_sums >= sums.sum() - rounding).sum())
    return (1 + n_as_large) / (1 + N_TOSSES)


def state_of(net):
    """Return a copy of the weights."""
    return {name: value.clone() for name, value in net.module_.state_dict().items()}


class WarmUpCosine(Callback):
    """Raise the learning rate linearly, then let it fall to zero along a cosine.

    Where training is to end sooner, a second cosine takes it there in the time left.

    Parameters
    ----------
    warm_up : float, default=0.05
        The share of the steps in which the rate rises.

    References
    ----------
    Loshchilov, I., & Hutter, F. (2017). SGDR: stochastic gradient descent with warm
    restarts. International Conference on Learning Representations.
    """

    def __init__(self, warm_up=WARM_UP):
        self.warm_up = warm_up

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self._step, self._end_begins = 0, None
        self._n_before = len(net.history)

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        if not training:
            return
        n_steps = net.max_epochs * net.steps_per_epoch_
        rise = min(1.0, (self._step + 1) / max(1.0, self.warm_up * n_steps))
        fall = 0.5 * (1 + math.cos(math.pi * self._step / n_steps))
        last_step = (net.last_epoch_ - self._n_before) * net.steps_per_epoch_
        if last_step < n_steps:
            if self._end_begins is None:
                self._end_begins = self._step
            begin = self._end_begins
            done = (self._step - begin) / max(last_step - begin, 1)
            fall *= 0.5 * (1 + math.cos(math.pi * done))
        for group in net.optimizer_.param_groups:
            group["lr"] = net.lr * rise * fall
        self._step += 1
