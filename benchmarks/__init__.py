"""Comparisons on real data: ``python -m benchmarks NAME``."""

# SPDX-License-Identifier: BSD-3-Clause
