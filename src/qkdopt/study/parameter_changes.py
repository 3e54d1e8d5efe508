"""The value in bits of another hand-over time, elevation mask or darkness threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategy import LinearStrategy
from qkdopt.optimize.strategy_names import default_strategy
from qkdopt.study.operations import problem_of
from qkdopt.study.verification import verify
from qkdopt.timegrid import decimal_seconds

if TYPE_CHECKING:
    from qkdopt.physics import Scenario


@dataclass(frozen=True)
class BitValue:
    """The optimum with one number of the scenario changed.

    Attributes
    ----------
    change
        Name of the number, one of :data:`CHANGES`; empty for the unchanged scenario.
    setting
        Its new setting.
    value
        The verified optimum then.
    gain
        Difference from the unchanged scenario.
    """

    change: str
    setting: object
    value: int
    gain: int


def _hand_over(scenario: Scenario, setting: object) -> Scenario:
    return replace(scenario, switch_s=decimal_seconds(setting, "switch_s"), slew=None)


def _slew_rate(scenario: Scenario, setting: object) -> Scenario:
    from qkdopt.physics.scenario import Slew

    settling_s = 0 if scenario.slew is None else scenario.slew.settling_s
    slew = Slew.model_validate({"slew_rate_deg_s": setting, "settling_s": settling_s})
    return replace(scenario, switch_s=slew.half_turn_s, slew=slew)


def _visibility(name: str) -> Callable[[Scenario, object], Scenario]:
    def change(scenario: Scenario, setting: object) -> Scenario:
        rules = scenario.visibility
        changed = type(rules).model_validate({**rules.model_dump(), name: setting})
        return replace(scenario, visibility=changed)

    return change


CHANGES: Mapping[str, Callable[[Scenario, object], Scenario]] = {
    "switch_s": _hand_over,
    "slew_rate_deg_s": _slew_rate,
    "minimum_elevation_deg": _visibility("minimum_elevation_deg"),
    "station_sun_below_deg": _visibility("station_sun_below_deg"),
}
"""What can be changed: hand-over time [s], slew rate, elevation mask, darkness threshold."""


def bit_values(
    scenario: Scenario,
    changes: Mapping[str, list[object]],
    strategy: LinearStrategy | None = None,
    *,
    workers: int | None = None,
) -> list[BitValue]:
    """Return the optimum of a scenario, then with each change alone, each proved.

    Switching time and slew rate (the settling time stays, or is 0) need a new solve only;
    elevation mask and darkness need new keys.

    Parameters
    ----------
    scenario
        The reference.
    changes
        Settings to try by name, for instance ``{"switch_s": [5, 0]}``.
    strategy
        Strategy to solve; S-GD by default.
    workers
        Processes for the key tensors.

    Raises
    ------
    InputError
        For a change that is not in :data:`CHANGES`, or a setting out of range.
    SolverError
        When the operations allow no schedule.
    """
    for name in changes:
        if name not in CHANGES:
            raise InputError("changes", name, f"one of {', '.join(CHANGES)}")
    goal = strategy or default_strategy()
    present = _optimum(scenario, goal, workers)
    found = [BitValue("", "", present, 0)]
    for name, settings in changes.items():
        for setting in settings:
            try:
                changed = CHANGES[name](scenario, setting)
            except ValueError as error:  # pydantic's refusal of a setting
                raise InputError(f"changes: {name}", setting, "a setting in range") from error
            value = _optimum(changed, goal, workers)
            found.append(BitValue(name, setting, value, value - present))
    return found


def _optimum(scenario: Scenario, strategy: LinearStrategy, workers: int | None) -> int:
    from qkdopt.physics import compute_keys

    problem = problem_of(scenario, compute_keys(scenario, workers=workers))
    outcome = solve(problem, strategy).uninterrupted()
    if outcome.certificate is None:
        raise SolverError(outcome.reason)
    verdict = verify(outcome.certificate, problem)
    if not verdict.optimal:
        raise SolverError(verdict.statement)
    return int(verdict.value)
