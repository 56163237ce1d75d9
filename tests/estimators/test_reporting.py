"""Epochs as tasks of scikit-learn's callbacks."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pytest
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.metrics import reconstruction_r2


class Recorder:
    """Record the tasks it is told of, and stop after some epochs."""

    max_propagation_depth = None

    def __init__(self, stop_after=None, keep=False):
        self.stop_after = stop_after
        self.keep = keep
        self.begun, self.ended, self.fitted = [], [], []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context.task_name)

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.ended.append(context.task_name)
        if context.task_name == "epoch":
            if self.keep:
                self.fitted.append(fitted_estimator)
            return self.ended.count("epoch") == self.stop_after


def test_each_epoch_is_a_task_of_the_fit(digits):
    recorder = Recorder()
    model = AutoencoderTransformer(max_iter=3).set_callbacks(recorder)
    model.fit(digits[0])
    assert recorder.begun == ["fit", "epoch", "epoch", "epoch"]
    assert recorder.ended == ["epoch", "epoch", "epoch", "fit"]


@pytest.mark.parametrize(
    "Estimator", [AutoencoderTransformer, AutoencoderOutlierDetector]
)
def test_a_callback_can_stop_training(digits, Estimator):
    model = Estimator(max_iter=9).set_callbacks(Recorder(stop_after=2))
    assert model.fit(digits[0]).n_iter_ == 2
    assert model.best_iter_ > 0
    assert model.n_final_iter_ == 0


@pytest.mark.rounding
@pytest.mark.parametrize(
    "Estimator", [AutoencoderTransformer, AutoencoderOutlierDetector]
)
def test_the_estimator_it_is_handed_works_as_if_fitted(digits, Estimator):
    recorder = Recorder(keep=True)
    model = Estimator(3, max_iter=3, random_state=0).set_callbacks(recorder)
    model.fit(digits[0])
    scores = [fitted.score_samples(digits[1]).mean() for fitted in recorder.fitted]
    assert [fitted.n_iter_ for fitted in recorder.fitted] == [1, 2, 3]
    assert len(set(scores)) == 3  # each keeps the state of its epoch
    assert scores[-1] == model.score_samples(digits[1]).mean()
    pickle.loads(pickle.dumps(recorder.fitted[0].set_callbacks()))


@pytest.mark.rounding
def test_a_scoring_monitor_sees_the_score_of_each_epoch(digits):
    monitor = ScoringMonitor(scoring={"R2": reconstruction_r2})
    model = AutoencoderTransformer(3, max_iter=3, random_state=0)
    y = np.zeros(len(digits[0]))  # without a y it does not score
    model.set_callbacks(monitor).fit(digits[0], y)
    rows = monitor.get_logs(select="most_recent").data
    scores = [row["R2"] for row in rows if row["task_name"] == "epoch"]
    assert scores == sorted(set(scores))  # three that rise
    assert len(scores) == 3
    assert scores[-1] == reconstruction_r2(model, digits[0])


def test_the_net_holds_no_reporter_and_the_estimator_pickles(digits):
    model = AutoencoderTransformer(max_iter=1).set_callbacks(Recorder())
    model.fit(digits[0])
    names = [name for name, _ in model.net_.callbacks_]
    assert "EpochReporter" not in names
    pickle.loads(pickle.dumps(model.set_callbacks()))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_progress_bar_of_scikit_learn_runs_through_a_grid_search(
    digits, n_jobs, capsys
):
    pipeline = Pipeline(
        [
            ("scale", MinMaxScaler()),
            ("reduce", AutoencoderTransformer(max_iter=2, cv=None)),
        ]
    )
    search = GridSearchCV(
        pipeline, {"reduce__n_components": [1, 2]}, cv=2, n_jobs=n_jobs
    )
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(digits[0][:100])
    assert "AutoencoderTransformer" in capsys.readouterr().out
