"""The way of a training, from its start to its end."""

# SPDX-License-Identifier: BSD-3-Clause

from types import SimpleNamespace

from numpy.testing import assert_allclose
from torch import nn

from sk_autoencoder.training import Path


def test_a_path_is_the_straight_line_between_weights():
    net = nn.Linear(2, 2)
    path, ends = Path(0.25), []
    for _ in (1, 2):  # as if the first had diverged
        state = {name: value.clone() for name, value in net.state_dict().items()}
        path.on_start(SimpleNamespace(module_=net), None, None)
        ends.append(state)
        nn.init.normal_(net.weight)
        path.end_ = {name: value.clone() for name, value in net.state_dict().items()}
    path.on_train_end(SimpleNamespace(module_=net, diverged_=False))
    expected = 0.75 * ends[0]["weight"] + 0.25 * path.end_["weight"]
    assert_allclose(net.weight.detach(), expected, 1e-6)
