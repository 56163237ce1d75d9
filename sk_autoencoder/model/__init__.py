"""The fitted model: arrays in and arrays out."""

# SPDX-License-Identifier: BSD-3-Clause
