"""When deliveries or plans are listed, and how many: more each time, until lists are complete."""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition.column_generation import LagrangianBound
from qkdopt.optimize.decomposition.deliveries import Deliveries
from qkdopt.optimize.decomposition.plan_bisection import PlanBisection
from qkdopt.optimize.decomposition.primal_heuristics import Incumbent
from qkdopt.optimize.decomposition.proof import proof_by_list
from qkdopt.optimize.exchange.parameters import BranchAndBoundParameters
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers

_MOST, _MORE = 4_000_000, 6  # steps: partial schedules and pairs of them
_SMALL = 128  # cells of a problem that lists mostly prove
_FIRST, _FIRST_OF_SMALL = 40_000, 400_000
_TRIALS, _ROOM = 4, 0.5  # smaller gaps where all of it holds too many, and their part of a list
_STEP_S = 4e-7  # about how long a step takes
_WAIT, _WAIT_OF_SMALL = 4.0, 0.5  # other work before the next list, times what the last one took


class Lists:
    """What is listed to lower a bound: deliveries of short horizons, or plans of short passes.

    Attributes
    ----------
    plans
        The lists of plans.
    spent_s
        About how long the last lists took [s]; counted, not measured.
    """

    def __init__(self, objective: ConcaveObjective, parameters: BranchAndBoundParameters) -> None:
        self._deliveries = Listing(objective)
        self.plans = PlanBisection(objective, parameters.proof_steps)
        self.spent_s = 0.0

    def lower(
        self,
        root: LagrangianBound,
        of_services: LagrangianBound,
        bound: Fraction,
        incumbent: Incumbent,
        offer: Callable[[Integers], object],
        stop: Callable[[], bool],
        worked_s: float,
    ) -> tuple[Fraction | None, dict[str, object]] | None:
        """Return a smaller bound and its proof if lists show one, ``None`` for no schedule.

        ``offer`` takes better schedules; so much work was done in all.
        """
        self.spent_s, objective = 0.0, root.multipliers.objective
        if worked_s >= self._deliveries.due_s:
            done = self._deliveries.exhausts(
                root.multipliers, float(bound), lambda: objective.pruning_value(incumbent.value),
                offer, stop,
            )  # fmt: skip
            self.spent_s = self._deliveries.spent_s
            worked_s += self.spent_s
            self._deliveries.postpone(worked_s)
            if done:
                return proof_by_list(root, incumbent.value)
        found = self.plans.lower(of_services, bound, incumbent, offer, stop, worked_s)
        self.spent_s += self.plans.spent_s
        return found


class Listing:
    """The lists of one objective's deliveries.

    A list is short where horizons are, or where multipliers leave few deliveries open. It fails
    after a number of steps, and is tried again with more of them when the incumbent may have
    become better.

    Attributes
    ----------
    spent_s, due_s
        Work of the last lists [s], counted, and in all at which the next ones are due.
    """

    def __init__(self, objective: ConcaveObjective) -> None:
        small = objective.problem.bits.size <= _SMALL
        self._objective, self._most = objective, _FIRST_OF_SMALL if small else _FIRST
        self._wait = _WAIT_OF_SMALL if small else _WAIT
        self._deliveries: Deliveries | None = None
        self._tried: tuple[float, int] | tuple[()] = ()  # limit and steps of the last list
        self.spent_s = self.due_s = 0.0

    def postpone(self, worked_s: float) -> None:
        """Let the next lists wait; so much work was done in all, the last ones included."""
        self.due_s = worked_s + self._wait * self.spent_s

    def exhausts(
        self,
        multipliers: Multipliers,
        bound: float,
        limit: Callable[[], float],
        offer: Callable[[Integers], object],
        stop: Callable[[], bool],
    ) -> bool:
        """List all that may be above the limit; say whether nothing above it is left.

        The best schedule is offered, which raises the limit; what is left must be few enough for
        the verifier. Where too many are above the limit, those nearest to the bound come first:
        one of them is the optimum, or there are none.
        """
        if self._deliveries is None and not self._tried:
            self._deliveries = Deliveries.of(self._objective)
        tried, most, self.spent_s = self._tried, min(self._most, _MOST), 0.0
        self._tried, self._most = (limit(), most), most * _MORE
        if self._deliveries is None or tried == self._tried:
            return False
        list_above = partial(self._best, self._deliveries, multipliers, most, stop)
        if _finished(list_above, limit, offer):
            return True
        least, part, steps = limit(), 1.0, math.inf
        for _ in () if math.isinf(least) else range(_TRIALS):
            if self._deliveries.steps >= steps:
                return False  # the smaller gap left out nothing
            # Pairs near enough are about as many as the square of the gap, or more.
            steps = self._deliveries.steps
            part *= math.sqrt(_ROOM * most / max(most, steps))
            found = None if stop() else list_above(bound - part * (bound - least))
            if found is not None and found[0] is not None:
                offer(found[0])
                return _finished(list_above, limit, offer)
            if found is not None:
                return False
        return False

    def _best(
        self, deliveries: Deliveries, multipliers: Multipliers, most: int,
        stop: Callable[[], bool], limit: float,
    ) -> tuple[Integers | None] | None:  # fmt: skip
        """Return the best schedule above a limit, and count the work."""
        found = deliveries.best(multipliers, limit, most=most, stop=stop)
        self.spent_s += _STEP_S * min(deliveries.steps, most)  # beyond it is an estimate
        return found


def _finished(
    list_above: Callable[[float], tuple[Integers | None] | None],
    limit: Callable[[], float],
    offer: Callable[[Integers], object],
) -> bool:
    """List all above the limit, which is raised by what is found, until nothing is."""
    before = math.nan
    while limit() != before:
        before = limit()
        found = list_above(before)
        if found is None:
            return False
        if found[0] is not None:
            offer(found[0])
    return True
