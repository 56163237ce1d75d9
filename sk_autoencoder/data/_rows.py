"""Rows of an array, a block at a time."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import torch

from sk_autoencoder.data._sparse import SparseRows

# Entries of one block, 4 MiB in float32: Python's share is small, and caches hold it.
BLOCK_ENTRIES = 2**20

# A block is padded to a multiple of this many rows: products of matrices with one or a
# few rows are rounded in another way than others, and what is said of a row should not
# depend on the rows it is passed with.
ROW_MULTIPLE = 16

# Prepared rows of what is read late are held in memory up to this many bytes.
SMALL_COPY = 2**26

# Entries that are looked at together at most: 64 MiB in float32, and a few copies.
MOST_ENTRIES, LEAST_ROWS = 2**24, 100


def blocks(X, width=None):
    """Yield the rows of an array, a block at a time, without copying them.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        The array.

    width : int, default=None
        The most columns that what is computed from it has, if more than X.

    Yields
    ------
    rows : ndarray of shape (n, n_columns)
        The next rows.
    """
    for index in block_slices(len(X), width or X.shape[1]):
        yield X[index]


def block_slices(n_rows, width):
    """Yield where the blocks of so many rows of a width lie, as slices."""
    step = max(BLOCK_ENTRIES // width, 1)
    for start in range(0, n_rows, step):
        yield slice(start, start + step)


def some_rows(X, n_rows, seed):
    """Return the rows of X, or of more than `n_rows` a random choice, in order."""
    if len(X) <= n_rows:
        return X[:]
    chosen = np.random.default_rng(seed).choice(len(X), n_rows, replace=False)
    return X[np.sort(chosen)]


def affordable(n_rows, n_columns):
    """Return how many rows to look at together: `n_rows`, or fewer of many columns."""
    return min(n_rows, max(MOST_ENTRIES // n_columns, LEAST_ROWS))


def part_of(X, index):
    """Return some rows, still to be read where those of X are; see `is_read_late`."""
    return X.at(index) if hasattr(X, "at") else X[index]


def as_tensor(rows):
    """Return rows as a tensor to read: a view, where torch takes one."""
    if not rows.flags.writeable or min(rows.strides) < 0:
        rows = rows.copy()
    return torch.from_numpy(rows)


def map_blocks(function, X, prepare, device, width):
    """Apply a function of tensors to the rows of an array.

    Parameters
    ----------
    function : callable
        From a float32 tensor of shape (n, n_columns) to a tensor with as many rows.

    X : ndarray of shape (n_rows, n_columns)
        The rows.

    prepare : callable
        Called as ``prepare(rows, out=block)``, writes what is passed to `function`
        for some rows of X into a float32 array of their shape.

    device : str
        Where `function` computes.

    width : int
        The most columns that `function` computes at a time.

    Returns
    -------
    results : ndarray of shape (n_rows, ...)
        The results in the dtype of X.

    Raises
    ------
    ValueError
        If a result is not finite, or too large for the dtype of X.
    """
    results, start = None, 0
    with torch.inference_mode():
        for rows in blocks(X, width):
            if results is None:  # the first block is the largest
                block = torch.empty((padded(len(rows)), X.shape[1]))
            n_padded = padded(len(rows))
            block[len(rows) : n_padded] = 0
            prepare(rows, out=block[: len(rows)].numpy())
            result = function(block[:n_padded].to(device))[: len(rows)].cpu()
            result = _finite(result, as_tensor(X[:0]).dtype, rows)
            if len(rows) == len(X):
                return np.ascontiguousarray(result.numpy())
            if results is None:
                results = np.empty((len(X), *result.shape[1:]), dtype=X.dtype)
            torch.from_numpy(results[start : start + len(rows)]).copy_(result)
            start += len(rows)
    return results


def _finite(result, dtype, rows):
    """Return a result for some rows in a dtype, all of it finite numbers."""
    converted = result.to(dtype)
    # The sum is finite if all entries are, unless it overflows.
    if converted.sum().isfinite() or converted.isfinite().all():
        return converted
    name, largest = str(dtype).removeprefix("torch."), np.nanmax(np.abs(rows))
    if result.isfinite().all():
        raise ValueError(
            f"The result for X, whose values reach {largest:.3g}, is too large for its "
            f"dtype {name}: it reaches {result.abs().max():.3g}. Convert X to float64."
        )
    raise ValueError(
        f"The result for X, whose values reach {largest:.3g}, is not finite: they are "
        "too large for the network, which computes in single precision, or it gives "
        "infinity or NaN for what is smaller, too."
    )


def padded(n_rows):
    """Return so many rows that products are rounded alike, however few are of use."""
    return -(-n_rows // ROW_MULTIPLE) * ROW_MULTIPLE


def prepared(X, prepare, n_columns):
    """Return the rows of an array prepared for training, as float32.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        The rows.

    prepare : callable
        Called as ``prepare(rows, out=block)``, writes the prepared rows into a float32
        array of shape (n, n_columns); without `out` it returns them.

    n_columns : int
        The number of columns of the result.

    Returns
    -------
    rows : Tensor or Late of shape (n_rows, n_columns)
        A tensor, or where X is large and read late what prepares its rows when they
        are asked for.
    """
    if is_read_late(X) and 4 * len(X) * n_columns > SMALL_COPY:
        return Late(X, prepare, n_columns)
    rows = torch.empty((len(X), n_columns))
    width = max(X.shape[1], n_columns)
    for source, target in zip(
        blocks(X, width), blocks(rows.numpy(), width), strict=True
    ):
        prepare(source, out=target)
    return rows


class Late:
    """Rows that are read, and prepared, when they are selected.

    Parameters
    ----------
    X : ndarray or SparseRows of shape (n_rows, n_features)
        The rows.

    prepare : callable
        From some rows of X to an array of as many prepared rows.

    n_columns : int
        The number of columns of these.

    device : str, default="cpu"
        Where they are selected to.
    """

    def __init__(self, X, prepare, n_columns, device="cpu"):
        self.X = X
        self.prepare = prepare
        self.shape = len(X), n_columns
        self.device = device

    def __len__(self):
        return len(self.X)

    def __getitem__(self, index):
        rows = self.prepare(self.X[index.cpu().numpy()])
        return torch.as_tensor(rows, dtype=torch.float32, device=self.device)

    def to(self, device):
        """Return the same rows, selected onto a device."""
        return Late(self.X, self.prepare, self.shape[1], device)


def is_read_late(X):
    """Return whether rows of X are read when they are asked for, and not held.

    So are those of a memory-mapped file, and of a sparse matrix, which are sparse.
    """
    while X is not None and not isinstance(X, np.memmap | SparseRows):
        X = getattr(X, "base", None)
    return X is not None
