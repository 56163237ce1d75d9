"""New rows of a table: like those that a model was trained on."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pandas as pd
import polars
import pytest
from numpy.testing import assert_allclose
from scipy.stats import ks_2samp
from sklearn.neighbors import KernelDensity

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.metrics import (
    closest_distances,
    copied_share,
    discrimination_auc,
    marginal_distance,
    pairwise_distance,
)
from sk_autoencoder.model._kernel import WIDTHS, CodeKernel


def table(n_rows=1500, seed=0):
    """Return rows of a curve, heavy tails, spikes, rare levels and gaps."""
    rng = np.random.default_rng(seed)
    t = rng.normal(size=n_rows)
    X = pd.DataFrame(
        {
            "curve": t**2 + 0.1 * rng.normal(size=n_rows),
            "t": t,
            "tail": rng.standard_t(3, size=n_rows),
            "spike": np.where(
                rng.random(n_rows) < 0.7, 0.0, rng.exponential(100, n_rows)
            ),
            "count": rng.poisson(np.exp(0.5 * t)),
            "sign": np.where(t + 0.3 * rng.normal(size=n_rows) > 0, "+", "-"),
            "kind": rng.choice(["a", "b", "rare"], n_rows, p=[0.6, 0.38, 0.02]),
        }
    )
    X["gaps"] = np.where(rng.random(n_rows) < np.where(t > 0, 0.4, 0.0), np.nan, t)
    return X


@pytest.fixture(scope="module")
def fitted():
    return AutoencoderTransformer(3, max_iter=30, random_state=0).fit(table())


@pytest.fixture(scope="module")
def synthetic(fitted):
    return fitted.sample(3000, random_state=0)


def test_each_column_is_distributed_as_in_the_data(synthetic):
    X = table()
    for name in ("curve", "t", "tail", "spike", "count"):
        assert ks_2samp(synthetic[name], X[name]).pvalue > 0.001
    assert (synthetic["spike"] == 0).mean() == pytest.approx(0.7, abs=0.03)
    assert set(synthetic["count"]) <= set(X["count"])
    for name in ("sign", "kind"):
        shares = [rows[name].value_counts(normalize=True) for rows in (synthetic, X)]
        assert_allclose(shares[0][shares[1].index], shares[1], atol=0.02)


def test_columns_hang_together_as_in_the_data(synthetic):
    other = table(3000, seed=1)
    between_real = pairwise_distance(other[:1500], table(1500, seed=2))
    assert pairwise_distance(other, synthetic) < between_real + 0.02
    assert marginal_distance(other, synthetic) < 0.05
    assert np.corrcoef(synthetic["t"] ** 2, synthetic["curve"])[0, 1] > 0.9
    rows = other.drop(columns="gaps")  # which is as another column, to the bit
    assert discrimination_auc(rows, synthetic[rows.columns]) < 0.75


def test_entries_are_missing_as_in_the_data(synthetic):
    missing = synthetic["gaps"].isna()
    assert missing.mean() == pytest.approx(table()["gaps"].isna().mean(), abs=0.03)
    assert missing[synthetic["t"] > 0.5].mean() > 0.3
    assert missing[synthetic["t"] < -0.5].mean() < 0.05


def test_rows_are_no_copies_and_as_far_as_those_held_out(synthetic):
    X, held_out = table(), table(seed=1)
    assert copied_share(synthetic, X) == 0
    of_new, of_real = (
        np.median(closest_distances(rows, X)) for rows in (synthetic[:1500], held_out)
    )
    assert of_new > 0.9 * of_real


def test_given_values_are_there_and_others_follow(fitted):
    X = fitted.sample(500, 0, given={"sign": "+", "t": 1.5})
    assert (X["sign"] == "+").all()
    assert (X["t"] == 1.5).all()
    assert X["curve"].median() == pytest.approx(1.5**2, abs=0.4)
    expected = table(50_000, seed=3).query("1.4 < t < 1.6")
    assert X["count"].mean() == pytest.approx(expected["count"].mean(), rel=0.25)
    rare = fitted.sample(200, 0, given={"kind": "rare"})
    assert (rare["kind"] == "rare").all()


def test_given_must_be_possible(fitted):
    with pytest.raises(ValueError, match=r"'tt', but X has the columns.*'curve', 't'"):
        fitted.sample(1, given={"tt": 1.0})
    with pytest.raises(ValueError, match="'kind' has the level 'c'"):
        fitted.sample(1, given={"kind": "c"})
    for value in ("1", np.nan, np.inf, None):
        with pytest.raises(ValueError, match="finite number for column 't'"):
            fitted.sample(1, given={"t": value})
    array = AutoencoderTransformer(1, max_iter=1).fit(table()[["t", "tail"]].to_numpy())
    with pytest.raises(ValueError, match="needs a table"):
        array.sample(1, given={0: 1.0})


def test_columns_of_arrays_are_given_by_index():
    rng = np.random.default_rng(0)
    level = rng.integers(2, size=300).astype(float)
    X = np.column_stack([level, level + 0.1 * rng.normal(size=300)])
    model = AutoencoderTransformer(1, categorical_features=[0], random_state=0).fit(X)
    rows = model.sample(100, 0, given={0: 1.0})
    assert isinstance(rows, np.ndarray)
    assert (rows[:, 0] == 1).all()
    assert rows[:, 1].mean() == pytest.approx(1, abs=0.1)


def test_rows_hang_on_the_seed_alone(fitted):
    first, again = (fitted.sample(50, random_state=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    copy = pickle.loads(pickle.dumps(fitted))
    before = pickle.dumps(copy)
    pd.testing.assert_frame_equal(copy.sample(50, random_state=3), first)
    assert pickle.dumps(copy) == before
    assert not fitted.sample(50, random_state=4).equals(first)
    pd.testing.assert_frame_equal(
        fitted.sample(1, np.random.RandomState(3)), fitted.sample(1, random_state=3)
    )


@pytest.mark.parametrize("bottleneck", ["variational", "quantized"])
def test_codes_that_have_a_law_are_drawn_from_it(bottleneck):
    X = table(600).drop(columns="gaps")
    model = AutoencoderTransformer(2, bottleneck=bottleneck, random_state=0).fit(X)
    rows = model.sample(600, random_state=0)
    assert marginal_distance(X, rows) < 0.06
    association = pairwise_distance(X, rows.apply(lambda c: c.sample(frac=1).values))
    assert pairwise_distance(X, rows) < association


def test_a_column_of_which_next_to_nothing_is_known():
    X = table(6000, seed=5)[["t", "sign"]]
    X["rare"], X["level"] = np.nan, None
    X.loc[0, "rare"], X.loc[1, "level"] = 3.0, "only"
    rows = AutoencoderTransformer(1, max_iter=1, random_state=0).fit(X).sample(500, 0)
    assert set(rows["rare"].dropna()) <= {3.0}
    assert set(rows["level"].dropna()) <= {"only"}


def test_polars_frames_come_back_with_nulls():
    X = polars.DataFrame(table(300).to_dict("list"), nan_to_null=True)
    rows = AutoencoderTransformer(2, max_iter=5, random_state=0).fit(X).sample(200, 0)
    assert rows.schema == X.schema
    assert 0 < rows["gaps"].is_null().mean() < 0.5


def test_the_smallest_tables():
    X = pd.DataFrame({"a": ["u", "v"], "b": [1.0, 1.0]})
    rows = AutoencoderTransformer(1, max_iter=1).fit(X).sample(10, random_state=0)
    assert set(rows["a"]) <= {"u", "v"}
    assert (rows["b"] == 1).all()


def test_kernel_has_the_mean_and_covariance_of_the_codes():
    rng = np.random.default_rng(0)
    codes = rng.exponential(size=(2000, 2)) @ [[1.0, 2.0], [0.0, 0.5]] + 5
    kernel = CodeKernel(codes)
    drawn, origins = kernel.sample(100_000, np.random.RandomState(0))
    assert_allclose(drawn.mean(axis=0), codes.mean(axis=0), rtol=0.01)
    assert_allclose(np.cov(drawn.T), np.cov(codes.T), rtol=0.05)
    distance = np.linalg.norm(drawn - codes[origins], axis=1)
    assert distance.mean() < 0.5 * codes.std(axis=0).sum()


def test_kernel_width_is_the_one_of_most_held_out_likelihood():
    """By scikit-learn's density, of codes that are not moved towards their mean."""
    rng = np.random.default_rng(0)
    codes = np.concatenate([rng.normal(m, 0.1, size=(400, 2)) for m in (-3, 0, 3)])
    kernel = CodeKernel(codes)
    order = np.random.default_rng(0).permutation(len(codes))
    judged, kept = np.split(kernel.whitened[order], [len(order) // 5])

    def likelihood(width):
        moved = np.sqrt(1 - width**2) * kept
        return KernelDensity(bandwidth=width).fit(moved).score(judged)

    assert kernel.width == max(WIDTHS, key=likelihood)
    assert kernel.width < 0.1
