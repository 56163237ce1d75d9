"""Image compression: bits against error, with PCA and the cosine transform.

Each method turns an image into coefficients, which are rounded to multiples of a step.
What they cost is what an ideal entropy coder would need for the test images that knows
how often each multiple came in training: minus the base 2 logarithm of these shares.
"""

# SPDX-License-Identifier: BSD-3-Clause

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.fft import dctn, idctn
from sklearn.decomposition import PCA

from benchmarks._data import draw, load_mnist
from benchmarks._scores import show
from sk_autoencoder import AutoencoderTransformer

N_TRAIN, N_TEST = 10_000, 2_000
SIZES = (8, 16, 32, 64)
STEPS = (0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 3.0)
RATES = (0.03, 0.06, 0.1, 0.2, 0.4)  # bits a pixel
BLOCKS = (7, 14, 28)  # sides of the blocks of the cosine transform


def run(options):
    """Print the table; there are no bars."""
    n_train = 2_000 if options.quick else N_TRAIN
    X, _, X_test, _ = load_mnist(options.data)
    X, X_test = draw(X, n_train), draw(X_test, N_TEST)
    points = pd.DataFrame(
        [
            {"method": method, "size": size} | point
            for method, size, encode, decode in contestants(X)
            for point in rates_and_errors(encode, decode, X, X_test)
        ]
    )
    points.to_json(options.out / "kinds_compression.json", orient="records", indent=1)
    table = pd.DataFrame(
        {
            rate: points[points["bits a pixel"] <= rate]
            .groupby("method")["error"]
            .min()
            for rate in RATES
        }
    )
    show(
        f"Compression: MNIST, {n_train:,} training images. Least mean squared error of "
        "a pixel, in\n1/1000 of its squared range, at so many bits a pixel or fewer "
        "(8 before compression).",
        1000 * table,
        digits=2,
    )
    path = options.out / "kinds_compression.png"
    plot(points, path)
    print(f"\nPicture: {path}")
    return []


def contestants(X):
    """Yield name, size, and the functions to coefficients and back."""
    for side in BLOCKS:
        yield "cosine transform", side, *cosine_transform(side)
    for k in SIZES:
        for name, model in (
            ("PCA", PCA(k, random_state=0)),
            ("autoencoder", AutoencoderTransformer(k, random_state=0)),
        ):
            model.fit(X)
            yield name, k, model.transform, model.inverse_transform


def cosine_transform(side):
    """Return the transform of square blocks of images, as in JPEG, and its inverse."""
    n_blocks = 28 // side

    def in_blocks(X):
        return X.reshape(-1, n_blocks, side, n_blocks, side)

    return (
        lambda X: dctn(in_blocks(X), axes=(2, 4), norm="ortho").reshape(len(X), -1),
        lambda C: idctn(in_blocks(C), axes=(2, 4), norm="ortho").reshape(len(C), -1),
    )


def rates_and_errors(encode, decode, X, X_test):
    """Yield the bits a pixel and the error for each step."""
    codes, test_codes = encode(X), encode(X_test)
    for step in STEPS:
        levels, test_levels = (
            np.round(values / step).astype(int) for values in (codes, test_codes)
        )
        error = np.square(decode((test_levels * step).astype(X.dtype)) - X_test).mean()
        yield {
            "step": step,
            "bits a pixel": bits(levels, test_levels) / X.shape[1],
            "error": float(error),
        }


def bits(levels, test_levels):
    """Return the mean cost of a test row, by the shares of levels in training."""
    total = 0.0
    for column, of_test in zip(levels.T, test_levels.T, strict=True):
        low = min(column.min(), of_test.min())
        n_levels = max(column.max(), of_test.max()) - low + 1
        counts = np.bincount(column - low, minlength=n_levels) + 0.5  # none is free
        shares = counts / counts.sum()
        total -= np.log2(shares[of_test - low]).mean()
    return total


def plot(points, path):
    """Draw the error against the bits: of each method, what no other size beats."""
    figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    for method, of_method in points.groupby("method", sort=False):
        of_method = of_method.sort_values("bits a pixel")
        best = of_method[of_method["error"] <= of_method["error"].cummin()]
        ax.plot(best["bits a pixel"], best["error"], "o-", ms=3, label=method)
    ax.set(
        xscale="log", yscale="log", xlabel="bits a pixel", ylabel="mean squared error"
    )
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
