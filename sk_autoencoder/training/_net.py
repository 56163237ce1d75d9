"""The skorch net that trains every autoencoder."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import math
from functools import partial

import torch
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping, EpochTimer

from sk_autoencoder.training._batches import Batch, Batches, Rows
from sk_autoencoder.training._hearers import Hearers
from sk_autoencoder.training._optimizer_state import (
    optimizer_from_state,
    optimizer_to_state,
)

FUSED_ADAMW = partial(torch.optim.AdamW, fused=True)

# Rows of one validation batch: few Python steps, little memory.
VALIDATION_ROWS = 4096

# Losses of batches that are gathered into one tensor: tiny tensors that live long keep
# the memory between them from being used again.
READ_TOGETHER = 64


class AutoencoderNet(NeuralNet):
    """A skorch net whose target is made of its input, fed with whole tensors.

    It differs from `NeuralNet` in these points: a batch is a `Batch`; the loss is read
    once an epoch, and once a batch only where a callback hears of batches; the
    validation loss is also taken before the first epoch, and told to callbacks that
    have `on_start`; callbacks end training by setting `stopped_`, or after an epoch to
    come, `last_epoch_`; a loss that is not finite ends it too; an interrupt sets
    `interrupted_`.

    Parameters
    ----------
    module : Module
        Gives an `AutoencoderOutput` for a batch.

    criterion : Module
        Says what samples are compared as, and the loss of an output.

    train_split : callable or None
        From `Rows` to those to train on and those to validate on; None has none of
        the latter.

    **kwargs
        The other parameters of `skorch.NeuralNet`.

    Attributes
    ----------
    start_loss_ : float
        The validation loss before the first epoch.

    steps_per_epoch_ : int
        The number of training batches.

    last_epoch_ : int
        The number of the epoch that training ends with; callbacks may lower it.

    stopped_ : bool
        Whether training ended, or is to end, before `max_epochs`.

    diverged_ : bool
        Whether the training loss was no longer finite.

    interrupted_ : bool
        Whether the user ended training.
    """

    def __init__(
        self,
        module,
        criterion,
        *,
        train_split,
        optimizer=FUSED_ADAMW,
        iterator_train=Batches,
        iterator_train__shuffle=True,
        iterator_valid=Batches,
        iterator_valid__batch_size=VALIDATION_ROWS,
        verbose=0,
        **kwargs,
    ):
        super().__init__(
            module,
            criterion,
            train_split=train_split,
            optimizer=optimizer,
            iterator_train=iterator_train,
            iterator_train__shuffle=iterator_train__shuffle,
            iterator_valid=iterator_valid,
            iterator_valid__batch_size=iterator_valid__batch_size,
            verbose=verbose,
            **kwargs,
        )

    @property
    def _default_callbacks(self):
        return [("epoch_timer", EpochTimer())]

    def get_dataset(self, X, y=None):
        """Return the rows of a tensor, with what they are compared as."""
        rows = X if isinstance(X, Rows) else Rows.of(X)
        return rows.to(self.device).compared_by(self.criterion_)

    def evaluation_step(self, batch, training=False):
        """Return output and code as the plain tuple that skorch concatenates."""
        self.check_is_fitted()
        with torch.set_grad_enabled(training):
            self.module_.train(training)
            return tuple(self.infer(batch.input)[:2])

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Return the mean loss of rows that are all known."""
        return self._loss(y_pred, Batch(X, y_true), "mean")

    def infer(self, x, **fit_params):
        """Return what the module gives for a batch."""
        return self.module_(x.to(self.device))

    def train_step(self, batch, **fit_params):
        """Make one step of the optimizer, which must not need a closure."""
        y_pred = self.module_(batch.input)
        loss = self._loss(y_pred, batch, "mean")
        for parameter in self.trained_:
            parameter.grad = None  # `zero_grad` does the same, in the time of a layer
        loss.backward()
        self.hearers_.tell_gradients(batch)
        self.optimizer_.step()
        return {"loss": loss, "y_pred": y_pred}

    def validation_step(self, batch, **fit_params):
        """Return the loss of one batch, without gradients."""
        with torch.no_grad():
            y_pred = self.module_(batch.input)
            return {"loss": self._loss(y_pred, batch, "mean"), "y_pred": y_pred}

    def snapshot(self, *without):
        """Return a copy that further training leaves alone, without some callbacks."""
        net = object.__new__(type(self))
        vars(net).update(vars(self))
        module = copy.deepcopy(self.module_).eval()
        vars(net).update(module=module, module_=module, hearers_=None, trained_=None)
        net.history_ = copy.deepcopy(self.history_)
        net.drop_callbacks(*without)
        return net.initialize_optimizer()

    def __getstate__(self):
        """Return the attributes, with the weights once and on the CPU.

        Skorch would store them twice, and load them from a GPU only in part.
        """
        state = vars(self) | {"hearers_": None, "trained_": None}
        if self.initialized_:
            state["optimizer_"] = optimizer_to_state(
                self.optimizer_, self.get_all_learnable_params()
            )
        return state

    def __setstate__(self, state):
        vars(self).update(state)
        if self.initialized_:
            self.device = str(next(self.module_.parameters()).device)
            named = self.get_all_learnable_params()
            vars(self)["optimizer_"] = optimizer_from_state(self.optimizer_, named)

    def drop_callbacks(self, *callbacks):
        """Go on without some of the callbacks."""
        self.callbacks = [item for item in self.callbacks if item not in callbacks]
        self.callbacks_ = [item for item in self.callbacks_ if item[1] not in callbacks]

    def sample_losses(self, rows):
        """Return the loss of each row, shape (n,)."""
        return self._of_rows(rows, lambda *step: self._loss(*step, "none"))

    def judge(self, rows):
        """Return what else must not get worse.

        Returns
        -------
        errors : list of Tensor of shape (n,)
            Of each row, one tensor for each of the module's judges.
        """

        def of_batch(judge, y_pred, batch):
            return judge(y_pred, batch.target, batch.known)

        return [
            self._of_rows(rows, partial(of_batch, judge)).double()
            for judge in self.module_.judges(self.criterion_)
        ]

    def _of_rows(self, rows, of_batch):
        """Return a number for each row, by a function of an output and its batch."""
        self.module_.eval()
        batches = self.get_iterator(self.get_dataset(rows), training=False)
        with torch.no_grad():
            values = [of_batch(self.module_(batch.input), batch) for batch in batches]
        return torch.cat(values)

    def _loss(self, y_pred, batch, reduction):
        return self.module_.objective(
            self.criterion_, y_pred, batch.target, batch.known, reduction
        )

    def fit_loop(self, X, y=None, epochs=None, **fit_params):
        """Train for some epochs, or until a callback or the user ends it."""
        self.stopped_ = self.diverged_ = self.interrupted_ = False
        self.start_loss_, self.best_losses_ = math.inf, {}
        n_epochs = self.max_epochs if epochs is None else epochs
        self.last_epoch_ = len(self.history) + n_epochs
        self.hearers_ = Hearers(self)
        self.trained_ = [
            parameter
            for group in self.optimizer_.param_groups
            for parameter in group["params"]
        ]
        try:
            train, valid = self.get_split_datasets(self.get_dataset(X))
            train_batches = self.get_iterator(train, training=True)
            valid_batches = valid and self.get_iterator(valid, training=False)
            self.steps_per_epoch_ = len(train_batches)
            losses = None
            if valid is not None:
                losses = self.sample_losses(valid)
                self.start_loss_ = float(losses.mean())
            for _, callback in self.callbacks_:
                if hasattr(callback, "on_start"):
                    callback.on_start(self, losses, valid)
            self.module_.loosen()
            while len(self.history) < self.last_epoch_:
                self.notify("on_epoch_begin", dataset_train=train, dataset_valid=valid)
                self.run_single_epoch(train_batches, True, "train", self.train_step)
                if valid is not None:
                    self.run_single_epoch(
                        valid_batches, False, "valid", self.validation_step
                    )
                self._end_epoch(dataset_train=train, dataset_valid=valid)
                if self.stopped_:
                    break
        except KeyboardInterrupt:
            self.interrupted_, self.diverged_ = True, False
        finally:
            self.hearers_ = self.trained_ = None
        return self

    def _end_epoch(self, **datasets):
        """Tell all callbacks, also where skorch's own asks for the end."""
        for _, callback in self.callbacks_:
            try:
                callback.on_epoch_end(self, **datasets)
            except KeyboardInterrupt:
                if not isinstance(callback, EarlyStopping):
                    raise
                self.stopped_ = True

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run all batches and record their mean loss as ``<prefix>_loss``."""
        name, loss = f"{prefix}_loss", self._run_batches(iterator, step_fn, training)
        before = self.best_losses_.get(name, math.inf)
        self.best_losses_[name] = loss if loss < before else before
        self.history.record(name, loss)
        self.history.record(f"{name}_best", loss < before)
        self.history.record(f"{prefix}_batch_count", len(iterator))
        if training and not math.isfinite(loss):
            self.stopped_ = self.diverged_ = True

    def _run_batches(self, batches, step_fn, training=False):
        """Return the mean loss over the rows, read once."""
        self.module_.train(training)
        read, losses, sizes = [], [], []
        for batch in batches:
            self.hearers_.begin_batch(batch, training)
            step = step_fn(batch)
            losses.append(step["loss"].detach())
            sizes.append(len(batch.input))
            if len(losses) == READ_TOGETHER:
                read += [torch.stack(losses)]
                losses = []
            self.hearers_.end_batch(batch, step, training)
        read += [torch.stack(losses)] if losses else []
        losses = torch.cat(read).double().cpu().numpy()
        return float(losses @ sizes / sum(sizes))
