"""The data: rows of arrays, a block at a time, standardized and checked."""

# SPDX-License-Identifier: BSD-3-Clause

from sk_autoencoder.data._broken import without_broken_values
from sk_autoencoder.data._entries import is_frame, missing_entries, series_of
from sk_autoencoder.data._histories import hold_out_items
from sk_autoencoder.data._padding import (
    check_padding,
    fill_with_means,
)
from sk_autoencoder.data._ranks import best_items, gained_by, ndcg_of_users
from sk_autoencoder.data._read_table import table_of
from sk_autoencoder.data._rows import (
    Late,
    affordable,
    block_slices,
    blocks,
    is_read_late,
    map_blocks,
    padded,
    part_of,
    prepared,
    some_rows,
)
from sk_autoencoder.data._sequences import (
    SequenceLayout,
    WindowFeatures,
    standardizers,
)
from sk_autoencoder.data._sparse import SparseRows
from sk_autoencoder.data._standardizer import Standardizer
from sk_autoencoder.data._table import Table, with_columns
from sk_autoencoder.data._validation import (
    check_domain,
    check_finite,
    check_peak,
    has_nan,
    lacks_entries,
    ravel_samples,
)

__all__ = [
    "Late",
    "SequenceLayout",
    "SparseRows",
    "Standardizer",
    "Table",
    "WindowFeatures",
    "affordable",
    "best_items",
    "block_slices",
    "blocks",
    "check_domain",
    "check_finite",
    "check_padding",
    "check_peak",
    "fill_with_means",
    "gained_by",
    "has_nan",
    "hold_out_items",
    "is_frame",
    "is_read_late",
    "lacks_entries",
    "map_blocks",
    "missing_entries",
    "ndcg_of_users",
    "padded",
    "part_of",
    "prepared",
    "ravel_samples",
    "series_of",
    "some_rows",
    "standardizers",
    "table_of",
    "with_columns",
    "without_broken_values",
]
