"""The data of the benchmarks."""

# SPDX-License-Identifier: BSD-3-Clause

from functools import partial

import numpy as np
from sklearn.datasets import (
    fetch_openml,
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
)
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SMALL = {
    "digits": load_digits,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "diabetes": load_diabetes,
}


def load_mnist(folder=None):
    """Return MNIST's training and test images, as rows in [0, 1], and their labels.

    Parameters
    ----------
    folder : Path or None, default=None
        Where ``mnist.npz`` lies (arrays x_train, y_train, x_test, y_test). None
        downloads the data from OpenML, to scikit-learn's data folder.

    Returns
    -------
    X_train, y_train, X_test, y_test : ndarray
        60,000 and 10,000 images of 784 pixels in float32, with their digits.
    """
    if folder is None:
        X, y = fetch_openml("mnist_784", return_X_y=True, as_frame=False, parser="auto")
        images, labels = (X[:60_000], X[60_000:]), (y[:60_000], y[60_000:])
    else:
        with np.load(folder / "mnist.npz") as file:
            images = file["x_train"], file["x_test"]
            labels = file["y_train"], file["y_test"]
    X_train, X_test = (x.reshape(len(x), -1).astype(np.float32) / 255 for x in images)
    y_train, y_test = (y.astype(int) for y in labels)
    return X_train, y_train, X_test, y_test


def load_adbench(folder, labels=False):
    """Return the rows of the data sets of ADBench, by name.

    Parameters
    ----------
    folder : Path
        Where the folder ``adbench`` lies, with files like ``30_satellite.npz``.

    labels : bool, default=False
        Whether to return labels too.

    Returns
    -------
    tables : dict of str to ndarray, or to tuple of ndarray
        Rows in float64; with `labels`, and whether each is an outlier.
    """
    tables = {}
    for path in sorted((folder / "adbench").glob("*.npz")):
        with np.load(path) as file:
            X = file["X"].astype(np.float64)
            is_outlier = file["y"].ravel() == 1
        tables[path.stem.lstrip("0123456789_")] = (X, is_outlier) if labels else X
    return tables


def outlier_split(X, is_outlier, setting, seed, n_rows):
    """Return what a detector is fitted on and what it is to score.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        All rows.

    is_outlier : ndarray of bool of shape (n_samples,)
        Their labels.

    setting : {"unsupervised", "semi-supervised"}
        Whether all rows are fitted and scored, or a random half of the inliers is
        fitted and the rest scored.

    seed : int
        Determines the rows.

    n_rows : int
        Of more rows, so many are drawn.

    Returns
    -------
    train, test : ndarray
        Rows, standardized by those to fit. The same array if unsupervised.

    is_outlier : ndarray of bool
        The labels of `test`.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(X))[:n_rows]
    X, is_outlier = X[chosen], is_outlier[chosen]
    if setting == "unsupervised":
        X = StandardScaler().fit_transform(X)
        return X, X, is_outlier
    inliers = np.flatnonzero(~is_outlier)  # in random order
    fitted = np.isin(np.arange(len(X)), inliers[: len(inliers) // 2])
    scaler = StandardScaler().fit(X[fitted])
    train, test = (scaler.transform(X[rows]) for rows in (fitted, ~fitted))
    return train, test, is_outlier[~fitted]


def load_splits(options, n_rows, n_images):
    """Return all data sets at hand, each as a function that holds out rows.

    Parameters
    ----------
    options : Namespace
        Without ``options.data``, or with ``options.quick``, only the small data sets
        of scikit-learn are at hand.

    n_rows : int
        Of tables with more rows, so many are drawn.

    n_images : tuple of two int
        How many training and test images of MNIST are drawn.

    Returns
    -------
    splits : dict of str to callable
        From a seed to training and test rows in float32. Tables are standardized and
        lose a quarter; MNIST has pixels in [0, 1] and one split for all seeds.
    """
    tables = {name: load().data for name, load in SMALL.items()}
    if options.data is None:
        print("Without --data: only the small data sets, not ADBench and MNIST.")
    if options.data is None or options.quick:
        return {name: partial(hold_out, X) for name, X in tables.items()}
    adbench = load_adbench(options.data)
    tables |= {f"ADBench {name}": draw(X, n_rows) for name, X in adbench.items()}
    X_train, _, X_test, _ = load_mnist(options.data)
    images = [draw(X, n) for X, n in zip((X_train, X_test), n_images, strict=True)]
    return {
        **{name: partial(hold_out, X) for name, X in tables.items()},
        "MNIST": partial(_given, *images),
    }


def draw(X, n_rows):
    """Return at most `n_rows` rows, the same at each call."""
    if len(X) <= n_rows:
        return X
    return X[np.random.default_rng(0).choice(len(X), n_rows, replace=False)]


def hold_out(X, seed):
    """Return three quarters of the rows and one quarter, standardized by the former."""
    X_train, X_test = train_test_split(X, test_size=0.25, random_state=seed)
    scaler = StandardScaler().fit(X_train)
    return tuple(scaler.transform(x).astype(np.float32) for x in (X_train, X_test))


def _given(X_train, X_test, seed):
    return X_train, X_test
