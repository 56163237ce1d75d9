"""One fit for every latent size, against PCA of each."""

# SPDX-License-Identifier: BSD-3-Clause

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback

from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.estimators._order import explained_ratios, n_enough
from sk_autoencoder.estimators._out_of_fold import _choice
from sk_autoencoder.metrics import reconstruction_r2
from sk_autoencoder.networks import Ordered

FEW = {"hidden_layer_sizes": (32,), "max_iter": 15, "cv": None, "random_state": 0}


def ordered(n_components, **params):
    return AutoencoderTransformer(
        n_components, bottleneck="ordered", **{**FEW, **params}
    )


def left_by(X, restored):
    return float(((X - restored) ** 2).sum() / ((X - X.mean(axis=0)) ** 2).sum())


@pytest.fixture(scope="module")
def digits():
    return train_test_split(load_digits().data, random_state=0)


@pytest.fixture(scope="module")
def wine():
    return StandardScaler().fit_transform(load_wine().data)


@pytest.fixture(scope="module")
def of_digits(digits):
    return ordered(8).fit(digits[0])


def test_every_prefix_is_better_than_pca_of_its_size(of_digits, digits):
    train, test = digits
    for size in range(1, 9):
        pca = PCA(size).fit(train)
        of_pca = left_by(test, pca.inverse_transform(pca.transform(test)))
        assert left_by(test, of_digits.reconstruct(test, n_components=size)) < of_pca


def test_before_training_every_prefix_is_pca_of_its_size(wine):
    transformer = ordered(5, max_iter=0).fit(wine)
    for size in range(1, 6):
        pca = PCA(size).fit(wine)
        expected = pca.inverse_transform(pca.transform(wine))
        restored = transformer.reconstruct(wine, n_components=size)
        assert_allclose(restored, expected, atol=1e-4)
    assert transformer.best_iter_ == 0


def test_nothing_is_changed_where_pca_is_the_truth():
    """At all sizes: of normal data nothing is better."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 6)) * [4, 3, 2, 1, 1, 1]
    transformer = ordered(3).fit(X)
    pca = PCA(3).fit(X)
    assert transformer.best_iter_ == 0
    assert_allclose(
        transformer.reconstruct(X, n_components=2),
        PCA(2).fit(X).inverse_transform(pca.transform(X)[:, :2]),
        atol=1e-3,
    )


def test_ways_to_a_prefix_agree(of_digits, digits):
    _, test = digits
    codes, small = of_digits.transform(test), of_digits.truncate(3)
    assert_allclose(small.transform(test), codes[:, :3], rtol=1e-5)
    expected = of_digits.inverse_transform(codes[:, :3])
    assert_allclose(small.inverse_transform(codes[:, :3]), expected, atol=1e-4)
    assert_allclose(small.reconstruct(test), expected, atol=1e-3)
    assert_allclose(of_digits.reconstruct(test, n_components=3), expected, atol=1e-3)
    assert reconstruction_r2(small, test) < reconstruction_r2(of_digits, test) - 0.1
    assert_allclose(
        small.score_samples(test), of_digits.truncate(3).score_samples(test), rtol=1e-6
    )
    unit = of_digits.scale_[0] ** 2
    by_hand = -((test - expected) ** 2).mean(axis=1) / unit
    assert_allclose(small.score_samples(test), by_hand, rtol=1e-3)


def test_a_truncated_transformer_is_one_of_that_size(of_digits, digits):
    train, test = digits
    before = of_digits.transform(test)
    small = of_digits.truncate(2)
    assert small.n_components == small.n_components_ == 2
    assert of_digits.n_components == of_digits.n_components_ == 8
    assert list(small.get_feature_names_out()) == [
        "autoencodertransformer0",
        "autoencodertransformer1",
    ]
    assert small.active_components_.shape == (2,)
    ratios = of_digits.explained_variance_ratio_
    assert_array_equal(small.explained_variance_ratio_, ratios[:2])
    assert small.sample(4, random_state=0).shape == (4, 64)
    with pytest.raises(ValueError, match="from 1 to 2"):
        small.truncate(3)
    with pytest.raises(ValueError, match="codes of 2 components, or the first"):
        small.inverse_transform(before)
    assert_array_equal(of_digits.transform(test), before)  # its weights are its own
    again = pickle.loads(pickle.dumps(small))
    assert_array_equal(again.transform(test), small.transform(test))
    fresh = clone(small).fit(train[:200])
    assert fresh.n_components_ == fresh.model_.spec.n_components == 2


def test_a_truncated_model_comes_back_from_its_state(of_digits, digits):
    small = of_digits.truncate(3).model_
    again = type(small).from_state_dict(small.to_config(), small.state_dict())
    assert again.n_components == 3
    assert_array_equal(again.encode(digits[1]), small.encode(digits[1]))


@pytest.mark.parametrize("cv", [None, 3])
def test_ratios_say_what_rows_that_were_held_out_leave(wine, cv):
    """Before training they are those of PCA, worked out by hand for the folds."""
    transformer = ordered(4, max_iter=1, learning_rate_init=1e-9, cv=cv).fit(wine)
    assert transformer.best_iter_ == 0
    ratios = transformer.explained_variance_ratio_
    assert ratios.shape == (4,)
    assert (ratios >= 0).all()
    of_all = PCA(4).fit(wine).explained_variance_ratio_
    assert_allclose(ratios, of_all, atol=0.12)
    total = ratios.sum()
    assert abs(total - of_all.sum()) < 0.05
    if cv is not None:
        assert total < of_all.sum()  # rows that were not fitted are explained less


def test_ratios_of_rows_that_all_are_trained_on(digits):
    train, _ = digits
    transformer = ordered(4, early_stopping=False, max_iter=8).fit(train)
    shares = [
        1 - left_by(train, transformer.reconstruct(train, n_components=size))
        for size in range(1, 5)
    ]
    expected = np.maximum.accumulate(shares)
    assert_allclose(transformer.explained_variance_ratio_.cumsum(), expected, rtol=1e-3)


def test_ratios_are_never_negative():
    """What more components explain less of counts as the mean of both."""

    class Model:
        def squares_left(self, rows):
            return np.array([10.0, 4.0, 5.0, 1.0])

    assert_allclose(explained_ratios([(Model(), None)] * 2), [0.55, 0.0, 0.35])


@pytest.mark.parametrize("share", [0.7, 0.9])
def test_a_share_takes_the_fewest_components_that_explain_it(wine, share):
    transformer = ordered(share, cv=3, max_iter=32).fit(wine)
    of_pca = PCA(share).fit(wine).n_components_
    shares = transformer.explained_variance_ratio_.cumsum()
    assert transformer.n_components_ == len(shares) <= of_pca
    assert transformer.model_.spec.n_components == of_pca
    assert transformer.n_components == share
    assert transformer.transform(wine).shape == (len(wine), len(shares))
    if len(shares) < of_pca:
        assert shares[-1] >= share
    assert (shares[:-1] < share).all()


def test_none_takes_what_pca_needs_for_almost_all(wine):
    transformer = ordered(None, max_iter=1).fit(wine)
    expected = n_enough(PCA().fit(wine).explained_variance_ratio_, 0.99)
    assert transformer.n_components_ == expected < wine.shape[1]


def test_a_share_goes_on_from_the_last_fit(wine):
    transformer = ordered(0.8, max_iter=2, warm_start=True).fit(wine)
    n_components = transformer.model_.spec.n_components
    transformer.fit(wine)
    assert transformer.model_.spec.n_components == n_components


def test_shares_need_an_order(wine):
    for share in (0.9, None):
        with pytest.raises(ValueError, match="only those of bottleneck='ordered'"):
            AutoencoderTransformer(share).fit(wine)
    transformer = AutoencoderTransformer(3, max_iter=0).fit(wine)
    assert transformer.explained_variance_ratio_ is None
    for call in (
        lambda: transformer.truncate(2),
        lambda: transformer.reconstruct(wine, n_components=2),
    ):
        with pytest.raises(ValueError, match="fit with bottleneck='ordered'"):
            call()
    with pytest.raises(ValueError, match="must hold codes of 3 components, as"):
        transformer.inverse_transform(transformer.transform(wine)[:, :2])


@pytest.mark.parametrize("n_components", [0, 9, 2.0, True, "2"])
def test_a_prefix_must_be_one(of_digits, n_components):
    with pytest.raises(ValueError, match="an integer from 1 to 8") as info:
        of_digits.truncate(n_components)
    assert repr(n_components) in str(info.value)


@pytest.mark.parametrize("n_components", [0.0, 1.0, -0.5, 1.5])
def test_a_share_must_lie_between_zero_and_one(wine, n_components):
    with pytest.raises(ValueError, match="n_components"):
        ordered(n_components).fit(wine)


def test_what_components_explain_is_said_before_all_rows_are_trained_on(digits):
    """As afterwards no rows are unseen."""
    X = digits[0]
    with_all = ordered(4, max_iter=24, cv=None).fit(X)
    assert with_all.n_final_iter_ > 0
    net_params = {"callbacks": [Callback()]}  # so that there are no last epochs
    before = ordered(4, max_iter=20, cv=None, net_params=net_params).fit(X)
    assert_allclose(
        with_all.explained_variance_ratio_, before.explained_variance_ratio_, rtol=1e-6
    )
    assert left_by(X, with_all.reconstruct(X)) < left_by(X, before.reconstruct(X))


def test_no_size_may_get_worse_for_the_gain_of_others():
    """The second point gains most in the mean, and loses at the second size."""
    points = [(0, 0.0), (4, 1.0), (8, 1.0)]
    rng = np.random.default_rng(0)
    start = rng.normal(size=200)
    scores = np.array([start, start + 1, start + 2]) + rng.normal(size=(3, 200)) / 10
    losses = np.array([[5.0, 3.0], [4.0, 3.0], [1.0, 3.1]])
    assert _choice(points, scores, losses, 5, 160).index == 1
    losses[2, 1] = 3.0
    assert _choice(points, scores, losses, 5, 160).index == 2


def test_tables_missing_entries_and_counts(wine):
    """Where the input, or what becomes of the output, is another."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(wine[:, :4], columns=list("abcd"))
    table["level"] = np.where(
        wine[:, 0] + 0.3 * rng.normal(size=len(wine)) > 0, "x", "y"
    )
    of_table = ordered(3, max_iter=5).fit(table)
    assert list(of_table.reconstruct(table, n_components=1).columns) == [
        *"abcd",
        "level",
    ]
    assert of_table.truncate(1).sample(3, random_state=0).shape == (3, 5)
    holes = wine.copy()
    holes[::3, 2] = np.nan
    of_holes = ordered(3, max_iter=5).fit(holes)
    assert np.isfinite(of_holes.reconstruct(holes, n_components=2)).all()
    assert 0 < of_holes.explained_variance_ratio_.sum() <= 1
    counts = rng.poisson(np.exp(wine[:, :5] / 2))
    of_counts = ordered(3, max_iter=5, loss="poisson").fit(counts)
    assert (of_counts.reconstruct(counts, n_components=1) > 0).all()


@pytest.mark.parametrize(
    ("network", "sample_shape"), [("conv", (1, 8, 8)), ("attention", (8, 8))]
)
def test_families_of_networks_decode_prefixes(digits, network, sample_shape):
    train, test = digits
    transformer = AutoencoderTransformer(
        4,
        bottleneck=Ordered(),
        network=network,
        sample_shape=sample_shape,
        max_iter=4,
        random_state=0,
    ).fit(train[:600])
    for size in (1, 4):
        pca = PCA(size).fit(train[:600])
        of_pca = left_by(test, pca.inverse_transform(pca.transform(test)))
        restored = transformer.reconstruct(test, n_components=size)
        assert left_by(test, restored) < 1.02 * of_pca
