"""One month of a back-test: its bounds, its scores, and what each policy reaches."""

from dataclasses import dataclass
from functools import partial
from math import ceil

import numpy as np

from qkdopt.arrays import Floats, Integers, read_only
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE
from qkdopt.optimize.strategy import Strategy
from qkdopt.study.rolling.cloudy_keys import CloudyKeys
from qkdopt.study.rolling.document import Fan, Month, PolicyMonth
from qkdopt.study.rolling.flight import Flight, State, fly
from qkdopt.study.rolling.goals import Goal, Members, goal_of, in_time, rest_of
from qkdopt.study.rolling.issues import Issues
from qkdopt.study.rolling.policies import Policy, View
from qkdopt.study.rolling.scores import ScoreSums
from qkdopt.study.rolling.skies import RANKS, SEARCH, Months, Sky, random_of

_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class BackTest:
    """What all months have in common.

    Attributes
    ----------
    whole
        The problem of the horizon under a clear sky, with its stock.
    keys
        Bits under any sky.
    members, planned_on
        Members drawn of each forecast for scores and fans, and those that a plan on members sees.
    prices
        Of the penalty for knowing the sky beforehand, by target; ``None`` without a penalty.
    """

    whole: SchedulingProblem
    keys: CloudyKeys
    issues: Issues
    months: Months
    strategy: Strategy
    seed: int
    members: int
    planned_on: int
    policies: tuple[Policy, ...]
    prices: Floats | None = None

    @property
    def goal(self) -> Goal:
        """What plans are for."""
        return goal_of(self.strategy, self.whole)

    def expected_when_decided(self, sky: Sky) -> Floats:
        """Return the mean bits of each cell given the issue before it, shape ``(N, A)``."""
        law = np.zeros((len(self.keys.table), *sky.real.shape))
        for issue in range(self.issues.count):
            instants = self.issues.instants(issue)
            law[:, instants] = sky.law(issue)[:, : instants.stop - instants.start]
        return self.keys.expected(law)


def penalty_prices(test: BackTest, month: int) -> Floats | None:
    """Return the prices behind a clairvoyant bound of a month that is not scored, ``(T,)``."""
    sky = test.months.training(month)
    return None if sky is None else _clairvoyant(test, test.keys.bits(sky.real))[1]


def month_of(test: BackTest, month: int, known: Month | None = None) -> Month:
    """Return a month with all policies; those of ``known`` are taken over."""
    sky = test.months.sky(month)
    real = test.keys.bits(sky.real)
    if known is None:
        penalised = None
        if test.prices is not None:
            target = np.array(test.whole.link_target)
            extra = test.prices[target][:, None] * (test.expected_when_decided(sky) - real)
            penalised = ceil(test.goal.bound(test.whole, real, extra).value)
        known = Month(
            month=month, clairvoyant=_clairvoyant(test, real)[0], penalised=penalised,
            scores=_scores(test, sky, month).rows.tolist(),
        )  # fmt: skip
    policies, fans = dict(known.policies), known.fans
    for policy in test.policies:
        if policy.name in policies:
            continue
        planner = _Planner(test, sky, month, policy)
        flight = fly(test.whole, test.issues, real, planner)
        policies[policy.name] = _reached(test, flight)
        fans = fans or planner.fans
    return known.model_copy(update={"policies": policies, "fans": fans})


def _clairvoyant(test: BackTest, real: Integers) -> tuple[int, Floats]:
    found = test.goal.bound(test.whole, real, np.zeros(real.shape))
    return ceil(found.value), found.prices


def _scores(test: BackTest, sky: Sky, month: int) -> ScoreSums:
    scores = ScoreSums.none()
    for issue in range(test.issues.count):
        first = test.issues.instant[issue]
        ahead_s = test.keys.time_s[first:] - test.issues.issue_s[issue]
        random = random_of(test.seed, RANKS, month, issue)
        members = sky.members(issue, test.members)
        scores += ScoreSums.of(members, sky.real[first:], ahead_s, random)
    return scores


def _reached(test: BackTest, flight: Flight) -> PolicyMonth:
    value = partial(test.goal.value, test.whole)
    stock = flight.stock.tolist()
    values = list(map(value, stock))
    paths = _runs(flight.service, test.whole.interval)
    return PolicyMonth(value=values[-1], values=values, delivered=stock[-1], paths=paths)


def _runs(service: Integers, interval: Integers) -> list[list[int]]:
    """Return link, first and last interval of each run of consecutive ones, in order of time."""
    at = np.flatnonzero(service != IDLE)
    if not at.size:
        return []
    link, when = service[at], interval[at]
    ends = np.flatnonzero((np.diff(link) != 0) | (np.diff(when) > 1))
    first, last = np.append(0, ends + 1), np.append(ends, at.size - 1)
    rows: list[list[int]] = np.stack((link[first], when[first], when[last]), axis=1).tolist()
    return rows


class _Planner:
    """The plans of one policy in one month, and the fans of some of them."""

    def __init__(self, test: BackTest, sky: Sky, month: int, policy: Policy) -> None:
        self._test, self._sky, self._month, self._policy = test, sky, month, policy
        count = test.issues.count
        wanted = month == 0 and policy.shown
        self._shown = {0, count // 3, 2 * count // 3} if wanted else set()
        self.fans: list[Fan] = []

    def __call__(self, state: State) -> Integers | None:
        """Return the plan of an issue, or ``None`` to go on with the last one."""
        if not self._policy.plans_at(state.issue):
            return None
        plan = self._plan(state)
        if state.issue in self._shown:
            self.fans.append(_fan(self._test, self._sky, state, plan))
        return plan

    def _plan(self, state: State) -> Integers:
        test, begin = self._test, int(self._test.issues.begin[state.issue])
        rest = test.keys.after(int(test.issues.instant[state.issue]))
        if self._policy.view is View.CLEAR:
            bits: Floats | Integers = rest.clear.bits
        else:
            bits = rest.expected(self._sky.law(state.issue))
        problem = rest_of(test.whole, begin, state, np.floor(bits))
        if self._policy.greedy:
            flown = test.issues.flown(state.issue)
            bits = problem.bits.copy(order="F")
            bits[:, flown.stop - flown.start :] = 0
            return test.goal.greedy_plan(problem.with_satellite(bits=read_only(bits)))
        random = random_of(test.seed, SEARCH, self._month, state.issue)
        if self._policy.view is View.SCENARIOS:
            return test.goal.plan_on_members(problem, self._members(state, rest), random)
        return test.goal.plan(problem, random)

    def _members(self, state: State, rest: CloudyKeys) -> Members:
        test, begin = self._test, int(self._test.issues.begin[state.issue])
        codes = self._sky.members(state.issue, test.planned_on + test.members)
        bits = np.stack([rest.bits(code) for code in codes])
        bits = in_time(test.whole, begin, state, bits).astype(np.int64)
        others = bits[test.planned_on :]
        return Members(bits[: test.planned_on], others if len(others) else bits)


def _fan(test: BackTest, sky: Sky, state: State, plan: Integers) -> Fan:
    """Return the quantiles of a plan's value under the members of the issue."""
    members = sky.members(state.issue, test.members)
    rest = test.keys.after(int(test.issues.instant[state.issue]))
    at = np.flatnonzero(plan != IDLE)
    bits = rest.table[members[:, rest.step[at], plan[at]], at, plan[at]]
    target = np.array(test.whole.link_target)[plan[at]]
    begin = test.issues.begin[state.issue :] - test.issues.begin[state.issue]
    day = np.searchsorted(begin, at, side="right") - 1
    stock = np.zeros((len(members), begin.size, len(state.stock)), np.int64)
    np.add.at(stock, (np.arange(len(members))[:, None], day + 1, target), bits)
    stock[:, 0] = state.stock
    levels = [
        [test.goal.value(test.whole, own) for own in member]
        for member in np.cumsum(stock, axis=1).tolist()
    ]
    quantiles = np.quantile(np.array(levels, float), _QUANTILES, axis=0).T
    return Fan(issue=state.issue, values=quantiles.astype(np.int64).tolist())
