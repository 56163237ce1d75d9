"""Peers that forecast a series: from its past alone, or from rows of windows."""

# SPDX-License-Identifier: BSD-3-Clause

import importlib.util
import logging
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# Of a series, the steps that statsforecast's models are fitted to, before each origin.
MOST_STEPS = 2_000

# Of neuralforecast's, in place of 5,000 steps at 0.0001, which take minutes and end no
# better.
TRAINING = {"max_steps": 500, "learning_rate": 3e-3}


def mlp():
    """Return scikit-learn's network, with scaled rows and early stopping."""
    network = MLPRegressor(early_stopping=True, random_state=0)
    return TransformedTargetRegressor(
        make_pipeline(StandardScaler(), network), transformer=StandardScaler()
    )


def seasonal_naive(case):
    """Return the last season, repeated, for each row of the test part."""
    ahead = np.arange(case.horizon)
    season = case.kind.seasons[0]
    return case.X_test[:, case.kind.window - season + ahead % season]


def statsforecast_models(kind):
    """Return models of statsforecast by name, where it is installed."""
    if importlib.util.find_spec("statsforecast") is None:
        return {}
    from statsforecast.models import MSTL, AutoETS

    season = kind.seasons[0]
    return {
        "MSTL": MSTL(season_length=list(kind.seasons)),
        "AutoETS": AutoETS(
            season_length=season if season <= 24 else 1
        ),  # it takes none
    }


def forecast_from(model, case, origins):
    """Return forecasts of a model that is fitted anew at each of some origins."""
    start = len(case.series) - case.n_test
    forecasts = []
    for origin in origins:
        end = start + origin
        past = case.series[max(0, end - MOST_STEPS) : end]
        forecasts.append(model.forecast(y=past, h=case.horizon)["mean"])
    return np.array(forecasts)


def linear_networks(case):
    """Return forecasts of neuralforecast's linear networks, where it is installed.

    Parameters
    ----------
    case : Case
        The series.

    Returns
    -------
    forecasts : dict of str to ndarray
        By name, for each row of the test part.
    """
    if importlib.util.find_spec("neuralforecast") is None:
        return {}
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from neuralforecast import NeuralForecast
        from neuralforecast.models import DLinear, NLinear

        table = pd.DataFrame(
            {
                "unique_id": "series",
                "ds": pd.date_range("2000-01-01", periods=len(case.series), freq="h"),
                "y": case.series,
            }
        )
        quiet = {
            "accelerator": "cpu",
            "enable_checkpointing": False,
            "enable_model_summary": False,
            "enable_progress_bar": False,
            "logger": False,
        }
        models = [
            model(
                h=case.horizon,
                input_size=case.kind.window,
                scaler_type="standard",
                **TRAINING,
                **quiet,
            )
            for model in (NLinear, DLinear)
        ]
        forecasts = NeuralForecast(models, freq="h").cross_validation(
            table,
            n_windows=None,
            test_size=case.n_test,
            val_size=case.n_test // 2,
            step_size=1,
        )
    return {
        type(model).__name__: forecasts[type(model).__name__]
        .to_numpy()
        .reshape(-1, case.horizon)
        for model in models
    }
