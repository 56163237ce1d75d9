"""Run one benchmark: ``python -m benchmarks NAME [--data DIR] [--out DIR] ...``."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import importlib
import sys
from pathlib import Path

BENCHMARKS = {
    "demo": "PCA against the autoencoder in one grid search, with pictures",
    "pca": "held-out reconstruction against PCA over data sets and latent sizes",
    "speed": "seconds against a hand-written torch loop, skorch and MLPRegressor",
    "mnist": "MNIST, 10,000 training images and 30 components, against PCA",
}


def main():
    """Parse the command line and run the benchmark it names."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:6} {text}" for name, text in BENCHMARKS.items()),
    )
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument("--data", type=Path, help="folder with mnist.npz")
    parser.add_argument(
        "--out", type=Path, default=Path("benchmark_output"), help="folder for results"
    )
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 where a bar is missed"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    missed = importlib.import_module(f"benchmarks.{options.name}").run(options)
    for bar in missed:
        print(f"MISSED: {bar}")
    if options.check and not missed:
        print("All bars are met.")
    sys.exit(bool(options.check and missed))


if __name__ == "__main__":
    main()
