"""Whole-tensor mini-batches."""

# SPDX-License-Identifier: BSD-3-Clause

import numpy as np
import pytest
import torch

from sk_autoencoder.networks import (
    GaussianNoise,
    Poisson,
    ReconstructionLoss,
    SquaredError,
    SwapNoise,
)
from sk_autoencoder.training import Batches, HoldOut, Rows, TrainOnAll


def numbered(n_rows):
    """Return a tensor whose rows tell their own position."""
    return torch.arange(n_rows, dtype=torch.float32)[:, None].repeat(1, 2)


def all_rows(n_rows):
    return Rows(numbered(n_rows), torch.arange(n_rows))


def criterion(loss):
    """Return the criterion of rows of two features."""
    return ReconstructionLoss(loss, torch.tensor([3.0, 5.0]), torch.tensor([1.0, 2.0]))


def positions(batches):
    return [batch.input[:, 0].int().tolist() for batch in batches]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(
    ("n_rows", "batch_size"),
    [(1, 4), (3, 4), (4, 4), (5, 4), (33, 32), (64, 32), (65, 32), (10, 1), (101, 7)],
)
def test_each_row_comes_once_an_epoch_in_batches_of_nearly_one_size(
    n_rows, batch_size, shuffle
):
    torch.manual_seed(0)
    batches = Batches(all_rows(n_rows), batch_size, shuffle=shuffle)
    seen = positions(batches)
    assert sorted(row for batch in seen for row in batch) == list(range(n_rows))
    sizes = [len(batch) for batch in seen]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    assert len(seen) == len(batches) == -(-n_rows // batch_size)


@pytest.mark.parametrize("shuffle", [False, True])
def test_parts_of_an_epoch_go_on_until_all_rows_had_their_turn(shuffle):
    torch.manual_seed(0)
    batches = Batches(all_rows(50), 4, shuffle=shuffle, n_rows=15)
    parts = [positions(batches) for _ in range(10)]
    assert all(len(part) == len(batches) == 4 for part in parts)
    seen = [row for part in parts for batch in part for row in batch]
    assert len(seen) == 150
    for epoch in (seen[:50], seen[50:100], seen[100:]):
        assert sorted(epoch) == list(range(50))
    assert (seen[:50] == seen[50:100]) != shuffle


def test_more_rows_than_there_are_make_an_epoch_of_all():
    assert positions(Batches(all_rows(7), 3, n_rows=100)) == [[0, 1, 2], [3, 4], [5, 6]]


def test_batches_come_in_order_unless_shuffled():
    batches = Batches(all_rows(7), 3)
    assert positions(batches) == [[0, 1, 2], [3, 4], [5, 6]]
    assert positions(batches) == [[0, 1, 2], [3, 4], [5, 6]]


def test_each_epoch_has_a_new_order_that_follows_torchs_seed():
    batches = Batches(all_rows(50), 8, shuffle=True)
    torch.manual_seed(0)
    first, second = positions(batches), positions(batches)
    torch.manual_seed(0)
    assert positions(batches) == first
    assert first != second
    assert first != positions(Batches(all_rows(50), 8))


def test_a_batch_is_its_own_target():
    for rows in (all_rows(5), all_rows(5).compared_by(criterion(SquaredError()))):
        for batch, target, known in Batches(rows, 2):
            assert torch.equal(target, batch)
            assert target.data_ptr() == batch.data_ptr()
            assert known is None


def test_corrupted_batches_have_clean_targets():
    batches = Batches(all_rows(50), 8, shuffle=True, corruption=GaussianNoise(0.1))
    torch.manual_seed(0)
    pairs = list(batches)
    clean = torch.cat([target for _, target, _ in pairs])
    assert torch.equal(clean[clean[:, 0].argsort()], numbered(50))
    noise = torch.cat([batch - target for batch, target, _ in pairs])
    assert 0.05 < noise.std() < 0.2
    again = torch.cat([batch - target for batch, target, _ in batches])
    assert not torch.equal(noise, again)


def test_with_a_seed_the_same_rows_are_corrupted_alike_at_each_iteration():
    batches = Batches(all_rows(50), 8, corruption=GaussianNoise(0.1), seed=3)
    first, second = (torch.cat([batch.input for batch in batches]) for _ in range(2))
    assert torch.equal(first, second)
    other = Batches(all_rows(50), 8, corruption=GaussianNoise(0.1), seed=4)
    assert not torch.equal(first, torch.cat([batch.input for batch in other]))


def ragged(n_rows):
    """Return numbered rows whose second entry is missing in every third."""
    tensor = numbered(n_rows)
    tensor[::3, 1] = torch.nan
    return tensor


class Selected:
    """Rows that are made when they are selected."""

    def __init__(self, tensor):
        self.tensor = tensor
        self.shape = tensor.shape

    def __len__(self):
        return len(self.tensor)

    def __getitem__(self, index):
        return self.tensor[index]


@pytest.mark.parametrize("source", [lambda tensor: tensor, Selected])
def test_batches_carry_what_the_loss_compares_and_what_is_known(source):
    rows = Rows(source(ragged(30))).compared_by(criterion(Poisson()))
    seen = []
    for batch in Batches(rows, 7, shuffle=True):
        known = ~batch.input.isnan()
        assert torch.equal(batch.known, known)
        expected = batch.input * torch.tensor([1.0, 2.0]) + torch.tensor([3.0, 5.0])
        assert torch.equal(batch.target[known], expected[known])
        assert batch.target.isfinite().all()
        seen += batch.input[:, 0].tolist()
    assert sorted(seen) == list(range(30))


@pytest.mark.parametrize("source", [lambda tensor: tensor, Selected])
def test_nothing_is_said_to_be_missing_where_nothing_is(source):
    rows = Rows(source(numbered(30))).compared_by(criterion(SquaredError()))
    assert all(batch.known is None for batch in Batches(rows, 7))


def test_targets_of_rows_in_memory_are_made_once():
    class Counting(ReconstructionLoss):
        n_targets = 0

        def target(self, x):
            self.n_targets += 1
            return super().target(x)

    counting = Counting(Poisson(), torch.ones(2), torch.ones(2))
    rows = all_rows(30).compared_by(counting).compared_by(counting)
    for _ in range(3):
        assert len(list(Batches(rows, 7))) == 5
    assert counting.n_targets == 1


def test_what_is_unknown_is_not_swapped_in():
    rows = Rows(ragged(300)).compared_by(criterion(SquaredError()))
    for batch in Batches(rows, 50, corruption=SwapNoise(0.5), seed=0):
        assert torch.equal(~batch.input.isnan(), batch.known)
        assert (batch.input != batch.target)[batch.known].any()


def test_changing_a_batch_leaves_the_data_alone():
    rows = all_rows(4)
    for batch in Batches(rows, 2):
        batch.input.add_(100.0)
    assert torch.equal(rows.tensor, numbered(4))


def test_batches_follow_the_index_of_the_rows():
    rows = Rows(numbered(10), torch.tensor([7, 2, 9, 4]))
    assert len(rows) == 4
    batches = [batch.input[:, 0].tolist() for batch in Batches(rows, 2)]
    assert batches == [[7.0, 2.0], [9.0, 4.0]]


class Counted:
    """Rows that note how many are asked for at once."""

    def __init__(self, n_rows):
        self.rows = numbered(n_rows)
        self.shape = self.rows.shape
        self.asked = []

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        self.asked.append(len(index))
        return self.rows[index]


@pytest.mark.parametrize("batch_size", [32, 1024, 4096, 20_000])
def test_few_rows_are_gathered_at_once_but_not_batch_by_batch(batch_size):
    source = Counted(30_000)
    n_batches = len(positions(Batches(Rows(source), batch_size)))
    assert sum(source.asked) == 30_000
    assert max(source.asked) <= max(8192, batch_size)
    assert len(source.asked) <= max(4, n_batches)


@pytest.mark.parametrize(
    ("n_rows", "fraction", "n_valid"),
    [
        (2, 0.1, 1),
        (2, 0.99, 1),
        (3, 0.99, 2),
        (5, 0.1, 1),
        (100, 0.1, 10),
        (104, 0.1, 10),
        (106, 0.1, 11),
        (100, 0.75, 75),
    ],
)
def test_hold_out_is_disjoint_and_complete(n_rows, fraction, n_valid):
    train, valid = HoldOut(fraction, seed=0)(Rows.of(numbered(n_rows)))
    assert len(valid) == n_valid
    assert sorted(train.index.tolist() + valid.index.tolist()) == list(range(n_rows))


def test_hold_out_is_random_by_its_seed_alone():
    rows = Rows.of(numbered(100))
    split = HoldOut(0.1, seed=0)
    first, again = (split(rows)[1].index.tolist() for _ in range(2))
    other = HoldOut(0.1, seed=1)(rows)[1].index.tolist()
    assert first == again
    assert sorted(first) != sorted(other)
    assert sorted(first) != list(range(10))


@pytest.mark.parametrize("split", [HoldOut(0.1, seed=0), TrainOnAll(seed=0)])
def test_splits_copy_no_data(split):
    tensor = numbered(20)
    for rows in split(Rows.of(tensor)):
        assert rows.tensor is tensor


def test_without_a_hold_out_all_rows_are_trained_and_validated_on():
    train, valid = TrainOnAll(seed=0)(Rows.of(numbered(4)))
    assert train.index.tolist() == valid.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("n_rows", "n_valid"), [(101, 100), (2000, 200), (200_000, 10_000)]
)
def test_of_many_rows_that_are_trained_on_a_random_part_is_validated_on(
    n_rows, n_valid
):
    rows = Rows.of(numbered(n_rows))
    train, valid = TrainOnAll(seed=0)(rows)
    assert train.index.tolist() == list(range(n_rows))
    assert len(set(valid.index.tolist())) == len(valid) == n_valid
    again, other = (TrainOnAll(seed)(rows)[1].index.tolist() for seed in (0, 1))
    assert again == valid.index.tolist()
    assert other != again
    assert abs(np.mean(again) / n_rows - 0.5) < 0.05  # from all over the data
