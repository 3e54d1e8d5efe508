"""Spoiled files and options: one line or an answer, in bounded time and memory, never more.

pytest -m slow tests/hostile -s        50,000 inputs; the seed is printed
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def attacked(*arguments):
    paths = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "src")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    script = HERE / "hostile_runs.py"
    ended = subprocess.run(
        [sys.executable, script, *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, env=environment, check=False,
    )  # fmt: skip
    return json.loads(ended.stdout)


def held(report, count):
    assert not report["faults"], json.dumps(report["faults"][:10], indent=1)
    assert report["inputs"] == count
    # The inputs reach further than the first check: some are still good, most are refused.
    assert report["codes"]["2"] > count / 3
    assert report["codes"]["0"] > count / 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="inputs are fed to forks of one process")
def test_some_hundred_spoiled_inputs():
    held(attacked("--seed", 20160919, "--count", 200), 200)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="inputs are fed to forks of one process")
def test_fifty_thousand_spoiled_inputs():
    report = attacked("--count", 50_000, "--processes", os.cpu_count() or 1)
    print(json.dumps({key: value for key, value in report.items() if key != "faults"}))
    held(report, 50_000)
