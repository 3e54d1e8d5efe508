"""Resolve the problem or scenario that a command is given."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qkdopt import physics, study
from qkdopt.cli.changes import AS_IT_IS, Changes
from qkdopt.cli.console import shown_warnings
from qkdopt.cli.progress import Bars
from qkdopt.cli.traffic import with_traffic
from qkdopt.cli.weights import read_weights
from qkdopt.errors import InputError
from qkdopt.names import link_name
from qkdopt.numerals import read_whole
from qkdopt.timegrid import decimal_seconds

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.physics import Scenario
    from qkdopt.tensor import KeyTensor

_LONGEST_INTERVAL_S = 86_400
_MOST_DIGITS = 9


@dataclass(frozen=True)
class GivenProblem:
    """A problem, the instant at which its interval 0 begins where that is known, and notes."""

    problem: SchedulingProblem
    start_utc: datetime | None = None
    notes: tuple[str, ...] = ()


def given_scenario(text: str) -> Scenario:
    """Return the scenario of a published problem's name, a file or a folder.

    Raises
    ------
    InputError
        For an unreadable scenario, more satellites than there is room for, and an orbit that ended
        before the horizon.
    """
    from qkdopt.physics.orbit import check_orbit

    with shown_warnings():
        scenario = physics.load_scenario(text)
        physics.check_memory(scenario)
        check_orbit(scenario)
    return scenario


def scenario_of(text: str, problem: SchedulingProblem) -> Scenario:
    """Return the scenario of ``--scenario``, which dates a problem's interval 0.

    Raises
    ------
    InputError
        When its links or its interval length differ from the problem's.
    """
    given = given_scenario(text)
    several = len(given.satellites) > 1
    names = {
        link_name(alone.satellite.name, link.name) if several else link.name
        for alone in given.each_satellite()
        for link in alone.links
    }
    for link in problem.links:
        if link.name not in names:
            raise InputError(f"--scenario {text}", f"no link {link.name}", "the same links")
    if given.grid.interval_s != problem.interval_s:
        came = given.grid.interval_s
        raise InputError(f"--scenario {text}: interval_s", came, str(problem.interval_s))
    return given


def keys_of(scenario: Scenario, bars: Bars, workers: int | None = None) -> KeyTensor:
    """Return the scenario's key tensor."""
    with shown_warnings():
        return physics.compute_keys(
            scenario, workers=workers, progress=lambda done: bars.step("keys", done)
        )


def keys_by_satellite(
    scenario: Scenario, bars: Bars, workers: int | None = None
) -> Mapping[str, KeyTensor]:
    """Return the key tensor of each satellite by its name."""
    if len(scenario.satellites) == 1:
        return {scenario.satellite.name: keys_of(scenario, bars, workers)}
    with shown_warnings():
        return physics.compute_keys_by_satellite(
            scenario, workers=workers, progress=lambda done: bars.step("keys", done)
        )


def given_problem(
    text: str, bars: Bars, changes: Changes = AS_IT_IS, fresh: str | None = None
) -> GivenProblem:
    """Return the problem that ``text`` names, by its ending, with changes.

    ``fresh`` are skies in place of those of the changes.

    A published problem's bare name is its frozen problem file, so that all users have the same
    bits; with another interval or other clouds, or where there is no such file, its scenario is
    computed.

    Raises
    ------
    InputError
        For anything that is not a problem, and options that do not apply.
    """
    from qkdopt.cli.notes import notes_of_frozen, notes_of_keys, notes_of_problem
    from qkdopt.optimize.problem_file import read_problem
    from qkdopt.study.loading import PROBLEM_ENDINGS, problem_path

    by_target = None if changes.weights is None else read_weights(changes.weights)
    start_utc = None
    as_published = changes.interval is None and not changes.clouds
    path = problem_path(text) if as_published else Path(text)
    _check_computed(path, changes)
    if path.name.endswith(PROBLEM_ENDINGS):
        problem = read_problem(path)
        scenario = None if changes.options is None else _scenario_beside(path)
        notes = notes_of_frozen(path)
    else:
        keys, scenario = _given_keys(text, path, bars, changes, fresh)
        problem = _problem_of(keys, scenario)
        start_utc = keys[0].start_utc
        notes = notes_of_keys(keys[0].provenance)
    problem = _overridden(problem, by_target, changes.switch_seconds)
    if changes.stock is not None:
        problem = problem.having(stock=read_weights(changes.stock, "--stock", "bits"))
    if changes.demand is not None:
        problem = problem.having(demand=read_weights(changes.demand, "--demand", "bits"))
    problem = with_traffic(problem, changes.traffic)
    if changes.options is not None:
        from qkdopt.study.operations import with_rules

        problem = with_rules(problem, changes.options, scenario, start_utc)
    return GivenProblem(problem, start_utc, (*notes, *notes_of_problem(problem)))


def _check_computed(path: Path, changes: Changes) -> None:
    """Refuse what only a scenario can be given, for a file of bits."""
    from qkdopt.study.loading import KEY_ENDINGS, PROBLEM_ENDINGS

    states_bits = path.name.lower().endswith((*PROBLEM_ENDINGS, *KEY_ENDINGS))
    if changes.interval is not None and path.name.endswith(PROBLEM_ENDINGS):
        expected = f"none with {path.name}: the file states it"
        raise InputError("--interval", changes.interval, expected)
    if changes.marginal is not None and not changes.clouds:
        raise InputError("--marginal", changes.marginal, "none without --clouds")
    if changes.clouds and states_bits:
        expected = f"none with {path.name}: clouds need a scenario, which has stations"
        raise InputError("--clouds", " ".join(changes.clouds), expected)


def fresh_problem(
    text: str, fresh: str, bars: Bars, problem: SchedulingProblem, changes: Changes
) -> SchedulingProblem:
    """Return the cloud scenarios of ``--fresh``: other skies, or a file of bits for such a file.

    Raises
    ------
    InputError
        As :func:`given_problem`, for a problem under one sky, and for other links.
    """
    from qkdopt.study.fresh import with_bits_of

    if not problem.in_scenarios:
        raise InputError("--fresh", fresh, "none without cloud scenarios (--clouds)")
    if changes.clouds:
        other = given_problem(text, bars, changes, fresh).problem
    else:
        other = given_problem(fresh, bars).problem
    return with_bits_of(problem, other)


def _given_keys(
    text: str, path: Path, bars: Bars, changes: Changes, fresh: str | None
) -> tuple[list[KeyTensor], Scenario | None]:
    """Return the key tensor of a file, or that of each satellite of a scenario."""
    from qkdopt.study.loading import KEY_ENDINGS

    if path.suffix.lower() in KEY_ENDINGS:
        from qkdopt.tensor import KeyTensor

        length, given = None, changes.interval
        if given is not None:
            length = decimal_seconds(given, "--interval", positive=True)
        return [KeyTensor.load(path, length)], None
    if path.is_file() and path.suffix.lower() != ".toml":
        endings = "a file that ends in .toml, .nc, .csv, .json or .json.gz"
        raise InputError(str(path), path.suffix or "no ending", endings)
    scenario = changes.applied(given_scenario(text), fresh)
    for alone in scenario.each_satellite():
        study.operations_of(alone, ())  # refused before the long computation
    return list(keys_by_satellite(scenario, bars).values()), scenario


def _problem_of(keys: list[KeyTensor], scenario: Scenario | None) -> SchedulingProblem:
    from qkdopt.optimize.problem import SchedulingProblem

    if scenario is None:
        return SchedulingProblem.from_keys(*keys)
    return study.problem_of(scenario, *keys)


def _scenario_beside(path: Path) -> Scenario | None:
    """Return the scenario that a published problem was computed from, if there is one."""
    from qkdopt.library import PROBLEM

    if path.name != PROBLEM or not (beside := path.parent / "scenario.toml").is_file():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", physics.ScenarioWarning)  # nothing is computed from it
        return physics.load_scenario(beside)


def with_interval(scenario: Scenario, interval: str) -> Scenario:
    """Return a scenario with intervals of another length, which divides the horizon."""
    expected = f"a whole number of seconds, 1 to {_LONGEST_INTERVAL_S}"
    if not (interval.isascii() and interval.isdigit() and len(interval) <= _MOST_DIGITS):
        raise InputError("--interval", interval, expected)
    seconds = read_whole(interval)
    if not 1 <= seconds <= _LONGEST_INTERVAL_S:
        raise InputError("--interval", interval, expected)
    count, rest = divmod(scenario.grid.duration_s, seconds)
    if rest:
        expected = f"a divisor of the horizon of {scenario.grid.duration_s} s"
        raise InputError("--interval", interval, expected)
    return replace(scenario, grid=replace(scenario.grid, interval_s=seconds, count=count))


def _overridden(
    problem: SchedulingProblem, weights: dict[str, object] | None, switch_seconds: str | None
) -> SchedulingProblem:
    from qkdopt.tensor import exact_weights

    if weights is not None:
        exact = exact_weights(weights, problem.targets, "--weights")
        problem = replace(problem, weights=tuple(exact))
    if switch_seconds is not None:
        switch_s = decimal_seconds(switch_seconds, "--switch-seconds")
        satellites = (replace(item, switch_s=switch_s) for item in problem.satellites)
        problem = replace(problem, satellites=tuple(satellites))
    return problem
