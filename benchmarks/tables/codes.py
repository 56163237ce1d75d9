"""Codes of mixed tables as features, against factor analysis of mixed data."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib.util

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._scores import show
from benchmarks._threads import one_thread
from benchmarks.tables._mixed import CHOSEN_ON, CONFIRMED_ON, load_mixed
from sk_autoencoder import AutoencoderTransformer

MOST_ROWS = 3_000
N_COMPONENTS = (2, 4, 8)
SEEDS = (0, 1, 2)
OURS, START, PEER = "ours", "start of ours", "FAMD of prince"


def run(options):
    """Print the table and return the bars that are missed."""
    names = [*CHOSEN_ON, *CONFIRMED_ON]
    names, seeds = (names[:2], SEEDS[:1]) if options.quick else (names, SEEDS)
    rows = []
    for name in names:
        X, target = load_mixed(name)
        y = X.pop(target)
        for n_components in N_COMPONENTS:
            if n_components <= X.shape[1]:
                for seed in seeds:
                    rows += measure(name, X, y, n_components, seed)
        print(f"{name}: done", flush=True)
    scores = pd.DataFrame(rows)
    scores.to_json(options.out / "tables_codes.json", orient="records", indent=1)
    methods = list(dict.fromkeys(scores["method"]))
    index = ["data", "n_components"]
    table = scores.pivot_table(
        index=index, columns="method", values="AUROC", sort=False
    )
    show("AUROC in percent of a logistic regression on codes", table[methods], 1)
    sizes = scores.pivot_table(index="n_components", columns="method", values="AUROC")
    show("Means by the number of components", sizes[methods], 2)
    means = table.mean()
    show("Mean", means[methods].to_frame("AUROC").T, 2)
    if PEER not in means or means[OURS] >= means[PEER]:
        return []
    return [f"mean AUROC {means[OURS]:.2f}, below the {means[PEER]:.2f} of FAMD"]


def measure(name, X, y, n_components, seed):
    """Return what each method scores on one split, in one thread."""
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=1 / 3, random_state=seed, stratify=y
    )
    X_train, y_train = X_train[:MOST_ROWS], y_train[:MOST_ROWS]
    rows = []
    with one_thread():
        for method, encode in encoders(n_components, seed).items():
            train, test = encode(X_train, X_test)
            model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
            shares = model.fit(train, y_train).predict_proba(test)[:, 1]
            auc = 100 * roc_auc_score(y_test == model.classes_[1], shares)
            rows.append({"data": name, "n_components": n_components, "seed": seed})
            rows[-1] |= {"method": method, "AUROC": auc}
    return rows


def encoders(n_components, seed):
    """Return functions from training and test rows to their codes, by name."""

    def ours(*both, **params):
        model = AutoencoderTransformer(n_components, random_state=seed, **params)
        model.fit(both[0])
        return [model.transform(rows) for rows in both]

    def start(*both):
        return ours(*both, max_iter=0)

    def famd(*both):
        import prince

        dtypes = {
            name: float if pd.api.types.is_numeric_dtype(column) else object
            for name, column in both[0].items()
        }
        model = prince.FAMD(n_components=n_components, random_state=seed)
        model.fit(both[0].astype(dtypes))
        return [np.asarray(model.row_coordinates(rows.astype(dtypes))) for rows in both]

    if importlib.util.find_spec("prince") is None:
        print("prince is not installed: left out.")
        return {OURS: ours, START: start}
    return {OURS: ours, START: start, PEER: famd}
