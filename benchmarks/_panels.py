"""Pictures with a panel for each data set."""

# SPDX-License-Identifier: BSD-3-Clause

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt


def panels(names, n_columns=7):
    """Return a figure, and an ax for each name, with axes that all share."""
    n_columns = min(n_columns, len(names))
    n_rows = -(-len(names) // n_columns)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(1.9 * n_columns, 1.7 * n_rows + 0.6),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax in axes.flat[len(names) :]:
        ax.set_visible(False)
    for ax, name in zip(axes.flat, names, strict=False):
        ax.set_title(name, fontsize="medium")
    return figure, axes.flat[: len(names)]
