"""Rows, and what a model makes of them."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import cached_property, partial
from itertools import pairwise

import numpy as np

from sk_autoencoder.data import block_slices, blocks, part_of


class View:
    """Rows, and what a model makes of them, computed when it is asked for.

    Values that are too far from the training data for single precision are clipped: the
    rows are as far as can be told.

    Parameters
    ----------
    model : AutoencoderModel
        The model.

    X : ndarray of shape (n, n_features)
        Valid rows.

    trusted : ndarray of shape (n, n_features), default=None
        The same rows without broken values, or None.
    """

    def __init__(self, model, X, trusted=None):
        self._model = model
        self._X = X
        self._trusted = None
        if trusted is not None and trusted is not X:
            self._trusted = View(model, trusted)

    def __len__(self):
        return len(self._X)

    def __getitem__(self, index):
        some = View(self._model, part_of(self._X, index))
        some._trusted = None if self._trusted is None else self._trusted[index]
        for name, values in vars(self).items():
            if isinstance(getattr(View, name, None), cached_property):
                vars(some)[name] = values[index]  # need not be computed again
        return some

    def blocks(self):
        """Yield all rows, so many at a time that what is made of them is small."""
        for index in block_slices(len(self), self._model.width):
            yield self[index]

    @property
    def original(self):
        """The rows as they were given."""
        return self._X

    @property
    def dtype(self):
        """That of the rows; what is made of them is in double precision."""
        return self._X.dtype

    @property
    def trusted(self):
        """The rows to learn from: the same, but without broken values."""
        return self if self._trusted is None else self._trusted

    @property
    def column_ends(self):
        """Where the features of each column of the table end, of which it may be one.

        See `Spec.column_ends`.
        """
        return self._model.spec.column_ends

    def by_column(self, values):
        """Return sums over the features of each column, shape (n, n_columns)."""
        starts = (0, *self.column_ends[:-1])
        return np.add.reduceat(values, starts, axis=1)

    @property
    def offset(self):
        """How far each feature's mean is from zero, in its scale."""
        standardizer = self._model.standardizer
        return np.abs(standardizer.mean) / standardizer.scale

    @cached_property
    def values(self):
        """The standardized rows: where entries are missing, what is made of the rest.

        Where a sequence has ended zeros, the mean.
        """
        values = self._in_double(self._standardize)
        missing = np.isnan(values)
        if missing.any() and self._model.spec.takes_missing:
            values[missing] = self._likeliest[missing]
        return np.nan_to_num(values)

    @property
    def _likeliest(self):
        """The reconstructions, with the likeliest level of each column that has some.

        Shares lie between levels, where no row is.
        """
        spec, standardizer = self._model.spec, self._model.standardizer
        if not spec.levels:
            return self.reconstruction
        values = self.reconstruction.copy()
        shares = standardizer.inverse(values)
        for start, end in pairwise((0, *spec.column_ends)[-len(spec.levels) - 1 :]):
            level = shares[:, start:end].argmax(axis=1)
            shares[:, start:end] = np.eye(end - start)[level]
        return standardizer(shares)

    @cached_property
    def codes(self):
        """The codes."""
        return self._in_double(partial(self._model.encode, clip=True))

    @property
    def unscaled_codes(self):
        """The codes of standardized rows, whose variances are of ordinary size."""
        return self.codes / self._model.code_scale

    @cached_property
    def reconstruction(self):
        """The standardized reconstructions."""
        return self._in_double(
            lambda X: self._standardize(self._model.reconstruct_all(X, clip=True))
        )

    @cached_property
    def residuals(self):
        """The rows less their reconstructions, zero where nothing is known."""
        standardized = self._in_double(self._standardize)
        return np.nan_to_num(standardized - self.reconstruction)

    def _standardize(self, X):
        return self._model._standardize(X, clip=True)

    def _in_double(self, function):
        """Return what a function gives for the rows in double precision.

        A block at a time: they may be those of a file that is never held whole.
        """
        return np.concatenate(
            [
                function(np.asarray(some, dtype=np.float64))
                for some in blocks(self._X, self._model.width)
            ]
        )
