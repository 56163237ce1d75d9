"""MNIST in 30 components: the table of Hinton and Salakhutdinov (Science, 2006)."""

# SPDX-License-Identifier: BSD-3-Clause

import time

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from benchmarks._data import load_mnist
from benchmarks._scores import show
from sk_autoencoder import AutoencoderTransformer

N_COMPONENTS = 30
PUBLISHED = {"PCA": 13.87, "Hinton and Salakhutdinov": 3.00}
CONFIGURATION = dict(
    hidden_layer_sizes=(1024, 512, 256),
    alpha=0.5,
    learning_rate_init=0.005,
    max_iter=34,
    validation_fraction=0.02,
)
# Error and seconds of the fit.
BARS = {"defaults": (4.0, 120.0), "configuration": (3.0, 300.0)}
N_QUICK = 5_000


def run(options):
    """Print the table and return the bars that are missed."""
    X_train, _, X_test, y_test = load_mnist(options.data)
    if options.quick:
        X_train = X_train[:N_QUICK]
    models = {
        "PCA": PCA(N_COMPONENTS, random_state=0),
        "defaults": AutoencoderTransformer(N_COMPONENTS, random_state=0),
        "configuration": AutoencoderTransformer(
            N_COMPONENTS, random_state=0, **CONFIGURATION
        ),
    }
    rows = {name: {"published": error} for name, error in PUBLISHED.items()}
    images = {"original": X_test}
    for name, model in models.items():
        start = time.perf_counter()
        model.fit(X_train)
        seconds = time.perf_counter() - start
        images[name] = model.inverse_transform(model.transform(X_test))
        error = float(((X_test - images[name]) ** 2).sum(axis=1).mean())
        rows.setdefault(name, {}).update({"error": error, "fit seconds": seconds})
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.to_json(options.out / "mnist.json", orient="index", indent=1)
    show(
        f"Squared error of an image in [0, 1], mean of {len(X_test)} test images; "
        f"{len(X_train)} training images, {N_COMPONENTS} components.\n"
        f"configuration: {CONFIGURATION}",
        table,
        digits=2,
    )
    one_of_each = np.unique(y_test, return_index=True)[1]
    path = options.out / "mnist.png"
    plot({name: rows[one_of_each] for name, rows in images.items()}, path)
    print(f"\nPicture: {path}")
    return [
        f"{name}: {column} {table.loc[name, column]:.2f}, not below {bar:g}"
        for name, bars in BARS.items()
        for column, bar in zip(("error", "fit seconds"), bars, strict=True)
        if table.loc[name, column] >= bar
    ]


def plot(images, path):
    """Draw one row of images for each entry."""
    n_images = len(images["original"])
    figure, axes = plt.subplots(
        len(images), n_images, figsize=(n_images * 0.8, 3.6), layout="constrained"
    )
    for row, (name, digits) in zip(axes, images.items(), strict=True):
        for ax, image in zip(row, digits, strict=True):
            ax.imshow(image.reshape(28, 28), "gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.suptitle(f"MNIST: test images from {N_COMPONENTS} components")
    figure.savefig(path, dpi=120)
    plt.close(figure)
