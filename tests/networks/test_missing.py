"""Missing entries: filled in by what is known, and marked."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from sk_autoencoder.networks import Clean, Filling, HideAsMissing, MaskingNoise
from sk_autoencoder.networks._missing import FilledEncoder, Marked

N_FEATURES = 6


@pytest.fixture
def fill():
    torch.manual_seed(0)
    factors = torch.randn(N_FEATURES, 2)
    return Filling(torch.randn(N_FEATURES), factors, 0.3)


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(40, N_FEATURES, generator=generator)
    missing = torch.rand(rows.shape, generator=generator) < 0.4
    rows = rows.masked_fill(missing, torch.nan)
    rows[0] = torch.nan
    rows[1] = 1.0
    return rows


def test_missing_entries_are_means_given_the_known_ones(fill, rows):
    """By the textbook formula of the conditional normal distribution."""
    mean, factors = fill.mean.double().numpy(), fill.factors.double().numpy()
    covariance = factors @ factors.T + float(fill.noise) * np.eye(N_FEATURES)
    filled = fill(rows).numpy()
    for row, result in zip(rows.double().numpy(), filled, strict=True):
        m, o = np.isnan(row), ~np.isnan(row)
        gain = covariance[np.ix_(m, o)] @ np.linalg.pinv(covariance[np.ix_(o, o)])
        assert_allclose(result[m], mean[m] + gain @ (row - mean)[o], atol=1e-5)
        assert_array_equal(result[o], row[o].astype(np.float32))


def conditional_covariance(fill, row):
    """Return that of what a row lacks, by the textbook formula."""
    factors = fill.factors.double().numpy()
    covariance = factors @ factors.T + float(fill.noise) * np.eye(N_FEATURES)
    m, o = np.isnan(row), ~np.isnan(row)
    gain = covariance[np.ix_(m, o)] @ np.linalg.pinv(covariance[np.ix_(o, o)])
    return covariance[np.ix_(m, m)] - gain @ covariance[np.ix_(o, m)]


def maps_to_scores(fill, rows, levels=()):
    """Return the matrix that scores of each row are of independent normal numbers."""
    n_normal = fill.factors.shape[1] + N_FEATURES
    columns = [
        fill.scores(rows, torch.eye(n_normal).double()[[i] * len(rows)], levels)
        for i in range(n_normal)
    ]
    return torch.stack(columns, dim=2).numpy()


@pytest.mark.parametrize("n_factors", [0, 2])
def test_draws_have_the_conditional_covariance(fill, rows, n_factors):
    fill = Filling(fill.mean, fill.factors[:, :n_factors], 0.3)
    deviations = fill.deviations(rows).numpy()
    maps = deviations[:, :, None] * maps_to_scores(fill, rows)
    for row, to_draw, deviation in zip(rows.numpy(), maps, deviations, strict=True):
        m = np.isnan(row)
        expected = conditional_covariance(fill, row)
        assert_allclose(to_draw[m] @ to_draw[m].T, expected, atol=1e-6)
        assert_allclose(deviation[m] ** 2, expected.diagonal(), atol=1e-6)
        assert not to_draw[~m].any()


def test_scores_of_levels_are_independent_within_a_column(fill, rows):
    """They are the draws, times the inverse of the root of the column's covariance."""
    rows[:, 3:] = torch.where(rows[:, 3:].isnan().any(dim=1)[:, None], torch.nan, 1.0)
    maps = maps_to_scores(fill, rows, levels=(3,))
    draws = fill.deviations(rows).numpy()[:, :, None] * maps_to_scores(fill, rows)
    lacks = rows[:, 3].isnan().numpy()
    products = maps[lacks, 3:] @ maps[lacks, 3:].mT
    assert_allclose(products, [np.eye(3)] * lacks.sum(), atol=1e-8)
    covariance = draws[lacks, 3:] @ draws[lacks, 3:].mT
    assert_allclose(
        np.linalg.cholesky(covariance) @ maps[lacks, 3:], draws[lacks, 3:], atol=1e-8
    )
    assert_array_equal(maps[:, :3], maps_to_scores(fill, rows)[:, :3])


def test_without_factors_the_mean_is_filled_in(rows):
    filled = Filling.with_means(N_FEATURES)(rows)
    assert torch.equal(filled, rows.nan_to_num())


def test_complete_rows_are_passed_on_as_they_are(fill):
    rows = torch.randn(3, N_FEATURES)
    assert fill(rows) is rows


@pytest.mark.rounding
def test_rows_are_filled_in_alone_as_in_company(fill, rows):
    alone = torch.cat([fill(row[None]) for row in rows])
    assert_allclose(alone, fill(rows), atol=1e-6)


def test_values_out_of_reach_stay_within_what_single_precision_squares(fill):
    row = torch.full((1, N_FEATURES), 1e16)
    row[0, 0] = torch.nan
    assert fill(row).square().isfinite().all()


def test_another_number_of_factors_can_be_loaded(fill, rows):
    other = Filling.with_means(N_FEATURES)
    other.load_state_dict(fill.state_dict())
    assert torch.equal(other(rows), fill(rows))


def test_encoder_is_told_what_was_missing(fill, rows):
    seen = FilledEncoder(fill, nn.Identity(), marks=True)(rows)
    assert torch.equal(seen[:, :N_FEATURES], fill(rows))
    assert torch.equal(seen[:, N_FEATURES:], rows.isnan().float())
    plain = FilledEncoder(fill, nn.Identity(), marks=False)(rows)
    assert torch.equal(plain, fill(rows))


def test_marks_change_nothing_until_they_have_learned(fill, rows):
    inside = nn.Linear(N_FEATURES, 2)
    encoder = FilledEncoder(fill, Marked(N_FEATURES, inside), marks=True)
    assert torch.equal(encoder(rows), inside(fill(rows)))
    encoder(rows).square().sum().backward()
    shifts = encoder.inside.shifts
    assert (shifts.weight.grad != 0).all()  # each entry was missing somewhere
    with torch.no_grad():
        shifts.weight.copy_(torch.arange(36.0).reshape(6, 6))
    expected = inside(fill(rows) + rows.isnan().float() @ shifts.weight.T)
    assert_allclose(encoder(rows).detach(), expected.detach(), rtol=1e-5)


def test_more_entries_are_hidden_as_others_are_missing():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(5000, 3, generator=generator)
    rows[:2000, 0] = torch.nan  # never the second, and with it always the third
    rows[:2000, 2] = torch.nan
    known = ~rows.isnan()
    hidden = HideAsMissing(Clean()).corrupt(rows, known, generator)
    missing = hidden.isnan()
    assert (missing | known).all()  # what was missing stays so
    assert_allclose(missing[2000:, 0].float().mean(), 0.4, atol=0.03)
    assert torch.equal(missing[:, 0], missing[:, 2])
    assert not missing[:, 1].any()
    assert torch.equal(hidden[~missing], rows[~missing])


def test_rows_without_gaps_are_only_corrupted():
    rows = torch.ones(50, 3)
    hiding = HideAsMissing(MaskingNoise(1.0))
    assert torch.equal(hiding.corrupt(rows), torch.zeros(50, 3))
