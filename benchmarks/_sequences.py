"""Series that the package aeon ships, read from its wheel.

Only the data: aeon itself needs older versions of some packages than the others here.
"""

# SPDX-License-Identifier: BSD-3-Clause

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
from sklearn.datasets import get_data_home

WHEEL = "aeon==1.6.0"


def load_sequences(names):
    """Return equally long series, by name, without their labels.

    Parameters
    ----------
    names : tuple of str
        Data sets of aeon. Its wheel is downloaded, once, to scikit-learn's data folder.

    Returns
    -------
    series : dict of str to ndarray of shape (n_series, time, channels)
        Training and test series together.
    """
    folder = Path(get_data_home()) / "aeon"
    if not list(folder.glob("*.whl")):
        command = "-m pip download --quiet --no-deps --only-binary :all: --dest"
        subprocess.run(
            [sys.executable, *command.split(), str(folder), WHEEL], check=True
        )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: np.concatenate(
                [
                    _parse(archive.read(f"aeon/datasets/data/{name}/{name}_{part}.ts"))
                    for part in ("TRAIN", "TEST")
                ]
            )
            for name in names
        }


def _parse(text):
    """Return the series of a ``.ts`` file: a line each, channels between colons."""
    _, _, lines = text.decode().partition("@data")
    series = [
        [channel.split(",") for channel in line.split(":")[:-1]]  # the last is a label
        for line in lines.split()
    ]
    return np.asarray(series, dtype=np.float32).transpose(0, 2, 1)
