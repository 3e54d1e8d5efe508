"""The scheduling problem of a scenario, with the operations that its file asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qkdopt.optimize.operations import Operations
from qkdopt.optimize.operations_file import operations_from_table
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.tensor import KeyTensor

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

__all__ = ["operations_of", "problem_of"]


def problem_of(scenario: Scenario, keys: KeyTensor) -> SchedulingProblem:
    """Return the problem of a scenario's key tensor.

    Raises
    ------
    InputError
        When the table ``[operations]`` does not fit; it names file and rule.
    """
    return SchedulingProblem.from_keys(keys, operations=operations_of(scenario))


def operations_of(scenario: Scenario) -> Operations:
    """Return the operations of a scenario, in link indices and global intervals.

    Raises
    ------
    InputError
        When the table ``[operations]`` does not fit.
    """
    return operations_from_table(
        scenario.operations,
        [link.name for link in scenario.links],
        Decimal(scenario.grid.interval_s),
        scenario.switch_s,
        f"{scenario.origin}: operations",
    )
