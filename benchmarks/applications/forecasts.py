"""Forecasts of real series, against ridge regression, networks and smoothing."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib.util
import time
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks._scores import geometric_mean, show
from benchmarks._threads import one_thread
from benchmarks.applications._forecasters import (
    forecast_from,
    linear_networks,
    mlp,
    seasonal_naive,
    statsforecast_models,
)
from benchmarks.applications._ridges import chosen_and_best_ridge
from benchmarks.applications._series import CHOSEN_ON, CONFIRMED_ON, Kind, load_series
from sk_autoencoder import AutoencoderSequenceRegressor
from sk_autoencoder.sequences import windows

HORIZONS = (24, 96)
TEST_SHARE = 0.2
N_ORIGINS = 5  # of models that are fitted anew for each forecast
OURS, START = "ours", "start of ours"
RIDGE, BEST = "ridge", "ridge, best on test"
MOST_OF_RIDGE, MOST_OF_MEAN, GOAL = 1.005, 0.97, 0.93
MOST_OF_BEST, MOST_SECONDS = 1.0, 60


class Case(NamedTuple):
    """A series, a horizon, and the rows that come of it.

    Attributes
    ----------
    series : ndarray of shape (n_steps,)
        The series.

    horizon : int
        The steps to forecast.

    kind : Kind
        What is right for its frequency.

    n_exog : int
        The columns of the calendar, of the first step to forecast, in X.

    n_test : int
        The last steps of the series, which are the test part.

    X_train, Y_train, X_test, Y_test : ndarray
        Rows. What rows of the test part forecast lies in it.
    """

    series: np.ndarray
    horizon: int
    kind: Kind
    n_exog: int
    n_test: int
    X_train: np.ndarray
    Y_train: np.ndarray
    X_test: np.ndarray
    Y_test: np.ndarray


def run(options):
    """Print the tables and return the bars that are missed."""
    names = [*CHOSEN_ON, *CONFIRMED_ON]
    if importlib.util.find_spec("statsmodels") is None:
        print("Without statsmodels: no CO2.")
        names.remove("CO2")
    names = names[2:4] if options.quick else names
    errors, at_origins = [], []
    for name in names:
        for horizon in HORIZONS:
            of_all, of_some = measure(name, make_case(name, horizon))
            errors += of_all
            at_origins += of_some
        print(f"{name}: done", flush=True)
    errors, at_origins = pd.DataFrame(errors), pd.DataFrame(at_origins)
    for part, table in {"": errors, "_origins": at_origins}.items():
        out = options.out / f"applications_forecasts{part}.json"
        table.to_json(out, orient="records", indent=1)
    return report(errors, at_origins)


def report(errors, at_origins):
    """Print tables of what was measured, and return the bars that are missed."""
    methods = list(dict.fromkeys(errors["method"]))
    index = ["series", "steps"]
    table = errors.pivot_table("error", index, "method", sort=False)[methods]
    kept = errors[errors["method"] == OURS].set_index(index)
    table["weight"], table["seconds"] = kept["weight"], kept["seconds"]
    show("Mean squared error, in variances of the part that is fitted", table)
    ratios = table[methods].div(table[RIDGE], axis=0)
    show("Over the ridge regression that held-out blocks choose", ratios)
    groups = {"chosen on": CHOSEN_ON, "confirmed on": CONFIRMED_ON}
    means = {"all": ratios.agg(geometric_mean)} | {
        group: ratios[ratios.index.isin(names, level=0)].agg(geometric_mean)
        for group, names in groups.items()
    }
    means |= {
        f"{horizon} steps": ratios.xs(horizon, level=1).agg(geometric_mean)
        for horizon in HORIZONS
    }
    means["worst"] = ratios.max()
    show("Geometric means of these", pd.DataFrame(means).T)
    of_some = pd.Series(dtype=float)
    if len(at_origins):
        some = at_origins.pivot_table("error", index, "method", sort=False)
        over_ours = some.div(some[OURS], axis=0)
        show(f"Mean squared error at {N_ORIGINS} origins, over that of ours", over_ours)
        of_some = over_ours.agg(geometric_mean).drop(OURS)
        show("Geometric means of these", of_some.to_frame("over ours").T)
    return report_bars(ratios, table["seconds"], of_some)


def make_case(name, horizon):
    """Return the rows of a series for a horizon."""
    series, calendar, kind = load_series(name)
    n_test = int(TEST_SHARE * len(series))
    X, Y = windows(series, kind.window, horizon)
    X = np.hstack([X, calendar[kind.window : kind.window + len(X)]])
    n_before = len(series) - n_test - kind.window  # rows that begin to forecast there
    train, test = slice(n_before - horizon + 1), slice(n_before, None)
    n_exog = calendar.shape[1]
    return Case(
        series, horizon, kind, n_exog, n_test, X[train], Y[train], X[test], Y[test]
    )


def measure(name, case):
    """Return the errors of each method on all rows, and on those of some origins."""
    common = {"series": name, "steps": case.horizon}
    variance = case.series[: -case.n_test].var()

    def error(forecast, rows=slice(None)):
        return float(np.square(forecast[rows] - case.Y_test[rows]).mean() / variance)

    origins = np.linspace(0, len(case.X_test) - 1, N_ORIGINS).astype(int)
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        forecasts = {"seasonal naive": seasonal_naive(case)}
        forecasts["MLP"] = mlp().fit(case.X_train, case.Y_train).predict(case.X_test)
        forecasts |= linear_networks(case)
        forecasts[RIDGE], forecasts[BEST] = chosen_and_best_ridge(case)
        model = AutoencoderSequenceRegressor(n_exog=case.n_exog, random_state=0)
        start = time.process_time()
        model.fit(case.X_train, case.Y_train)
        seconds = time.process_time() - start
        forecasts[START] = model.ridge_.predict(case.X_test)
        forecasts[OURS] = model.predict(case.X_test)
        at_origins = {
            method: forecast_from(peer, case, origins)
            for method, peer in statsforecast_models(case.kind).items()
        }
    errors = [
        common | {"method": method, "error": error(forecast)}
        for method, forecast in forecasts.items()
    ]
    errors[-1] |= {"seconds": seconds, "weight": float(model.correction_weights_[0])}
    if not at_origins:
        return errors, []
    targets = case.Y_test[origins]
    at_origins[OURS] = forecasts[OURS][origins]
    return errors, [
        common | {"method": method, "error": float(np.square(values - targets).mean())}
        for method, values in at_origins.items()
    ]


def report_bars(ratios, seconds, of_some):
    """Print each bar, and return those that are missed."""
    ours = ratios[OURS]
    mean, best = geometric_mean(ours), geometric_mean(ratios[BEST])
    peers = [name for name in ratios if name not in (OURS, START, RIDGE, BEST)]
    bars = [
        (f"error over ridge, {name}, {steps} steps", value, MOST_OF_RIDGE)
        for (name, steps), value in ours.items()
        if value == ours.max() or not value <= MOST_OF_RIDGE
    ]
    bars += [
        ("error over ridge, geometric mean", mean, MOST_OF_MEAN),
        ("the same, the goal", mean, GOAL),
        (
            "error over the ridge best on test, geometric mean",
            mean / best,
            MOST_OF_BEST,
        ),
        ("CPU seconds of a fit, at most", seconds.max(), MOST_SECONDS),
    ]
    bars += [
        (f"error over that of {peer}, geometric mean", mean / over_ridge, 1)
        for peer, over_ridge in ratios[peers].agg(geometric_mean).items()
    ]
    bars += [
        (f"error over that of {peer} at some origins", 1 / value, 1)
        for peer, value in of_some.items()
    ]
    missed = []
    print()
    for bar, value, most in bars:
        met = value <= most
        print(f"{'met' if met else 'SHORT':5} {bar}: {value:.3f}, at most {most:g}")
        if not met:
            missed.append(f"{bar}: {value:.3f}, not {most:g}")
    return missed
