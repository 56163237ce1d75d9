"""Counts and bits: losses with a link, against PCA and the start.

The Poisson data are those of a curve: rates that are exponentials of functions of one
number. The tables are made of what every Python has: images of digits, the words of
Python's documentation, the names and signs in the files of its standard library.
"""

# SPDX-License-Identifier: BSD-3-Clause

import re
import sysconfig
import tokenize
from collections import Counter
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import pandas as pd
from scipy.special import xlogy
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from benchmarks._scores import show, unexplained
from benchmarks._threads import one_thread
from sk_autoencoder import AutoencoderTransformer

MEANS = (1, 10, 1e3, 1e5)
N_TRAIN, N_TEST = 450, 2_000
SIZES_CURVE, SIZES_TABLE, SEEDS = (1, 2), (2, 8), (0, 1, 2)
WORDS_IN_A_PIECE, N_WORDS = 150, 100
N_SIGNS = 60
FLOORS = np.geomspace(1e-3, 1, 13)  # shares of the mean, for PCA
LEAST_RATE = 1e-3  # of a feature whose training rows are all zero
MOST_BELOW, MOST_ABOVE = 0.002, 1.002  # less R2, and the ratio of deviances


def run(options):
    """Print the tables and return the bars that are missed."""
    seeds = SEEDS[:1] if options.quick else SEEDS
    cases = [
        (name, *split, loss, n_components, seed)
        for name, loss, sizes, split_of in data_sets()
        for seed in seeds
        for split in [split_of(seed)]
        for n_components in sizes
    ]
    fits = pd.DataFrame([row for case in cases for row in measure(*case)])
    fits.to_json(options.out / "counts.json", orient="records", indent=1)
    compared = compare(fits)
    print_tables(compared)
    return missed_bars(compared)


# ------------------------------------------------------------------------- the data


def data_sets():
    """Yield name, loss, numbers of components, and a function to both halves."""
    for mean in MEANS:
        yield f"curve, mean {mean:g}", "poisson", SIZES_CURVE, curve(mean)
    words, signs, digits = counts_of_words(), counts_of_signs(), load_digits().data
    yield "digits", "poisson", SIZES_TABLE, hold_out(digits)
    yield "words", "poisson", SIZES_TABLE, hold_out(words)
    yield "signs", "poisson", SIZES_TABLE, hold_out(signs)
    yield "words", "multinomial", SIZES_TABLE, hold_out(words)
    yield "signs", "multinomial", SIZES_TABLE, hold_out(signs)
    yield "digits, bits", "log_loss", SIZES_TABLE, hold_out(digits > 7)


def curve(mean):
    """Return a function from a seed to rows of four counts of some mean."""

    def split(seed):
        rng = np.random.default_rng(seed)
        t = rng.normal(size=N_TRAIN + N_TEST)
        bends = np.column_stack([t, t**2 - 1, np.sin(2 * t), np.cos(2 * t)])
        X = rng.poisson(mean * np.exp(0.3 * bends)).astype(np.float64)
        return X[:N_TRAIN], X[N_TRAIN:]

    return split


def hold_out(X):
    """Return a function from a seed to three quarters of the rows and one quarter."""

    def split(seed):
        return train_test_split(X.astype(np.float64), test_size=0.25, random_state=seed)

    return split


def counts_of_words():
    """Return how often the most frequent words stand in pieces of documentation."""
    pieces = []
    for name in sorted(topics):
        words = re.findall("[a-z]+", topics[name].lower())
        pieces += [
            words[start : start + WORDS_IN_A_PIECE]
            for start in range(0, len(words), WORDS_IN_A_PIECE)
        ]
    return table_of(pieces, N_WORDS)


def counts_of_signs():
    """Return how often the most frequent names and signs stand in source files."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    tokens = []
    for path in files:
        with tokenize.open(path) as file:
            tokens.append(
                [
                    token.string
                    for token in tokenize.generate_tokens(file.readline)
                    if token.type in (tokenize.NAME, tokenize.OP)
                ]
            )
    return table_of(tokens, N_SIGNS)


def table_of(rows, n_columns):
    """Return the counts of the words that are most frequent in all rows together."""
    counted = [Counter(row) for row in rows]
    total = sum(counted, Counter())
    frequent = [word for word, _ in sorted(total.items(), key=_rank)[:n_columns]]
    X = np.array([[counts[word] for word in frequent] for counts in counted])
    return X[X.any(axis=1)]


def _rank(item):
    word, count = item
    return -count, word


# ------------------------------------------------------------------ the contestants


def measure(name, X_train, X_test, loss, n_components, seed):
    """Return the scores of all methods on one split, fitted in one thread."""
    with one_thread():
        return [
            {
                "data": name,
                "loss": loss,
                "k": n_components,
                "seed": seed,
                "method": method,
                "R2": 1 - unexplained(X_test, in_domain),
                "deviance": deviance(X_test, off_the_border, loss),
            }
            for method, in_domain, off_the_border in contestants(
                X_train, X_test, loss, n_components, seed
            )
        ]


def contestants(X_train, X_test, loss, n_components, seed):
    """Yield method, reconstruction of test rows, and the same off the border.

    Linear ones are moved to the domain, and for the deviance as far as is best for the
    training rows. For multinomial data all are shares of the row's total.
    """

    def fit(**params):
        return AutoencoderTransformer(n_components, random_state=seed, **params).fit(
            X_train
        )

    linear = {
        "PCA": PCA(n_components, random_state=seed).fit(X_train),
        "squared error": fit(),
    }
    for method, model in linear.items():
        of_train, of_test = (
            model.inverse_transform(model.transform(X)) for X in (X_train, X_test)
        )
        floor = best_floor(X_train, of_train, loss)
        both = at_least(of_test, 0, loss), at_least(of_test, floor, loss)
        yield method, *(with_totals(X_test, values, loss) for values in both)
    for method, params in (("start", {"max_iter": 0}), ("ours", {})):
        rebuilt = fit(loss=loss, **params).reconstruct(X_test)
        yield method, rebuilt, rebuilt


def best_floor(X, reconstruction, loss):
    """Return the floor that makes the deviance of training rows least."""
    mean = np.maximum(X.mean(axis=0), LEAST_RATE)
    return min(
        (share * mean for share in FLOORS),
        key=lambda floor: deviance(
            X, with_totals(X, at_least(reconstruction, floor, loss), loss), loss
        ),
    )


def at_least(values, floor, loss):
    """Return values moved up to a floor, and for bits down from one as far."""
    if loss != "log_loss":
        return np.maximum(values, floor)
    return np.clip(values, np.minimum(floor, 0.5), 1 - np.minimum(floor, 0.5))


def with_totals(X, values, loss):
    """Return multinomial values as shares of the totals of X, others as they are."""
    if loss != "multinomial":
        return values
    shares = values / values.sum(axis=1, keepdims=True)
    return shares * X.sum(axis=1, keepdims=True)


def deviance(X, mean, loss):
    """Return the mean deviance of an entry."""
    if loss == "log_loss":
        return float(-2 * (xlogy(X, mean) + xlogy(1 - X, 1 - mean)).mean())
    return float(2 * (xlogy(X, X / mean) - X + mean).mean())


# ------------------------------------------------------------------- the comparison


METHODS = ["PCA", "squared error", "start", "ours"]
CASE = ["loss", "data", "k", "seed"]


def compare(fits):
    """Return R2 and deviance of all methods, a row for each split."""
    return fits.pivot(index=CASE, columns="method", values=["R2", "deviance"]).reindex(
        fits[CASE].drop_duplicates().apply(tuple, axis=1).tolist()
    )


def print_tables(compared):
    by_size = compared.groupby(level=CASE[:-1], sort=False).mean()
    show(
        "Held-out R2, means of the seeds.",
        by_size["R2"][METHODS],
        digits=4,
    )
    show(
        "Held-out deviance of an entry, means of the seeds. Reconstructions by squared "
        "error are\nkept off the border of the domain by what is best on the training "
        "rows.",
        by_size["deviance"][METHODS],
        digits=4,
    )


def missed_bars(compared):
    missed = []
    for case, row in compared.iterrows():
        for other in ("PCA", "start"):
            below = row["R2", other] - row["R2", "ours"]
            if below > MOST_BELOW:
                missed.append(f"{case}: R2 is {below:.4f} below that of {other}")
            ratio = row["deviance", "ours"] / row["deviance", other]
            if ratio > MOST_ABOVE:
                missed.append(f"{case}: deviance is {ratio:.4f} times that of {other}")
    return missed
