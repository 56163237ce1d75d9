"""Tables with missing values: how well they are filled in, and what they cost."""

# SPDX-License-Identifier: BSD-3-Clause

from benchmarks.tables import imputation, outliers


def run(options):
    """Run all of it and return the bars that are missed."""
    return [bar for part in (imputation, outliers) for bar in part.run(options)]
