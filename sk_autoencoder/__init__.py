"""Autoencoders as scikit-learn estimators, trained with PyTorch and skorch."""

# SPDX-License-Identifier: BSD-3-Clause

__version__ = "0.1.0.dev0"
