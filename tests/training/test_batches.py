"""Whole-tensor mini-batches."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest
import torch

from sk_autoencoder.networks import GaussianNoise
from sk_autoencoder.training import Batches, HoldOut, Rows, no_hold_out


def numbered(n_rows):
    """Return a tensor whose rows tell their own position."""
    return torch.arange(n_rows, dtype=torch.float32)[:, None].repeat(1, 2)


def all_rows(n_rows):
    return Rows(numbered(n_rows), torch.arange(n_rows))


def positions(batches):
    return [batch[:, 0].int().tolist() for batch, _ in batches]


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
    for batch, target in Batches(all_rows(5), 2):
        assert torch.equal(target, batch)
        assert target.data_ptr() == batch.data_ptr()


def test_corrupted_batches_have_clean_targets():
    batches = Batches(all_rows(50), 8, shuffle=True, corruption=GaussianNoise(0.1))
    torch.manual_seed(0)
    pairs = list(batches)
    clean = torch.cat([target for _, target in pairs])
    assert torch.equal(clean[clean[:, 0].argsort()], numbered(50))
    noise = torch.cat([batch - target for batch, target in pairs])
    assert 0.05 < noise.std() < 0.2
    again = torch.cat([batch - target for batch, target in batches])
    assert not torch.equal(noise, again)


def test_with_a_seed_the_same_rows_are_corrupted_alike_at_each_iteration():
    batches = Batches(all_rows(50), 8, corruption=GaussianNoise(0.1), seed=3)
    first, second = (torch.cat([batch for batch, _ in batches]) for _ in range(2))
    assert torch.equal(first, second)
    other = Batches(all_rows(50), 8, corruption=GaussianNoise(0.1), seed=4)
    assert not torch.equal(first, torch.cat([batch for batch, _ in other]))


def test_changing_a_batch_leaves_the_data_alone():
    rows = all_rows(4)
    for batch, _ in Batches(rows, 2):
        batch += 100.0
    assert torch.equal(rows.tensor, numbered(4))


def test_batches_follow_the_index_of_the_rows():
    rows = Rows(numbered(10), torch.tensor([7, 2, 9, 4]))
    assert len(rows) == 4
    batches = [batch[:, 0].tolist() for batch, _ in Batches(rows, 2)]
    assert batches == [[7.0, 2.0], [9.0, 4.0]]


class Counted:
    """Rows that note how many are asked for at once."""

    def __init__(self, n_rows):
        self.rows = numbered(n_rows)
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


@pytest.mark.parametrize("split", [HoldOut(0.1, seed=0), no_hold_out])
def test_splits_copy_no_data(split):
    tensor = numbered(20)
    for rows in split(Rows.of(tensor)):
        assert rows.tensor is tensor


def test_without_a_hold_out_all_rows_are_trained_and_validated_on():
    train, valid = no_hold_out(Rows.of(numbered(4)))
    assert train.index.tolist() == valid.index.tolist() == [0, 1, 2, 3]
