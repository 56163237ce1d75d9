"""Counts of what the cases of a test came to."""

# SPDX-License-Identifier: BSD-3-Clause

from collections import Counter

tally = Counter()
