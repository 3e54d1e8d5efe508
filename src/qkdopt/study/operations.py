"""The scheduling problem of a scenario, with the operational constraints of its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from os import PathLike
from typing import TYPE_CHECKING

from qkdopt.errors import InputError
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.operations_file import RuleNames, operations_from_table, read_operations
from qkdopt.optimize.problem import Network, SchedulingProblem, Station
from qkdopt.optimize.problem.joining import joined
from qkdopt.optimize.rule_times import RuleClock
from qkdopt.tensor import KeyTensor
from qkdopt.tensor.slew_table import NO_SLEW

if TYPE_CHECKING:
    from qkdopt.physics import Scenario


def problem_of(
    scenario: Scenario, *keys: KeyTensor, workers: int | None = None
) -> SchedulingProblem:
    """Return the problem of a scenario's key tensors, one for each satellite.

    Without tensors they are computed first, by as many ``workers`` as there are cores.

    One satellite makes a problem of version 1, or of version 2 where each session has a key of its
    own, and in cloud scenarios; several make one of version 2, in which each of them obeys the
    scenario's operations by itself.

    Raises
    ------
    InputError
        When the table ``[operations]`` does not fit; it names file and rule.
    """
    parts = list(scenario.each_satellite())
    if not keys:
        keys = _computed(scenario, workers)
    if len(parts) > 1 and "locked" in scenario.operations:
        where = f"{scenario.origin}: operations.locked"
        expected = "none: it does not say which satellite it means ([satellite.operations] does)"
        raise InputError(where, "a lock", expected)
    named = {  # the scenario says how its satellites turn
        part.satellite.name: tensor.slewing(NO_SLEW)
        for part, tensor in zip(parts, keys, strict=True)
    }
    network = Network(
        stations=tuple(
            Station(item.name, item.receivers, item.switch_s) for item in scenario.stations
        ),
        ends={link.name: link.stations for link in scenario.links},
        targets={link.name: link.target_name for link in scenario.links},
    )
    rules = {
        part.satellite.name: _slewing(operations_of(part, tensor.interval.tolist()), part, tensor)
        for part, tensor in zip(parts, keys, strict=True)
    }
    if len(parts) > 1:
        weights = scenario.target_weights
        return SchedulingProblem.from_satellites(
            named, network=network, weights=weights, operations=rules
        )
    problem = SchedulingProblem(**joined(named, network, rules, version=1))
    return problem.as_version(2) if problem.in_sessions or problem.in_scenarios else problem


def _slewing(rules: Operations, scenario: Scenario, keys: KeyTensor) -> Operations:
    """Return rules with the hand-overs that take less time where the satellite slews."""
    if scenario.slew is None:
        return rules
    from qkdopt.physics.slew import with_slew_times

    return replace(rules, slew=with_slew_times(scenario, keys).slew)


def _computed(scenario: Scenario, workers: int | None) -> tuple[KeyTensor, ...]:
    """Return the key tensor of each satellite; one alone has all workers."""
    from qkdopt.physics import compute_keys, compute_keys_by_satellite

    if len(scenario.satellites) == 1:
        return (compute_keys(scenario, workers=workers),)
    return tuple(compute_keys_by_satellite(scenario, workers=workers).values())


def operations_of(scenario: Scenario, active: Sequence[int] | None = None) -> Operations:
    """Return the operations of a scenario, in link indices and global intervals.

    Parameters
    ----------
    scenario
        Where they are stated.
    active
        Global indices in which anything can be served, increasing: of the others, rules in
        instants and days list none. ``None``: every interval of the horizon.

    Raises
    ------
    InputError
        When the table ``[operations]`` does not fit.
    """
    return operations_from_table(
        scenario.operations,
        names_of(scenario),
        RuleClock(
            Decimal(scenario.grid.interval_s),
            scenario.grid.start_utc,
            range(scenario.grid.count) if active is None else active,
        ),
        scenario.switch_s,
        f"{scenario.origin}: operations",
    )


def with_rules(
    problem: SchedulingProblem,
    path: str | PathLike[str],
    scenario: Scenario | None = None,
    start_utc: datetime | None = None,
) -> SchedulingProblem:
    """Return a problem with the rules of a file in place of its own, slewing as before.

    Rules about a link mean the satellite that has it, rules about a station, and about all, every
    satellite; the others hold for each satellite by itself.

    Parameters
    ----------
    scenario
        What the problem was made from, for names of stations and the start; ``None`` where that
        is not known.
    start_utc
        Start of interval 0, unless the scenario says it.

    Raises
    ------
    InputError
        Naming file and rule, what stood there and what was expected.
    """
    names, several = _names_in(problem), len(problem.satellites) > 1
    if scenario is not None:
        start_utc = scenario.grid.start_utc
        names = names if several else names_of(scenario)
    satellites = []
    for s, satellite in enumerate(problem.satellites):
        clock = RuleClock(problem.interval_s, start_utc, satellite.interval.tolist())
        rules = read_operations(path, names, clock, satellite.switch_s)
        if several:
            rules = rules.of_links(problem.links_of(s), str(path))
        rules = replace(rules, slew=satellite.operations.slew)
        satellites.append(replace(satellite, operations=rules))
    return replace(problem, satellites=tuple(satellites))


def _names_in(problem: SchedulingProblem) -> RuleNames:
    return RuleNames(
        [link.name for link in problem.links],
        [[problem.stations[end].name for end in link.stations] for link in problem.links],
    )


def names_of(scenario: Scenario) -> RuleNames:
    """Return what rules call a scenario's links and stations."""
    return RuleNames(
        [link.name for link in scenario.links], [link.stations for link in scenario.links]
    )
