"""The data of the benchmarks."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
from sklearn.datasets import (
    fetch_openml,
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
)

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
