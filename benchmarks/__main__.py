"""Run one benchmark: ``python -m benchmarks NAME [--data DIR] [--out DIR] ...``."""

# SPDX-License-Identifier: BSD-3-Clause

import argparse
import importlib
import sys
from pathlib import Path

BENCHMARKS = {
    "demo": "PCA against the autoencoder in one grid search, with pictures",
    "pca": "held-out reconstruction against PCA, KernelPCA and plain autoencoders",
    "small": "few rows: the choice out of fold, against PCA and its nonlinear peers",
    "ordered": "one fit for every latent size, against a fit of each and PCA",
    "time_to_quality": "held-out error against seconds, ours and plain autoencoders",
    "speed": "seconds against a hand-written torch loop, skorch and MLPRegressor",
    "kinds": "all kinds of autoencoders at their tasks, one after the other:",
    "kinds.variational": "held-out log-likelihood against probabilistic PCA",
    "kinds.convolutional": "images, against the dense network",
    "kinds.sequence": "series, against PCA",
    "kinds.denoising": "denoising and inpainting against PCA and KernelPCA",
    "kinds.generation": "a classifier that learns from samples",
    "kinds.compression": "bits against error, with PCA and the cosine transform",
    "counts": "counts and bits: losses with a link, against PCA and the start",
    "outliers": "ADBench, against the detectors of scikit-learn and PyOD",
    "tables": "tables, one part after the other:",
    "tables.imputation": "against the imputers of scikit-learn",
    "tables.mixed_imputation": "the same with columns of levels",
    "tables.outliers": "what gaps cost the detector on ADBench",
    "tables.synthesis": "synthetic rows against ARF, TVAE and CTGAN",
    "tables.codes": "codes of mixed tables as features, against FAMD",
    "applications": "applications, one part after the other:",
    "applications.recommendation": "MovieLens 100K, against EASE, iALS, RecVAE, ...",
    "applications.documents": "documents as sparse counts, against TruncatedSVD",
    "applications.forecasts": "real series, against ridge regression and others",
    "mnist": "the table of Hinton and Salakhutdinov (2006): MNIST, 30 components",
}


def main():
    """Parse the command line and run the benchmark it names."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:28} {text}" for name, text in BENCHMARKS.items()),
    )
    parser.add_argument("name", choices=BENCHMARKS)
    parser.add_argument(
        "--data", type=Path, help="folder with mnist.npz, adbench, ml-100k"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("benchmark_output"), help="folder for results"
    )
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 where a bar is missed"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="fewer, smaller cases: for a look, not for the bars",
    )
    parser.add_argument(
        "--published-protocol",
        action="store_true",
        help="outliers as they were resampled for the published figures, beside these",
    )
    part = parser.add_argument_group(
        "a part of small or ordered, whose full run takes long"
    )
    part.add_argument("--tables", nargs="+", help="names; small adds Gaussian data")
    part.add_argument("--n-rows", nargs="+", type=int, help="training rows, of small")
    part.add_argument("--n-splits", type=int, help="random splits, or seeds")
    options = parser.parse_args()
    is_part = any([options.tables, options.n_rows, options.n_splits])
    if is_part and options.name not in ("small", "ordered"):
        parser.error("--tables, --n-rows and --n-splits are for small and ordered")
    if options.check and (options.quick or is_part):
        parser.error("--check needs the full run")
    options.out.mkdir(parents=True, exist_ok=True)
    missed = importlib.import_module(f"benchmarks.{options.name}").run(options)
    if options.quick or is_part:
        sys.exit()  # the bars are for the full run
    for bar in missed:
        print(f"MISSED: {bar}")
    if options.check and not missed:
        print("All bars are met.")
    sys.exit(bool(options.check and missed))


if __name__ == "__main__":
    main()
