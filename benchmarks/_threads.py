"""One thread for each process that measures beside others."""

# SPDX-License-Identifier: BSD-3-Clause

from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def one_thread():
    """Compute in one thread, in a process of joblib, whose torch keeps it."""
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
