"""Columns of tables: what they are, and what their values may be."""

# SPDX-License-Identifier: BSD-3-Clause

from dataclasses import dataclass, replace

import numpy as np

from sk_autoencoder.data._entries import is_missing, kind_of

# Levels that an error names.
FEW_LEVELS = 5


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Parameters
    ----------
    low, high : float or int
        The least and the greatest one; infinite where these do not matter.

    is_whole : bool
        Whether it holds whole numbers: its dtype says so, or would if no entry was
        missing.

    bits : tuple of int, default=None
        The least and the greatest number that its dtype can hold, if it says so.
    """

    low: float
    high: float
    is_whole: bool
    bits: tuple | None = None

    def without_range(self):
        """Return the column where values may lie outside of its range."""
        if self.bits is None:
            return Numbers(-np.inf, np.inf, False)
        return Numbers(*self.bits, True, self.bits)

    def widened(self, values):
        """Return the column with a range that has some values too."""
        known = values[np.isfinite(values)]
        if len(known) == 0 or np.isinf(self.low):
            return self
        low, high = (int if self.is_whole else float)(known.min()), known.max()
        high = int(high) if self.is_whole else float(high)
        return replace(self, low=min(self.low, low), high=max(self.high, high))

    def restore(self, values):
        """Return values of the column's range and grid; NaN stays, or is None."""
        if not self.is_whole:
            return np.clip(values, self.low, self.high)
        missing = np.isnan(values)
        whole = np.full(values.shape, self.high)
        whole[values <= self.low] = self.low
        inside = (values > self.low) & (values < self.high)
        whole[inside] = np.rint(values[inside]).astype(whole.dtype)
        if missing.any():
            whole = whole.astype(object)
            whole[missing] = None
        return whole


@dataclass(frozen=True)
class Levels:
    """A column of levels.

    Parameters
    ----------
    name : object
        For errors.

    levels : tuple
        The levels that were seen, in order.
    """

    name: object
    levels: tuple

    def encode(self, entries, handle_unknown):
        """Return the numbers of levels, NaN where an entry is missing.

        Parameters
        ----------
        entries : list of length n
            The entries.

        handle_unknown : {"missing", "error"}
            What to do about levels that were not seen.

        Returns
        -------
        codes : ndarray of shape (n,)
            Floats.

        Raises
        ------
        ValueError
            If an entry is no level, of another kind than the levels that were seen, or
            not one of these and `handle_unknown` says so.
        """
        places = {_key(level): place for place, level in enumerate(self.levels)}
        try:
            codes = {
                entry: np.nan if is_missing(entry) else places.get(_key(entry))
                for entry in set(entries)
            }
        except TypeError as error:  # which cannot be looked up
            raise ValueError(
                f"Column {self.name!r} has entries that are no levels: {error}."
            ) from error
        for entry in [entry for entry, place in codes.items() if place is None]:
            kind, known = kind_of(entry), kind_of(self.levels[0])
            if kind != known or handle_unknown == "error":
                raise ValueError(
                    f"Column {self.name!r} has the level {entry!r}, a {kind}, which "
                    f"was not seen in fit: its levels are {listed(self.levels)}."
                )
            codes[entry] = np.nan
        return np.fromiter(map(codes.__getitem__, entries), float, len(entries))

    def restore(self, shares):
        """Return the level with the largest share of each row, None for NaN."""
        levels = np.empty(len(self.levels) + 1, dtype=object)
        levels[:-1] = self.levels
        missing = np.isnan(shares).any(axis=1)
        return levels[np.where(missing, -1, shares.argmax(axis=1))]


def _key(level):
    """Return what a level is looked up by: floats of any precision are the same."""
    return float(np.float32(level)) if isinstance(level, float) else level


def listed(levels):
    """Return some levels, to be read."""
    few = ", ".join(map(repr, levels[:FEW_LEVELS]))
    return few if len(levels) <= FEW_LEVELS else f"{few}, and {len(levels)} in all"
