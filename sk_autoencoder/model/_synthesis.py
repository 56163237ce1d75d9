"""New rows of a table, like those that a model was trained on."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import cached_property
from itertools import pairwise

import numpy as np
from sklearn.utils import check_random_state

from sk_autoencoder.model._finish import FinishLevels, FinishNumber
from sk_autoencoder.model._kernel import CodeKernel

# The rows that are drawn to know what is drawn, before it is made like the data.
SIMULATED_ROWS = 10_000

# Of how many codes one is chosen, where some of its values are given.
N_CANDIDATES = 100

# The rows that are drawn at a time where values are given.
ROWS_AT_ONCE = 500


class RowSampler:
    """Draw rows of a table.

    A code is drawn near that of a training row and decoded. What the decoder leaves
    open is taken from another training row: by how much its numbers differ from their
    reconstruction, and where its levels lie in the distribution that the decoder gives
    for them. Then each number is replaced by the value of the data that is as great
    among the data as the number is among what is drawn, so that each column has the
    distribution that it has in the data; levels are adjusted to their shares.

    Parameters
    ----------
    model : AutoencoderModel
        A fitted model.

    rows : ndarray of shape (n, n_numbers)
        Training rows, as `Table.encode` gives them.

    Notes
    -----
    What it needs beside these is computed when the first rows are drawn. It depends on
    them alone, and is no part of a pickle.
    """

    def __init__(self, model, rows):
        self.model = model
        self.rows = rows

    def truncated(self, model):
        """Return what draws rows by a model of fewer components."""
        return RowSampler(model, self.rows)

    def sample(self, n_samples, random_state, given=None):
        """Return random rows.

        Parameters
        ----------
        n_samples : int
            How many.

        random_state : int, RandomState instance or None
            Determines them.

        given : ndarray of shape (n_numbers,), default=None
            Numbers that all rows are to have, NaN for all others.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_numbers)
            NaN where an entry is missing, as entries of training rows are.
        """
        rng = check_random_state(random_state)
        if given is None or np.isnan(given).all():
            return self._finished(*self._drawn(n_samples, rng), rng)
        parts = []
        for start in range(0, n_samples, ROWS_AT_ONCE):
            n_rows = min(ROWS_AT_ONCE, n_samples - start)
            chosen = self._chosen(n_rows, given, rng)
            rows = self._finished(*chosen, rng)
            parts.append(np.where(np.isnan(given), rows, given).astype(rows.dtype))
        return np.concatenate(parts)

    def __getstate__(self):
        return {"model": self.model, "rows": self.rows}

    def _drawn(self, n_samples, rng):
        """Return what random codes decode to, and the rows that they are near."""
        prior = self.model.module.bottleneck.prior()
        if prior is None:
            codes, origins = self._kernel.sample(n_samples, rng)
        else:
            codes = np.asarray(prior.sample(n_samples, rng)) * self.model.code_scale
            origins = rng.randint(len(self.rows), size=n_samples)
        return self.model.decode(codes), origins

    def _chosen(self, n_rows, given, rng):
        """Return the same, each one of many, by how likely it makes given values."""
        outputs, origins = self._drawn(n_rows * N_CANDIDATES, rng)
        log_weights = sum(
            finish.log_likelihood(outputs[:, here], given[here])
            for here, finish in self._finishes
            if not np.isnan(given[here]).any()
        )
        # With such noise the largest logarithm is that of a draw by weight.
        noisy = log_weights + rng.gumbel(size=len(outputs))
        best = noisy.reshape(n_rows, -1).argmax(axis=1)
        best += np.arange(n_rows) * N_CANDIDATES
        return outputs[best], origins[best]

    def _finished(self, outputs, origins, rng):
        """Return rows for what was decoded, near some training rows."""
        donors = rng.randint(len(self.rows), size=len(outputs))
        parts = [
            finish.rows(outputs[:, here], donors, rng)
            for here, finish in self._finishes
        ]
        rows = np.hstack(parts)
        rows[np.isnan(self.rows[origins])] = np.nan
        return rows.astype(self.rows.dtype)

    @cached_property
    def _kernel(self):
        return CodeKernel(self.model.encode(self.rows))

    @cached_property
    def _finishes(self):
        """What makes rows of what was decoded: for each column where, and how."""
        rng = np.random.RandomState(0)
        rows, restored = self.rows, self.model.reconstruct(self.rows)
        drawn, origins = self._drawn(SIMULATED_ROWS, rng)
        donors = rng.randint(len(rows), size=len(drawn))
        ends = self.model.spec.column_ends
        n_numbers = len(ends) - len(self.model.spec.levels)
        kinds = [FinishNumber] * n_numbers + [FinishLevels] * (len(ends) - n_numbers)
        finishes = []
        for kind, edges in zip(kinds, pairwise((0, *ends)), strict=True):
            here = slice(*edges)
            shown = ~np.isnan(rows[origins, here.start])  # in what is drawn
            of_column = rows[:, here], restored[:, here], drawn[shown, here]
            finishes.append((here, kind(*of_column, donors[shown], rng)))
        return finishes
