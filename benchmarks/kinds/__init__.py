"""The kinds of autoencoders at their tasks, each against its classical rival."""

# SPDX-License-Identifier: BSD-3-Clause

from importlib import import_module

PARTS = (
    "variational",
    "convolutional",
    "sequence",
    "denoising",
    "generation",
    "compression",
)


def run(options):
    """Run all parts and return the bars that are missed."""
    missed = []
    for part in PARTS:
        missed += import_module(f"benchmarks.kinds.{part}").run(options)
    return missed
