"""Which entries of rows are known: those that are not NaN."""

# SPDX-License-Identifier: BSD-3-Clause


def known_entries(x):
    """Return which entries of rows are known, a tensor of bool, or None if all are."""
    return ~x.isnan() if _may_lack(x) else None


def fill_unknown(x):
    """Return rows with zeros instead of NaN: the same tensor if there are none."""
    return x.nan_to_num(nan=0.0) if _may_lack(x) else x


def _may_lack(x):
    """Return whether an entry may be NaN, by the sum alone, which is quick."""
    return bool(x.sum().isnan())
