"""How far to go from the start, chosen by rows that folds have not seen."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import (
    KFold,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from skorch.callbacks import EarlyStopping

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.estimators import _out_of_fold
from sk_autoencoder.estimators._out_of_fold import (
    Choice,
    _choice,
    _lengths,
    choose_out_of_fold,
)
from sk_autoencoder.metrics import reconstruction_r2
from sk_autoencoder.networks import BOTTLENECKS, CORRUPTIONS, LOSSES, NETWORKS
from sk_autoencoder.training import Path


@pytest.fixture(scope="module")
def curve():
    """Return few rows along a curve that no line comes near to."""
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, 240)
    X = np.column_stack([t, t**2, np.cos(3 * t), np.sin(3 * t)])
    X += 0.05 * rng.normal(size=X.shape)
    return X[:60], X[60:]


@pytest.fixture(scope="module")
def chosen(curve):
    return AutoencoderTransformer(1, cv=3, max_iter=100, random_state=0).fit(curve[0])


def test_few_rows_are_enough_to_leave_pca(curve, chosen):
    X_train, X_test = curve
    held_out = AutoencoderTransformer(1, cv=None, max_iter=100, random_state=0)
    held_out.fit(X_train)
    pca = reconstruction_r2(PCA(1).fit(X_train), X_test)
    assert held_out.best_iter_ == 0  # six rows say too little
    assert chosen.best_iter_ > 0
    assert 1 - reconstruction_r2(chosen, X_test) < 0.7 * (1 - pca)


def test_pca_is_kept_where_it_is_the_truth():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)) @ rng.normal(size=(2, 8)) + rng.normal(size=(60, 8))
    model = AutoencoderTransformer(2, cv=3, max_iter=60, random_state=0).fit(X)
    assert (model.best_iter_, model.best_weight_) == (0, 0.0)
    assert model.n_iter_ == len(model.loss_curve_) == 1  # of a training that was undone
    assert_allclose(model.transform(X), PCA(2).fit_transform(X), atol=1e-5)


def test_the_start_is_judged_as_pca_of_the_other_folds(curve, chosen):
    X = curve[0]
    errors = np.empty(len(X))
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    for train, test in KFold(3, shuffle=True, random_state=seed).split(X):
        pca = PCA(1).fit(X[train])
        left = X[test] - pca.inverse_transform(pca.transform(X[test]))
        errors[test] = np.square(left).mean(axis=1) / X[train].var(axis=0).mean()
    assert_allclose(chosen.cv_results_["mean_test_score"][0], -errors.mean(), 1e-4)


def test_a_training_is_judged_by_rows_that_it_has_not_seen():
    """What is learned of noise is of no use for other rows."""
    X = np.random.default_rng(0).normal(size=(60, 30))
    model = AutoencoderTransformer(
        1, cv=3, max_iter=64, hidden_layer_sizes=256, random_state=0
    )
    assert model.fit(X).cv_results_["mean_test_gain"].max() < 0.01
    trained = clone(model).set_params(cv=None, early_stopping=False, max_iter=64)
    start, seen = (
        clone(trained).set_params(max_iter=n).fit(X).score(X) for n in (0, 64)
    )
    assert seen > start + 0.05


def test_what_was_judged_is_told(chosen):
    results, n = chosen.cv_results_, len(chosen.cv_results_["epochs"])
    assert {len(values) for values in results.values()} == {n}
    assert (results["epochs"][0], results["weight"][0]) == (0, 0.0)
    at = (results["epochs"] == chosen.best_iter_) & (
        results["weight"] == chosen.best_weight_
    )
    assert np.flatnonzero(at) == [chosen.best_index_]
    of_three_folds = 1.886  # the t-distribution with two degrees of freedom
    clear = results["mean_test_gain"] > of_three_folds * results["std_error_test_gain"]
    assert results["mean_test_score"][at] == results["mean_test_score"][clear].max()
    assert chosen.best_loss_ == -results["mean_test_score"][at]
    assert results["mean_test_gain"][at] > results["std_error_test_gain"][at]
    assert chosen.n_iter_ == chosen.best_iter_ == len(chosen.loss_curve_)


def test_a_callback_may_end_trainings(curve):
    stop = EarlyStopping(
        monitor="train_loss", patience=1, threshold=10, threshold_mode="abs"
    )
    params = {"max_iter": 64, "random_state": 0, "net_params": {"callbacks": [stop]}}
    model = AutoencoderTransformer(1, cv=3, **params).fit(curve[0])
    gains = model.cv_results_["mean_test_gain"]
    assert (gains[1:] != 0).all()  # of two epochs
    assert model.n_iter_ <= 2


def test_a_training_that_diverges_leaves_the_start(curve):
    model = AutoencoderTransformer(
        1, cv=3, max_iter=3, learning_rate_init=1e30, random_state=0
    )
    with pytest.warns(UserWarning, match="diverged"):
        model.fit(curve[0])
    assert model.best_iter_ == 0
    assert_allclose(
        model.transform(curve[0]), PCA(1).fit_transform(curve[0]), atol=1e-5
    )


def test_without_folds_nothing_is_chosen(curve):
    model = AutoencoderTransformer(1, max_iter=2, cv=None, random_state=0).fit(curve[0])
    assert model.cv_results_ is model.best_weight_ is model.best_index_ is None


def test_the_best_point_is_taken_if_it_is_clearly_better():
    points = [(0, 0.0), (5, 0.5), (5, 1.0)]
    rng = np.random.default_rng(0)
    start = rng.normal(size=100)
    noise = rng.normal(size=100) - 0.05
    scores = np.array([start, start + 0.5 + 0.1 * noise, start + 0.4])
    assert _choice(points, scores, np.zeros((3, 1)), 5, 80)[:2] == (5, 0.5)
    # A gain of little more than its standard error is none.
    scores = np.array([start, start + 0.05 + noise, start - 1])
    assert _choice(points, scores, np.zeros((3, 1)), 5, 80)[:2] == (0, 0.0)
    # Of a surer gain it may be less.
    scores = np.array([start, start + 0.05 + noise, start + 0.01])
    assert _choice(points, scores, np.zeros((3, 1)), 5, 80)[:2] == (5, 1.0)
    # What else must not get worse has got worse at one of them.
    scores = np.array([start, start + 0.5, start + 0.4])
    assert _choice(points, scores, np.array([[1.0], [1.1], [0.9]]), 5, 80)[:2] == (
        5,
        1.0,
    )
    # A training that diverged.
    scores = np.array([start, start + 0.5, np.full(100, np.nan)])
    assert _choice(points, scores, np.zeros((3, 1)), 5, 80)[:2] == (5, 0.5)


def test_the_standard_error_is_that_of_nadeau_and_bengio():
    """Of folds of one row their formula can be taken as it stands."""
    gains = np.random.default_rng(0).normal(size=20)
    scores = np.array([np.zeros(20), gains])
    results = _choice([(0, 0.0), (5, 1.0)], scores, np.zeros((2, 1)), 20, 19).results
    expected = np.sqrt((1 / 20 + 1 / 19) * np.var(gains, ddof=1))
    assert_allclose(results["std_error_test_gain"], [0, expected])


def test_a_training_that_diverges_at_last_is_told_as_what_it_is():
    """Its best epoch is kept, not a point on the way to where it ended."""
    net = SimpleNamespace(diverged_=True, interrupted_=False)
    result = SimpleNamespace(net=net, best_iter=3)
    choice = Choice(5, 0.5, -1.0, {"epochs": np.array([0, 5])}, 1)
    assert choice.told_of(result).best_iter == 3
    assert choice.attributes(result)["best_weight_"] == 1
    # But a start that was chosen is kept.
    net.module_ = torch.nn.Linear(2, 2)
    path = Path(0.0)
    path.on_start(net, None, None)
    torch.nn.init.zeros_(net.module_.weight)
    path.on_train_end(net)
    assert_array_equal(net.module_.weight.detach(), path.start_["weight"])
    assert (path.start_["weight"] != 0).all()


@pytest.mark.parametrize(
    ("max_epochs", "lengths"),
    [(0, []), (1, [1]), (5, [1, 2, 3, 5]), (400, [7, 13, 25, 50, 100, 200, 400])],
)
def test_trainings_get_longer_by_two(max_epochs, lengths):
    assert _lengths(max_epochs) == lengths


class Told:
    """A fold whose networks are the epochs of their training, with losses as told."""

    beginning, n_fitted = SimpleNamespace(module=0), 10

    def __init__(self, losses, first):
        self.losses = losses
        self.held_out = np.arange(first, first + 10)

    def trained(self, epochs, settings):
        return epochs, epochs

    def at(self, path, weight):
        return 0

    def judge(self, module, settings):
        return self.losses[module] * np.linspace(0.5, 1.5, 10), np.zeros(1)


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        # Of two trainings that are no good nothing follows for longer ones.
        ({0: 1.0, 1: 1.2, 2: 1.1, 4: 0.9, 8: 0.8, 16: 0.8}, 8),
        ({0: 1.0, 1: 0.7, 2: 0.8, 4: 0.6, 8: 0.9}, 4),
        # Of a third one it does.
        ({0: 1.0, 1: 1.2, 2: 1.1, 4: 1.0}, 0),
        ({0: 1.0, 1: 0.9, 2: 0.8, 4: 0.8}, 2),
    ],
)
def test_trainings_get_longer_until_one_from_the_third_on_is_no_better(
    losses, best, monkeypatch
):
    folds = [Told(losses, 0), Told(losses, 10)]
    monkeypatch.setattr(_out_of_fold, "folds_of", lambda *args: folds)
    settings = SimpleNamespace(max_epochs=64, seed=0)
    choice = choose_out_of_fold(np.zeros((20, 1)), 2, None, settings)
    assert choice.epochs == best
    # A length of which nothing is told would have been a KeyError.
    assert {*choice.results["epochs"]} == {*losses}


@pytest.mark.parametrize(
    "params",
    [
        *({"bottleneck": name} for name in sorted(BOTTLENECKS)),
        *({"loss": name} for name in sorted(LOSSES)),
        *({"network": name} for name in sorted(NETWORKS)),
        *({"corruption": name} for name in sorted(CORRUPTIONS)),
        {"init": "random"},
        {"scale": True},
    ],
    ids=str,
)
def test_every_kind_can_be_chosen_for(params):
    X = (1 + load_digits().data[:40, 16:32]) / 18
    if "network" in params:
        params["sample_shape"] = NETWORKS[params["network"]]().example_shape(16)
    model = AutoencoderTransformer(2, cv=2, max_iter=2, random_state=0, **params)
    assert np.isfinite(model.fit(X).cv_results_["mean_test_score"]).all()
    assert np.isfinite(model.score_samples(X)).all()


@pytest.mark.parametrize(
    "Estimator", [AutoencoderTransformer, AutoencoderOutlierDetector]
)
def test_tables_with_levels_can_be_chosen_for(Estimator):
    """Also where a level, or what a column has, is in one fold alone."""
    rng = np.random.default_rng(0)
    height = rng.normal(size=60)
    X = pd.DataFrame(
        {
            "height": np.where(rng.random(60) < 0.1, np.nan, height),
            "square": height**2 + 0.05 * rng.normal(size=60),
            "size": pd.cut(height, [-9, -1, 0, 1, 9], labels=list("abcd")),
            "rare": np.where(np.arange(60) == 7, "seen once", "often"),
        }
    )
    model = Estimator(1, cv=3, max_iter=4, random_state=0).fit(X)
    results = model.cv_results_
    assert results["epochs"].max() > 0
    assert np.isfinite(results["mean_test_score"]).all()
    assert np.isfinite(model.score_samples(X)).all()


def test_missing_entries_and_sparse_rows_can_be_chosen_for(curve):
    X = curve[0].copy()
    params = {"cv": 3, "max_iter": 20, "random_state": 0}
    whole = AutoencoderTransformer(1, **params).fit(sparse.csr_array(X))
    same = AutoencoderTransformer(1, **params).fit(X)
    assert whole.best_iter_ == same.best_iter_
    assert_allclose(whole.transform(X), same.transform(X), 1e-3, 1e-4)
    X = np.vstack(curve)
    X[::7, 1] = np.nan
    model = AutoencoderTransformer(1, **params).fit(X)
    assert model.best_iter_ > 0
    assert np.isfinite(model.transform(X)).all()


def test_the_same_fit_gives_the_same_bits(curve, chosen):
    again = clone(chosen).fit(curve[0])
    assert_array_equal(again.transform(curve[1]), chosen.transform(curve[1]))
    back = pickle.loads(pickle.dumps(chosen))
    assert_array_equal(back.transform(curve[1]), chosen.transform(curve[1]))
    for name, values in chosen.cv_results_.items():
        assert_array_equal(back.cv_results_[name], values)
        assert_array_equal(again.cv_results_[name], values)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cv": 1}, "cv.*must be a str among.*an int in the range"),
        ({"cv": 61}, "cv=61 needs as many samples at least.*X has 60"),
        ({"cv": ShuffleSplit(1)}, r"cv=ShuffleSplit\(.* two folds at least; got 1"),
        (
            {"cv": PredefinedSplit([0] * 59 + [1] + [2] * 2)},
            r"(?s)cv=PredefinedSplit\(.* does not split the 60 samples of X",
        ),
        (
            {"cv": StratifiedKFold()},
            r"cv=StratifiedKFold\(.* told neither y nor groups",
        ),
        (
            {"cv": PredefinedSplit([0] * 59 + [1])},
            "two samples to fit .* of 60 it leaves 1 and holds out 59",
        ),
    ],
)
def test_folds_that_cannot_be_are_refused(curve, params, message):
    model = AutoencoderTransformer(1, **params)
    with pytest.raises(ValueError, match=message):
        model.fit(curve[0])
    assert not hasattr(model, "model_")


def test_a_splitter_may_say_which_rows_are_held_out(curve, chosen):
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    as_by_default = KFold(3, shuffle=True, random_state=seed)
    model = clone(chosen).set_params(cv=as_by_default).fit(curve[0])
    assert_array_equal(model.transform(curve[1]), chosen.transform(curve[1]))
    for name, values in chosen.cv_results_.items():
        assert_array_equal(model.cv_results_[name], values)


def test_rows_that_belong_together_can_be_held_out_together():
    """Copies of a row tell nothing of others: among them leaving PCA looks good."""
    rng = np.random.default_rng(0)
    few = rng.normal(size=(10, 2)) @ rng.normal(size=(2, 5)) + rng.normal(size=(10, 5))
    X = np.repeat(few, 8, axis=0) + 0.01 * rng.normal(size=(80, 5))
    model = AutoencoderTransformer(1, max_iter=40, random_state=0)
    groups = PredefinedSplit(np.arange(80) // 16)
    assert clone(model).set_params(cv=5).fit(X).best_iter_ > 0
    assert model.set_params(cv=groups).fit(X).best_iter_ == 0


def test_a_row_that_several_folds_hold_out_counts_once(curve):
    X = curve[0][:40]
    model = AutoencoderTransformer(1, max_iter=4, random_state=0)
    folds = RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)
    results = model.set_params(cv=folds).fit(X).cv_results_
    assert results["epochs"].max() == 4
    errors = np.zeros((2, 40))
    for repeat, (train, test) in zip([0, 0, 1, 1], folds.split(X), strict=True):
        scale = np.sqrt(X[train].var(axis=0).mean())
        pca = PCA(1).fit(X[train])
        left = (X[test] - pca.inverse_transform(pca.transform(X[test]))) / scale
        errors[repeat, test] = np.square(left).mean(axis=1)
    assert -results["mean_test_score"][0] == pytest.approx(errors.mean(), rel=1e-4)


def test_a_fold_without_which_nothing_can_be_learned_does_not_judge(curve):
    X = np.column_stack([curve[0], curve[0][:, 1] + 1])
    X[1:, 4] = np.nan
    model = AutoencoderTransformer(1, cv=2, max_iter=4, random_state=0).fit(X)
    results = model.cv_results_
    assert np.isfinite(results["mean_test_score"]).all()
    assert results["epochs"].max() > 0
    # The rows of the other fold have judged alone.
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    folds = KFold(2, shuffle=True, random_state=seed).split(X)
    train, test = next((train, test) for train, test in folds if 0 in train)
    start = AutoencoderTransformer(1, max_iter=0, random_state=0).fit(X[train])
    assert_allclose(results["mean_test_score"][0], start.score(X[test]), 1e-4)


def test_where_no_fold_can_judge_the_start_is_kept(curve):
    X = np.column_stack([curve[0], curve[0][:, 1:3]])
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    for j, (_, test) in enumerate(
        KFold(2, shuffle=True, random_state=seed).split(X), start=4
    ):
        X[np.setdiff1d(np.arange(len(X)), test[:1]), j] = np.nan
    model = AutoencoderTransformer(1, cv=2, max_iter=4, random_state=0).fit(X)
    assert (model.best_iter_, model.best_weight_, model.best_index_) == (0, 0.0, 0)
    assert np.isnan([*model.cv_results_["mean_test_score"], model.best_loss_]).all()
    start = AutoencoderTransformer(1, max_iter=0, random_state=0).fit(X)
    assert_allclose(model.transform(X), start.transform(X), 1e-5, 1e-6)


def test_few_rows_judge_by_folds_by_default(curve, chosen):
    params = {"max_iter": 20, "random_state": 0}
    by_default = AutoencoderTransformer(1, **params).fit(curve[0])
    asked = AutoencoderTransformer(1, cv=5, **params).fit(curve[0])
    assert_array_equal(by_default.transform(curve[1]), asked.transform(curve[1]))
    held_out = AutoencoderTransformer(1, cv=None, **params).fit(curve[0])
    assert held_out.cv_results_ is None


def test_a_warm_start_is_refused(curve, chosen):
    model = pickle.loads(pickle.dumps(chosen)).set_params(warm_start=True)
    with pytest.raises(ValueError, match="cv=3 chooses how far to go from a new start"):
        model.fit(curve[0])
    assert model.best_iter_ == chosen.best_iter_


def test_an_interrupt_leaves_the_estimator_as_it_was(curve, monkeypatch):
    from sk_autoencoder.estimators import _beginning

    def interrupted(*args):
        raise KeyboardInterrupt

    model = AutoencoderTransformer(1, cv=3, max_iter=2, random_state=0)
    monkeypatch.setattr(_beginning.Beginning, "judge", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(curve[0])
    assert not hasattr(model, "n_features_in_")
