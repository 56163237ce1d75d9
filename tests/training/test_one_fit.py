"""Fits in threads and in processes that were forked from them."""

# SPDX-License-Identifier: BSD-3-Clause

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can fork here")

SETUP = """
import os, threading, warnings
import numpy as np
from skorch.callbacks import Callback
from sk_autoencoder import AutoencoderTransformer

warnings.simplefilter("ignore")  # Python's own of forks beside threads
X = np.random.default_rng(0).normal(size=(40, 3))

def fit(**params):
    return AutoencoderTransformer(2, max_iter=1, random_state=0, **params).fit(X)

def child(work):
    '''Return what a forked process says of its work.'''
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            work()
            said = "fitted"
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        return pipe.read().decode()

class Pause(Callback):
    '''Let training wait, or do something, in its first epoch.'''

    def __init__(self, do):
        self.do = do

    def on_epoch_begin(self, net, **kwargs):
        self.do()
"""


def run(code):
    """Return what a script prints, which is killed where it hangs."""
    script = SETUP + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_process_forked_beside_a_fit_says_that_it_cannot_fit():
    said = run("""
        training, forked = threading.Event(), threading.Event()
        pause = Pause(lambda: (training.set(), forked.wait()))
        waits = {"net_params": {"callbacks": [pause]}}
        thread = threading.Thread(target=fit, kwargs=waits)
        thread.start()
        training.wait()
        print(child(fit))
        print(child(lambda: print(child(fit), flush=True)))  # and its own child
        forked.set()
        thread.join()
        print(child(fit))
        # Its own thread waits for nobody: a callback may fork a process that fits.
        fit(net_params={"callbacks": [Pause(lambda: print(child(fit)))]})
    """)
    refused, of_the_grandchild, nested, later, of_a_callback = said.splitlines()
    assert refused.startswith("RuntimeError: This process was forked while another")
    assert "'spawn' or 'forkserver'" in refused
    assert of_the_grandchild == refused
    assert nested == later == of_a_callback == "fitted"
