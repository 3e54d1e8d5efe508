"""When plans of blocks are listed, and for which goal: between the incumbent's value and the bound.

A goal that no choice of plans reaches is a bound; where some choice reaches it, that is a better
schedule. The higher the goal, the shorter the lists.
"""

import math
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction

from qkdopt.arrays import Integers
from qkdopt.optimize.decomposition.column_generation import LagrangianBound
from qkdopt.optimize.decomposition.plan_lists import PlanLists
from qkdopt.optimize.decomposition.plans import STEP_S, Effort, TooManyError, has_plans
from qkdopt.optimize.decomposition.primal_heuristics import Incumbent
from qkdopt.optimize.objectives.base import ConcaveObjective

_FIRST, _MORE, _MOST = 1e8, 3.0, 5e9  # steps of a list
_HALF, _HIGHEST = 0.5, 0.9  # part of the gap at which a goal lies above the value
_NEAR = 2e-4  # relative: in smaller gaps the goal is the value
_FAR, _CLOSE = 0.2, 1e-3  # nothing is listed in larger gaps, and in smaller ones of a relaxation
_WAIT, _SHORT_WAIT = 4.0, 1.5  # times an unsuccessful list took; the second after a success
_KEPT = 1.5e6  # results that a verifier may keep at a time; it stops at 2 million

Proved = tuple[Fraction, dict[str, object]]


class PlanBisection:
    """The lists of plans of one objective.

    Attributes
    ----------
    spent_s
        About how long the last lists took [s]; counted, not measured.
    steps
        About how many steps a verifier takes with the last proof, 0 without any.
    """

    def __init__(self, objective: ConcaveObjective, most_steps: float) -> None:
        self._objective, self._most_steps = objective, most_steps
        self._lists: PlanLists | None = None
        self._most, self._part, self._wait = _FIRST, _HALF, _WAIT
        self.steps = 0.0
        self._due_s = self.spent_s = 0.0  # the first: work in all before the next list

    def lower(
        self,
        root: LagrangianBound,
        bound: Fraction,
        incumbent: Incumbent,
        offer: Callable[[Integers], object],
        stop: Callable[[], bool],
        worked_s: float,
    ) -> Proved | None:
        """List plans for one goal after the other; return the least bound that shows, if any does.

        ``offer`` takes a schedule that reaches a goal; so much work was done in all.
        """
        if self._lists is None and not has_plans(self._objective, root.master.blocks):
            self._due_s = math.inf
        self.spent_s, shown = 0.0, None
        least = Fraction(0 if self._objective.enough_suffices else _CLOSE) * abs(bound)
        while worked_s + self.spent_s >= self._due_s and not stop():
            value = incumbent.value
            if value is None or not least < bound - value <= Fraction(_FAR) * abs(bound):
                break
            goal, effort, proof = self._goal(value, bound), Effort(self._most, stop), None
            if self._lists is None:
                self._lists = PlanLists(self._objective, root.pricing, root.master.unit)
            with suppress(TooManyError):
                proof = self._lists.proof(goal, [root.multipliers.vector], effort, offer)
            took_s = STEP_S * (self._most - effort.left)
            self.spent_s += took_s
            near = self._lists.steps <= self._most_steps and self._lists.kept <= _KEPT
            if proof is not None and near:
                bound, shown, self.steps = goal, (goal, proof), self._lists.steps
                self._part, self._wait = _HALF, _SHORT_WAIT
            elif incumbent.value == value:
                self._due_s = worked_s + self.spent_s + self._wait * took_s
                self._part = (1.0 + self._part) / 2.0
                if self._part > _HIGHEST or self._wait == _SHORT_WAIT:
                    self._most = min(_MORE * self._most, _MOST)
                if self._part > _HIGHEST:
                    self._part = _HALF
        return shown

    def _goal(self, value: Fraction, bound: Fraction) -> Fraction:
        """Return the incumbent's value, or one between it and the bound that can be attained."""
        if self._part > _HALF or bound - value > Fraction(_NEAR) * abs(bound):
            goal = self._objective.round_down(value + Fraction(self._part) * (bound - value))
            if value < goal < bound:
                return goal
        return value
