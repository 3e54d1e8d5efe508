"""Run the command line in this process, on tensors that are solved in no time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qkdopt.cli import main

SOURCE = Path(__file__).parents[1] / "src"

# A hand-over keeps one interval free. Most bits: B in 52, 53, 54, 6 + 7 + 9 = 22. By weights 3
# and 1: A in 51 and 52, then B in 54, 3 (5 + 4) + 9 = 36.
KEYS = """interval,A,B
51,5,0
52,4,6
53,0,7
54,0,9
"""
TWO_CITIES = """
format = "qkdopt-scenario"
version = 1
name = "two cities"
[horizon]
start_utc = 2016-09-19T12:00:00Z
duration_days = 0.5
[[satellite]]
name = "Micius"
tle = '''
1 41731U 16051A   16266.82653160  .00002347  00000-0  10105-3 0  9997
2 41731  97.3660 181.9185 0014904 125.7922 319.2797 15.23497871  5806
'''
[source]
protocol = "decoy-bb84"
[[station]]
name = "Urumqi"
lat_deg = 43.80096
lon_deg = 87.60046
weight = 352
[[station]]
name = "Shanghai"
lat_deg = 31.22222
lon_deg = 121.45806
weight = 2419.7
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The only line of a refusal."""
        assert self.code == 2
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("qkdopt: error: ")
        return lines[0].removeprefix("qkdopt: error: ")


class CommandLine:
    """``qkdopt`` in a folder of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capture = capture

    def __call__(self, *arguments: object) -> Answer:
        self.capture.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = self.capture.readouterr()
        assert code != 70, captured.err  # a defect is never what a test wants
        return Answer(code, captured.out, captured.err)

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


@contextmanager
def solving_here() -> Iterator[None]:
    """Let ``qkdopt bench`` solve in this process, which saves starting one, and draw nothing.

    One job at a time: Pyomo does not promise to be used by several threads.
    """
    here = threading.Lock()

    def supervised(job: Any, instance: Any, stop: object) -> dict[str, Any]:
        from qkdopt.bench.job_run import run_job
        from qkdopt.optimize.problem_file import read_problem

        with here:
            found = run_job(job, read_problem(instance.path))
        found["seconds"]["wall"] = found["seconds"]["total"]
        return {**json.loads(json.dumps(found)), "peak_mb": 1.0}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qkdopt.bench.run.supervised", supervised)
        patch.setattr("qkdopt.bench.report.save_pictures", lambda *arguments: {})
        yield


def in_own_process(*arguments: object, **settings: object) -> subprocess.CompletedProcess[bytes]:
    """Run ``python -m qkdopt.cli``; ``env`` adds to the environment."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), **settings.pop("env", {})}
    command = [sys.executable, "-m", "qkdopt.cli", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, env=environment, timeout=120, check=False, **settings
    )
