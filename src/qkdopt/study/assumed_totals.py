"""What certified totals of a scenario assume, and what each assumption moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qkdopt.constants import JULIAN_DATE_UNIX_EPOCH
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategy_names import default_strategy
from qkdopt.study.assumption_table import ASSUMPTIONS, NOT_MODELLED, Assumption, Times
from qkdopt.study.assumption_values import basis_of, owners_of, unit_of, value_of
from qkdopt.study.operations import problem_of
from qkdopt.study.verification import verify

if TYPE_CHECKING:
    from qkdopt.optimize.strategy import Strategy
    from qkdopt.physics import Scenario

__all__ = ["AssumedTotals", "AssumptionRow", "Effect", "assumptions"]

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Effect:
    """Another value of an assumption.

    Attributes
    ----------
    value, why
        What it could be, and why.
    total, bound
        The certified value then, and the bound that nobody exceeds; ``None`` where they were not
        computed, or where nothing could be.
    change
        ``total`` over that of the scenario as it is, less 1.
    note
        Why there is no total.
    """

    value: str
    why: str
    settings: Mapping[str, object]
    total: int | None = None
    bound: int | None = None
    change: float | None = None
    note: str = ""

    def document(self) -> dict[str, object]:
        """Return the effect as it stands in JSON files."""
        known = {"total": self.total, "bound": self.bound, "change": self.change}
        found = {"value": self.value, "why": self.why}
        found |= {"note": self.note} if self.note else {}
        return found | {name: number for name, number in known.items() if number is not None}


@dataclass(frozen=True)
class AssumptionRow:
    """One assumption: key, words, value in use with its unit, basis, and alternatives.

    ``own`` names stations and satellites that have a value of their own.
    """

    key: str
    words: str
    value: str
    unit: str = ""
    basis: str = ""
    own: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()

    def document(self) -> dict[str, object]:
        """Return the row as it stands in JSON files."""
        return {
            "key": self.key,
            "words": self.words,
            "value": self.value,
            "unit": self.unit,
            "basis": self.basis,
            "own": list(self.own),
            "effects": [effect.document() for effect in self.effects],
        }


@dataclass(frozen=True)
class AssumedTotals:
    """The assumptions of a scenario; with effects, the total of a strategy that they move.

    Attributes
    ----------
    strategy
        In words, or empty where no effect was computed.
    total, bound
        The certified value of that strategy for the scenario as it is, and its bound.
    """

    rows: tuple[AssumptionRow, ...]
    strategy: str = ""
    total: int | None = None
    bound: int | None = None

    def document(self) -> dict[str, object]:
        """Return the table as it stands in ``summary.json`` and ``report.json``."""
        rows = [row.document() for row in self.rows]
        if self.total is None:
            return {"rows": rows}
        return {
            "strategy": self.strategy, "total": self.total, "bound": self.bound, "rows": rows,
        }  # fmt: skip


def assumptions(
    scenario: Scenario,
    *,
    effects: bool = False,
    strategy: Strategy | None = None,
    time_limit: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> AssumedTotals:
    """Return what totals of a scenario assume: elements, readings, devices, weather, models.

    Parameters
    ----------
    effects
        Solve the scenario again with each alternative alone; every value is verified. A week of
        eleven cities takes two seconds.
    strategy
        Whose value the alternatives move; S-GD by default.
    time_limit
        Of each solve [s].
    progress
        Called with the share that is done, from 0 to 1.

    Raises
    ------
    InputError
        As :func:`qkdopt.compute_keys`; for a strategy whose value is no number of bits.
    SolverError
        When no schedule is found for the scenario as it is.
    """
    rows = [*_elements(scenario)]
    rows += [row for item in ASSUMPTIONS if (row := _row(scenario, item)) is not None]
    rows += [AssumptionRow("", words, value, basis="not modelled") for words, value in NOT_MODELLED]
    if not effects:
        return AssumedTotals(tuple(rows))
    goal = strategy or default_strategy()
    total, bound = _certified(scenario, goal, time_limit)
    wanted, done = sum(len(row.effects) for row in rows), 0
    found = []
    for row in rows:
        computed = []
        for effect in row.effects:
            computed.append(_computed(scenario, effect, goal, total, time_limit))
            done += 1
            if progress is not None:
                progress(done / wanted)
        found.append(replace(row, effects=tuple(computed)))
    return AssumedTotals(tuple(found), goal.title, total, bound)


def _elements(scenario: Scenario) -> list[AssumptionRow]:
    """Return how old the elements are over the horizon; of several satellites the extremes."""
    records = [item.elements.satrec(scenario.origin) for item in scenario.satellites]
    days = [item.jdsatepoch + item.jdsatepochF - JULIAN_DATE_UNIX_EPOCH for item in records]
    epochs = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in days]
    first, last = min(epochs), max(epochs)
    ages = [
        (instant - epoch).total_seconds() / _SECONDS_PER_DAY
        for instant, epoch in ((scenario.grid.start_utc, last), (scenario.grid.end_utc, first))
    ]
    said = f"{first:%Y-%m-%d %H:%M}"
    if last > first:
        said += f" to {last:%Y-%m-%d %H:%M}"
    value = f"epoch {said} UTC, {ages[0]:.1f} to {ages[1]:.1f} days old over the horizon"
    basis = "kilometres along the track after days; negative ages: elements from later"
    return [AssumptionRow("satellite", "orbital elements", value, basis=basis)]


def _row(scenario: Scenario, item: Assumption) -> AssumptionRow | None:
    """Return the row of an assumption, ``None`` where it moves nothing in this scenario."""
    kinds = {"stations": scenario.station_links, "pairs": scenario.pair_links, "all": True}
    value = value_of(scenario, item.key) if kinds[item.links] else None
    if value is None:
        return None
    effects = []
    for other in item.alternatives:
        setting: object = other.value
        if isinstance(setting, Times):
            reference = value if setting.of is None else value_of(scenario, setting.of)
            if not isinstance(reference, int | float):
                continue
            setting = setting.factor * reference
        if _said(setting) != _said(value):
            settings = _settings(scenario, item.key, setting)
            effects.append(Effect(_said(setting), other.why, settings))
    unit = "" if isinstance(value, str) else unit_of(item.key)
    return AssumptionRow(
        item.key, item.words, _said(value), unit, basis_of(item.key, value),
        owners_of(scenario, item.key), tuple(effects),
    )  # fmt: skip


def _settings(scenario: Scenario, key: str, setting: object) -> dict[str, object]:
    """Return what to set; a star stands for every station, or every link of a pair."""
    before, star, after = key.partition(".*.")
    value = list(setting) if isinstance(setting, tuple) else setting
    if not star:
        return {key: value}
    ends = scenario.stations if before == "station" else scenario.pair_links
    return {f'{before}."{item.name}".{after}': value for item in ends}


def _said(value: object) -> str:
    """Return a value as people read it."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:.6g}"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _computed(
    scenario: Scenario, effect: Effect, strategy: Strategy, total: int, time_limit: float | None
) -> Effect:
    """Return an effect with the certified value of the scenario with that setting."""
    try:
        changed = scenario.with_settings(effect.settings)
        value, bound = _certified(changed, strategy, time_limit)
    except (InputError, SolverError) as error:
        return replace(effect, note=str(error))
    change = value / total - 1.0 if total else None
    return replace(effect, total=value, bound=bound, change=change)


def _certified(scenario: Scenario, strategy: Strategy, time_limit: float | None) -> tuple[int, int]:
    """Return the verified value and bound of a strategy."""
    problem = problem_of(scenario)
    outcome = solve(problem, strategy, time_limit=time_limit).uninterrupted()
    if outcome.certificate is None:
        raise SolverError(outcome.reason)
    verdict = verify(outcome.certificate, problem)
    if not verdict.holds:
        raise SolverError(verdict.statement)
    if not (isinstance(outcome.value, int) and isinstance(outcome.bound, int)):
        raise InputError("strategy", strategy.name, "one whose value is a number of bits")
    return outcome.value, outcome.bound
