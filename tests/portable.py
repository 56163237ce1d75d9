"""Run the tests marked `rounding` with the kernels that other machines would take.

Each setting needs a process of its own: libraries choose when they are loaded. What
this processor, or this build of a library, does not have is skipped.
"""

# SPDX-License-Identifier: BSD-3-Clause

import os
import subprocess
import sys

# What to set, and what the library then says that it takes.
KERNELS = {
    "those of this machine": ({}, ""),
    "torch, plain": ({"ATEN_CPU_CAPABILITY": "default"}, "DEFAULT"),
    "torch, AVX2": ({"ATEN_CPU_CAPABILITY": "avx2"}, "AVX2"),
    "OpenBLAS, Haswell": ({"OPENBLAS_CORETYPE": "Haswell"}, "Haswell"),
    "OpenBLAS, Zen": ({"OPENBLAS_CORETYPE": "Zen"}, "Zen"),
    "OpenBLAS, SkylakeX": ({"OPENBLAS_CORETYPE": "SkylakeX"}, "SkylakeX"),
    "MKL, compatible": ({"MKL_CBWR": "COMPATIBLE"}, ""),
}

PROBE = """
import numpy, scipy.linalg, threadpoolctl, torch
matrix = numpy.ones((64, 64), dtype=numpy.float32)
scipy.linalg.qr(matrix @ matrix)
torch.from_numpy(matrix) @ torch.ones(64, 64)
print(torch.backends.cpu.get_cpu_capability())
for library in threadpoolctl.threadpool_info():
    print(library.get("architecture"))
"""


def is_here(settings, name):
    """Return whether the processor and the libraries have some kernels."""
    probe = subprocess.run(
        [sys.executable, "-c", PROBE],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,  # a processor that lacks an instruction ends the process
    )
    return probe.returncode == 0 and name in ["", *probe.stdout.split()]


def main():
    """Run the tests under each setting; return 1 if one fails."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-m", "rounding", "tests"]
    failed = []
    for kernels, (settings, name) in KERNELS.items():
        if not is_here(settings, name):
            print(f"== Skipped, not in this processor or build: {kernels}", flush=True)
            continue
        for n_threads in "1", "2":
            title = f"{kernels}, {n_threads} thread(s)"
            print(f"== {title}", flush=True)
            threads = {"OMP_NUM_THREADS": n_threads, "OMP_WAIT_POLICY": "PASSIVE"}
            env = os.environ | settings | threads | {"SCIPY_ARRAY_API": "1"}
            tests = subprocess.run([*pytest, *sys.argv[1:]], env=env, check=False)
            if tests.returncode:
                failed.append(title)
    print("== Failed: " + "; ".join(failed) if failed else "== All passed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
