"""The examples of the user guide run."""

# SPDX-License-Identifier: BSD-3-Clause

import runpy
from pathlib import Path

from sklearn.decomposition import PCA

from sk_autoencoder.metrics import reconstruction_r2

DOCS = Path(__file__).parents[1] / "docs"


def test_the_network_of_the_user_guide_beats_pca():
    names = runpy.run_path(str(DOCS / "own_network.py"))
    X, model = names["X"], names["model"]
    assert names["codes"].shape == (1797, 4)
    assert isinstance(
        model.net_.module_.encoder[0].correction.module, names["nn"].Module
    )
    assert reconstruction_r2(model, X) > reconstruction_r2(PCA(4).fit(X), X) + 0.05
