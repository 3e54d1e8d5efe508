"""Verdict: kernels are called, not inlined by Numba: inlining takes as long to compile.

``inline="always"`` types and lowers the part within its caller, which might save the part's own
machine code: 3.26 CPU s against 3.22 for the longest paths under decisions, on a busy machine.
``NUMBA_OPT=2`` in place of 3 saves nothing either (a whole first run: 19.28 against 19.27 CPU s of
compiling): most of the time goes to types and lowering. What helps is less code to compile.

    python benchmarks/decisions/kernel_inlining.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

import numba
import numpy as np

from qkdopt import compiled

WAYS = ("called", "inlined")


def compile_once(way: str) -> float:
    """Return the CPU seconds to compile and run one kernel with its part, without any cache."""
    if way == "inlined":
        compiled.kernel_part = numba.njit(
            inline="always", nogil=True, error_model="numpy", no_cfunc_wrapper=True
        )
    from qkdopt.optimize.domain import _branch_kernels as kernels

    allowed = kernels.Allowed(
        np.ones((6, 2)), np.zeros(6, bool), np.zeros((6, 2), np.int64), np.zeros(2, np.int64),
        np.arange(6), 1, np.array([0, 3, 6]),
    )  # fmt: skip
    found = kernels.Found(np.empty(2), np.empty(6, np.int64))
    began = time.process_time()
    kernels.best_of_blocks(allowed, found)
    return time.process_time() - began


def main() -> None:
    """Print the CPU seconds of both ways, each in a process of its own."""
    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, way]
            environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
            subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(f"{sys.argv[1]:8} {compile_once(sys.argv[1]):.2f} CPU s")
    else:
        main()
