"""The problems of a benchmark by name.

``micius-china-2016`` is a published problem's frozen bits; ``micius-china-2016@28d`` (or ``@18h``)
is its scenario over another horizon from the same start, old elements not renewed. Anything else
is what ``qkdopt solve`` takes: a problem or certificate (``.json``, ``.json.gz``), a key tensor
(``.csv``, ``.nc``), a scenario (``.toml``, or a folder that holds one).
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qkdopt.errors import InputError
from qkdopt.files import make_folder
from qkdopt.numerals import read_whole
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem_file import read_problem, write_problem
from qkdopt.study.loading import KEY_ENDINGS, PROBLEM_ENDINGS, problem_path
from qkdopt.tensor import KeyTensor

_HORIZON = re.compile(r"(?P<name>[^@]+)@(?P<count>[1-9][0-9]{0,3})(?P<unit>[hd])")
_SECONDS = {"h": 3600, "d": 86_400}


@dataclass(frozen=True)
class Instance:
    """A problem on disk, ready for processes that solve it.

    ``shared`` says whether it has satellites that share receivers.
    """

    name: str
    path: Path
    sha256: str
    links: int
    active: int
    shared: bool = False


def instance_problem(name: str) -> SchedulingProblem:
    """Return the problem called ``name``.

    Raises
    ------
    InputError
        For unknown names, bad horizons, files that are no problem, and a CSV table that does not
        say how long an interval is.
    """
    match = _HORIZON.fullmatch(name)
    if match is not None:
        return _computed(match["name"], read_whole(match["count"]) * _SECONDS[match["unit"]])
    path = problem_path(name)
    if path.name.endswith(PROBLEM_ENDINGS):
        return read_problem(path)
    return _of_keys(name) if path.suffix.lower() in KEY_ENDINGS else _computed(name)


def _of_keys(path: str) -> SchedulingProblem:
    keys = KeyTensor.load(path)
    if "interval" in keys.provenance:  # records have no room for an assumption in words
        expected = "a comment # interval of 30 s, or a column time_utc"
        raise InputError(path, "no length of an interval", expected)
    return SchedulingProblem.from_keys(keys)


def _computed(scenario_name: str, horizon_s: int | None = None) -> SchedulingProblem:
    from qkdopt.physics import ScenarioWarning, load_scenario
    from qkdopt.study import problem_of

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScenarioWarning)  # old elements are intended here
        scenario = load_scenario(scenario_name)
        if horizon_s is not None:
            count, rest = divmod(horizon_s, scenario.grid.interval_s)
            if rest:
                expected = f"a multiple of {scenario.grid.interval_s} s"
                raise InputError(f"instance {scenario_name}", f"{horizon_s} s", expected)
            scenario = replace(scenario, grid=replace(scenario.grid, count=count))
        return problem_of(scenario)


def prepare_instances(names: Sequence[str], folder: Path) -> dict[str, Instance]:
    """Write every named problem into ``folder`` once; return them by name.

    Raises
    ------
    InputError
        As :func:`instance_problem`.
    OutputError
        When the folder cannot be written.
    """
    make_folder(folder)
    prepared = {}
    for name in dict.fromkeys(names):
        problem = instance_problem(name)
        path = folder / f"{problem.sha256[:16]}.json.gz"
        if not path.is_file():
            write_problem(problem, path)
        active = sum(satellite.interval.size for satellite in problem.satellites)
        shared = len(problem.satellites) > 1 and laid_out(problem).problem.receivers is not None
        prepared[name] = Instance(name, path, problem.sha256, len(problem.links), active, shared)
    return prepared
