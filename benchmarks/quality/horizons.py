"""The Micius scenario with other horizons and other intervals."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import qkdopt as qo
from qkdopt.library import problem_folder

WEEK_DAYS = 7


def with_weeks(weeks: int) -> qo.SchedulingProblem:
    """Return the problem of ``weeks`` weeks from the same start (old elements are not renewed)."""
    return _changed({"duration_days": str(WEEK_DAYS * weeks)})


def with_interval(interval_s: int) -> qo.SchedulingProblem:
    """Return the week with intervals of ``interval_s`` seconds; a hand-over still takes 10 s."""
    return _changed({"interval_s": str(interval_s)})


def _changed(values: dict[str, str]) -> qo.SchedulingProblem:
    text = (problem_folder("micius-china-2016") / "scenario.toml").read_text(encoding="utf-8")
    for key, value in values.items():
        text = re.sub(rf"(?m)^{key} = \S+", f"{key} = {value}", text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.toml"
        path.write_text(text, encoding="utf-8")
        return qo.SchedulingProblem.from_keys(qo.compute_keys(qo.load_scenario(path)))
