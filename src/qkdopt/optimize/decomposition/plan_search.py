"""The search for multipliers with which lists of plans end, or for a schedule that reaches a goal.

Choices of one plan for each block are made block by block, those blocks first that gain most at the
first multipliers. Multipliers that drop a given choice are duals of the restricted master that goes
on from it; they mostly drop many others.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.decomposition.plan_joins import joined_with, service_of, shortened
from qkdopt.optimize.decomposition.plans import (
    Effort,
    PlanLister,
    Plans,
    SeveralMultipliers,
    maximal,
)
from qkdopt.optimize.decomposition.restricted_master import RestrictedMaster
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.domain.pricing import PricingProblem

_IN_VAIN = 8  # choices tried that no multipliers drop
_MOST_MULTIPLIERS = 250
_MOST_ROUNDS = 40  # of the restricted master for one choice
_NEARLY = 1e-11  # relative
_PER_MASTER = 150_000  # steps that solving the restricted master counts for


class PlanSearch:
    """A search for one goal.

    Attributes
    ----------
    found, order
        The multipliers that it found, and the order in which blocks were joined.
    """

    def __init__(
        self,
        lister: PlanLister,
        pricing: PricingProblem,
        unit: float,
        bounds: SeveralMultipliers,
        effort: Effort,
        random: np.random.Generator,
    ) -> None:
        self._lister, self._pricing, self._unit = lister, pricing, unit
        self._bounds, self._effort, self._random = bounds, effort, random
        blocks = lister.blocks
        self._plans = dict[int, Plans]()  # of the blocks that are listed
        self._master, self._before = self._new_master(), list[BranchingDecision]()
        self.found: list[Floats] = []
        self._best = np.zeros((0, blocks.count))  # by multipliers, what each block gains at most
        length = np.diff(blocks.begin)
        self.order: list[int] = np.argsort(length, kind="stable")[::-1].tolist()

    def run(self) -> Integers | None:
        """Return a schedule that is good enough, ``None`` where there is none."""
        for b in reversed(self.order):
            if not self._list(b):
                return None
        if not shortened(self._plans, self._most().T, self._bounds, self.order, self._effort):
            return None
        self.order = np.argsort(-self._most()[0], kind="stable").tolist()
        self._master = self._new_master()
        return self._join(self._plans)

    def _new_master(self) -> RestrictedMaster:
        return RestrictedMaster(self._bounds.objective, self._lister.blocks, self._unit)

    def _list(self, b: int) -> bool:
        """List the plans of a block that no multipliers drop; say whether there are any."""
        separated = partial(self._others_after, b)
        others = self._others_of(b)
        plans = self._lister.listed(b, self._bounds, others, self._effort, separated)
        done = np.zeros(self._lister.blocks.count, bool)
        done[b] = True
        kept = np.flatnonzero(self._separated(plans.bits, done))
        self._know(b, plans.kept(kept))
        return kept.size > 0

    def _others_of(self, b: int) -> Floats:
        """Return what all other blocks gain at most at each of the multipliers, shape ``(L,)``."""
        most = self._most()
        others: Floats = most.sum(axis=1) - most[:, b]
        return others

    def _others_after(self, b: int, a: int, bits: Floats) -> Floats:
        """Look for multipliers that drop bits before an interval of a block; `_others_of` then."""
        self._separated(bits, np.zeros(self._lister.blocks.count, bool), (b, a))
        return self._others_of(b)

    def _know(self, b: int, plans: Plans) -> None:
        """Take the plans of a block from now on."""
        self._plans[b] = plans
        price = self._bounds.price[: len(self._best)]
        self._best[:, b] = (plans.bits @ price.T).max(axis=0, initial=0.0)

    def _most(self) -> Floats:
        """Return what each block gains at most at each of the multipliers, shape ``(L, B)``."""
        known = len(self._best)
        if known < len(self._bounds.price):
            price = self._bounds.price[known:]
            columns = [
                self._lister.to_go(b, price, self._bounds.enough)[0][0]
                if b not in self._plans
                else (self._plans[b].bits @ price.T).max(axis=0, initial=0.0)
                for b in range(self._best.shape[1])
            ]
            self._best = np.vstack([self._best, np.column_stack(columns)])
        return self._best

    def _join(self, plans: dict[int, Plans]) -> Integers | None:
        front, taken = np.zeros((1, self._bounds.enough.size)), list[Integers]()
        done = np.zeros(len(plans), bool)
        for i, b in enumerate(self.order):
            rest = self._most()[:, self.order[i + 1 :]].sum(axis=1)
            short = self._bounds.short - rest
            bits, pairs, _ = joined_with(front, plans[b], self._bounds, short, self._effort)
            keep = maximal(bits, self._effort)
            bits, pairs = bits[keep], pairs[keep]
            done[b] = True
            good = self._separated(bits, done)
            front = bits[good]
            taken.append(pairs[good])  # of each: the choice before, and the plan
            if not good.any():
                return None
        chosen = dict[int, tuple[Plans, int]]()
        at = int(self._bounds.objective.estimates(front.astype(np.int64)).argmax())
        for b, own in zip(reversed(self.order), reversed(taken), strict=True):
            at, plan = own[at].tolist()
            chosen[b] = plans[b], plan
        return service_of(self._lister.blocks, [chosen[b] for b in range(len(plans))])

    def _separated(self, bits: Floats, done: Bools, begun: tuple[int, int] | None = None) -> Bools:
        """Return which choices no multipliers drop; new ones are found for some of them.

        ``done`` blocks are part of them, and one that is ``begun`` up to an interval.
        """
        good, in_vain, self._before = np.ones(len(bits), bool), 0, self._nothing_before(begun)
        self._master.restrict(self._before)
        while good.any() and in_vain < _IN_VAIN and len(self._bounds.price) < _MOST_MULTIPLIERS:
            i = int(self._random.choice(np.flatnonzero(good)))
            if self._drops(bits[i], done):
                most, newest = self._most()[-1], self._bounds.price[-1:]
                rest = most[~done].sum()
                if begun is not None:
                    b, a = begun
                    anew, _, _ = self._lister.to_go(b, newest, self._bounds.enough)
                    rest += anew[a, 0] - most[b]
                good &= bits @ newest[0] + rest >= self._bounds.short[-1]
            in_vain += bool(good[i])
        return good

    def _nothing_before(self, begun: tuple[int, int] | None) -> list[BranchingDecision]:
        """Return decisions to serve nothing in a block before an interval."""
        if begun is None:
            return []
        blocks, (b, a) = self._lister.blocks, begun
        first, links = int(blocks.begin[b]), range(blocks.delivery.position.size)
        return [BranchingDecision(first, first + a - 1, n, served=False) for n in links]

    def _drops(self, bits: Floats, done: Bools) -> bool:
        """Find multipliers that show a choice to be in vain; say if there are any."""
        master = self._master
        master.begin_with(bits, done)
        for _ in range(_MOST_ROUNDS):
            self._effort.spend(_PER_MASTER)
            solution = master.solve()
            if solution is None:
                return False
            lacked_cuts = master.cut(solution, solution.multipliers)
            if solution.lp_value >= self._bounds.least and not lacked_cuts:
                return False
            price = np.maximum(solution.multipliers.per_bit, 0.0)
            columns, most = self._columns(price, done)
            most += float(bits @ price)
            if solution.multipliers.bound(most) < self._bounds.least * (1.0 - _NEARLY):
                self.found.append(solution.multipliers.vector)
                self._bounds.add(solution.multipliers.vector)
                return True
            new = [master.add_column(*column) for column in columns]
            if not (lacked_cuts or any(new)):
                return False
        return False

    def _columns(
        self, price: Floats, done: Bools
    ) -> tuple[list[tuple[int, Floats, Integers]], float]:
        """Return the best plan or schedule of each block that is not done, and what all gain."""
        found, most, path = list[tuple[int, Floats, Integers]](), 0.0, None
        for b in np.flatnonzero(~done).tolist():
            plans = self._plans.get(b)
            if plans is None:
                path = path or self._pricing(price, self._before)
                inside = slice(*self._lister.blocks.begin[b : b + 2].tolist())
                row, service = path.delivered[b], path.service[inside]
            elif not len(plans.bits):
                return [], -np.inf
            else:
                best = int((plans.bits @ price).argmax())
                row, service = plans.bits[best], np.array([-2 - best])
            most += float(row @ price)
            found.append((b, np.minimum(row, self._bounds.enough), service))
        return found, most
