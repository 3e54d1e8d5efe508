"""``qkdopt evaluate``: rule violations, delivery and optimality gap of an external schedule."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli.changes import Changes
from qkdopt.cli.cloud_options import CloudsOption, CloudsSeedOption, MarginalOption
from qkdopt.cli.console import output, print_json, print_line
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.finite_key import finite_key_scenario, states_no_detections
from qkdopt.cli.groups import setting, switch, with_groups
from qkdopt.cli.inputs import given_problem
from qkdopt.cli.options import (
    JsonOption,
    OptionsOption,
    ProblemArgument,
    SwitchOption,
    TrafficOption,
    WeightsOption,
    argument,
)
from qkdopt.cli.progress import progress_bars
from qkdopt.errors import Described, InputError

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.physics import Scenario
    from qkdopt.study import ExternalEvaluation
    from qkdopt.study.external import OptimalityGap
    from qkdopt.study.finite_keys import FiniteEvaluation
    from qkdopt.study.schedule_file import ScheduleRows

EXAMPLES = (
    "qkdopt evaluate micius-china-2016 my_schedule.csv",
    "qkdopt evaluate keys.csv my_schedule.csv --weights A=25,B=12 --json",
    "qkdopt evaluate scenario.toml last_week.csv --forecast",
    "qkdopt evaluate micius-china-2016 my_schedule.csv --finite-key block=pass",
    "qkdopt evaluate micius-china-2016 my_schedule.csv --clouds 500 --marginal heavy --forecast",
)


_SESSIONS = "block=session"


@dataclass(frozen=True)
class _Given:
    """What is different in the problem."""

    weights: WeightsOption = None
    switch_seconds: SwitchOption = None
    options: OptionsOption = None
    traffic: TrafficOption = None
    clouds: CloudsOption = None
    marginal: MarginalOption = None
    clouds_seed: CloudsSeedOption = 0


@dataclass(frozen=True)
class _Further:
    """What else is asked of the schedule."""

    forecast: bool = switch(
        "--forecast",
        "The schedule was made for other keys, for example from older elements: intervals "
        "in which its link has no bits count as idle, and their number is printed.",
    )
    finite_key: str | None = setting(
        "KEY=VALUE,...",
        "Also the secret bits of finite blocks, with these keys of the scenario's table "
        "[finite_key] changed: block=session, pass, night or horizon; proof, bound, "
        "eps_secrecy, eps_correctness, key_basis_share; of pairs pair_proof, "
        "pair_check_share. Needs a scenario or a published problem.",
    )


@with_groups
def evaluate_command(
    problem: ProblemArgument,
    schedule: Annotated[
        str,
        argument(
            "SCHEDULE.csv", "Rows interval,link; an empty link, idle or a missing row means idling."
        ),
    ],
    given: _Given,
    asked: _Further,
    as_json: JsonOption = False,
) -> int:
    """Report which rules a schedule breaks, what it delivers, and its optimality gap.

    In cloud scenarios, of the problem or of --clouds, values are means over these; --forecast then
    forgives services for which no sky has bits. With traffic, also its pairwise keys: the
    largest set, and the largest set in proportion to the traffic. Exit code 1 when the schedule
    breaks a rule.
    """
    from qkdopt.certificates.paths import path_of
    from qkdopt.study import evaluate_schedule, read_schedule
    from qkdopt.study.finite_keys import asymptotic
    from qkdopt.study.session_table import blocks_document

    if given.clouds and asked.finite_key is not None:
        raise InputError("--finite-key", asked.finite_key, "none with --clouds")
    rule = None if asked.finite_key is None else _Rule.of(problem, asked.finite_key)
    with progress_bars() as bars:
        named = given_problem(problem, bars, Changes(**vars(given)))
        rows = read_schedule(schedule, named.problem)
        counted = named.problem if rule is None else asymptotic(named.problem)
        found = evaluate_schedule(counted, rows, forecast=asked.forecast)
        finite = None if rule is None else rule.evaluated(named.problem, rows)
    if as_json:
        document = _document(found)
        if finite is not None:
            document["finite_key"] = finite.document()
        else:
            path = path_of(rows.service, counted.interval.tolist())
            document |= blocks_document(counted, [path])
        print_json(document | ({"notes": list(named.notes)} if named.notes else {}))
    else:
        _print(found, finite)
        for note in named.notes:
            print_line(note)
    return FINE if found.legal and found.verified else CLAIM_FAILED


@dataclass(frozen=True)
class _Rule:
    """What makes a block: the scenario says it or, ``None``, each session of the problem does."""

    scenario: Scenario | None

    @classmethod
    def of(cls, problem: str, settings: str) -> _Rule:
        """Return the rule of the option."""
        stated = settings == _SESSIONS and states_no_detections(problem)
        return cls(None if stated else finite_key_scenario(problem, settings))

    def evaluated(self, problem: SchedulingProblem, rows: ScheduleRows) -> _Finite:
        """Return the blocks of a schedule and, of sessions, its distance from the best one."""
        from qkdopt.optimize.schedule import Schedule
        from qkdopt.study.external import evaluate_schedule
        from qkdopt.study.finite_keys import evaluate_finite_keys, in_sessions
        from qkdopt.study.session_table import evaluate_sessions

        if self.scenario is None:
            if not problem.in_sessions:
                came = Described("a problem without sessions")
                raise InputError("--finite-key", came, "a scenario: it states what blocks are of")
            best = evaluate_schedule(problem, rows)
            return _Finite(evaluate_sessions(problem, rows.service), best)
        found = evaluate_finite_keys(self.scenario, problem, Schedule.create(rows.service))
        if found.block != "session":
            return _Finite(found)
        return _Finite(found, evaluate_schedule(in_sessions(problem, self.scenario), rows))


@dataclass(frozen=True)
class _Finite:
    """What finite blocks bring and, of sessions, how far that is from the best schedule."""

    found: FiniteEvaluation
    best: ExternalEvaluation | None = None

    def document(self) -> dict[str, object]:
        """Return the JSON document."""
        known = {} if self.best is None else {"strategies": _gaps(self.best)}
        return self.found.document() | known


def _document(found: ExternalEvaluation) -> dict[str, object]:
    return {
        "legal": found.legal,
        "verified": found.verified,
        "findings": list(found.findings),
        **_forecast(found),
        **found.evaluation.document(),
        "strategies": _gaps(found),
    }


def _gaps(found: ExternalEvaluation) -> dict[str, object]:
    return {
        name: {
            "value": _stated(gap.value),
            "bound": _stated(gap.optimum),
            "gap": gap.gap,
            "ended": str(gap.ended),
            "verified": gap.verified,
        }
        for name, gap in found.gaps.items()
    }


def _stated(number: Fraction) -> int | str:
    """Return a whole number, or text of a mean over cloud scenarios that is none."""
    return int(number) if number.denominator == 1 else str(number)


def _forecast(found: ExternalEvaluation) -> dict[str, object]:
    if (forecast := found.forecast) is None:
        return {}
    counted = {"without_bits": forecast.without_bits, "not_active": forecast.not_active}
    return {"forecast": {"services": forecast.services, "empty": forecast.empty, **counted}}


def _print(found: ExternalEvaluation, counted: _Finite | None) -> None:
    from qkdopt.cli.table import Column, delivery_table

    rows, console = _rows(found), output()
    columns = [Column("schedule", found.evaluation, rows)]
    if counted is not None:
        finite, best = counted.found, counted.best
        own = tuple((label, "") for label, _ in rows) if best is None else _rows(best)
        columns.append(Column(f"finite keys, by {finite.block}", finite.evaluation, own))
    console.print(delivery_table(console, columns))
    if counted is not None:
        empty = sum(not block.bits for block in finite.blocks)
        print_line(
            f"finite keys ({finite.proof}): {len(finite.blocks):,} blocks, {empty:,} of them "
            f"without key; {finite.evaluation.total:,} of {finite.asymptotic.total:,} bits"
        )
    if (forecast := found.forecast) is not None:
        print_line(
            f"forecast: {forecast.empty:,} of {forecast.services:,} served intervals deliver "
            f"nothing and count as idle ({forecast.without_bits:,} without bits for their link, "
            f"{forecast.not_active:,} without bits on any link)"
        )
    print_line("legal: every rule is kept" if found.legal else "NOT legal:")
    for finding in found.findings:
        print_line(f"    {finding}")


def _rows(found: ExternalEvaluation) -> tuple[tuple[str, str], ...]:
    return tuple(row for name, gap in found.gaps.items() for row in _rows_of(name, gap))


def _rows_of(name: str, gap: OptimalityGap) -> tuple[tuple[str, str], ...]:
    from qkdopt.cli.table import number_words

    label = f"S-{name.upper()}"
    proved = "" if gap.verified else " (NOT proved)"
    return (
        (f"{label} value", number_words(_stated(gap.value))),
        (f"{label} optimum", f"{number_words(_stated(gap.optimum))}{proved}"),
        (f"{label} gap", f"{100 * gap.gap:.3g} %"),
    )
