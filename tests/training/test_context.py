"""The surroundings of a fit."""

# SPDX-License-Identifier: BSD-3-Clause

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from sk_autoencoder.training import seeded, suitable_threads

SMALL, LARGE = 2**23 - 1, 2**23


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with threadpool_limits(2, user_api="blas"):
        yield
    torch.set_num_threads(before)


def blas_threads():
    return [
        pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"
    ]


def test_seeded_gives_the_numbers_of_the_seed():
    with seeded(7):
        drawn = torch.rand(3)
    with seeded(7):
        again = torch.rand(3)
    with seeded(8):
        other = torch.rand(3)
    assert torch.equal(drawn, torch.rand(3, generator=torch.Generator().manual_seed(7)))
    assert torch.equal(drawn, again)
    assert not torch.equal(drawn, other)


def test_seeded_leaves_torchs_generator_unchanged():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    with seeded(7):
        torch.rand(100)
    assert torch.equal(torch.get_rng_state(), before)


def test_seeded_leaves_torchs_generator_unchanged_by_an_exception():
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), seeded(7):
        torch.rand(100).tolist()[0] / 0
    assert torch.equal(torch.get_rng_state(), before)


def test_small_work_takes_one_thread_and_gives_the_others_back(two_threads):
    with suitable_threads(SMALL):
        assert torch.get_num_threads() == 1
        assert set(blas_threads()) == {1}
    assert torch.get_num_threads() == 2
    assert set(blas_threads()) == {2}


def test_large_work_takes_all_threads(two_threads):
    with suitable_threads(LARGE):
        assert torch.get_num_threads() == 2
        assert set(blas_threads()) == {2}
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("work", [SMALL, LARGE])
def test_threads_are_given_back_after_an_exception(two_threads, work, error):
    with pytest.raises(error), suitable_threads(work):
        raise error
    assert torch.get_num_threads() == 2
    assert set(blas_threads()) == {2}
