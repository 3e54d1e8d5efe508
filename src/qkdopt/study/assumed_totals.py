"""What certified totals of a scenario assume, and what each assumption moves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from qkdopt.certificates import Certificate
from qkdopt.constants import JULIAN_DATE_UNIX_EPOCH, SECONDS_PER_DAY
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import default_strategy
from qkdopt.physics import Scenario
from qkdopt.physics.session_lengths import counts_sessions
from qkdopt.study import assumption_table as table
from qkdopt.study.assumption_rows import AssumedTotals, AssumptionRow, Effect
from qkdopt.study.assumption_values import basis_of, owners_of, unit_of, value_of
from qkdopt.study.finite_keys import evaluate_finite_keys
from qkdopt.study.sensitivity_point import solved_point
from qkdopt.study.sharing_result import Optimum

_BLOCK = "finite_key.block"


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
    rows += [row for item in table.ASSUMPTIONS if (row := _row(scenario, item)) is not None]
    rows += _finite_keys(scenario)
    rows += [
        AssumptionRow("", words, value, basis="not modelled") for words, value in table.NOT_MODELLED
    ]
    if not effects:
        return AssumedTotals(tuple(rows))
    goal = strategy or default_strategy()
    best, certificate = _certified(scenario, goal, time_limit)
    total, bound = _bits(best, goal)
    wanted, done = sum(len(row.effects) for row in rows), 0
    found = []
    for row in rows:
        computed = []
        for effect in row.effects:
            if _BLOCK in effect.settings:
                computed.append(_of_blocks(scenario, effect, certificate))
            else:
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
        (instant - epoch).total_seconds() / SECONDS_PER_DAY
        for instant, epoch in ((scenario.grid.start_utc, last), (scenario.grid.end_utc, first))
    ]
    said = f"{first:%Y-%m-%d %H:%M}"
    if last > first:
        said += f" to {last:%Y-%m-%d %H:%M}"
    value = f"epoch {said} UTC, {ages[0]:.1f} to {ages[1]:.1f} days old over the horizon"
    basis = "kilometres along the track after days; negative ages: elements from later"
    return [AssumptionRow("satellite", "orbital elements", value, basis=basis)]


def _finite_keys(scenario: Scenario) -> list[AssumptionRow]:
    """Return what finite blocks would be, where they can be counted."""
    counted = counts_sessions(scenario)
    value = "each session is a block" if counted else "none: blocks are infinitely long"
    plugin = scenario.plugins is not None and scenario.plugins.protocol is not None
    if len(scenario.satellites) > 1 or plugin:
        basis = "stated" if counted else "not modelled for these links"
        return [AssumptionRow("", "finite keys", value, basis=basis)]
    effects = tuple(
        Effect(block, f"{why}; same schedule", {_BLOCK: block})
        for block, why in table.FINITE_BLOCKS
    )
    basis = "stated" if counted else "default: off"
    return [AssumptionRow("finite_key", "finite keys", value, basis=basis, effects=effects)]


def _row(scenario: Scenario, item: table.Assumption) -> AssumptionRow | None:
    """Return the row of an assumption, ``None`` where it moves nothing in this scenario."""
    kinds = {"stations": scenario.station_links, "pairs": scenario.pair_links, "all": True}
    value = value_of(scenario, item.key) if kinds[item.links] else None
    if value is None:
        return None
    effects = []
    for other in item.alternatives:
        setting: object = other.value
        if isinstance(setting, table.Times):
            reference = value if setting.of is None else value_of(scenario, setting.of)
            if not isinstance(reference, int | float):
                continue
            setting = setting.factor * reference
        if _said(setting) != _said(value):
            settings = _settings(scenario, item.key, setting)
            settings |= {k: v for k, v in other.beside if value_of(scenario, k) == "none"}
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
        value, bound = _bits(_certified(changed, strategy, time_limit)[0], strategy)
    except (InputError, SolverError) as error:
        return replace(effect, note=str(error))
    change = value / total - 1.0 if total else None
    return replace(effect, total=value, bound=bound, change=change)


def _of_blocks(scenario: Scenario, effect: Effect, certificate: Certificate) -> Effect:
    """Return an effect with what the same schedule delivers in finite blocks."""
    problem = problem_from_document(certificate.document["problem"], "certificate")
    schedule = Schedule.create(certificate.schedule)
    try:
        changed = scenario.with_settings(effect.settings)
        found = evaluate_finite_keys(changed, problem, schedule)
    except InputError as error:
        return replace(effect, note=str(error))
    before, after = sum(schedule.delivered(problem)), found.evaluation.total
    return replace(effect, total=after, change=after / before - 1.0 if before else None)


def _certified(
    scenario: Scenario, strategy: Strategy, time_limit: float | None
) -> tuple[Optimum, Certificate]:
    """Return what is proved of a scenario, and the certificate."""
    row, certificate = solved_point(strategy, time_limit, 0, None, scenario)
    if certificate is None or not row.optimum.verified:
        raise SolverError(row.optimum.reason or "a certificate that is not verified")
    return row.optimum, certificate


def _bits(found: Optimum, strategy: Strategy) -> tuple[int, int]:
    """Return value and bound as whole numbers of bits."""
    if not (isinstance(found.value, int) and isinstance(found.bound, int)):
        raise InputError("strategy", strategy.name, "one whose value is a number of bits")
    return found.value, found.bound
