"""Random samples against a search by hand."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist

from sk_autoencoder.scoring._samples import Samples, draw


@pytest.mark.parametrize(("n_rows", "size"), [(100, 7), (100, 50), (20, 16), (3, 16)])
def test_rows_are_drawn_equally_often_and_once_a_sample(n_rows, size):
    n_samples = 60
    index = draw(n_rows, size, n_samples, np.random.default_rng(0))
    index = index.reshape(n_samples, -1)
    assert index.shape[1] == min(size, n_rows // 2)
    assert all(len(np.unique(row)) == len(row) for row in index)
    counts = np.bincount(index.ravel(), minlength=n_rows)
    assert np.ptp(counts) <= 0.5 * index.size / n_rows + 1


def test_the_nearest_point_of_each_sample_is_found():
    rng = np.random.default_rng(0)
    values, points, X = rng.normal(size=(3, 60, 4)).astype(np.float32)
    samples = Samples(values, points, 5)
    by_hand = np.array(
        [
            points[i : i + 12][cdist(X, points[i : i + 12]).argmin(1)]
            for i in range(0, 60, 12)
        ]
    ).swapaxes(0, 1)
    assert_array_equal(samples.nearest(X), by_hand)
    expected = np.square(X[:, None] - by_hand).sum(axis=2).mean(axis=1)
    assert_allclose(samples.squared_distances(X), expected, rtol=1e-5)


def test_a_row_is_not_its_own_neighbor_nor_are_its_duplicates():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 3)).astype(np.float32)
    values[1] = values[0]
    found = Samples(values, values, 2).nearest(values)  # (40, 2, 3)
    distance = cdist(values, values)
    distance[distance == 0] = np.inf
    assert_array_equal(found[:, 0], values[:20][distance[:, :20].argmin(axis=1)])
    assert_array_equal(found[:, 1], values[20:][distance[:, 20:].argmin(axis=1)])


def test_rows_that_are_all_equal_are_at_no_distance():
    values = np.ones((10, 2), dtype=np.float32)
    assert_array_equal(Samples(values, values, 2).squared_distances(values), 0)


def test_the_block_size_does_not_matter(monkeypatch):
    rng = np.random.default_rng(0)
    values, X = rng.normal(size=(2, 64, 4))
    samples = Samples(values, values, 4)
    whole = samples.squared_distances(X)
    monkeypatch.setattr("sk_autoencoder._blocks.BLOCK_ENTRIES", 300)
    assert_allclose(samples.squared_distances(X), whole, rtol=1e-6)
