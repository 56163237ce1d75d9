"""The loss of tables, against the losses of torch."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch
from scipy.stats import entropy
from torch.nn import functional as F
from torch.testing import assert_close

from sk_autoencoder.networks import ByColumn, ReconstructionLoss

LEVELS = (3, 2)


def table(n_rows=200, seed=0):
    """Return two numbers, and indicators of levels, of some rows."""
    rng = np.random.default_rng(seed)
    codes = [rng.choice(3, n_rows, p=[0.2, 0.5, 0.3]), rng.choice(2, n_rows)]
    indicators = [np.eye(size)[code] for size, code in zip(LEVELS, codes, strict=True)]
    numbers = rng.normal(size=(n_rows, 2)) * [1.0, 10.0]
    return np.hstack([numbers, *indicators]), codes


def standardized(X):
    mean, scale = X.mean(axis=0), X.std(axis=0)
    scale[2:] = np.sqrt(mean[2:])
    mean, scale = torch.from_numpy(mean), torch.from_numpy(scale)
    x = ((torch.from_numpy(X) - mean) / scale).float()
    return x, ReconstructionLoss(ByColumn(LEVELS), mean, scale)


def by_torch(output, x, codes):
    """Return the loss of each column of each row, shape (n, 4)."""
    columns = [(output[:, j] - x[:, j]).square() for j in range(2)]
    for logits, code in zip(output[:, 2:].split(LEVELS, dim=1), codes, strict=True):
        shares = np.bincount(code) / len(code)
        losses = F.cross_entropy(logits, torch.from_numpy(code), reduction="none")
        columns.append(losses / entropy(shares))
    return torch.stack(columns, dim=1)


def test_loss_is_that_of_torch():
    X, codes = table()
    x, criterion = standardized(X)
    output = 3 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    expected = by_torch(output, x, codes).mean(dim=1)
    target = criterion.target(x)
    assert_close(criterion(output, target), expected)
    assert_close(criterion(output, target, reduction="mean"), expected.mean())


def test_what_is_not_known_changes_nothing():
    X, codes = table()
    x, criterion = standardized(X)
    output = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    known = torch.from_numpy(np.random.default_rng(1).random((len(x), 4)) < 0.7)
    by_number = known[:, [0, 1, 2, 2, 2, 3, 3]]
    losses = torch.where(known, by_torch(output, x, codes), 0.0).sum(dim=1)
    expected = losses / known.sum(dim=1).clamp(min=1)
    target = criterion.target(x.masked_fill(~by_number, torch.nan))
    assert_close(criterion(output, target, by_number), expected)
    assert criterion.squared_error(output, target, by_number).isfinite().all()
    nonsense = torch.where(by_number, output, 1e4)
    assert_close(criterion(nonsense, target, by_number), expected)
    assert_close(
        criterion.squared_error(nonsense, target, by_number),
        criterion.squared_error(output, target, by_number),
    )


def test_the_mean_costs_one_in_each_column():
    X, _ = table(100_000)
    x, criterion = standardized(X)
    mean = torch.zeros_like(x)
    output = criterion.loss.predictor(criterion.mean, criterion.scale)(mean)
    target = criterion.target(x)
    for columns in ([0], [1], [2, 3, 4], [5, 6]):
        known = torch.zeros(x.shape, dtype=torch.bool)
        known[:, columns] = True
        loss = criterion(output, target, known, reduction="mean")
        assert_close(loss, torch.tensor(1.0), rtol=1e-4, atol=0)


def test_logits_of_one_column_say_nothing_of_another():
    """Also where exponentials of both cannot be held in one number."""
    X, codes = table()
    x, criterion = standardized(X)
    output = torch.zeros(x.shape)
    output[:, 2:5] -= 500
    expected = by_torch(output, x, codes).mean(dim=1)
    assert_close(criterion(output, criterion.target(x)), expected)


def test_shares_sum_to_one_and_numbers_are_in_their_units():
    X, _ = table()
    x, criterion = standardized(X)
    mean, scale = criterion.mean.double(), criterion.scale.double()
    output = criterion.loss.predictor(criterion.mean, criterion.scale)(x)
    rows = criterion.loss.reconstruct(output.double(), mean, scale)
    assert_close(rows[:, :2], torch.from_numpy(X[:, :2]), rtol=1e-5, atol=1e-5)
    assert_close(rows[:, 2:5].sum(dim=1), torch.ones(len(X), dtype=torch.double))
    assert (rows[:, 2:5].argmax(dim=1).numpy() == X[:, 2:5].argmax(axis=1)).all()


def test_judged_is_the_squared_error_of_shares_that_pca_has():
    X, _ = table()
    x, criterion = standardized(X)
    output = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    shares = [part.softmax(dim=1) for part in output[:, 2:].split(LEVELS, dim=1)]
    values = torch.cat((output[:, :2], *shares), dim=1)
    z = values.clone()
    z[:, 2:] = (values[:, 2:] - criterion.mean[2:]) / criterion.scale[2:]
    expected = (z - x).square().mean(dim=1)
    actual = criterion.squared_error(output, criterion.target(x))
    assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def test_likelihood_is_that_of_noise_and_of_levels():
    X, codes = table()
    x, criterion = standardized(X)
    output = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    log_noise = torch.tensor(-0.3)
    normal = torch.distributions.Normal(output[:, :2], log_noise.exp())
    expected = -normal.log_prob(x[:, :2]).sum(dim=1)
    for logits, code in zip(output[:, 2:].split(LEVELS, dim=1), codes, strict=True):
        expected += F.cross_entropy(logits, torch.from_numpy(code), reduction="none")
    nats = criterion.nats(output, criterion.target(x), None, log_noise)
    assert criterion.loss.n_terms(7) == 4
    assert_close(4 * nats, expected)
    assert criterion.log_volume() == pytest.approx(np.log(X[:, :2].std(axis=0)).sum())


def test_likelihood_of_what_is_known_has_a_term_a_column():
    X, _ = table()
    _, criterion = standardized(X)
    known = torch.ones(3, 7, dtype=torch.bool)
    known[1, 0] = False
    known[2, 2:] = False  # both columns of levels
    assert criterion.loss.n_known(known).tolist() == [4, 3, 2]
    logs = np.log(X[:, :2].std(axis=0))
    expected = [logs.sum(), logs[1], logs.sum()]
    assert criterion.log_volume(known).tolist() == pytest.approx(expected)


def test_a_rare_level_counts_no_more_than_one_of_two_percent():
    X = np.zeros((10_000, 2))
    X[:, 0] = 1
    X[0] = [0, 1]
    mean = torch.from_numpy(X.mean(axis=0))
    criterion = ReconstructionLoss(ByColumn((2,)), mean, mean.sqrt())
    x = (torch.from_numpy(X[:1]) - mean) / mean.sqrt()
    loss = criterion(torch.zeros(1, 2), criterion.target(x.float()))
    assert_close(loss, torch.tensor([np.log(2) / 0.1], dtype=torch.float32))


def test_gradients_are_there_after_a_prediction():
    """What is kept from one call to the next must do for training."""
    loss = ByColumn((4, 3, 2))
    rows = torch.zeros(2, 9)
    with torch.inference_mode():
        loss.evaluate(rows, rows)
    output = torch.randn(2, 9, requires_grad=True)
    target = F.one_hot(torch.tensor([1, 5]), 9).float()
    loss.evaluate(output, target, reduction="mean").backward()
    assert output.grad.isfinite().all()
    assert output.grad.abs().sum() > 0
