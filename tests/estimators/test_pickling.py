"""Fitted estimators in pickles and copies, from GPUs and from other versions."""

# SPDX-License-Identifier: BSD-3-Clause

import copy
import io
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning
from skorch.callbacks import EarlyStopping, EpochScoring, LRScheduler
from torch import nn

import sk_autoencoder
from sk_autoencoder import AutoencoderOutlierDetector, AutoencoderTransformer
from sk_autoencoder.estimators import _versions
from sk_autoencoder.networks import Autoencoder

pytestmark = pytest.mark.rounding  # all compare the bits of a model and its copy


class Tied(nn.Module):
    """A module whose decoder has the weights of its encoder, and a mask."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.encoder = nn.Linear(n_features, n_components, bias=False)
        self.encoder.register_buffer("mask", torch.ones(n_features))
        self.decoder = Transposed(self.encoder)


class Transposed(nn.Module):
    def __init__(self, linear):
        super().__init__()
        self.weight = linear.weight

    def forward(self, x):
        return x @ self.weight


CALLBACKS = [LRScheduler("StepLR", step_size=2), EpochScoring("r2"), EarlyStopping()]

MODELS = {
    "transformer": AutoencoderTransformer(2),
    "detector": AutoencoderOutlierDetector(2),
    "variational": AutoencoderTransformer(2, bottleneck="variational"),
    "quantized": AutoencoderTransformer(2, bottleneck="quantized"),
    "recurrent": AutoencoderTransformer(2, network="recurrent", sample_shape=(6, 4)),
    "attention": AutoencoderTransformer(2, network="attention", sample_shape=(6, 4)),
    "random": AutoencoderTransformer(2, init="random"),
    "own": AutoencoderTransformer(2, network=Tied),
    "callbacks": AutoencoderTransformer(
        2, net_params={"callbacks": CALLBACKS, "optimizer": torch.optim.SGD}
    ),
}


@pytest.fixture(scope="module")
def X():
    t = np.random.default_rng(0).normal(size=(80, 2))
    return np.tanh(t @ np.random.default_rng(1).normal(size=(2, 24)))


@pytest.fixture(params=MODELS)
def model(request, X):
    return clone(MODELS[request.param]).set_params(max_iter=1, random_state=0).fit(X)


@pytest.fixture
def pretend_gpu(monkeypatch):
    """Return a function after which the tensors of a model seem to be on a GPU.

    They are written with the tag that torch writes for such ones, and ``cpu()`` copies
    them. Where torch finds no GPU it does not load the tag.
    """
    on_gpu = {}  # the tensors by where they are, so that no other comes to be there
    cpu = torch.Tensor.cpu

    def place(tensor):
        return tensor.untyped_storage().data_ptr()

    def pretend(model):
        criterion = model.model_.criterion.state_dict().values()
        on_gpu.update({place(t): t for t in (*tensors_of(model.net_), *criterion)})
        on_gpu.pop(0, None)  # where empty ones are

    def tag(storage):
        return "cuda:0" if storage.data_ptr() in on_gpu else "cpu"

    def to_cpu(tensor):
        return tensor.clone() if place(tensor) in on_gpu else cpu(tensor)

    monkeypatch.setattr(torch.serialization, "location_tag", tag)
    monkeypatch.setattr(torch.Tensor, "cpu", to_cpu)
    return pretend


def tensors_of(net):
    """Return all tensors of a net."""
    yield from net.module_.state_dict().values()
    yield from net.criterion_.state_dict().values()
    for group in net.optimizer_.param_groups:
        yield from group["params"]


def assert_is_whole(copied, model, X):
    """Check that a copy has each weight once, and does what the model does."""
    net = copied.net_
    assert net.module is net.module_
    assert copied.model_.module is net.module_
    assert net.criterion is net.criterion_
    moved = {id(p) for group in net.optimizer_.param_groups for p in group["params"]}
    assert moved == {id(p) for p in net.module_.parameters()}
    assert {tensor.device.type for tensor in tensors_of(net)} == {"cpu"}
    assert_array_equal(copied.score_samples(X), model.score_samples(X))
    assert_array_equal(net.predict(X), model.net_.predict(X))
    assert net.history == model.net_.history


def dumped(value):
    file = io.BytesIO()
    joblib.dump(value, file)
    return file


def test_pickles_and_copies_are_whole(model, X):
    assert_is_whole(pickle.loads(pickle.dumps(model)), model, X)
    assert_is_whole(joblib.load(dumped(model)), model, X)
    assert_is_whole(copy.deepcopy(model), model, X)
    assert not hasattr(clone(model), "model_")


def test_what_was_trained_on_a_gpu_is_loaded_without_one(model, X, pretend_gpu):
    on_cpu = len(pickle.dumps(model))
    pretend_gpu(model)
    text = pickle.dumps(model)
    assert abs(len(text) - on_cpu) < 1000
    assert_is_whole(pickle.loads(text), model, X)
    assert_is_whole(joblib.load(dumped(model)), model, X)
    codes = pickle.loads(pickle.dumps(model.model_)).encode(X)
    assert_array_equal(codes, model.model_.encode(X))
    net = pickle.loads(pickle.dumps(model.net_))
    assert_array_equal(net.predict(X), model.net_.predict(X))


def test_a_net_that_was_on_a_gpu_computes_where_it_is_loaded(X):
    model = AutoencoderTransformer(2, max_iter=1).fit(X)
    model.net_.device = "cuda:99"
    net = pickle.loads(pickle.dumps(model)).net_
    assert net.device == "cpu"
    assert net.predict(X).shape == X.shape


def test_a_module_whose_gpu_is_not_there_stays_on_the_cpu():
    module = Autoencoder(nn.Linear(3, 1), nn.Linear(1, 3))
    state = module.__getstate__() | {"_was_on": "cuda:99"}  # as no test can pickle
    loaded = Autoencoder.__new__(Autoencoder)
    loaded.__setstate__(state)
    assert loaded.encoder.weight.device.type == "cpu"
    assert torch.equal(loaded.encoder.weight, module.encoder.weight)


def test_a_loaded_net_can_be_trained_further(X):
    model = AutoencoderTransformer(2, max_iter=1, hidden_layer_sizes=8).fit(X)
    net = pickle.loads(pickle.dumps(model)).net_
    assert type(net.optimizer_) is torch.optim.AdamW
    assert net.optimizer_.defaults == model.net_.optimizer_.defaults
    net.partial_fit(model.model_.standardizer(X))
    assert net.history[:, "epoch"] == [1, 2]
    moved = net.optimizer_.state
    assert {int(moved[weight]["step"]) for weight in net.module_.parameters()} == {3}


def test_a_fitted_model_holds_weights_alone_and_once(X):
    model = AutoencoderTransformer(2, max_iter=2, hidden_layer_sizes=512).fit(X)
    module = model.net_.module_
    assert all(parameter.grad is None for parameter in module.parameters())
    assert not model.net_.optimizer_.state
    weights = sum(tensor.nbytes for tensor in module.state_dict().values())
    codes = model.transform(X).nbytes
    assert len(pickle.dumps(model)) < weights + codes + 25_000
    assert len(pickle.dumps(model.net_)) < weights + 20_000


def test_pickles_tell_their_versions(X):
    model = AutoencoderTransformer(2, max_iter=0).fit(X)
    state = model.__getstate__()
    assert state["_versions"] == {
        "sk_autoencoder": sk_autoencoder.__version__,
        "scikit-learn": sklearn.__version__,
        "torch": torch.__version__.split("+")[0],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = pickle.loads(pickle.dumps(model))
        copy.deepcopy(clone(model))
    assert vars(loaded).keys() == vars(model).keys()
    assert "_versions" not in vars(loaded)


@pytest.mark.parametrize("package", ["sk_autoencoder", "scikit-learn", "torch"])
def test_another_version_is_told_of(package, X, monkeypatch):
    model = AutoencoderTransformer(2, max_iter=0).fit(X)
    version, text = _versions.VERSIONS[package], pickle.dumps(model)
    monkeypatch.setitem(_versions.VERSIONS, package, "99.9")
    told = (
        f"estimator AutoencoderTransformer from version {version} of {package} when "
        f"using version 99.9 of {package}"
    )
    with pytest.warns(InconsistentVersionWarning) as caught:
        loaded = pickle.loads(text)
    (warning,) = caught
    assert told in str(warning.message)
    assert_array_equal(loaded.transform(X), model.transform(X))


def test_a_state_without_versions_is_loaded_with_a_warning(X):
    model = AutoencoderTransformer(2, max_iter=0).fit(X)
    loaded = AutoencoderTransformer()
    with pytest.warns(InconsistentVersionWarning) as caught:
        loaded.__setstate__(vars(model))
    assert [str(w.message).count("from version unknown of") for w in caught] == [1] * 3
    assert_array_equal(loaded.transform(X), model.transform(X))


def test_no_call_changes_what_is_pickled():
    """A single nullable column remembers what it was asked for."""
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 1))).convert_dtypes()
    model = AutoencoderOutlierDetector(1, max_iter=0, random_state=0).fit(X)
    before = pickle.dumps(model)
    model.expected(X)
    assert pickle.dumps(model) == before
