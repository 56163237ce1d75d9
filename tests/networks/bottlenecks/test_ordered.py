"""Codes whose prefixes are codes, against PCA."""

# SPDX-License-Identifier: BSD-3-Clause

import math

import pytest
import torch
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from sk_autoencoder.networks import (
    Autoencoder,
    AutoencoderOutput,
    Dense,
    Ordered,
    ReconstructionLoss,
    Sizes,
    SquaredError,
    start_linear,
)
from sk_autoencoder.networks.bottlenecks._ordered import OrderedCode, sizes_by_ratio
from sk_autoencoder.starts._guard import trusted_range

K = 6


@pytest.fixture(scope="module")
def X():
    return StandardScaler().fit_transform(load_wine().data)


@pytest.fixture
def network(X):
    """Return an autoencoder that starts at PCA, and its criterion."""
    pca, rows = PCA(K).fit(X), torch.from_numpy(X)
    part, d = Ordered(), X.shape[1]
    maps = part.at_pca(
        torch.from_numpy(pca.components_.copy()),
        torch.from_numpy(pca.explained_variance_).sqrt(),
        math.sqrt(pca.noise_variance_),
    )
    sizes = Sizes(d, K, K, n_marks=part.n_marks(K))
    encoder, decoder = Dense().build(sizes, (8,), "silu", start_at_zero=True)
    code = part.build(sizes, SquaredError())

    def loss_of(codes):
        return float((maps.decode(codes) - rows).square().mean())

    code.start_at_pca(maps, None, 0.5, maps.encode(rows), loss_of)
    module = Autoencoder(encoder, decoder, code).eval()
    start_linear(module, maps, None, fills=False)
    return module, ReconstructionLoss(SquaredError(), torch.zeros(d), torch.ones(d))


def left_by_pca(X):
    """Return the mean squares that PCA of each size leaves, and of none."""
    squares = [X**2]
    for size in range(1, K + 1):
        pca = PCA(size).fit(X)
        squares.append((X - pca.inverse_transform(pca.transform(X))) ** 2)
    return torch.tensor([each.mean() for each in squares])


def judged(module, criterion, X):
    x = torch.from_numpy(X).float()
    result = module(x)
    return torch.stack([judge(result, x, None) for judge in module.judges(criterion)])


def test_each_prefix_starts_at_pca_of_its_size(network, X):
    module, _ = network
    codes = module.encode(torch.from_numpy(X).float())
    for size in range(1, K + 1):
        pca = PCA(size).fit(X)
        expected = torch.from_numpy(pca.inverse_transform(pca.transform(X))).float()
        for restored in (
            module.decode(codes[:, :size]),
            module.reconstruct(torch.from_numpy(X).float(), size),
        ):
            torch.testing.assert_close(restored, expected, atol=1e-4, rtol=1e-4)


def test_loss_is_the_mean_share_of_what_pca_leaves(network, X):
    """One at the start; and the judges say what each of the sizes leaves."""
    module, criterion = network
    x = torch.from_numpy(X).float()
    costs = module.objective(criterion, module(x), x)
    assert costs.shape == (len(X),)
    torch.testing.assert_close(costs.mean(), torch.tensor(1.0))
    sizes = [1, 2, 3, 4, 6]
    expected = left_by_pca(X)[sizes].float()
    torch.testing.assert_close(judged(module, criterion, X).mean(dim=1), expected)


def test_loss_of_a_half_is_half_of_what_pca_leaves(network, X):
    """Of outputs made by hand: at the first size nothing is left, at others all."""
    module, criterion = network
    x = torch.from_numpy(X).float()
    result = module(x)
    output = result.output.clone()
    output[: len(X)] = x
    halved = AutoencoderOutput(output, result.code)
    costs = module.objective(criterion, halved, x)
    torch.testing.assert_close(costs.mean(), torch.tensor(4 / 5))
    left = [judge(halved, x, None).mean() for judge in module.judges(criterion)]
    assert left[0] == 0.0
    assert min(left[1:]) > 0.0


def test_unknown_entries_count_at_no_size(network, X):
    module, criterion = network
    x = torch.from_numpy(X).float()
    known = torch.ones_like(x, dtype=torch.bool)
    known[::2, 3] = False
    result = module(x)
    other = torch.where(known, x, 99.0)
    expected = module.objective(criterion, result, x, known)
    assert torch.equal(module.objective(criterion, result, other, known), expected)
    assert not torch.equal(module.objective(criterion, result, x), expected)


def test_training_draws_each_power_of_two_and_what_lies_between(network, X):
    module, _ = network
    module.train()
    torch.manual_seed(0)
    x = torch.from_numpy(X).float().repeat(20, 1)
    codes = module(x).code
    there = codes[:, K:].sum(dim=1).long().unflatten(0, (4, -1))  # 1, 2, 4 and 6
    for sizes, low, high in zip(there, (1, 2, 3, 5), (1, 2, 4, 6), strict=True):
        counts = sizes.bincount(minlength=K + 1) / len(x)
        assert counts[low : high + 1].sum() == 1.0
        if low < high:  # half of them, and a half of the others
            assert abs(float(counts[high]) - 0.75) < 0.03
    expected = module.encode(x).repeat(4, 1)
    kept = torch.arange(K) < there.flatten()[:, None]
    assert torch.equal(codes[:, :K], expected.where(kept, 0.0))
    assert torch.equal(codes[:, K:], kept.float())


def test_sizes_that_have_gained_less_weigh_more_in_training(network, X):
    module, criterion = network
    code, x = module.bottleneck, torch.from_numpy(X).float()
    module.train()
    result = module(x)
    code.left.copy_(torch.tensor([0.5, 1.0, 1.0, 1.0]))
    losses = criterion(result.output, x.repeat(4, 1))
    sizes = result.code[:, K:].sum(dim=1).long()
    costs = (losses * code.rates[sizes - 1]).unflatten(0, (4, -1)).mean(dim=1)
    weights = torch.exp(torch.tensor([0.0, 1.0, 1.0, 1.0]))
    expected = (weights * costs).sum() / weights.sum()
    objective = module.objective(criterion, result, x, reduction="mean")
    torch.testing.assert_close(objective, expected, rtol=0.01, atol=0)


def test_a_truncated_code_has_the_first_components(network, X):
    module, criterion = network
    x = torch.from_numpy(X).float()
    before, score = module.encode(x), module.score(criterion, x)
    module.bottleneck.truncate(2)
    assert torch.equal(module.encode(x), before[:, :2])
    torch.testing.assert_close(
        module.score(criterion, x).mean(), -left_by_pca(X)[2].float()
    )
    assert module.score(criterion, x).mean() < score.mean()


@pytest.mark.parametrize(
    ("n_components", "ratio", "expected"),
    [
        (1, 2, [1]),
        (2, math.sqrt(2), [1, 2]),
        (10, 2, [1, 2, 4, 8, 10]),
        (16, math.sqrt(2), [1, 2, 3, 4, 6, 8, 11, 16]),
    ],
)
def test_sizes_grow_by_a_ratio_up_to_the_full_one(n_components, ratio, expected):
    assert sizes_by_ratio(n_components, ratio) == expected


def test_the_decoder_is_trusted_with_what_is_cut_off():
    """Also where zero, which stands for it, is far from all codes of the full size.

    And with the farthest of these, as what is beyond is left to PCA.
    """
    code = OrderedCode(2)
    x = torch.randn(500, 2, generator=torch.Generator().manual_seed(0)) / 9 + 9
    x[7] = torch.tensor([9.0, 99.0])
    seen = code.seen(torch.nn.Identity(), x)
    low, high = trusted_range(seen.numpy())
    one = code.given(x[:, :1]).numpy()
    assert ((low <= one) & (one <= high)).all()
    assert high[0] < 20  # and not with much else
    assert high[1] >= 99
