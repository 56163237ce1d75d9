"""Tables: missing values, columns of levels, synthetic rows."""

# SPDX-License-Identifier: BSD-3-Clause

from benchmarks.tables import codes, imputation, mixed_imputation, outliers, synthesis

PARTS = (imputation, mixed_imputation, outliers, synthesis, codes)


def run(options):
    """Run all of it and return the bars that are missed."""
    return [bar for part in PARTS for bar in part.run(options)]
