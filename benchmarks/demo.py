"""PCA against the autoencoder at several latent sizes, in one grid search."""

# SPDX-License-Identifier: BSD-3-Clause

import matplotlib

matplotlib.use("agg")  # draws to files, without a screen

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedShuffleSplit,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from benchmarks._data import load_mnist
from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.metrics import (
    neg_mean_squared_reconstruction_error,
    reconstruction_r2,
)

PIPELINE = Pipeline([("scale", MinMaxScaler()), ("reduce", PCA())])
MODELS = {
    "PCA": PCA(random_state=0),
    "autoencoder": AutoencoderTransformer(random_state=0),
}
COLORS = {"PCA": "tab:gray", "autoencoder": "tab:orange"}
SIZE_SHOWN = 8
N_MNIST = 6_000


def run(options):
    """Compare on digits and, given a data folder, on MNIST; no bar to miss."""
    X, y = load_digits(return_X_y=True)
    demonstrate("digits", X, y, (2, 4, 8, 16, 32), n_splits=3, out=options.out)
    if options.data is not None:
        X, y, *_ = load_mnist(options.data)
        X, y = X[:N_MNIST], y[:N_MNIST]
        demonstrate("MNIST", X, y, (2, 8, 32), n_splits=1, out=options.out)
    return []


def demonstrate(name, X, y, sizes, n_splits, out):
    """Print the table of one data set and save its two pictures."""
    splits = StratifiedShuffleSplit(n_splits, test_size=0.25, random_state=0)
    search = GridSearchCV(
        PIPELINE,
        {"reduce": list(MODELS.values()), "reduce__n_components": list(sizes)},
        scoring={
            "error": neg_mean_squared_reconstruction_error,
            "R2": reconstruction_r2,
            "accuracy": accuracy_on_codes,
        },
        refit=False,
        cv=splits,
        n_jobs=2,
    ).fit(X, y)
    table = results(search.cv_results_)
    print(f"\n{name}: {len(X)} images; means over {n_splits} held-out quarters.")
    print("accuracy: of 5 nearest neighbors on the codes.\n")
    print(table.round(4).to_string())

    plot_error(table, name, out / f"{name.lower()}_error.png")
    train, test = next(splits.split(X, y))
    plot_reconstructions(X[train], X[test], name, out / f"{name.lower()}_images.png")
    print(f"\nPictures: {out}/{name.lower()}_error.png and _images.png")


def accuracy_on_codes(estimator, X, y):
    """Return the cross-validated accuracy of a classifier on the codes of X."""
    codes = estimator.transform(X)
    return cross_val_score(KNeighborsClassifier(), codes, y, cv=5).mean()


def results(cv_results):
    """Return one row for each latent size and model."""
    names = {type(model): name for name, model in MODELS.items()}
    table = pd.DataFrame(
        {
            "n_components": cv_results["param_reduce__n_components"].astype(int),
            "model": [names[type(model)] for model in cv_results["param_reduce"]],
            "error": -cv_results["mean_test_error"],
            "R2": cv_results["mean_test_R2"],
            "fit seconds": cv_results["mean_fit_time"],
            "accuracy": cv_results["mean_test_accuracy"],
        }
    )
    return table.set_index(["n_components", "model"]).sort_index()


def plot_error(table, name, path):
    """Draw the held-out error against the latent size."""
    figure, ax = plt.subplots(figsize=(5, 3.5), layout="constrained")
    for model, error in table["error"].unstack().items():
        ax.plot(error.index, error, "o-", color=COLORS[model], label=model)
    ax.set_xscale("log", base=2)
    ax.set_xticks(error.index, error.index)
    ax.set_ylim(bottom=0)
    ax.set(
        xlabel="n_components",
        ylabel="mean squared error",
        title=f"{name}: held-out reconstruction",
    )
    ax.legend(frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def plot_reconstructions(X_train, X_test, name, path, n_images=10):
    """Draw held-out images over their reconstructions by both models."""
    images = {"original": X_test[:n_images]}
    for label, model in MODELS.items():
        reducer = clone(PIPELINE).set_params(
            reduce=clone(model), reduce__n_components=SIZE_SHOWN
        )
        codes = reducer.fit(X_train).transform(X_test[:n_images])
        images[label] = reducer.inverse_transform(codes)

    side = round(X_train.shape[1] ** 0.5)
    figure, axes = plt.subplots(
        len(images), n_images, figsize=(n_images * 0.8, 2.9), layout="constrained"
    )
    for row, (label, rows) in zip(axes, images.items(), strict=True):
        for ax, image in zip(row, rows, strict=True):
            ax.imshow(image.reshape(side, side), "gray_r", vmin=0, vmax=X_train.max())
            ax.set(xticks=[], yticks=[])
        row[0].set_ylabel(label, rotation=0, ha="right", va="center")
    figure.suptitle(f"{name}: held-out images from {SIZE_SHOWN} components")
    figure.savefig(path, dpi=120)
    plt.close(figure)
