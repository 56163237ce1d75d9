"""One fit at a time in a process, and none in a child of which that cannot be said."""

# SPDX-License-Identifier: BSD-3-Clause

import os
import threading


class OneFit:
    """A lock for what belongs to the process: torch's generators, number of threads.

    Threads wait for each other. A process that is forked while another thread fits has
    the lock of a thread that it has not, and it may have torch's generator locked too,
    for which nobody can tell: where it did not wait for ever, it would by chance.
    """

    def __init__(self):
        self._lock = threading.RLock()
        self._lost = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._see_if_lost)

    def __enter__(self):
        if self._lost:
            raise RuntimeError(
                "This process was forked while another thread was in a fit, so it may "
                "have torch's random generator locked for ever: it cannot fit. Start "
                "processes by 'spawn' or 'forkserver', as with "
                "multiprocessing.set_start_method, or fork while no thread fits."
            )
        self._lock.acquire()

    def __exit__(self, *error):
        self._lock.release()

    def _see_if_lost(self):
        """Note, in a new process, whether a thread that it has not has the lock."""
        self._lost = not self._lock.acquire(blocking=False)
        if not self._lost:
            self._lock.release()
