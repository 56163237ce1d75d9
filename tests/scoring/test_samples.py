"""Random samples against a search by hand."""

# SPDX-License-Identifier: BSD-3-Clause

import tracemalloc

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


def mean_of_least(X, points, n_samples, features=slice(None)):
    """Return the mean over samples of the least squared distance, and the points."""
    samples = np.split(points, n_samples)
    near = [p[cdist(X[:, features], p[:, features]).argmin(axis=1)] for p in samples]
    squares = np.square(X - np.array(near))[..., features].sum(axis=2)
    return squares.mean(axis=0), np.mean(near, axis=0)


@pytest.mark.parametrize("n_samples", [2, 5, 20])
def test_distances_are_those_of_a_search_by_hand(n_samples):
    rng = np.random.default_rng(0)
    values, points, X = rng.normal(size=(3, 60, 4)).astype(np.float32)
    samples = Samples(values, points, n_samples)
    expected, _ = mean_of_least(X, points, n_samples)
    assert_allclose(samples.squared_distances(X), expected, rtol=1e-5)
    without, values = (
        function(X)
        for function in (samples.squared_distances_without, samples.expected)
    )
    for j in range(4):
        others = np.delete(np.arange(4), j)
        expected, nearest = mean_of_least(X, points, n_samples, others)
        assert_allclose(without[:, j], expected, rtol=1e-4, atol=1e-6)
        assert_allclose(values[:, j], nearest[:, j], rtol=1e-5, atol=1e-6)


def test_a_row_is_not_its_own_neighbor_nor_are_its_duplicates():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 3))
    values[0, 0], values[1, 0] = 0.0, -0.0
    values[1, 1:] = values[0, 1:]
    samples = Samples(values, values, 2)
    distance = cdist(values, values, "sqeuclidean")
    distance[distance == 0] = np.inf
    expected = (distance[:, :20].min(axis=1) + distance[:, 20:].min(axis=1)) / 2
    assert_allclose(samples.squared_distances(values), expected, rtol=1e-5)


def test_rows_that_are_all_equal_are_at_no_distance():
    values = np.ones((10, 2))
    samples = Samples(values, values, 2)
    assert_array_equal(samples.squared_distances(values), 0)
    assert_array_equal(samples.squared_distances_without(values), 0)


@pytest.mark.rounding
def test_the_block_size_does_not_matter(monkeypatch):
    rng = np.random.default_rng(0)
    values, X = rng.normal(size=(2, 64, 4))
    X[::3] = values[::3]  # which are to be passed over in each block
    samples = Samples(values, values, 4)
    functions = samples.squared_distances, samples.squared_distances_without
    whole = [function(X) for function in functions]
    monkeypatch.setattr("sk_autoencoder.data._rows.BLOCK_ENTRIES", 300)
    for function, expected in zip(functions, whole, strict=True):
        assert_allclose(function(X), expected, rtol=1e-6)


def test_memory_does_not_grow_with_the_number_of_equal_rows():
    X = np.tile(np.arange(2.0, dtype=np.float32), (20_000, 1))
    samples = Samples(X[:1000], X[:1000], 2)
    peaks = []
    for n_rows in (5_000, 20_000):
        tracemalloc.start()
        assert_array_equal(samples.squared_distances(X[:n_rows]), 0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]
