"""Whole-tensor mini-batches: rows selected by index, no per-row collation."""

# SPDX-License-Identifier: BSD-3-Clause

from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor

from sk_autoencoder.networks import Clean, known_entries

CLEAN = Clean()

# Rows of the batches that are gathered at once, and their entries: few Python steps,
# little memory.
GATHERED_ROWS, GATHERED_ENTRIES = 8192, 2**22

# Of rows that are all trained on, the share that tells the epochs apart: the same rows
# each time, so that few do.
JUDGED, LEAST_JUDGED, MOST_JUDGED = 0.1, 100, 10_000


class Batch(NamedTuple):
    """Some rows, as a training step takes them.

    Attributes
    ----------
    input : Tensor of shape (n, n_features)
        What the network is given: standardized, corrupted or not, NaN where nothing is
        known.

    target : Tensor of shape (n, n_features)
        What the loss compares the output with.

    known : Tensor of bool of shape (n, n_features) or None
        Which entries are known; None is all.
    """

    input: Tensor
    target: Tensor
    known: Tensor | None = None


class Rows:
    """Some rows of a tensor, selected without copying it.

    Parameters
    ----------
    tensor : Tensor of shape (n_samples, n_features)
        The samples, or what gives a tensor of those whose index it is given.

    index : Tensor of int64, default=None
        Which of them, in which order; None is all of them.

    target : Tensor of shape (n_samples, n_features), default=None
        What each sample is compared as, or a function that gives it for a tensor of
        samples; None is the samples themselves.

    known : Tensor of bool of shape (n_samples, n_features), default=None
        Which entries are known. None is all; where `target` is a function, those that
        are not NaN.
    """

    def __init__(self, tensor, index=None, target=None, known=None):
        self.tensor = tensor
        self.index = torch.arange(len(tensor)) if index is None else index
        self.target = target
        self.known = known

    @classmethod
    def of(cls, X):
        """Return all rows of an array or a tensor, as float32."""
        return cls(torch.as_tensor(X, dtype=torch.float32))

    def __len__(self):
        return len(self.index)

    def at(self, index):
        """Return other rows of the same tensor."""
        return Rows(self.tensor, index, self.target, self.known)

    def to(self, device):
        """Return the same rows on a device; without a copy if they are there."""
        target, known = (
            part.to(device) if isinstance(part, Tensor) else part
            for part in (self.target, self.known)
        )
        return Rows(self.tensor.to(device), self.index.to(device), target, known)

    def compared_by(self, criterion):
        """Return the same rows with what a criterion compares them as.

        Once for all of them where they are in memory, else as they are selected.
        """
        if self.target is not None:
            return self
        if not isinstance(self.tensor, Tensor):
            return Rows(self.tensor, self.index, criterion.target)
        target, known = criterion.target(self.tensor), known_entries(self.tensor)
        return Rows(self.tensor, self.index, target, known)

    def select(self, index):
        """Return those of an index into the tensor as one `Batch`."""
        rows = self.tensor[index]
        if self.target is None or self.target is self.tensor:
            target = rows  # no copy of what is the same
        elif isinstance(self.target, Tensor):
            target = self.target[index]
        else:
            return Batch(rows, self.target(rows), known_entries(rows))
        return Batch(rows, target, None if self.known is None else self.known[index])


class Batches:
    """Mini-batches of rows, each a `Batch`, the input corrupted or not.

    The sizes differ by one at most and none is dropped: a lonely last row would make
    a noisy step, and batch normalization fail.

    Parameters
    ----------
    rows : Rows
        What to iterate over.

    batch_size : int
        The largest size of a batch.

    shuffle : bool, default=False
        Whether to draw a new order at each iteration, from torch's global generator.

    corruption : Corruption, default=Clean()
        What is done to the input.

    seed : int, default=None
        What each iteration seeds the corruption with; None draws from torch's global
        generator.

    n_rows : int, default=None
        The most rows of an iteration: the next one goes on where it has ended, and a
        new order begins when all rows had their turn. None is all of them.
    """

    def __init__(
        self,
        rows,
        batch_size,
        shuffle=False,
        corruption=CLEAN,
        seed=None,
        n_rows=None,
    ):
        self.rows = rows
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.corruption = corruption
        self.seed = seed
        self.n_rows = min(len(rows), n_rows or len(rows))
        self._to_come = rows.index[:0]

    def __len__(self):
        return -(-self.n_rows // self.batch_size)

    def __iter__(self):
        if len(self._to_come) < self.n_rows:
            self._to_come = torch.cat((self._to_come, self._order()))
        index, self._to_come = self._to_come.tensor_split([self.n_rows])
        size, n_larger = divmod(len(index), len(self))
        sizes = [size + 1] * n_larger + [size] * (len(self) - n_larger)
        at_once = max(1, rows_at_once(self.rows.tensor) // self.batch_size)
        generator = None
        if self.seed is not None:
            generator = torch.Generator(index.device).manual_seed(self.seed)
        for start in range(0, len(sizes), at_once):
            some = sizes[start : start + at_once]
            gathered, index = index[: sum(some)], index[sum(some) :]
            rows, target, known = self.rows.select(gathered)
            inputs = self.corruption.corrupt(rows, known, generator).split(some)
            targets = target.split(some)
            knowns = repeat(None) if known is None else known.split(some)
            yield from map(Batch, inputs, targets, knowns)

    def _order(self):
        """Return the index of all rows, in a new order where they are shuffled."""
        index = self.rows.index
        if not self.shuffle:
            return index
        return index[torch.randperm(len(index)).to(index.device)]


def rows_at_once(tensor):
    """Return how many rows of a tensor to gather at once."""
    return max(1, min(GATHERED_ROWS, GATHERED_ENTRIES // tensor.shape[1]))


class HoldOut:
    """Split off random rows for validation: at least one, and at least one stays.

    Parameters
    ----------
    fraction : float
        The share of rows to hold out, in (0, 1).

    seed : int
        The same seed holds out the same rows, so that a second training does not
        validate on what the first was trained on.
    """

    def __init__(self, fraction, seed):
        self.fraction = fraction
        self.seed = seed

    def n_valid(self, n_rows):
        """Return how many of so many rows are held out."""
        return min(max(1, round(self.fraction * n_rows)), n_rows - 1)

    def __call__(self, rows):
        """Return the training rows and the validation rows."""
        held_out, trained = self.split(len(rows))
        return rows.at(rows.index[trained]), rows.at(rows.index[held_out])

    def split(self, n):
        """Return which of n rows are held out and which are not, two index tensors."""
        n_valid = self.n_valid(n)
        generator = torch.Generator().manual_seed(self.seed)
        return torch.randperm(n, generator=generator).tensor_split([n_valid])


class TrainOnAll:
    """Train on all rows, and validate on a random part of the same.

    A tenth of them, at least 100 and at most 10,000: a pass over all would cost a third
    of what the training on them does.

    Parameters
    ----------
    seed : int
        The same seed chooses the same rows.
    """

    def __init__(self, seed):
        self.seed = seed

    def __call__(self, rows):
        """Return the training rows and the validation rows."""
        n_valid = min(max(LEAST_JUDGED, round(JUDGED * len(rows))), MOST_JUDGED)
        if n_valid >= len(rows):
            return rows, rows
        generator = torch.Generator().manual_seed(self.seed)
        chosen = torch.randperm(len(rows), generator=generator)[:n_valid]
        return rows, rows.at(rows.index[chosen])
