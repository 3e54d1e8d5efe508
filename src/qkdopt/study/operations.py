"""The scheduling problem of a scenario, with the operational constraints of its file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from qkdopt.errors import InputError
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.operations_file import RuleNames, operations_from_table
from qkdopt.optimize.problem import Network, SchedulingProblem, Station
from qkdopt.optimize.problem.joining import joined
from qkdopt.optimize.rule_times import RuleClock
from qkdopt.tensor import KeyTensor

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

__all__ = ["names_of", "operations_of", "problem_of"]


def problem_of(scenario: Scenario, *keys: KeyTensor) -> SchedulingProblem:
    """Return the problem of a scenario's key tensors, one for each satellite.

    One satellite makes a problem of version 1, several one of version 2, in which each of them
    obeys the scenario's operations by itself.

    Raises
    ------
    InputError
        When the table ``[operations]`` does not fit; it names file and rule.
    """
    parts = list(scenario.each_satellite())
    if len(parts) > 1 and "locked" in scenario.operations:
        where = f"{scenario.origin}: operations.locked"
        expected = "none: it does not say which satellite it means ([satellite.operations] does)"
        raise InputError(where, "a lock", expected)
    named = {part.satellite.name: tensor for part, tensor in zip(parts, keys, strict=True)}
    network = Network(
        stations=tuple(
            Station(item.name, item.receivers, item.switch_s) for item in scenario.stations
        ),
        ends={link.name: link.stations for link in scenario.links},
        targets={link.name: link.target_name for link in scenario.links},
    )
    rules = {
        part.satellite.name: operations_of(part, tensor.interval.tolist())
        for part, tensor in zip(parts, keys, strict=True)
    }
    if len(parts) > 1:
        weights = scenario.target_weights
        return SchedulingProblem.from_satellites(
            named, network=network, weights=weights, operations=rules
        )
    return SchedulingProblem(**joined(named, network, rules, version=1))


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


def names_of(scenario: Scenario) -> RuleNames:
    """Return what rules call a scenario's links and stations."""
    return RuleNames(
        [link.name for link in scenario.links], [link.stations for link in scenario.links]
    )
