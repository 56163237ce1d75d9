"""What each corruption does to rows, in distribution and to the entry."""

# SPDX-License-Identifier: BSD-3-Clause

import re

import numpy as np
import pytest
import torch

from sk_autoencoder.networks import (
    CORRUPTIONS,
    BlockMasking,
    Clean,
    GaussianNoise,
    MaskingNoise,
    SaltAndPepper,
    SwapNoise,
)

N_ROWS, N_FEATURES = 400, 24
EACH = [*(part() for _, part in sorted(CORRUPTIONS.items())), BlockMasking((4, 6), 2)]

each_corruption = pytest.mark.parametrize("corruption", EACH, ids=repr)


@pytest.fixture
def rows():
    return torch.randn(N_ROWS, N_FEATURES, generator=seeded(0)) + 0.01


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@each_corruption
def test_rows_are_changed_at_random_and_their_source_is_not(corruption, rows):
    before = rows.clone()
    corrupted = corruption.corrupt(rows, generator=seeded(1))
    assert torch.equal(rows, before)
    assert corrupted.shape == rows.shape
    assert corrupted.dtype == rows.dtype
    assert torch.equal(corrupted, corruption.corrupt(rows, generator=seeded(1)))
    assert not torch.equal(corrupted, corruption.corrupt(rows, generator=seeded(2)))
    changed = (corrupted != rows).float()
    assert 0.02 < changed.mean() <= 1
    assert changed.mean(dim=0).min() > 0  # each feature has its turn
    assert changed.sum(dim=1).max() > 0


@each_corruption
def test_without_a_generator_torchs_seed_decides(corruption, rows):
    torch.manual_seed(3)
    first = corruption.corrupt(rows)
    assert not torch.equal(first, corruption.corrupt(rows))
    torch.manual_seed(3)
    assert torch.equal(first, corruption.corrupt(rows))


@each_corruption
def test_one_row_can_be_corrupted(corruption, rows):
    assert corruption.corrupt(rows[:1]).shape == (1, N_FEATURES)


@pytest.fixture
def known():
    """Return a mask: one feature is nowhere known, one in a single row."""
    known = torch.rand(N_ROWS, N_FEATURES, generator=seeded(7)) < 0.7
    known[:, 0] = False
    known[:, 1] = torch.arange(N_ROWS) == 5
    return known


@each_corruption
def test_known_entries_stay_known_and_the_others_unknown(corruption, rows, known):
    x = torch.where(known, rows, torch.nan)
    corrupted = corruption.corrupt(x, known, seeded(1))
    assert torch.equal(~corrupted.isnan(), known)
    changed = (corrupted != x)[known]
    assert changed.float().mean() > 0.02
    assert corrupted[known].isfinite().all()
    assert torch.equal(
        corruption.corrupt(x, known, seeded(1)).nan_to_num(), corrupted.nan_to_num()
    )


@each_corruption
def test_what_is_known_everywhere_can_be_said_or_not(corruption, rows):
    everywhere = torch.ones_like(rows, dtype=torch.bool)
    changed = [
        (corruption.corrupt(rows, known, seeded(1)) != rows).float().mean()
        for known in (None, everywhere)
    ]
    torch.testing.assert_close(*changed, atol=0.01, rtol=0)


def test_clean_rows_are_the_rows_themselves(rows):
    assert Clean().corrupt(rows) is rows


@pytest.mark.parametrize("std", [0.1, 2.0])
def test_gaussian_noise_has_its_standard_deviation_and_no_bias(rows, std):
    noise = GaussianNoise(std).corrupt(rows, generator=seeded(0)) - rows
    assert noise.std().item() == pytest.approx(std, rel=0.03)
    assert abs(noise.mean().item()) < 0.04 * std
    kurtosis = (noise / noise.std()).pow(4).mean().item()
    assert kurtosis == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize("fraction", [0.1, 0.6])
def test_masked_entries_are_zero_and_the_others_as_they_were(rows, fraction):
    masked = MaskingNoise(fraction).corrupt(rows, generator=seeded(0))
    hidden = masked == 0
    assert hidden.float().mean().item() == pytest.approx(fraction, abs=0.02)
    assert torch.equal(masked[~hidden], rows[~hidden])


@pytest.mark.parametrize("channels", [(), (3,)])
def test_a_masked_block_is_one_rectangle_inside_the_image_on_all_channels(channels):
    rows = torch.ones(300, int(np.prod(channels, dtype=int)) * 8 * 10)
    masked = BlockMasking((*channels, 8, 10), (3, 4)).corrupt(rows, generator=seeded(0))
    hidden = (masked == 0).reshape(300, -1, 8, 10)
    assert (hidden == hidden[:, :1]).all()
    tops, lefts = set(), set()
    for image in hidden[:, 0]:
        heights, widths = image.any(dim=1), image.any(dim=0)
        assert (int(heights.sum()), int(widths.sum()), int(image.sum())) == (3, 4, 12)
        tops.add(int(heights.int().argmax()))
        lefts.add(int(widths.int().argmax()))
    assert tops == set(range(6))
    assert lefts == set(range(7))


def test_a_block_that_does_not_fit_is_refused(rows):
    with pytest.raises(ValueError, match=r"size=9 must lie inside .*\(4, 6\)"):
        BlockMasking((4, 6), 9).check()
    with pytest.raises(ValueError, match="has 25 entries; rows of X have 24"):
        BlockMasking((5, 5), 2).corrupt(rows)


@pytest.mark.parametrize("size", [[1, 2], (1, 2, 3), (1, 0), 1.5, True, "3", None])
def test_size_that_is_none_of_a_block_is_refused(size):
    with pytest.raises(ValueError, match=re.escape(f"two; got {size!r}")):
        BlockMasking((4, 6), size).check()


@pytest.mark.parametrize("shape", [None, 24, (24,), [4, 6], (1, 1, 4, 6), (4, 6.0)])
def test_shape_that_is_none_of_an_image_is_refused(shape):
    with pytest.raises(ValueError, match=re.escape(f"at least 1; got {shape!r}")):
        BlockMasking(shape).check()


def test_more_than_all_entries_cannot_be_masked(rows):
    with pytest.raises(ValueError, match=r"range \[0.0, 1.0\]. Got 1.5 instead"):
        MaskingNoise(1.5).check()
    assert (MaskingNoise(1).corrupt(rows) == 0).all()


def test_salt_and_pepper_are_the_extremes_in_equal_parts(rows):
    spoiled = SaltAndPepper(0.3).corrupt(rows, generator=seeded(0))
    low, high = rows.amin(dim=0), rows.amax(dim=0)
    changed = spoiled != rows
    assert ((spoiled == low) | (spoiled == high))[changed].all()
    for extreme in (low, high):
        share = ((spoiled == extreme) & changed).float().mean().item()
        assert share == pytest.approx(0.15, abs=0.02)


def test_salt_and_pepper_are_the_extremes_although_the_extreme_itself_is_hit():
    rows = torch.tensor([[0.0], [1.0]]).repeat(1, 500)
    spoiled = SaltAndPepper(1.0).corrupt(rows, generator=seeded(0))
    # Were the greatest value sought after the least is set, it would be lost in some.
    for row in spoiled:
        assert 0.4 < row.mean() < 0.6


def test_salt_and_pepper_are_the_extremes_of_what_is_known(rows, known):
    x = torch.where(known, rows, torch.nan)
    spoiled = SaltAndPepper(0.5).corrupt(x, known, seeded(0))
    low = torch.where(known, rows, torch.inf).amin(dim=0)
    high = torch.where(known, rows, -torch.inf).amax(dim=0)
    hit = known & (spoiled != x)
    assert (hit[:, 2:].sum(dim=0) > 50).all()
    assert ((spoiled == low) | (spoiled == high))[hit].all()


def test_entries_are_swapped_with_each_known_one_of_the_feature_as_often():
    rows = torch.arange(10.0)[:, None].repeat(1, 4000)
    known = (rows == 2) | (rows == 3) | (rows == 8)
    x = torch.where(known, rows, torch.nan)
    swapped = SwapNoise(1.0).corrupt(x, known, seeded(0))
    for value in (2.0, 3.0, 8.0):
        share = (swapped[known] == value).float().mean().item()
        assert share == pytest.approx(1 / 3, abs=0.02)


def test_swapped_entries_are_those_of_the_same_feature_in_other_rows(rows):
    swapped = SwapNoise(0.2).corrupt(rows, generator=seeded(0))
    changed = swapped != rows
    assert changed.float().mean().item() == pytest.approx(0.2, abs=0.02)
    for j in range(N_FEATURES):
        assert torch.isin(swapped[:, j], rows[:, j]).all()
    # Each entry on its own: whole rows are hardly ever taken from one donor.
    assert 0 < changed.float().sum(dim=1).std() < 4
