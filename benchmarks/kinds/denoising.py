"""Restored images: the denoising autoencoder against PCA and KernelPCA."""

# SPDX-License-Identifier: BSD-3-Clause

import time
from typing import NamedTuple

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import ParameterGrid, train_test_split

from benchmarks._data import draw, load_mnist
from benchmarks._kernel_pca import median_gamma, reconstructor
from benchmarks._scores import show
from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.networks import BlockMasking, GaussianNoise

NOISE = 0.25  # standard deviation, in units of the range of a pixel
SEEDS = (0, 1, 2)
N_TRAIN, N_TEST = 10_000, 2_000
PCA_SIZES = (4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256)

# Kernel widths, as multiples of one over the median squared distance, and ridges.
KERNEL_GRID = {
    "n_components": (50, 200, 400),
    "width": (0.1, 0.3, 1.0, 3.0),
    "alpha": (1e-3, 1e-2, 1e-1),
}
N_ROWS_KERNEL = 2_000

# What a block hides has to be guessed from what is around it, as convolutions see it,
# and that takes some epochs to be better than PCA.
FOR_MNIST = {
    "Gaussian noise": {"n_components": 128},
    "masked block": {
        "n_components": 64,
        "network": "conv",
        "sample_shape": (1, 28, 28),
        "max_iter": 30,
        "n_iter_no_change": np.inf,
    },
}
LARGEST_RATIO = 0.7


class Images(NamedTuple):
    """Images as rows in [0, 1], and what is to be learned from them."""

    train: np.ndarray
    test: np.ndarray
    shape: tuple
    block: int  # its side
    settings: dict  # of the autoencoder, by task


def run(options):
    """Print the table and return the bars that are missed."""
    seeds = SEEDS[:1] if options.quick else SEEDS
    rows, pictures = [], {}
    for name, images in load(options).items():
        for task in TASKS:
            for seed in seeds:
                row, restored = compare(images, task, seed)
                rows.append({"data": name, "task": task, "seed": seed} | row)
                pictures.setdefault((name, task), (images.shape, restored))
            print(f"{name}, {task}: done", flush=True)
    fits = pd.DataFrame(rows)
    fits.to_json(options.out / "kinds_denoising.json", orient="records", indent=1)
    table = fits.drop(columns="seed").groupby(["data", "task"], sort=False).median()
    table["largest ratio"] = fits.groupby(["data", "task"])["ratio"].max()
    show(
        "Restored images: mean squared error to the clean ones; medians of "
        f"{len(seeds)} seeds.\nratio: to PCA at its best number of components.\n"
        f"Gaussian noise: {NOISE} of the range.",
        table,
        digits=4,
    )
    path = options.out / "kinds_denoising.png"
    plot(pictures, path)
    print(f"\nPicture: {path}")
    return missed_bars(table)


def load(options):
    """Return digits and MNIST, split into training and test images."""
    train, test = train_test_split(
        load_digits().data.astype(np.float32) / 16, test_size=0.25, random_state=0
    )
    settings = {task: {"n_components": 48} for task in TASKS}
    data = {"digits": Images(train, test, (8, 8), block=3, settings=settings)}
    if not options.quick:
        train, _, test, _ = load_mnist(options.data)
        train, test = draw(train, N_TRAIN), draw(test, N_TEST)
        data["MNIST"] = Images(train, test, (28, 28), block=10, settings=FOR_MNIST)
    return data


# ------------------------------------------------------------------ the corruptions


def add_noise(images, X, seed):
    """Return noisy images, and the corruption, to train against."""
    rng = np.random.default_rng(seed)
    noisy = X + NOISE * rng.standard_normal(X.shape, dtype=np.float32)
    scale = np.sqrt(images.train.var(axis=0).mean())  # what ours divides by
    return noisy, GaussianNoise(NOISE / float(scale))


def mask_block(images, X, seed):
    """Return images with a block set to the mean, and the corruption."""
    corruption = BlockMasking(images.shape, images.block)
    mean = images.train.mean(axis=0)
    centered = torch.from_numpy(X - mean)
    generator = torch.Generator().manual_seed(seed)
    hidden = corruption.corrupt(centered, generator=generator)
    return hidden.numpy() + mean, corruption


TASKS = {"Gaussian noise": add_noise, "masked block": mask_block}


# ------------------------------------------------------------------ the contestants


def compare(images, task, seed):
    """Return errors and seconds, and some restored images."""
    spoil = TASKS[task]
    spoiled, corruption = spoil(images, images.test, seed)
    kept, judged = train_test_split(images.train, test_size=0.1, random_state=seed)
    judged_spoiled, _ = spoil(images, judged, seed + 1000)
    row, restored = {}, {"clean": images.test, "spoiled": spoiled}

    def judge(name, reconstruct):
        restored[name] = reconstruct(spoiled)
        row[name] = float(np.square(restored[name] - images.test).mean())

    pcas = [
        PCA(k, random_state=seed).fit(images.train)
        for k in PCA_SIZES
        if k < images.train.shape[1]
    ]
    best = min(  # PCA gets the benefit: its best size is chosen on the test images
        pcas, key=lambda pca: np.square(through(pca, spoiled) - images.test).mean()
    )
    judge("PCA", lambda X: through(best, X))
    start = time.perf_counter()
    kernel_pca = best_kernel_pca(kept, judged, judged_spoiled, seed)
    row["KernelPCA seconds"] = time.perf_counter() - start
    judge("KernelPCA", kernel_pca)
    start = time.perf_counter()
    model = AutoencoderTransformer(
        **images.settings[task], corruption=corruption, random_state=seed
    ).fit(images.train)
    row["autoencoder seconds"] = time.perf_counter() - start
    judge("autoencoder", model.reconstruct)
    row |= {
        "PCA's components": best.n_components_,
        "ratio": row["autoencoder"] / row["PCA"],
        "over KernelPCA": row["autoencoder"] / row["KernelPCA"],
    }
    return row, {name: X[:8] for name, X in restored.items()}


def through(model, X):
    return model.inverse_transform(model.transform(X))


def best_kernel_pca(kept, judged, judged_spoiled, seed):
    """Return what kernel PCA makes of rows, its parameters chosen on held-out rows."""
    rows = kept[:N_ROWS_KERNEL]  # in random order
    gamma = median_gamma(rows)

    def fit(n_components, width, alpha):
        return reconstructor(
            rows, n_components, width * gamma, alpha, seed, eigen_solver="randomized"
        )

    judged, judged_spoiled = judged[:1000], judged_spoiled[:1000]
    best = min(
        ParameterGrid(KERNEL_GRID),
        key=lambda params: np.square(fit(**params)(judged_spoiled) - judged).mean(),
    )
    return fit(**best)


def missed_bars(table):
    """Return the bars that are missed."""
    missed = []
    for (data, task), row in table.iterrows():
        if row["ratio"] > LARGEST_RATIO:
            missed.append(
                f"{data}, {task}: {row['ratio']:.3f} of PCA's error; at most "
                f"{LARGEST_RATIO}"
            )
        if row["over KernelPCA"] >= 1:
            missed.append(
                f"{data}, {task}: {row['over KernelPCA']:.3f} of KernelPCA's error"
            )
    return missed


def plot(pictures, path):
    """Draw a block of rows for each task: clean, spoiled and restored images."""
    figure, axes = plt.subplots(
        1, len(pictures), figsize=(4.2 * len(pictures), 3), layout="constrained"
    )
    for ax, ((data, task), (shape, restored)) in zip(
        np.atleast_1d(axes), pictures.items(), strict=True
    ):
        rows = [
            np.hstack(np.pad(X.reshape(-1, *shape), ((0, 0), (1, 1), (1, 1))))
            for X in restored.values()
        ]
        ax.imshow(np.vstack(rows), "gray_r", vmin=0, vmax=1)
        ax.set_yticks((np.arange(len(rows)) + 0.5) * (shape[0] + 2) - 0.5, restored)
        ax.set(xticks=[], title=f"{data}, {task}")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
