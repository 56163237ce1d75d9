"""Imports run one way: what is below knows nobody above."""

# SPDX-License-Identifier: BSD-3-Clause

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sk_autoencoder"

# Each folder or module, and what it may import of the others.
MAY_IMPORT = {
    "_version": set(),
    "data": set(),
    "networks": set(),
    "training": {"data", "networks"},
    "model": {"data", "networks"},
    "starts": {"data", "networks", "training"},
    "scoring": {"data", "networks", "model"},
    "estimators": {
        "_version",
        "data",
        "networks",
        "training",
        "model",
        "starts",
        "scoring",
        "metrics",
        "sequences",
    },
    "interactions": {"data"},
    "metrics": {"data"},
    "generation": set(),
    "plotting": {"metrics"},
    "sequences": set(),
    "__init__": {"_version", "estimators"},
}


def owner(path):
    """Return the folder or the module at the top of the package that a file is in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """Yield the folders and modules of the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        assert not getattr(node, "level", 0), f"{path} imports by a relative path"
        for name in names:
            parts = name.split(".")
            if parts[0] == "sk_autoencoder":
                yield parts[1] if len(parts) > 1 else "__init__"


@pytest.mark.parametrize(
    "path",
    sorted(PACKAGE.rglob("*.py")),
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_imports_run_one_way(path):
    of_others = set(imported(path)) - {owner(path)}
    assert of_others <= MAY_IMPORT[owner(path)]


def test_the_map_has_each_folder_and_nothing_else():
    assert set(MAY_IMPORT) == {owner(path) for path in PACKAGE.rglob("*.py")}


def test_no_folder_can_be_reached_from_itself():
    for start in MAY_IMPORT:
        reached, new = set(), set(MAY_IMPORT[start])
        while new:
            reached |= new
            new = set().union(*(MAY_IMPORT[name] for name in new)) - reached
        assert start not in reached
