"""``qkdopt rolling``: months flown under several policies, with forecasts renewed every day.

Months are independent: one file each, in processes of their own, and an interrupted run goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from os import PathLike
from typing import Protocol

import numpy as np

from qkdopt.constants import SECONDS_PER_DAY
from qkdopt.effort import MOST_POINTS, check_effort
from qkdopt.errors import Described, InputError
from qkdopt.optimize.form import Form
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import strategy_of_form
from qkdopt.physics import Scenario
from qkdopt.physics.clouds.fields import DEFAULT_CORRELATION
from qkdopt.physics.clouds.forecast import ForecastModel, skill_of
from qkdopt.physics.clouds.marginals import marginal_of
from qkdopt.study.operations import problem_of
from qkdopt.study.processes import over_processes
from qkdopt.study.rolling.cloudy_keys import CloudyKeys, cloudy_keys
from qkdopt.study.rolling.document import Month
from qkdopt.study.rolling.forecast_files import check_files, month_of_files
from qkdopt.study.rolling.goals import goal_of
from qkdopt.study.rolling.issues import Issues
from qkdopt.study.rolling.month import BackTest, month_of, penalty_prices
from qkdopt.study.rolling.policies import USUAL_POLICIES, policies_of
from qkdopt.study.rolling.result import Rolling
from qkdopt.study.rolling.skies import DrawnMonths, Months

_TRAINING = 10  # months that the prices of the penalty come from; none of them is scored
_MOST_MEMBERS = 1000
_Files = Sequence[str | PathLike[str]]


@dataclass(frozen=True)
class DrawnSkies:
    """How skies and their forecasts are drawn; all of it is an assumption.

    Attributes
    ----------
    marginal, skill
        As :func:`~qkdopt.physics.clouds.marginals.marginal_of` and
        :func:`~qkdopt.physics.clouds.forecast.skill_of` read them.
    months
        How many.
    """

    marginal: str = "heavy"
    skill: str = "good"
    months: int = 10


@dataclass(frozen=True)
class Planning:
    """How plans are made.

    Attributes
    ----------
    policies
        By name, of :data:`~qkdopt.study.rolling.policies.POLICIES`.
    members, planned_on
        Members of a forecast for its scores, and those that a plan on members sees.
    seed
        Of skies and searches; the same seed gives the same bytes.
    strategy
        Balanced delivery, ``gd`` or ``pd``.
    """

    policies: Sequence[str] = USUAL_POLICIES
    members: int = 100
    planned_on: int = 40
    seed: int = 0
    strategy: Strategy = field(default_factory=lambda: strategy_of_form(Form.PIECEWISE_LINEAR))


class MonthKeeper(Protocol):
    """Stores months by name as they are found, and returns those of an earlier run."""

    def earlier(self, name: str) -> Month | None:
        """Return what an earlier run found, unchanged, or ``None``."""

    def keep(self, name: str, item: Month, found: Rolling) -> None:
        """Keep a month, and all that there is with it."""


def rolling(
    scenario: Scenario,
    skies: DrawnSkies | _Files = DrawnSkies(),
    planning: Planning | None = None,
    *,
    processes: int | None = 1,
    keeper: MonthKeeper | None = None,
    notify: Callable[[str, float], None] = lambda step, done: None,
) -> Rolling:
    """Return what policies reach over months in which forecasts are renewed every day.

    At 12:00 UTC the forecast is renewed; what is flown stays as it was, and the stock of a plan is
    what was really delivered. The search for plans is counted, not timed: the same seed gives the
    same result, whatever the processes.

    Parameters
    ----------
    scenario
        Of one satellite, links to stations, no rules but hand-overs. Its horizon is a month.
    skies
        How skies and forecasts are drawn; or the files of forecasts, one ensemble for each day,
        whose names hold the day of issue as ``2016-09-19``. Then the real sky is ``[clouds]``.
    processes
        Months at a time; ``None`` for one on each core.
    keeper
        Stores months at once, and returns those of an earlier run.
    notify
        Called with the name of a step and the part of it that is done.

    Raises
    ------
    InputError
        For a scenario or settings that do not fit.
    """
    planning = planning or Planning()
    _check(scenario, skies, planning)
    policies = policies_of(planning.policies)
    notify("keys under every sky", 0.0)
    keys = cloudy_keys(scenario)
    notify("keys under every sky", 1.0)
    whole = problem_of(scenario, keys.clear)
    if whole.rules:
        raise InputError(scenario.origin, Described(f"rules {', '.join(whole.rules)}"), "none")
    goal_of(planning.strategy, whole)
    issues = Issues.of(scenario.grid, keys)
    months, words, assumed = _months(scenario, skies, issues, keys, planning.seed)
    test = BackTest(
        whole, keys, issues, months, planning.strategy, planning.seed, planning.members,
        planning.planned_on, policies,
    )  # fmt: skip
    count = skies.months if isinstance(skies, DrawnSkies) else 1
    facts: dict[str, object] = {
        "scenario": scenario.title, "scenario_sha256": scenario.digest,
        "strategy": planning.strategy.name, "clouds": words, "assumptions": assumed,
        "days": scenario.grid.duration_s / SECONDS_PER_DAY, "members": planning.members,
        "members_planned_on": planning.planned_on, "seed": planning.seed, "months": count,
        "issues_s": issues.issue_s.tolist(), "targets": list(whole.targets),
    }  # fmt: skip
    return _Run(test, facts, count, keeper, notify).done(processes)


def _check(scenario: Scenario, skies: DrawnSkies | _Files, planning: Planning) -> None:
    """Refuse what a back-test is not made for, before anything is computed."""
    check_effort(seed=planning.seed)
    policies_of(planning.policies)
    for name in ("members", "planned_on"):
        if not 1 <= (count := getattr(planning, name)) <= _MOST_MEMBERS:
            raise InputError(name, count, f"1 to {_MOST_MEMBERS:,}")
    if isinstance(skies, DrawnSkies):
        marginal_of(skies.marginal)
        skill_of(skies.skill)
        if not 1 <= skies.months <= MOST_POINTS:
            raise InputError("months", skies.months, f"1 to {MOST_POINTS:,}")
    else:
        check_files(scenario, skies)
    for came, wrong in (
        (f"{len(scenario.satellites)} satellites", len(scenario.satellites) > 1),
        ("links to pairs", bool(scenario.pair_links)),
        ("keys of finite blocks", scenario.finite_key is not None),
    ):
        if wrong:
            expected = "one satellite, links to single stations, keys that add up"
            raise InputError(scenario.origin, Described(came), expected)


def _months(
    scenario: Scenario, skies: DrawnSkies | _Files, issues: Issues, keys: CloudyKeys, seed: int
) -> tuple[Months, str, list[str]]:
    """Return where skies come from, in words, and what is assumed."""
    if not isinstance(skies, DrawnSkies):
        found = month_of_files(scenario, skies, issues, keys)
        real = "" if scenario.clouds is None else scenario.clouds.label
        return found, f"{real}; forecasts of {len(skies)} files", []
    marginal, skill = marginal_of(skies.marginal), skill_of(skies.skill)
    lengths = DEFAULT_CORRELATION
    model = ForecastModel(scenario.places, keys.time_s, issues.issue_s, skill, lengths)
    rho = ", ".join(f"{rho:g}" for rho in skill.rho)
    assumed = [
        f"sky: {marginal.clear:g} of the time clear, {marginal.overcast:g} overcast",
        f"sky: correlation falls to 1/e over {lengths.time_h:g} h and {lengths.distance_km:g} km",
        f"forecast: correlation {rho} with the sky 1, 2, ... days ahead, calibrated",
    ]
    words = f"SYNTHETIC, drawn: {skies.marginal} skies, {skies.skill} forecasts"
    return DrawnMonths(model, marginal, seed), words, assumed


class _Run:
    """Months as they are found; everything that there is, is kept at once."""

    def __init__(
        self, test: BackTest, facts: dict[str, object], count: int, keeper: MonthKeeper | None,
        notify: Callable[[str, float], None],
    ) -> None:  # fmt: skip
        self._test, self._facts, self._count = test, facts, count
        self._keeper, self._notify = keeper, notify
        self._months: dict[int, Month] = {}

    def done(self, processes: int | None) -> Rolling:
        """Return all months, those of an earlier run as they were."""
        known: dict[int, Month | None] = {}
        for number in range(self._count):
            earlier = None if self._keeper is None else self._keeper.earlier(_name(number))
            if earlier and all(policy.name in earlier.policies for policy in self._test.policies):
                self._add(earlier)
            else:
                known[number] = earlier
        if known:
            step = f"{len(known)} months"
            test = replace(self._test, prices=self._prices())
            self._notify(step, 0.0)
            over_processes(
                partial(_month, test), list(known.items()), processes=processes,
                done=lambda finished: self._notify(step, finished / len(known)),
                found=lambda position, month: self._add(month),
            )  # fmt: skip
        return self._found()

    def _prices(self) -> np.ndarray | None:
        """Return the mean of the prices behind the clairvoyant's bounds of other months."""
        step = "prices of the penalty"
        self._notify(step, 0.0)
        every = [penalty_prices(self._test, number) for number in range(_TRAINING)]
        self._notify(step, 1.0)
        found = [prices for prices in every if prices is not None]
        return np.mean(found, axis=0) if found else None

    def _add(self, month: Month) -> None:
        self._months[month.month] = month
        if self._keeper is not None:
            self._keeper.keep(_name(month.month), month, self._found())

    def _found(self) -> Rolling:
        months = tuple(self._months[number] for number in sorted(self._months))
        return Rolling(self._facts, self._test.policies, months)


def _name(number: int) -> str:
    return f"month-{number:03d}"


def _month(test: BackTest, item: tuple[int, Month | None]) -> Month:
    return month_of(test, *item)
