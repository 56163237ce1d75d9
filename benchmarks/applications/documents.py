"""Codes of documents, against truncated SVD: docstrings of scientific packages."""

# SPDX-License-Identifier: BSD-3-Clause

import ast
import importlib.util
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from benchmarks._memory import MIB, STATUS, peak
from benchmarks._scores import show
from benchmarks._threads import one_thread
from sk_autoencoder import AutoencoderTransformer

PACKAGES = ("numpy", "scipy", "sklearn", "pandas", "torch")

# Of a subpackage so many documents at least, of so many words each.
DOCUMENTS, WORDS = 50, 40

N_TEST, N_NEAREST = 1_000, 10
N_COMPONENTS, SEEDS = (10, 30), (0, 1, 2)
# Less than the defaults, 1,024 units and 60 epochs, which take six times as long.
PARAMS = {"hidden_layer_sizes": 256, "max_iter": 10}
OURS, START, PEER = "ours", "start of ours", "TruncatedSVD"

# Rows, columns and the words of a row of the large matrix, and the most MiB.
LARGE, MOST_MIB = (20_000, 50_000, 100), 2048


def run(options):
    """Print the tables and return the bars that are missed."""
    texts, labels = docstrings()
    print(f"{len(texts)} documents of {len(set(labels))} subpackages")
    seeds = SEEDS[:1] if options.quick else SEEDS
    rows = [
        row
        for seed in seeds
        for n_components in N_COMPONENTS
        for row in measure(texts, labels, n_components, seed)
    ]
    scores = pd.DataFrame(rows)
    scores.to_json(options.out / "documents.json", orient="records", indent=1)
    table = scores.pivot_table(
        index="n_components",
        columns="method",
        values="precision",
        aggfunc=["mean", "std"],
    )
    show(f"Of the {N_NEAREST} nearest, the share of the same subpackage", table, 3)
    means = scores.groupby("method")["precision"].mean()
    missed = []
    if means[OURS] < means[PEER]:
        missed.append(f"precision {means[OURS]:.3f}, TruncatedSVD {means[PEER]:.3f}")
    if options.quick or not STATUS.exists():
        return missed
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        large = pool.submit(measure_large).result()
    show("A large matrix of counts, two epochs", large, 0)
    return missed + [
        f"{row} of {LARGE[0]} x {LARGE[1]} counts takes {mib:.0f} MiB"
        for row, mib in large["peak MiB"].items()
        if mib > MOST_MIB
    ]


def docstrings():
    """Return the documents, each once, and the subpackage of each."""
    found = {}
    for package in PACKAGES:
        root = Path(importlib.util.find_spec(package).origin).parent
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).parts
            if len(parts) < 2 or "tests" in parts or parts[0].startswith("_"):
                continue
            for text in docstrings_of(path):
                if len(text.split()) >= WORDS:
                    found.setdefault(text, f"{package}.{parts[0]}")
    labels = pd.Series(found)
    labels = labels[labels.map(labels.value_counts()) >= DOCUMENTS]
    return labels.index.to_numpy(), labels.to_numpy()


def docstrings_of(path):
    """Yield the docstrings of the functions and classes of a file, if it is Python."""
    try:
        tree = ast.parse(path.read_text(encoding="utf8"))
    except SyntaxError:  # of a later version
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield ast.get_docstring(node) or ""


def measure(texts, labels, n_components, seed):
    """Return how well codes of each method find documents of the same subpackage."""
    train, test, of_train, of_test = train_test_split(
        texts, labels, test_size=N_TEST, random_state=seed, stratify=labels
    )
    vectorizer = make_pipeline(
        CountVectorizer(min_df=5, stop_words="english", dtype=np.float32),
        TfidfTransformer(sublinear_tf=True),
    )
    X_train, X_test = vectorizer.fit_transform(train), vectorizer.transform(test)
    rows = []
    with one_thread():
        for method, model in models(n_components, seed).items():
            unit = make_pipeline(model, Normalizer())
            codes = unit.fit_transform(X_train)
            similar = unit.transform(X_test) @ codes.T
            nearest = np.argpartition(-similar, N_NEAREST, axis=1)[:, :N_NEAREST]
            precision = (of_train[nearest] == of_test[:, None]).mean()
            rows.append({"n_components": n_components, "seed": seed})
            rows[-1] |= {"method": method, "precision": precision}
    print(f"{n_components} components, seed {seed}: done", flush=True)
    return rows


def models(n_components, seed):
    """Return the methods by name."""
    return {
        OURS: AutoencoderTransformer(n_components, random_state=seed, **PARAMS),
        START: AutoencoderTransformer(n_components, max_iter=0, random_state=seed),
        PEER: TruncatedSVD(n_components, n_iter=10, random_state=seed),
    }


def measure_large():
    """Return the peak memory of a fit and a transform; runs in a fresh process."""
    X = word_counts(*LARGE)
    AutoencoderTransformer(2, max_iter=1).fit(X[:100, :100])  # loads all
    model = AutoencoderTransformer(20, loss="multinomial", max_iter=2, random_state=0)
    with one_thread():
        peaks = {
            "fit": peak(lambda: model.fit(X)) / MIB,
            "transform": peak(lambda: model.transform(X)) / MIB,
        }
    return pd.Series(peaks).to_frame("peak MiB")


def word_counts(n_rows, n_columns, n_words):
    """Return counts of words of twenty topics, which are frequent as one over rank."""
    rng = np.random.default_rng(0)
    logs = 1.5 * rng.normal(size=(20, n_columns)) - np.log(np.arange(1, n_columns + 1))
    sums = np.exp(logs).cumsum(axis=1)
    sums /= sums[:, -1:]
    topics = rng.integers(20, size=n_rows)
    words = [sums[topic].searchsorted(rng.uniform(size=n_words)) for topic in topics]
    ones = np.ones(n_rows * n_words, dtype=np.float32)
    index = np.arange(n_rows).repeat(n_words), np.concatenate(words)
    return csr_array((ones, index), shape=(n_rows, n_columns))
