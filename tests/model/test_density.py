"""Codes drawn from the density of others."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sk_autoencoder.model._density import CodeMixture, density_of
from sk_autoencoder.networks.bottlenecks import Code


def two_groups(n_rows):
    """Return codes of very different units, in two groups that do not touch."""
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(n_rows, 2)) @ [[1.0, 0.8], [0.0, 0.6]]
    codes[: n_rows // 4] += 20
    return codes * [1e-3, 1e3]


def test_samples_have_the_moments_of_the_codes():
    codes = two_groups(2000)
    samples = CodeMixture(codes).sample(20_000, 0)
    spread = codes.std(axis=0)
    assert_allclose(samples.mean(axis=0), codes.mean(axis=0), atol=0.05 * spread.max())
    assert_allclose(samples.std(axis=0), spread, rtol=0.05)
    assert_allclose(np.corrcoef(samples.T), np.corrcoef(codes.T), atol=0.02)


def test_codes_of_many_numbers_are_drawn_at_a_cost_that_stays_linear():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(300, 3000)) * np.linspace(0.1, 5, 3000)
    samples = CodeMixture(codes).sample(2000, 0)
    assert_allclose(samples.std(axis=0), codes.std(axis=0), rtol=0.15)
    # Beyond 256 numbers a matrix for each component would take minutes and gigabytes.
    assert CodeMixture(codes)._fitted[0].covariances_.ndim == 2


def test_no_sample_lies_between_the_groups():
    samples = CodeMixture(two_groups(2000)).sample(2000, 0)
    first = samples[:, 0] * 1e3
    assert ((first < 5) | (first > 15)).all()
    assert (first > 15).mean() == pytest.approx(0.25, abs=0.03)
    assert (first[:1000] > 15).mean() == pytest.approx(0.25, abs=0.05)  # no order


def test_few_rows_of_many_components_still_tell_groups_apart():
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(300, 8)) + 20 * (np.arange(300) % 2)[:, None]
    first = CodeMixture(codes).sample(1000, 0)[:, 0]
    assert ((first < 5) | (first > 15)).all()


def test_one_group_is_not_cut_into_pieces():
    codes = np.random.default_rng(0).normal(size=(300, 8))
    mixture, _, _ = CodeMixture(codes)._fitted
    assert mixture.n_components == 1


def test_the_seed_decides_also_at_a_second_call():
    mixture = CodeMixture(two_groups(100))
    first = mixture.sample(5, 0)
    assert_array_equal(mixture.sample(5, 0), first)
    assert not np.array_equal(mixture.sample(5, 1), first)
    rng = np.random.RandomState(0)
    assert not np.array_equal(mixture.sample(5, rng), mixture.sample(5, rng))


@pytest.mark.parametrize("n_rows", [2, 3, 20])
def test_few_and_constant_codes_have_a_density(n_rows):
    codes = np.column_stack([np.arange(n_rows), np.full(n_rows, 7)]).astype(np.float32)
    samples = CodeMixture(codes).sample(50, 0)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert_allclose(samples[:, 1], 7, atol=1e-2)


def test_drawing_leaves_no_trace():
    """Neither in a pickle nor in the samples: those of a copy are the same."""
    mixture = CodeMixture(two_groups(100))
    before = pickle.dumps(mixture)
    first = mixture.sample(5, 0)
    assert pickle.dumps(mixture) == before
    assert_array_equal(pickle.loads(before).sample(5, 0), first)


class Law:
    """The codes 1 and 2, in this order."""

    def sample(self, n_samples, rng):
        assert isinstance(rng, np.random.RandomState)
        return np.resize([[1.0], [2.0]], (n_samples, 1))


class LawfulCode(Code):
    def prior(self):
        return Law()


def model_with(code):
    """Return what `density_of` asks a model for."""
    return SimpleNamespace(module=SimpleNamespace(bottleneck=code), code_scale=3.0)


def test_codes_with_a_law_of_their_own_are_drawn_from_it():
    codes = np.zeros((10, 1), dtype=np.float32)
    samples = density_of(model_with(LawfulCode()), codes, codes.dtype).sample(3, 0)
    assert samples.dtype == np.float32
    assert_array_equal(samples, [[3], [6], [3]])


def test_other_codes_are_drawn_from_the_mixture():
    codes = two_groups(100)
    samples = density_of(model_with(Code()), codes, codes.dtype).sample(5, 0)
    assert_array_equal(samples, CodeMixture(codes).sample(5, 0))


@pytest.mark.parametrize("exponent", [-1000, 1000])
def test_codes_of_any_size_are_drawn_alike(exponent):
    """The squares of the codes are zero or infinite in double precision."""
    codes = two_groups(200) / 1e3
    samples = CodeMixture(codes * 2.0**exponent).sample(20, 0)
    assert_allclose(samples, CodeMixture(codes).sample(20, 0) * 2.0**exponent)
