"""The fit that both estimators share: its parameters, accidents and promises."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from skorch.callbacks import Callback
from torch import nn

from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.data import _rows
from sk_autoencoder.metrics import reconstruction_r2
from sk_autoencoder.networks import Dense, Huber, SquaredError
from sk_autoencoder.training import _batches

ESTIMATORS = (AutoencoderTransformer, AutoencoderOutlierDetector)


def weights(model):
    return model.net_.module_.state_dict()


def assert_same_weights(one, other):
    for name, value in weights(one).items():
        assert torch.equal(value, weights(other)[name]), name


# ----------------------------------------------------------------------- bad input


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([[1.0, np.nan], [2.0, np.nan]], ValueError, "contains NaN in all"),
        ([[1.0, np.inf], [2.0, 3.0]], ValueError, "contains infinity"),
        ([1.0, 2.0, 3.0], ValueError, "Expected 2D array, got 1D array"),
        (np.empty((0, 3)), ValueError, "0 sample"),
        (np.empty((3, 0)), ValueError, r"0 feature\(s\)"),
        ([[1.0, 2.0]], ValueError, "1 sample.*a minimum of 2 is required"),
        (np.full((2, 2), 1j), ValueError, "Complex data not supported"),
        ([["a", "b"], ["c", "d"]], ValueError, "could not convert string to float"),
    ],
)
def test_bad_data_are_refused_and_nothing_is_fitted(Estimator, X, error, message):
    model = Estimator()
    with pytest.raises(error, match=message):
        model.fit(X)
    assert not [name for name in vars(model) if name.endswith("_")]
    with pytest.raises(NotFittedError):
        model.score_samples([[1.0, 2.0]])


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_components": 0}, "n_components.*Got 0 instead"),
        ({"n_components": 1.5}, "n_components.*Got 1.5 instead"),
        ({"network": "convex"}, "network.*'dense'.*Got 'convex' instead"),
        ({"loss": "square"}, "loss.*'squared_error'.*Got 'square' instead"),
        ({"activation": "swish"}, "activation.*'silu'.*Got 'swish' instead"),
        ({"init": "svd"}, "init.*'pca'.*Got 'svd' instead"),
        ({"validation_fraction": 1.0}, "validation_fraction.*Got 1.0 instead"),
        ({"hidden_layer_sizes": [8, 0]}, r"at least 1; got \[8, 0\]"),
        ({"hidden_layer_sizes": [2.5]}, r"integers.*got \[2.5\]"),
        ({"hidden_layer_sizes": True}, "hidden_layer_sizes.*Got True instead"),
        ({"hidden_layer_sizes": (8, [4])}, r"at least 1; got \(8, \[4\]\)"),
        ({"network": Huber()}, r"network.*Network.*Got Huber\(delta=1.35\)"),
        ({"net_params": {"callbacks": "disable"}}, "must be a list, got 'disable'"),
        ({"loss": Huber(delta=-1.0)}, r"'delta' parameter of Huber .* Got -1.0"),
        ({"device": "abacus"}, "such as 'cpu'; got 'abacus'"),
        ({"device": "cuda:99"}, "such as 'cpu'; got 'cuda:99'"),
        ({"device": "meta"}, "such as 'cpu'; got 'meta'"),
        ({"device": "hpu"}, "such as 'cpu'; got 'hpu'"),
        ({"net_params": {"module": 3}}, "'module', got 3: the parameter network"),
        ({"net_params": {"device": "cuda"}}, "'device', got 'cuda': the parameter dev"),
        (
            {"net_params": {"lr": "a"}},
            "'lr', got 'a': the parameter learning_rate",
        ),
        ({"net_params": {"train_split": None}}, "got None: .* early_stopping and"),
        ({"net_params": {"iterator_train": 3}}, "'iterator_train', got 3: training"),
        ({"net_params": {1: 2}}, "names as keys; got 1"),
        ({"net_params": {"optimizer__x": 3}}, "net_params={'optimizer__x': 3}: .* 'x'"),
        ({"net_params": {"speed": 9}}, "net_params={'speed': 9}: .* argument.* speed"),
        (
            {"net_params": {"optimizer__betas": 3}},
            "net_params={'optimizer__betas': 3}: 'int' object is not",
        ),
        ({"n_components": True}, "n_components.*Got True instead"),
        ({"max_iter": True}, "max_iter.*Got True instead"),
        (
            {"network": "attention", "sample_shape": [5]},
            r"needs sample_shape=\(time, channels\)",
        ),
    ],
)
def test_bad_parameters_are_quoted_with_what_would_be_right(Estimator, params, message):
    with pytest.raises(ValueError, match=message):
        Estimator(**params).fit(np.eye(5))


@pytest.mark.parametrize("contamination", [0, 0.51, -0.1, "some"])
def test_contamination_outside_its_range_is_refused(contamination):
    with pytest.raises(ValueError, match=f"contamination.*Got {contamination!r}"):
        AutoencoderOutlierDetector(contamination=contamination).fit(np.eye(5))


@pytest.mark.parametrize(
    ("loss", "value", "message"),
    [
        ("log_loss", 1.5, "Values above 1 .* between 0 and 1; X has 1.5"),
        ("log_loss", -0.5, "Negative values .* between 0 and 1; X has -0.5"),
        ("poisson", -2.0, r"Negative values .* between 0 and 1e\+30; X has -2"),
    ],
)
def test_data_outside_the_domain_of_the_loss_are_refused(loss, value, message):
    X = np.random.default_rng(0).uniform(size=(20, 3))
    model = AutoencoderTransformer(1, loss=loss, max_iter=1).fit(X)
    X[3, 1] = value
    with pytest.raises(ValueError, match=message):
        model.score(X)
    with pytest.raises(ValueError, match=message):
        clone(model).fit(X)


def test_a_wrong_number_of_features_is_refused(digits):
    model = AutoencoderTransformer(max_iter=0).fit(digits[0])
    with pytest.raises(ValueError, match=r"X has 3 features.*expecting 64"):
        model.transform(np.zeros((2, 3)))


def test_a_fit_that_fails_leaves_the_last_one_in_place(digits):
    X = digits[0]
    model = AutoencoderTransformer(3, max_iter=1, random_state=0).fit(X)
    codes = model.transform(X)
    with pytest.raises(ValueError, match="NaN"):
        model.fit([[np.nan, 1.0], [np.nan, 3.0]])
    model.net_params = {"callbacks": [RaiseInEpoch(1, RuntimeError("boom"))]}
    with pytest.raises(RuntimeError, match="boom"):
        model.fit(X[:, :10])
    assert_array_equal(model.transform(X), codes)


# ---------------------------------------------------------------------- odd input


@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "X",
    [
        np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]]),
        np.arange(12.0)[:, None],
        np.ones((10, 4)),
        np.column_stack([np.arange(30.0), np.full(30, 0.1)]),
        np.random.default_rng(0).normal(size=(3, 50)),
        np.repeat([[1.0, 2.0], [3.0, 5.0]], 20, axis=0),
        np.column_stack([np.arange(30.0), np.full(30, 1e300 / 7)]),
    ],
    ids=[
        "two rows",
        "one feature",
        "constant",
        "a constant",
        "wide",
        "duplicates",
        "a huge constant",
    ],
)
def test_degenerate_data_are_fitted(Estimator, X):
    model = Estimator(random_state=0).fit(X)
    scores = model.score_samples(X)
    assert scores.shape == (len(X),)
    assert np.isfinite(scores).all()


@pytest.mark.rounding
@pytest.mark.parametrize("layout", ["read-only", "memmap", "Fortran", "strided"])
def test_the_layout_of_the_data_does_not_matter(
    digits, layout, tmp_path, steady, assert_same_but_for_rounding
):
    X = np.ascontiguousarray(digits[0])
    expected = AutoencoderTransformer(3, max_iter=2, random_state=0, **steady).fit(X)
    if layout == "read-only":
        odd = X.copy()
        odd.setflags(write=False)
    elif layout == "memmap":
        joblib.dump(X, tmp_path / "X")
        odd = joblib.load(tmp_path / "X", mmap_mode="r")
    elif layout == "Fortran":
        odd = np.asfortranarray(X)
    else:
        odd = np.repeat(X, 2, axis=0)[::2]
    before = odd.copy()
    model = AutoencoderTransformer(3, max_iter=2, random_state=0, **steady).fit(odd)
    assert_same_but_for_rounding(model.transform(odd), expected.transform(X))
    assert_array_equal(odd, before)


@pytest.mark.rounding
def test_a_refit_on_other_shapes_starts_anew(digits):
    X = digits[0]
    model = AutoencoderTransformer(3, max_iter=2, random_state=0).fit(X[:, 10:30])
    model.set_params(n_components=5).fit(X)
    fresh = AutoencoderTransformer(5, max_iter=2, random_state=0).fit(X)
    assert_same_weights(model, fresh)


# ---------------------------------------------------------------------- randomness


@pytest.mark.rounding
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_one_seed_gives_the_same_bits_and_another_does_not(digits, Estimator):
    X = digits[0]
    one, same, other = (
        Estimator(3, max_iter=3, random_state=seed).fit(X) for seed in (0, 0, 1)
    )
    assert_same_weights(one, same)
    assert_array_equal(one.score_samples(X), same.score_samples(X))
    assert not np.array_equal(one.score_samples(X), other.score_samples(X))


@pytest.mark.rounding
def test_the_number_of_threads_changes_rounding_only(
    digits, steady, assert_same_but_for_rounding
):
    n_threads = torch.get_num_threads()
    scores = []
    for n in (1, 2):
        torch.set_num_threads(n)
        model = AutoencoderTransformer(3, max_iter=3, random_state=0, **steady)
        scores.append(model.fit(digits[0]).score_samples(digits[1]))
        assert torch.get_num_threads() == n
    torch.set_num_threads(n_threads)
    assert_same_but_for_rounding(*scores)


@pytest.mark.rounding
@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_large_memory_mapped_array_is_never_read_whole(
    Estimator,
    dtype,
    digits,
    tmp_path,
    monkeypatch,
    steady,
    assert_same_but_for_rounding,
):
    X = digits[0].astype(dtype)
    expected = Estimator(3, max_iter=3, random_state=0, **steady).fit(X)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    monkeypatch.setattr(_rows, "SMALL_COPY", 0)
    asked, select = [], _rows.Late.__getitem__
    monkeypatch.setattr(
        _rows.Late,
        "__getitem__",
        lambda self, index: asked.append(len(index)) or select(self, index),
    )
    monkeypatch.setattr(_batches, "GATHERED_ROWS", 64)
    model = Estimator(3, max_iter=3, random_state=0, **steady).fit(mapped)
    for name, value in weights(expected).items():
        assert_same_but_for_rounding(weights(model)[name], value, name)
    assert_same_but_for_rounding(model.score_samples(mapped), expected.score_samples(X))
    assert 0 < max(asked) < len(X) // 4


@pytest.mark.rounding
def test_fits_in_threads_do_not_disturb_each_other(digits):
    models = [AutoencoderTransformer(2, max_iter=3, random_state=0) for _ in range(3)]
    state = torch.get_rng_state()
    with ThreadPoolExecutor(3) as pool:
        models = list(pool.map(lambda model: model.fit(digits[0]), models))
    for model in models[1:]:
        assert_same_weights(models[0], model)
    assert torch.equal(torch.get_rng_state(), state)


def test_global_random_states_are_left_alone(digits):
    numpy_state = np.random.get_state()  # noqa: NPY002
    torch_state = torch.get_rng_state()
    model = AutoencoderTransformer(2, max_iter=2, random_state=0).fit(digits[0])
    model.transform(digits[0])
    for before, after in zip(numpy_state, np.random.get_state(), strict=True):  # noqa: NPY002
        assert_array_equal(after, before)
    assert torch.equal(torch.get_rng_state(), torch_state)


# -------------------------------------------------------------------------- pickling


@pytest.mark.rounding
def test_pickles_cross_processes(digits, tmp_path):
    X = digits[1]
    models = [
        Estimator(2, max_iter=1, random_state=0, verbose=1).fit(digits[0])
        for Estimator in ESTIMATORS
    ]
    (tmp_path / "models").write_bytes(pickle.dumps(models))
    np.save(tmp_path / "X.npy", X)
    code = (
        "import pickle, sys, numpy as np\n"
        "models = pickle.load(open('models', 'rb'))\n"
        "X = np.load('X.npy')\n"
        "np.save('scores.npy', [model.score_samples(X) for model in models])\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    expected = [model.score_samples(X) for model in models]
    assert_array_equal(np.load(tmp_path / "scores.npy"), expected)


# ------------------------------------------------------------------------ warm start


def test_warm_start_goes_on_where_the_last_fit_ended(digits):
    X = digits[0]
    model = AutoencoderTransformer(4, max_iter=5, warm_start=True, random_state=0)
    first = model.fit(X).score(X)
    mean, scale = model.mean_, model.scale_
    second = model.fit(X).score(X)
    assert second > first
    assert model.validation_loss_curve_[0] < 1.2 * -first
    assert model.mean_ is mean
    assert model.scale_ is scale


@pytest.fixture
def bent_plane():
    """Return 300 rows of 40 features on a bent plane: few axes are trained in."""
    rng = np.random.default_rng(0)
    return np.sin(rng.uniform(-1.5, 1.5, size=(300, 2)) @ rng.normal(size=(2, 40)))


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_training_in_few_axes_gives_a_network_of_the_features(Estimator, bent_plane):
    seen = {}

    class Look(Callback):
        def on_train_begin(self, net, X=None, y=None, **kwargs):
            seen["columns"] = X.tensor.shape[1]

    model = Estimator(
        2, max_iter=20, random_state=0, net_params={"callbacks": [Look()]}
    ).fit(bent_plane)
    assert seen["columns"] < 0.75 * 40
    assert model.net_.module_(torch.zeros(1, 40)).output.shape == (1, 40)
    assert model.best_loss_ < 0.9 * model.validation_loss_curve_[0]
    if Estimator is AutoencoderTransformer:
        pca = PCA(2).fit(bent_plane)
        gain = reconstruction_r2(model, bent_plane) - reconstruction_r2(pca, bent_plane)
        assert gain > 0.05
        # The loss in the axes is that in the features, up to the rows it is taken on.
        assert model.best_loss_ == pytest.approx(-model.score(bent_plane), rel=0.2)


@pytest.mark.rounding
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_warm_start_goes_on_after_training_in_few_axes(Estimator, bent_plane):
    model = Estimator(2, max_iter=10, warm_start=True, random_state=0).fit(bent_plane)
    before, loss = model.score_samples(bent_plane), model.best_loss_
    model.set_params(max_iter=0).fit(bent_plane)
    assert_allclose(model.score_samples(bent_plane), before, rtol=1e-4)
    model.set_params(max_iter=30).fit(bent_plane)
    assert model.best_loss_ < 0.95 * loss


def test_warm_start_needs_two_rows_too(digits):
    model = AutoencoderTransformer(4, max_iter=0, warm_start=True).fit(digits[0])
    with pytest.raises(ValueError, match="a minimum of 2 is required"):
        model.fit(digits[0][:1])


def test_a_part_that_changes_after_the_fit_changes_nothing_fitted(digits):
    model = AutoencoderTransformer(4, loss=Huber(1.0), max_iter=1).fit(digits[0])
    score = model.score(digits[1])
    assert model.set_params(loss__delta=0.01).score(digits[1]) == score


@pytest.mark.rounding
def test_a_cold_start_forgets(digits):
    model = AutoencoderTransformer(4, max_iter=3, random_state=0).fit(digits[0])
    score = model.score(digits[1])
    assert model.fit(digits[0]).score(digits[1]) == score


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_components": 5}, "n_components was 4; got 5"),
        (
            {"hidden_layer_sizes": (7,)},
            r"hidden_layer_sizes was \(256, 128\); got \(7,\)",
        ),
        ({"activation": "relu"}, "activation was 'gelu'; got 'relu'"),
        ({"loss": "huber"}, r"loss was SquaredError\(\); got Huber"),
        ({"scale": True}, "scale was False; got True"),
    ],
)
def test_warm_start_refuses_another_network(digits, params, message):
    model = AutoencoderTransformer(4, max_iter=0, warm_start=True).fit(digits[0])
    with pytest.raises(ValueError, match=message):
        model.set_params(**params).fit(digits[0])


def test_warm_start_refuses_other_features(digits):
    model = AutoencoderTransformer(4, max_iter=0, warm_start=True).fit(digits[0])
    with pytest.raises(ValueError, match=r"X has 10 features.*expecting 64"):
        model.fit(digits[0][:, :10])


# -------------------------------------------------------------- accidents in training


class RaiseInEpoch(Callback):
    """Raise an exception in the middle of an epoch."""

    def __init__(self, epoch, exception):
        self.epoch = epoch
        self.exception = exception

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        if training and len(net.history) == self.epoch:
            raise self.exception


class SpoilWeights(Callback):
    """Make the network useless: at the end of the first epochs, or of every one."""

    def __init__(self, n_times):
        self.n_times = n_times

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        if training and self.n_times > 0 and len(net.history) >= 2:
            self.n_times -= 1
            with torch.no_grad():
                for parameter in net.module_.parameters():
                    parameter.fill_(float("nan"))


def test_a_loss_that_diverges_once_restarts_slower(digits):
    X = digits[0]
    model = AutoencoderTransformer(
        4,
        max_iter=4,
        learning_rate_init=0.003,
        random_state=0,
        net_params={"callbacks": [SpoilWeights(1)]},
    )
    with pytest.warns(
        UserWarning, match="diverged at a learning rate of 0.003;.*0.0003"
    ):
        model.fit(X)
    assert model.net_.lr == pytest.approx(0.0003)
    assert model.n_iter_ == 4
    assert reconstruction_r2(model, X) > reconstruction_r2(PCA(4).fit(X), X)


def test_a_restart_does_not_close_what_the_user_opened(digits):
    class Logger(SpoilWeights):
        closed = False

        def close(self):
            self.closed = True

    logger = Logger(1)
    model = AutoencoderTransformer(4, max_iter=4, net_params={"callbacks": [logger]})
    with pytest.warns(UserWarning, match="restarts"):
        model.fit(digits[0])
    assert not logger.closed


def test_a_loss_that_diverges_twice_keeps_the_best_state(digits):
    X = digits[0]
    model = AutoencoderTransformer(
        4, max_iter=4, random_state=0, net_params={"callbacks": [SpoilWeights(99)]}
    )
    with (
        pytest.warns(UserWarning, match="restarts"),
        pytest.warns(ConvergenceWarning, match="diverged again"),
    ):
        model.fit(X)
    assert reconstruction_r2(model, X) >= reconstruction_r2(PCA(4).fit(X), X) - 1e-6


def test_a_learning_rate_that_is_far_too_high_ends_at_pca(digits):
    X = digits[0]
    model = AutoencoderTransformer(
        4, loss="poisson", learning_rate_init=1e30, max_iter=3, random_state=0
    )
    with pytest.warns(UserWarning, match="diverged"):
        model.fit(X)
    start = AutoencoderTransformer(4, loss="poisson", max_iter=0).fit(X)
    assert model.score(X) == pytest.approx(start.score(X), rel=1e-5)


def test_an_interrupt_warns_and_keeps_the_best_state(digits):
    X = digits[0]
    model = AutoencoderTransformer(
        4,
        max_iter=10,
        random_state=0,
        net_params={"callbacks": [RaiseInEpoch(3, KeyboardInterrupt())]},
    )
    with pytest.warns(UserWarning, match="interrupted by user in epoch 3") as heard:
        model.fit(X)
    assert heard[0].filename == __file__
    assert model.n_iter_ == 2
    assert model.best_loss_ == min(model.validation_loss_curve_)
    assert reconstruction_r2(model, X) > reconstruction_r2(PCA(4).fit(X), X)


class PressCtrlC(Callback):
    """Send the signal that Ctrl-C sends, in the second epoch."""

    def on_batch_end(self, net, batch=None, training=False, **kwargs):
        if training and len(net.history) == 2:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def listening():
    """Have SIGINT raise KeyboardInterrupt, as it does not in a background process."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.mark.usefixtures("listening")
def test_a_real_interrupt_is_handled(digits):
    model = AutoencoderTransformer(
        4, max_iter=9, random_state=0, net_params={"callbacks": [PressCtrlC()]}
    )
    with pytest.warns(UserWarning, match="interrupted by user in epoch 2"):
        model.fit(digits[0])
    assert model.n_iter_ == 1
    assert np.isfinite(model.score(digits[1]))


# ------------------------------------------------------------------- the user's own


class TwoHeads(nn.Module):
    """A user's module that knows nothing of this package."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(n_features, 32), nn.BatchNorm1d(32), nn.ReLU(),
            nn.Linear(32, n_components),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(n_components, 32), nn.ReLU(), nn.Dropout(0.05),
            nn.Linear(32, n_features),
        )  # fmt: skip


@pytest.mark.rounding
@pytest.mark.parametrize("init", ["pca", "random"])
def test_a_module_of_the_users_own_is_trained(
    digits, init, assert_same_but_for_rounding
):
    X_train, X_test = digits
    model = AutoencoderTransformer(
        6, network=TwoHeads, init=init, max_iter=20, random_state=0
    ).fit(X_train)
    assert any(
        isinstance(part, nn.BatchNorm1d) for part in model.net_.module_.modules()
    )
    assert model.best_loss_ < 0.9 * model.validation_loss_curve_[0]
    codes = model.transform(X_test)  # those of three rows need no others
    assert_same_but_for_rounding(model.transform(X_test[:3]), codes[:3])
    restored = pickle.loads(pickle.dumps(model))
    assert_array_equal(restored.transform(X_test), codes)


def test_a_module_of_the_users_own_starts_at_pca(digits):
    X = digits[0]
    model = AutoencoderTransformer(6, network=TwoHeads, max_iter=0).fit(X)
    assert_allclose(model.transform(X), PCA(6).fit_transform(X), atol=5e-4)


def test_an_instance_is_no_network(digits):
    with pytest.raises(
        TypeError, match=r"module class or a factory.*instance TwoHeads"
    ):
        AutoencoderTransformer(network=TwoHeads(64, 2)).fit(digits[0])


@pytest.mark.rounding
def test_a_factory_may_give_the_same_module_each_time(digits):
    X, module = digits[0], TwoHeads(64, 2)
    first, second = (
        AutoencoderTransformer(
            2, network=lambda **sizes: module, init="random", max_iter=2, random_state=0
        )
        for _ in range(2)
    )
    codes = first.fit_transform(X)
    second.fit(X)
    assert_array_equal(first.transform(X), codes)
    assert_array_equal(second.transform(X), codes)  # both start where the module is


@pytest.mark.rounding
def test_a_part_is_a_network(digits):
    X = digits[0]
    named, part = (
        AutoencoderTransformer(network=network, max_iter=1, random_state=0).fit(X)
        for network in ("dense", Dense())
    )
    assert_same_weights(named, part)


def test_net_params_reach_the_net(digits):
    model = AutoencoderTransformer(
        2,
        max_iter=2,
        net_params={"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9},
    ).fit(digits[0])
    assert type(model.net_.optimizer_) is torch.optim.SGD
    assert model.net_.optimizer_.defaults["momentum"] == 0.9


def test_alpha_is_weight_decay(digits):
    model = AutoencoderTransformer(2, alpha=0.25, max_iter=1).fit(digits[0])
    assert model.net_.optimizer_.param_groups[0]["weight_decay"] == 0.25


def test_hidden_layers_are_mirrored(digits):
    model = AutoencoderTransformer(
        2, hidden_layer_sizes=(20, 10), init="random", max_iter=0
    ).fit(digits[0])
    shapes = [
        tuple(value.shape)
        for name, value in weights(model).items()
        if name.endswith("weight")
    ]
    assert shapes == [(20, 64), (10, 20), (2, 10), (10, 2), (20, 10), (64, 20)]


def test_training_ends_when_nothing_improves():
    X = np.random.default_rng(0).normal(size=(200, 3))  # nothing to learn
    model = AutoencoderTransformer(
        2, cv=None, n_iter_no_change=3, tol=0.5, random_state=0
    ).fit(X)
    # The warm-up takes part of 9 of 180 epochs, five sixths of 215, the next one sets
    # the measure; after three more the learning rate falls, for another three.
    assert model.n_iter_ == 9 + 1 + 3 + 3


# ------------------------------------------------------------------------- verbosity


@pytest.mark.parametrize(("verbose", "shown"), [(0, False), (1, True)])
def test_a_progress_bar_is_shown_only_if_asked_for(digits, capfd, verbose, shown):
    AutoencoderTransformer(max_iter=2, verbose=verbose).fit(digits[0])
    out, err = capfd.readouterr()
    assert out == ""
    assert ("AutoencoderTransformer" in err and "2/2" in err) == shown
    assert bool(err) == shown


class Oracle(SquaredError):
    """A loss that reconstructs from the rows themselves, where it has them."""

    def reconstruct(self, output, mean, scale, x=None):
        if x is None:
            return mean.expand(len(output), -1)
        return x.to(mean) * scale + mean


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_are_told_the_rows_that_they_reconstruct(dtype):
    X = np.random.default_rng(0).normal(3, 2, (30, 4)).astype(dtype)
    model = AutoencoderTransformer(loss=Oracle(), max_iter=1).fit(X)
    assert_allclose(model.reconstruct(X), X, rtol=1e-5, atol=1e-5)
    decoded = model.inverse_transform(model.transform(X))
    assert_allclose(decoded, np.tile(X.mean(axis=0), (30, 1)), rtol=1e-5)
    detector = AutoencoderOutlierDetector(
        loss=Oracle(), scoring="residual", max_iter=1
    ).fit(X)
    assert_allclose(detector.expected(X), X, rtol=1e-5, atol=1e-5)
    assert_allclose(detector.score_samples(X), 0, atol=1e-9)
