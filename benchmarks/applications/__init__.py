"""Further uses: recommendation, forecasts, documents."""

# SPDX-License-Identifier: BSD-3-Clause

from benchmarks.applications import documents, forecasts, recommendation

PARTS = (recommendation, forecasts, documents)


def run(options):
    """Run all of it and return the bars that are missed."""
    return [bar for part in PARTS for bar in part.run(options)]
