"""A primal heuristic for every objective: HiGHS on a formulation takes turns with the others.

Where intervals are few a mixed-integer programme finds schedules that walks and columns miss. It
begins at the incumbent; what it finds is an incumbent only when it is allowed. Its bound proves
nothing that the verifier could check, so it is not used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import SolverError
from qkdopt.mip.highs_steps import HighsSteps
from qkdopt.optimize.decomposition.milp_program import MilpProgram
from qkdopt.optimize.decomposition.primal_heuristics import (
    HeuristicContext,
    PrimalHeuristics,
    heuristics_for,
)
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers
from qkdopt.optimize.schedule import Schedule

_STEP_S, _NONZERO_S = 1e-3, 1e-6  # about what a step takes, and for each nonzero of the model
_BUILDING_S = 0.05  # about what building takes
_LEAST_S = 0.05  # of a turn
_LARGEST_SHARE = 0.9


def heuristics_with_milp(
    objective: ConcaveObjective, context: HeuristicContext
) -> PrimalHeuristics:
    """Return the heuristics that suit an objective, with HiGHS beside them on few cells."""
    own, parameters = heuristics_for(objective, context), context.parameters.milp_search
    cells = int(np.count_nonzero(objective.problem.bits))
    plain = not objective.problem.more_than_switching and objective.delivery.by_link
    beside = parameters.enabled and plain and own.work.branching and not context.brief
    if (
        not beside
        or cells > parameters.most_cells
        or objective.master_rows(1.0).shrinking is not None
    ):  # ratios are no programme
        return own
    return _Beside(own, MilpSearch(objective, context, own.complete), context)


class _Beside(PrimalHeuristics):
    """Other heuristics, and HiGHS for a share of their work."""

    def __init__(self, own: PrimalHeuristics, milp: MilpSearch, context: HeuristicContext) -> None:
        self._own, self._milp, self._parameters = own, milp, context.parameters.milp_search
        least = min(self._parameters.least_share, _LARGEST_SHARE)
        self.work = replace(
            own.work, share=max(own.work.share, least), least_share=max(own.work.least_share, least)
        )
        self._own_s = 0.0

    def begin(self, closed: Callable[[], bool]) -> float:
        """Begin with the others."""
        return self._own.begin(closed)

    def complete(self, service: Integers) -> Integers | None:
        """Improve a schedule as the others do."""
        return self._own.complete(service)

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Run the others, then HiGHS for as long as it has had less than its share."""
        effort_s = self._own.run(multipliers, delivered)
        self._own_s += effort_s
        self.exhausted = self._own.exhausted
        share = min(self._parameters.share, _LARGEST_SHARE)
        due_s = self._own_s * share / (1.0 - share) - self._milp.effort_s
        if self._own_s >= self._parameters.after_s and due_s >= _LEAST_S:
            effort_s += self._milp.run(due_s)
        return effort_s

    def close(self) -> None:
        """End HiGHS' search."""
        self._own.close()
        self._milp.close()


class MilpSearch:
    """HiGHS' search, begun anew where its points overestimate the objective.

    It stops at the first points that only its missing cuts allow, and would accept none but
    better ones: so it begins again with their cuts. It begins again as well, more and more
    rarely, where other heuristics have become better than the point that it began at.

    Attributes
    ----------
    effort_s
        About how long the work so far takes [s]; counted, not measured.
    """

    def __init__(
        self,
        objective: ConcaveObjective,
        context: HeuristicContext,
        complete: Callable[[Integers], Integers | None] = lambda service: None,
    ) -> None:
        self._objective, self._context, self._complete = objective, context, complete
        self._patience = context.parameters.milp_search.patience
        self._program: MilpProgram | None = None
        self._search: HighsSteps | None = None
        self._over, self._known = False, context.incumbent.value
        self._met: set[tuple[float, ...]] = set()  # deliveries whose cuts there are
        self.effort_s = 0.0

    def run(self, effort_s: float) -> float:
        """Search for about some time; return how long it takes [s]."""
        began_s = self.effort_s
        try:
            while not self._over and self.effort_s - began_s < effort_s:
                if self._context.stop():
                    break
                self._go_on(began_s + effort_s - self.effort_s)
        except SolverError:
            self._over = True  # numbers that HiGHS is not trusted with
        return self.effort_s - began_s

    def close(self) -> None:
        """End the search."""
        self._over, self._search = True, None

    def _go_on(self, effort_s: float) -> None:
        context, unit = self._context, self._context.root.master.unit
        if self._program is None:
            self._program = MilpProgram(self._objective, unit)
        if self._search is None:
            self._begin(self._program)
            return
        program, search = self._program, self._search
        step_s = _STEP_S + _NONZERO_S * program.form.matrix.nnz
        before = search.steps
        found = search.run(max(1, round(effort_s / step_s)), context.stop)
        self.effort_s += step_s * max(1, search.steps - before)
        cuts = [cut for values in found for cut in self._cuts(program, values)]
        if cuts:
            program.add_cuts(cuts)
            self._search = None
        elif search.finished:
            self._over = True
        elif search.steps > self._patience and context.incumbent.value != self._known:
            self._patience *= 2
            self._search = None

    def _begin(self, program: MilpProgram) -> None:
        known = self._context.incumbent.schedule
        start = None if known is None else program.values(known.service)
        seed = int(self._context.random.integers(2**31 - 1))
        self._known = self._context.incumbent.value
        self._search = HighsSteps(program.form, seed, start)
        self.effort_s += _BUILDING_S

    def _cuts(self, program: MilpProgram, values: Floats) -> list[tuple[Floats, float]]:
        """Offer a point; return cuts with what it delivers, where it violates one of them."""
        context, objective, service = self._context, self._objective, program.service(values)
        before = context.incumbent.value
        context.try_incumbent(service)
        delivered = objective.delivered(Schedule(service)).astype(float)
        multipliers, unit = context.root.multipliers, context.root.master.unit
        cuts = objective.cuts(delivered, multipliers.vector, unit)
        met = tuple(delivered.tolist())
        if met in self._met or not program.violates(values, cuts):
            cuts = []  # as near as HiGHS keeps to them
        elif (completed := self._complete(service)) is not None:
            context.try_incumbent(completed)
        if cuts:
            self._met.add(met)
        if context.incumbent.value != before:
            self._known = context.incumbent.value
        return cuts
