"""Each callback that skorch ships does its work in a fit, or is refused."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import json
import pickle
import re
import sys
import warnings
from collections import defaultdict
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import skorch.callbacks as skorch_callbacks
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import r2_score
from skorch.callbacks import Callback

from sk_autoencoder import AutoencoderTransformer

GUIDE = Path(__file__).parents[2] / "docs" / "user_guide.rst"

N_EPOCHS, N_ROWS, N_VALID, BATCH_SIZE = 4, 120, 12, 32


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    t = rng.normal(size=(N_ROWS, 2))
    return np.tanh(t @ rng.normal(size=(2, 6))) + 0.05 * rng.normal(size=(N_ROWS, 6))


@pytest.fixture
def fit(X):
    """Return a function that fits with callbacks, and no warning."""

    def fit(*callbacks, **params):
        net_params = params.pop("net_params", {}) | {"callbacks": [*callbacks]}
        settings = {
            "hidden_layer_sizes": 8,
            "max_iter": N_EPOCHS,
            "batch_size": BATCH_SIZE,
            "cv": None,
            "random_state": 0,
        }
        settings |= params
        model = AutoencoderTransformer(2, net_params=net_params, **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return model.fit(X)

    return fit


class Watch(Callback):
    """Record what an epoch leaves: states, rates, and the score of validation rows."""

    def on_train_begin(self, net, **kwargs):
        self.states, self.rates, self.scores, self.n_hidden = [], [], [], []

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            self.rates.append(net.optimizer_.param_groups[0]["lr"])

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        self.states.append(copy.deepcopy(net.module_.state_dict()))
        rows = dataset_valid.tensor[dataset_valid.index]
        with torch.no_grad():
            output = net.module_.eval()(rows).output
        self.scores.append(r2_score(rows, output))

    def on_train_end(self, net, **kwargs):
        self.kept = copy.deepcopy(net.module_.state_dict())


CHECKS = {}


def checks(*names):
    """Register a function as the check of callbacks of these names."""

    def register(function):
        CHECKS.update(dict.fromkeys(names, function))
        return function

    return register


def assert_same_state(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


@pytest.mark.parametrize("name", skorch_callbacks.__all__)
def test_every_callback_of_skorch_works_or_is_refused(
    name, fit, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    CHECKS[name](
        SimpleNamespace(
            fit=fit,
            cls=getattr(skorch_callbacks, name),
            folder=tmp_path,
            monkeypatch=monkeypatch,
            capsys=capsys,
        )
    )


@pytest.mark.parametrize("name", skorch_callbacks.__all__)
def test_the_user_guide_tells_of_every_callback(name):
    assert re.search(rf"^``{name}``  +\S", GUIDE.read_text(), re.MULTILINE)


@checks("Callback")
def check_base(case):
    alone = case.fit()
    beside = case.fit(case.cls(), ("mine", case.cls()), case.cls)
    assert beside.loss_curve_ == alone.loss_curve_
    names = [name for name, _ in beside.net_.callbacks_]
    assert {"mine", "Callback_1", "Callback_2"} <= set(names)


@checks("EpochScoring", "BatchScoring")
def check_scoring(case):
    watch = Watch()
    valid = case.cls("r2", lower_is_better=False)
    train = case.cls("r2", lower_is_better=False, on_train=True, name="of_train")
    model = case.fit(valid, train, watch)
    history = model.net_.history
    # All validation rows are one batch, so both are the score of all rows.
    assert_allclose(history[:, "r2"], watch.scores, rtol=1e-5)
    best = [score == max(watch.scores[: i + 1]) for i, score in enumerate(watch.scores)]
    assert history[:, "r2_best"] == best
    assert len(set(history[:, "of_train"])) == N_EPOCHS


@checks("PassthroughScoring")
def check_passthrough(case):
    class PerBatch(Callback):
        def on_batch_end(self, net, batch=None, training=False, **kwargs):
            if training:
                net.history.record_batch("rows", len(batch[0]))

    model = case.fit(PerBatch(), case.cls("rows", on_train=True))
    # Of 108 rows in batches of 27, the mean over rows.
    assert model.net_.history[:, "rows"] == [27.0] * N_EPOCHS
    again = case.fit(PerBatch(), case.cls("train_loss", on_train=True))
    assert_allclose(again.loss_curve_, model.loss_curve_, rtol=1e-6)


@checks("Checkpoint")
def check_checkpoint(case):
    watch = Watch()
    model = case.fit(watch, case.cls(f_pickle="net.pkl"), verbose=1)
    history = model.net_.history
    curve = model.validation_loss_curve_[1:]
    best = [loss == min(curve[: i + 1]) for i, loss in enumerate(curve)]
    assert history[:, "event_cp"] == history[:, "valid_loss_best"] == best
    last = max(np.flatnonzero(best))
    assert_same_state(torch.load("params.pt"), watch.states[last])
    assert len(json.loads(Path("history.json").read_text())) == last + 1
    assert {"criterion.pt", "optimizer.pt"} <= {p.name for p in case.folder.iterdir()}
    net = pickle.loads(Path("net.pkl").read_bytes())
    assert_same_state(net.module_.state_dict(), watch.states[last])
    steps = [state["step"] for state in net.optimizer_.state.values()]
    assert set(map(int, steps)) == {4 * (last + 1)}
    assert Path("net.pkl").stat().st_size < 60_000  # and none of the rows

    names = "{last_epoch[epoch]}_{last_batch[valid_batch_size]}.pt"
    case.fit(case.cls(monitor=None, f_params=names))
    for epoch in range(1, N_EPOCHS + 1):
        assert Path(f"{epoch}_{N_VALID}.pt").exists()
    with pytest.raises(ValueError, match=r"Checkpoint must have load_best=False"):
        case.fit(case.cls(load_best=True))


@checks("TrainEndCheckpoint")
def check_train_end_checkpoint(case):
    watch = Watch()
    case.fit(case.cls(), watch)
    assert_same_state(torch.load("train_end_params.pt"), watch.kept)
    assert {p.name for p in case.folder.iterdir()} == {
        f"train_end_{name}"
        for name in ("params.pt", "criterion.pt", "optimizer.pt", "history.json")
    }


@checks("EarlyStopping")
def check_early_stopping(case):
    stops = case.cls(patience=2, threshold=0.9)  # nothing improves as much
    watch = Watch()
    model = case.fit(stops, watch, max_iter=20)
    assert model.n_iter_ == 1 + 2
    assert len(watch.states) == 3  # those after it hear of the last epoch too
    assert model.best_loss_ <= min(model.validation_loss_curve_)
    assert case.capsys.readouterr().out == ""
    case.fit(case.cls(patience=2, threshold=0.9), max_iter=20, verbose=1)
    assert "Stopping since valid_loss has not improved" in case.capsys.readouterr().out
    with pytest.raises(ValueError, match=r"EarlyStopping must have load_best=False"):
        case.fit(case.cls(load_best=True))


@checks("EpochTimer")
def check_timer(case):
    assert min(case.fit(case.cls()).net_.history[:, "dur"]) > 0


@checks("Freezer")
def check_freezer(case):
    watch = Watch()
    case.fit(case.cls("encoder.*"), watch)
    first, last = watch.states[0], watch.states[-1]
    moved = {
        name for name, value in first.items() if not torch.equal(value, last[name])
    }
    assert moved
    assert all(name.startswith("decoder.") for name in moved)


@checks("Unfreezer")
def check_unfreezer(case):
    watch = Watch()
    case.fit(skorch_callbacks.Freezer("encoder.*"), case.cls("encoder.*", at=3), watch)
    weight = "encoder.inside.path.linear.weight"
    first, second, third, _ = (state[weight] for state in watch.states)
    assert torch.equal(first, second)
    assert not torch.equal(second, third)


@checks("Initializer")
def check_initializer(case):
    model = case.fit(case.cls("*linear.bias", fn=lambda p: p.data.fill_(1000.0)))
    # Training begins a thousand deviations off, and the start is kept: PCA.
    assert model.loss_curve_[0] > 1e5
    assert model.best_iter_ == 0


@checks("ParamMapper")
def check_mapper(case):
    seen = []
    case.fit(case.cls("*.linear.weight", fn=lambda p: seen.append(p.shape), at=2))
    assert seen == [(2, 6), (6, 2)]


@checks("GradientNormClipping")
def check_clipping(case):
    norms = []

    class Measure(Callback):
        def on_grad_computed(self, net, named_parameters, **kwargs):
            grads = [p.grad.norm() for _, p in named_parameters]
            norms.append(float(torch.stack(grads).norm()))

    case.fit(("before", Measure()), case.cls(1e-3), ("after", Measure()))
    free, clipped = norms[::2], norms[1::2]
    assert_allclose(clipped, np.minimum(free, 1e-3), rtol=1e-3)
    assert max(free) > 1e-2


@checks("LRScheduler")
def check_scheduler(case):
    watch, settings = Watch(), {"learning_rate_init": 0.01}
    model = case.fit(case.cls("StepLR", step_size=2, gamma=0.1), watch, **settings)
    assert_allclose(watch.rates, np.repeat([0.01, 0.001], 2 * 4))
    assert_allclose(model.net_.history[:, "event_lr"], [0.01, 0.01, 0.001, 0.001])
    pickle.loads(pickle.dumps(model))
    case.fit(
        watch, case.cls("ExponentialLR", gamma=0.5, step_every="batch"), **settings
    )
    assert_allclose(watch.rates, 0.01 * 0.5 ** np.arange(4 * N_EPOCHS))
    case.fit(
        case.cls("ReduceLROnPlateau", patience=0, threshold=0.9, monitor="valid_loss"),
        watch,
        **settings,
    )
    assert_allclose(watch.rates, 0.01 * 0.1 ** np.repeat([0, 0, 1, 2], 4))


@checks("WarmRestartLR")
def check_policy(case):
    watch = Watch()
    scheduler = skorch_callbacks.LRScheduler(case.cls, max_lr=0.02, base_period=3)
    case.fit(scheduler, watch)
    expected = 1e-6 + (0.02 - 1e-6) * np.cos(np.pi * np.arange(N_EPOCHS) / 6) ** 2
    assert_allclose(watch.rates, np.repeat(expected, 4), rtol=1e-6)


@checks("InputShapeSetter")
def check_input_shape(case):
    with pytest.raises(
        ValueError, match=r"cannot have InputShapeSetter: the network is"
    ):
        case.fit(case.cls())


@checks("LoadInitState")
def check_load(case):
    with pytest.raises(ValueError, match=r"cannot have LoadInitState.*warm_start=True"):
        case.fit(case.cls(skorch_callbacks.Checkpoint()))


@checks("PrintLog")
def check_print(case):
    case.fit(case.cls())
    assert case.capsys.readouterr().out == ""  # as in skorch with verbose=0
    model = case.fit(case.cls(), verbose=1)
    header, _, *rows = case.capsys.readouterr().out.splitlines()
    assert header.split() == ["epoch", "train_loss", "valid_loss", "dur"]
    plain = [re.sub(r"\x1b\[\d+m", "", row).split() for row in rows]
    assert [int(row[0]) for row in plain] == [1, 2, 3, 4]
    assert_allclose([float(row[1]) for row in plain], model.loss_curve_, atol=1e-4)
    lines = []
    case.fit(case.cls(sink=lines.append))
    assert len(lines) == 2 + N_EPOCHS


@checks("ProgressBar")
def check_bar(case):
    for batches in ("auto", "count", 5):
        model = case.fit(case.cls(batches_per_epoch=batches, detect_notebook=False))
        shown = case.capsys.readouterr().err
        assert "0/5" in shown  # four batches to train on and one to validate
        last = model.net_.history[-1, "batches", -2, "train_loss"]
        assert last > 0
    pickle.loads(pickle.dumps(model))


class Experiment:
    """Log as sacred does, and as the clients and runs of the others."""

    def __init__(self, folder):
        self.dir, self.logged, self.files = folder, [], []
        self.info = SimpleNamespace(run_id=7)

    def log_scalar(self, name, value, step=None):
        self.logged.append((name, value, step))

    def log_metric(self, run_id, name, value, step=None):
        self.log_scalar(name, value, step)

    def log_artifact(self, run_id, path):
        self.files.append((path.name, path.stat().st_size))

    def set_terminated(self, run_id):
        self.files.append("terminated")

    def watch(self, module):
        self.module = module

    def log(self, values):
        self.logged.append(values)

    def add_scalar(self, tag, scalar_value, global_step):
        self.log_scalar(tag, scalar_value, global_step)

    def close(self):
        self.files.append("closed")


@checks("SacredLogger")
def check_sacred(case):
    sacred = Experiment(case.folder)
    model = case.fit(case.cls(sacred, log_on_batch_end=True))
    of_epochs = [
        value for name, value, _ in sacred.logged if name == "train_loss_epoch"
    ]
    assert of_epochs == model.loss_curve_
    of_batches = [v for name, v, _ in sacred.logged if name == "train_loss_batch"]
    means = np.reshape(of_batches, (N_EPOCHS, 4)).mean(axis=1)
    assert_allclose(means, of_epochs, rtol=1e-6)


@checks("MlflowLogger")
def check_mlflow(case):
    mlflow = Experiment(case.folder)
    model = case.fit(case.cls(mlflow, mlflow, log_on_batch_end=True))
    logged = [v for name, v, _ in mlflow.logged if name == "valid_loss_epoch"]
    assert logged == model.validation_loss_curve_[1:]
    *files, end = mlflow.files
    assert end == "terminated"
    assert [name for name, _ in files] == [
        "params.pth", "optimizer.pth", "criterion.pth", "history.json"
    ]  # fmt: skip
    assert min(size for _, size in files) > 0


@checks("WandbLogger")
def check_wandb(case):
    run, watch = Experiment(case.folder), Watch()
    model = case.fit(watch, case.cls(run))
    assert [row["train_loss"] for row in run.logged] == model.loss_curve_
    best = int(np.argmin(model.validation_loss_curve_[1:]))
    assert_same_state(torch.load(case.folder / "best_model.pth"), watch.states[best])


@checks("TensorBoard")
def check_tensorboard(case):
    writer = Experiment(case.folder)
    model = case.fit(case.cls(writer))
    logged = [(v, step) for tag, v, step in writer.logged if tag == "Loss/train_loss"]
    assert logged == [*zip(model.loss_curve_, range(1, N_EPOCHS + 1), strict=True)]
    assert writer.files == ["closed"]


@checks("NeptuneLogger")
def check_neptune(case):
    types, handler = ModuleType("neptune.types"), ModuleType("neptune.handler")
    types.File = SimpleNamespace(from_content=lambda content, extension: content)
    handler.Handler = type("Handler", (), {})
    for module in (ModuleType("neptune"), types, handler):
        case.monkeypatch.setitem(sys.modules, module.__name__, module)

    class Run(defaultdict):
        def __init__(self):
            super().__init__(Run)
            self.values_ = []

        def append(self, value):
            self.values_.append(value)

        def stop(self):
            self.stopped = True

    run = Run()
    model = case.fit(case.cls(run, log_on_batch_end=True))
    logged = run["training"]
    assert logged["train"]["epoch"]["loss"].values_ == model.loss_curve_
    assert logged["config/batch_size"] == BATCH_SIZE
    of_batches = logged["train"]["batch"]["loss"].values_
    means = np.reshape(of_batches, (N_EPOCHS, 4)).mean(axis=1)
    assert_allclose(means, model.loss_curve_, rtol=1e-6)
    assert run.stopped


# --------------------------------------------------------------- callbacks in general


@pytest.mark.parametrize("item", [1, "EarlyStopping", ("name", 1), object])
def test_what_is_no_callback_is_refused(item, fit):
    with pytest.raises(ValueError, match=f"got {re.escape(repr(item))}"):
        fit(item)


def test_batches_are_in_the_history_where_somebody_hears_of_them(fit):
    assert fit().net_.history[:, "batches"] == [[]] * N_EPOCHS
    assert fit(skorch_callbacks.EarlyStopping()).net_.history[0, "batches"] == []
    batches = fit(Watch()).net_.history[0, "batches"]
    *train, valid = batches
    assert [row["train_batch_size"] for row in train] == [27] * 4
    assert valid["valid_batch_size"] == N_VALID
    assert fit().net_.history[:, "train_batch_count"] == [4] * N_EPOCHS


@pytest.mark.rounding
def test_hearing_of_batches_changes_no_bits(fit, X):
    assert_array_equal(fit(Watch()).transform(X), fit().transform(X))


def test_batches_are_pairs_of_input_and_target(fit):
    class Compare(Callback):
        def on_batch_end(self, net, batch=None, y_pred=None, loss=None, **kwargs):
            x, y = batch
            assert not torch.equal(x, y)  # the input is corrupted
            output, code = y_pred
            assert code.shape == (len(x), 2)
            expected = (output - y).square().mean()
            torch.testing.assert_close(loss, expected)

    fit(Compare(), corruption="masking")
