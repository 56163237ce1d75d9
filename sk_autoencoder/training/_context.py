"""The surroundings in which the same fit gives the same bits every time."""

# SPDX-License-Identifier: BSD-3-Clause

from contextlib import contextmanager
from functools import cache

import torch
from threadpoolctl import ThreadpoolController

from sk_autoencoder.training._one_fit import OneFit

# Multiplications in one batch below which a second thread does not pay.
SMALL_WORK = 2**23

ONE_FIT = OneFit()


@contextmanager
def seeded(seed, device="cpu"):
    """Seed the generators of the CPU and of a device, and put them back afterwards.

    Parameters
    ----------
    seed : int
        The seed.

    device : str, default="cpu"
        Where training computes. Other GPUs are left alone.

    Raises
    ------
    RuntimeError
        In a process that was forked while another thread was in here.
    """
    gpus = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with ONE_FIT, torch.random.fork_rng(gpus):
        torch.default_generator.manual_seed(seed)
        for gpu in gpus:
            with torch.cuda.device(gpu):
                torch.cuda.manual_seed(seed)
        yield


@contextmanager
def suitable_threads(work, small=SMALL_WORK):
    """Use one thread where the work of a batch is small.

    That is faster there, and a fit in one of several processes that share the cores, as
    in a grid search, then hardly differs from one alone.

    Parameters
    ----------
    work : int
        Multiplications, for training those in one batch.

    small : int, default=2**23
        Below how many one thread is used.
    """
    if work >= small:
        yield
        return
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _libraries().limit(limits=1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(n_threads)


@cache
def _libraries():
    """Return the libraries that have threads, which takes milliseconds to find."""
    return ThreadpoolController()
