"""Peak memory of fit and transform, each in a process of its own."""

# SPDX-License-Identifier: BSD-3-Clause

import gc
import tempfile
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._timing import BarePasses, estimator, train_bare, train_ours
from sk_autoencoder import AutoencoderTransformer
from sk_autoencoder.networks import NETWORKS

STATUS = Path("/proc/self/status")  # of Linux
SECONDS_BETWEEN = 0.001
MIB = 2**20
N_FEATURES, HIDDEN = 64, 64
N_CODES = 8
INPUTS = ("float32", "float64", "float32 mapped")
CALLS = ("fit", "transform")
CONTESTANTS = ("bare loop", "ours")


def measure_memory(sizes):
    """Return the peaks, in MiB and in multiples of the input, or None without /proc."""
    if not STATUS.exists():
        return None
    cases = list(product(sizes, INPUTS, CALLS))
    jobs = [(*case, contestant) for case in cases for contestant in CONTESTANTS]
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        peaks = np.reshape(
            list(pool.map(peak_of_job, *zip(*jobs, strict=True))), (-1, 2)
        )
    return pd.DataFrame(
        describe(*case, *peak) for case, peak in zip(cases, peaks, strict=True)
    )


def measure_families(n_rows, n_features):
    """Return the peak of `transform` for each family of networks, or None.

    A family that needs a shape is given sequences or signals of one channel.
    """
    if not STATUS.exists():
        return None
    names = sorted(NETWORKS)
    with ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        peaks = list(
            pool.map(
                peak_of_family, names, *([n] * len(names) for n in (n_rows, n_features))
            )
        )
    result = n_rows * N_CODES * 4 / MIB
    return pd.DataFrame(
        {"network": name, "rows": n_rows, "columns": n_features}
        | {"result, MiB": result, "peak, MiB": peak / MIB}
        for name, peak in zip(names, peaks, strict=True)
    )


def peak_of_family(name, n_rows, n_features):
    """Return the peak of `transform`, in bytes; runs in a fresh process."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, n_features), dtype=np.float32)
    if NETWORKS[name]().example_shape(n_features) is None:
        shape = None
    else:
        shape = (1, n_features) if name == "conv" else (n_features, 1)
    model = AutoencoderTransformer(
        N_CODES, network=name, sample_shape=shape, max_iter=0, random_state=0
    ).fit(X[:16])
    model.transform(X[:16])  # loads what is loaded on first use
    return peak(lambda: model.transform(X))


def describe(size, kind, call, *peaks):
    """Return one row of the table."""
    n_rows, _ = size
    n_bytes = n_rows * N_FEATURES * np.dtype(kind.split()[0]).itemsize
    return {
        "rows": n_rows,
        "input": kind,
        "input MiB": n_bytes / MIB,
        "call": call,
        **{f"{name}, MiB": p / MIB for name, p in zip(CONTESTANTS, peaks, strict=True)},
        **{
            f"{name} / input": peak / n_bytes
            for name, peak in zip(CONTESTANTS, peaks, strict=True)
        },
    }


def peak_of_job(size, kind, call, contestant):
    """Return the peak of one call, in bytes; runs in a fresh process."""
    warnings.filterwarnings("ignore", "The given NumPy array is not writable")
    n_rows, batch_size = size
    with tempfile.TemporaryDirectory() as folder:
        X = load(n_rows, kind, Path(folder) / "X.npy")
        small = np.array(X[:1000])
        work = prepare(call, contestant, small, batch_size)
        work(small)  # loads what is loaded on first use
        return peak(lambda: work(X))


def load(n_rows, kind, path):
    """Return normal numbers of one kind."""
    dtype, *mapped = kind.split()
    X = np.random.default_rng(0).standard_normal((n_rows, N_FEATURES), dtype=dtype)
    if not mapped:
        return X
    np.save(path, X)
    return np.load(path, mmap_mode="r")


def prepare(call, contestant, small, batch_size):
    """Return a function of the rows to measure."""
    if call == "fit":
        train = {"bare loop": train_bare, "ours": train_ours}[contestant]
        return lambda X: train(X, HIDDEN, batch_size, epochs=1)
    model = estimator(HIDDEN, batch_size, epochs=0).fit(small)
    return {"bare loop": BarePasses(model), "ours": model}[contestant].transform


def peak(work):
    """Return by how many bytes anonymous memory grows at most while work is done.

    Mapped pages of a file are not counted: the system takes them back when it needs to.
    """
    gc.collect()
    sampled, done = [anonymous_memory()], threading.Event()

    def sample():
        while not done.wait(SECONDS_BETWEEN):
            sampled.append(anonymous_memory())

    sampler = threading.Thread(target=sample)
    sampler.start()
    result = work()
    sampled.append(anonymous_memory())
    del result  # it counts
    done.set()
    sampler.join()
    return max(sampled) - sampled[0]


def anonymous_memory():
    """Return the bytes of this process in memory that no file backs."""
    for line in STATUS.read_text().splitlines():
        if line.startswith("RssAnon:"):
            return 1024 * int(line.split()[1])
    raise RuntimeError(f"{STATUS} has no RssAnon: it came with Linux 4.5.")
