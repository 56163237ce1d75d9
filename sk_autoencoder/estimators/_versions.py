"""The versions that a pickle was made with."""

# SPDX-License-Identifier: BSD-3-Clause

import warnings

import sklearn
import torch
from sklearn.exceptions import InconsistentVersionWarning

from sk_autoencoder._version import __version__

VERSIONS = {
    "sk_autoencoder": __version__,
    "scikit-learn": sklearn.__version__,
    "torch": torch.__version__.partition("+")[0],  # the rest names the build
}


def check_versions(name, versions):
    """Warn where what is loaded was saved by other versions.

    Parameters
    ----------
    name : str
        What is loaded.

    versions : dict of str to str
        The versions that it was saved by.

    Warns
    -----
    InconsistentVersionWarning
        For each package of another version.
    """
    for package, now in VERSIONS.items():
        then = versions.get(package, "unknown")
        if then != now:
            warnings.warn(
                InconsistentVersionWarning(
                    estimator_name=name,
                    current_sklearn_version=f"{now} of {package}",
                    original_sklearn_version=f"{then} of {package}",
                ),
                stacklevel=3,
            )
