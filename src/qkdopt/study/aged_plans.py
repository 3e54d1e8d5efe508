"""What old elements cost: plans made with older element sets, counted with the keys of later ones.

The truth is the set whose epoch is nearest the middle of the horizon. Each older set makes a plan;
services in intervals in which the link has no bits under the truth count as idle.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from os import PathLike

from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.errors import Described, InputError, SolverError
from qkdopt.files import write_text
from qkdopt.opening import TEXT, read_text
from qkdopt.optimize.form import Form
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategy import LinearStrategy, Strategy
from qkdopt.optimize.strategy_names import default_strategy, strategies_of
from qkdopt.physics import Scenario, load_scenario
from qkdopt.physics.orbit.plausible import instant_utc
from qkdopt.physics.scenario.elements import Elements, tle_sets
from qkdopt.plain_text import csv_line
from qkdopt.study.external import Forecast, broken_rules, emptied
from qkdopt.study.operations import problem_of
from qkdopt.study.schedule_file import ScheduleRows
from qkdopt.study.sharing import proved
from qkdopt.study.sharing_result import Optimum
from qkdopt.timegrid import TimeGrid

_FARTHEST_DAYS = 14.0  # up to two weeks cost 0.02 % (benchmarks/decisions/old_elements.py)


@dataclass(frozen=True)
class AgedPlan:
    """A plan made with one element set, and what it delivers under the truth.

    Attributes
    ----------
    epoch_utc
        Epoch of the set.
    age_days
        How much older it is than the truth [days].
    planned
        Certified value under its own keys.
    delivered
        Value of the same schedule under the keys of the truth.
    lost
        Share of the optimum under the truth that it misses; ``None`` where that is 0.
    forecast
        Services, and how many of them deliver nothing.
    broken
        Rules that what is left of the plan breaks under the truth, a sentence each: hand-over
        times that depend on the geometry, and dwell. Then ``lost`` is no loss of a legal schedule.
    """

    epoch_utc: datetime
    age_days: float
    planned: int
    delivered: int
    lost: float | None
    forecast: Forecast
    broken: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return the row for a JSON file."""
        return {
            "epoch_utc": f"{self.epoch_utc:%Y-%m-%dT%H:%M:%SZ}", "age_days": self.age_days,
            "planned": self.planned, "delivered": self.delivered, "lost": self.lost,
            "services": self.forecast.services, "empty": self.forecast.empty,
            "broken": list(self.broken),
        }  # fmt: skip


@dataclass(frozen=True)
class ElementsAge:
    """Plans by the age of their elements.

    Attributes
    ----------
    scenario, strategy
        Their titles.
    truth_utc
        Epoch of the set that stands for the truth.
    optimum
        The certified optimum under the truth.
    plans
        Youngest first; the first is the truth's own, of age 0.
    verified
        Whether the verifier confirms every certificate as optimal.
    left_out
        Epoch of each older set whose orbit cannot be followed to the horizon, and why.
    """

    scenario: str
    strategy: str
    truth_utc: datetime
    optimum: int
    plans: tuple[AgedPlan, ...]
    verified: bool
    left_out: tuple[tuple[datetime, str], ...] = ()

    def document(self) -> dict[str, object]:
        """Return all that was found for a JSON file."""
        return {
            "scenario": self.scenario, "strategy": self.strategy,
            "truth_utc": f"{self.truth_utc:%Y-%m-%dT%H:%M:%SZ}", "optimum": self.optimum,
            "verified": self.verified, "plans": [plan.document() for plan in self.plans],
            "left_out": [
                {"epoch_utc": f"{epoch:%Y-%m-%dT%H:%M:%SZ}", "reason": reason}
                for epoch, reason in self.left_out
            ],
        }  # fmt: skip

    def to_csv(self, path: str | PathLike[str]) -> None:
        """Write one row for each plan, the optimum in each."""
        rows = [
            {**plan.document(), "broken": len(plan.broken), "optimum": self.optimum}
            for plan in self.plans
        ]
        lines = [csv_line(rows[0]), *(csv_line(row.values()) for row in rows)]
        write_text(path, "\n".join(lines) + "\n")


def elements_age(
    scenario: Scenario | str | PathLike[str],
    elements: str | PathLike[str],
    *,
    strategy: Strategy | None = None,
    notify: Callable[[str, float], None] = lambda step, done: None,
) -> ElementsAge:
    """Return what plans made with older elements lose.

    Parameters
    ----------
    scenario
        One satellite; a scenario as it was loaded, a file, or a published problem's name. Its own
        elements only say which object is meant.
    elements
        File of two-line sets; those of other catalogue numbers are left out, and so are those
        later than the truth.
    strategy
        A linear one; S-GD by default.

    Raises
    ------
    InputError
        For several satellites, another strategy, a file without two sets of the object of which
        one is older than the truth, and epochs more than 14 days beside the horizon.
    """
    given = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    goal = strategy or default_strategy()
    if not isinstance(goal, LinearStrategy) or goal.lower_bounds:
        expected = " or ".join(strategies_of([Form.LINEAR]))
        raise InputError("strategy", goal.name, f"{expected}, without lower bounds")
    (truth_utc, truth), *older = _sets(given, elements)
    notify("keys", 0.0)
    actual, best = _solved(given, truth, truth_utc, goal)
    optimum = _whole(best)
    plans, left_out, holds = [], list[tuple[datetime, str]](), best.optimal
    for n, (epoch, item) in enumerate([(truth_utc, truth), *older]):
        try:
            planned, own = (actual, best) if n == 0 else _solved(given, item, epoch, goal)
        except InputError as error:  # of this orbit only: the truth has been through all of it
            left_out.append((epoch, str(error)))
            continue
        holds &= own.optimal
        rows, forecast = emptied(actual, _carried(planned, own, actual))
        schedule = Schedule.create(rows.service)
        delivered = schedule.value(actual, goal.coefficients(actual))
        plans.append(
            AgedPlan(
                epoch_utc=epoch,
                age_days=(truth_utc - epoch) / timedelta(days=1),
                planned=_whole(own),
                delivered=delivered,
                lost=1 - delivered / optimum if optimum else None,
                forecast=forecast,
                broken=broken_rules(actual, goal, schedule, Fraction(optimum)),
            )
        )
        notify("keys", (n + 1) / (len(older) + 1))
    return ElementsAge(
        given.title, goal.title, truth_utc, optimum, tuple(plans), holds, tuple(left_out)
    )


def _sets(scenario: Scenario, path: str | PathLike[str]) -> list[tuple[datetime, Elements]]:
    """Return epoch and elements of the truth, then of each older set, youngest first."""
    where = str(path)
    number = scenario.satellite.elements.catalogue_number(scenario.origin)
    sets = tle_sets(read_text(path, TEXT, "two-line element sets"), where)
    own = [item for item in dict.fromkeys(sets) if item.catalogue_number(where) == number]
    if not own:
        others = sorted({item.catalogue_number(where) for item in sets})
        came = Described(f"no set of {number}, only of {', '.join(map(str, others[:5]))}")
        raise InputError(where, came, f"catalogue number {number} as in {scenario.origin}")
    if len(own) == 1:
        came = Described(f"one element set of {number}")
        raise InputError(where, came, "two or more, of different epochs")
    dated = sorted(((_epoch(item, where), item) for item in own), key=lambda pair: pair[0])
    middle = scenario.grid.start_utc + timedelta(seconds=scenario.grid.duration_s / 2)
    place = min(range(len(dated)), key=lambda n: abs(dated[n][0] - middle))
    _check_truth(dated[place][0], scenario.grid, where)
    if place == 0:
        came = Described(f"no set older than that of {dated[0][0]:%Y-%m-%d}, nearest the horizon")
        raise InputError(where, came, "an older one, to plan with")
    return dated[place::-1]


def _epoch(elements: Elements, where: str) -> datetime:
    record = elements.satrec(where)
    return instant_utc(record.jdsatepoch, record.jdsatepochF)


def _check_truth(epoch: datetime, grid: TimeGrid, where: str) -> None:
    """Refuse a truth that is far from the horizon: it would be in error itself."""
    end = grid.start_utc + timedelta(seconds=grid.duration_s)
    beside = max(grid.start_utc - epoch, epoch - end).total_seconds() / SECONDS_PER_DAY
    if beside > _FARTHEST_DAYS:
        came = Described(f"the nearest epoch {epoch:%Y-%m-%d}, {beside:,.0f} days beside it")
        expected = f"one within {_FARTHEST_DAYS:.0f} days of {grid.start_utc:%Y-%m-%d}"
        raise InputError(f"{where}: horizon", came, f"{expected} to {end:%Y-%m-%d}")


def _solved(
    scenario: Scenario, elements: Elements, epoch: datetime, goal: LinearStrategy
) -> tuple[SchedulingProblem, Optimum]:
    """Return the problem under some elements, and its verified optimum."""
    satellite = replace(scenario.satellite, elements=elements)
    origin = f"{scenario.origin} with elements of {epoch:%Y-%m-%d}"
    problem = problem_of(replace(scenario, satellites=(satellite,), origin=origin))
    return problem, proved(solve(problem, goal).uninterrupted(), goal)


def _whole(found: Optimum) -> int:
    if not isinstance(found.value, int):
        raise SolverError(found.reason)
    return found.value


def _carried(planned: SchedulingProblem, found: Optimum, actual: SchedulingProblem) -> ScheduleRows:
    """Return a plan's services in the intervals of another problem of the same links."""
    position = {index: a for a, index in enumerate(actual.interval.tolist())}
    service, strays = [IDLE] * len(position), []
    for run in served_runs(planned, found.paths):
        for index in range(run.first, run.last + 1):
            if index in position:
                service[position[index]] = run.link
            else:
                strays.append((index, planned.links[run.link].name))
    return ScheduleRows(tuple(service), tuple(strays))
