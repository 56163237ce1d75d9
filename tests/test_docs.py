"""The examples of the README and the documentation run."""

# SPDX-License-Identifier: BSD-3-Clause

import re
import runpy
from pathlib import Path

import pytest
from sklearn.decomposition import PCA

from sk_autoencoder.metrics import reconstruction_r2

ROOT = Path(__file__).parents[1]


def first_example(page):
    """Return the first Python example of a page, with fewer epochs, in this process."""
    text = (ROOT / page).read_text()
    if page.endswith(".md"):
        code = re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1)
    else:
        block = re.search(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", text)
        code = re.sub(r"^   ", "", block.group(1), flags=re.MULTILINE)
    assert "random_state=0" in code
    code = code.replace("random_state=0", "random_state=0, max_iter=3")
    return code.replace("n_jobs=2", "n_jobs=1")


@pytest.mark.parametrize("page", ["README.md", "docs/user_guide.rst"])
def test_the_grid_search_prefers_the_autoencoder(page):
    names = {}
    exec(first_example(page), names)
    best = names["search"].best_params_["reduce"]
    assert type(best).__name__ == "AutoencoderTransformer"


def test_the_pipeline_of_the_first_page_gives_codes():
    names = {}
    exec(first_example("docs/index.rst"), names)
    assert names["codes"].shape == (1797, 8)


def test_the_network_of_the_user_guide_beats_pca():
    names = runpy.run_path(str(ROOT / "docs" / "own_network.py"))
    X, model = names["X"], names["model"]
    assert names["codes"].shape == (1797, 4)
    assert reconstruction_r2(model, X) > reconstruction_r2(PCA(4).fit(X), X) + 0.05
