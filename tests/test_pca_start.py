"""The axes from which the network starts."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA
from torch import nn

from sk_autoencoder._pca_start import principal_axes, start_at_pca
from sk_autoencoder.networks import ReconstructionLoss, SquaredError


@pytest.fixture
def Z():
    X = np.random.default_rng(0).normal(size=(50, 4)) @ np.diag([4.0, 2.0, 1.0, 0.5])
    return X - X.mean(axis=0)


def test_axes_and_deviations_are_those_of_pca(Z):
    axes, deviations = principal_axes(Z, 3, seed=0)
    pca = PCA(3).fit(Z)
    assert_array_equal(axes, pca.components_)
    assert_allclose(deviations**2, pca.explained_variance_)


def test_axes_that_the_data_do_not_have_are_zero(Z):
    axes, deviations = principal_axes(Z, 6, seed=0)
    assert_array_equal(axes[4:], np.zeros((2, 4)))
    assert_array_equal(deviations[4:], [1, 1])
    axes, _ = principal_axes(Z[:2] - Z[:2].mean(axis=0), 3, seed=0)
    assert_array_equal(axes[2:], np.zeros((1, 4)))


def test_axes_without_variance_keep_a_deviation_of_one(Z):
    Z[:, 3] = Z[:, 0]  # a plane of three dimensions
    axes, deviations = principal_axes(Z, 4, seed=0)
    assert deviations[3] == 1
    assert_allclose((axes**2).sum(axis=1), 1)


def test_data_that_do_not_vary_have_axes_without_a_warning(recwarn):
    _, deviations = principal_axes(np.zeros((10, 3)), 2, seed=0)
    assert_array_equal(deviations, [1, 1])
    assert not recwarn.list


def test_the_corrections_act_only_where_there_were_training_data(Z):
    class Sees(nn.Module):
        def forward(self, x):
            self.seen = x
            return torch.zeros(len(x), 1)

    encoder, decoder = Sees(), Sees()
    criterion = ReconstructionLoss(SquaredError(), torch.zeros(4), torch.ones(4))
    to_code, to_output = start_at_pca(encoder, decoder, 2, Z, criterion, seed=0)
    pca = PCA(2).fit(Z)
    far = torch.tensor([[1e3, -1e3, 0.0, 0.1]])
    code = to_code(far).detach()
    assert_allclose(code, pca.transform(far), rtol=1e-5)
    assert_allclose(
        encoder.seen[0].detach(), [Z[:, 0].max(), Z[:, 1].min(), 0.0, 0.1], 1e-6
    )
    to_output(code)
    whitened = pca.transform(Z) / np.sqrt(pca.explained_variance_)
    bound = 2 * np.abs(whitened).max(axis=0)
    assert_allclose(decoder.seen[0].detach().abs(), bound, rtol=1e-5)
