"""The data: rows of arrays, a block at a time, standardized and checked."""

# SPDX-License-Identifier: BSD-3-Clause
