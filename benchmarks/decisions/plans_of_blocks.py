"""Verdict: problems of short passes close over plans of whole passes; a proof has yet to be made.

Balanced delivery of uk-nine-2025-60s-slow (nine cities, passes of at most ten intervals, three for
a hand-over) stays 1 % from its bound after a minute. A *plan* is what the services of one pass
deliver, counted up to what is enough for a better schedule; only plans count of which no other
brings as much to every city. There are up to 774 for a pass. HiGHS chooses one for each pass and
proves in some ten seconds and a hundred nodes that none is better, though the relaxation is 3.5 %
above. Lists of choices do as well, pass by pass, those with most plans first: dropped where some
multipliers show that nothing better can follow, or where another choice brings as much to all.
They grow too long with the passes in order of time, or where dominated choices are kept. A
verifier could repeat them, for multipliers of 0 or more bound sums that are counted so far; its
lists have one set of multipliers, and drop nothing that is dominated. Longer passes have too many
plans to list them all, unless multipliers drop most of them on the way.

    python benchmarks/decisions/plans_of_blocks.py
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction

import highspy
import numpy as np

import qkdopt as qo
from qkdopt.arrays import Bools, Floats
from qkdopt.library import problem_folder
from qkdopt.mip.highs_factory import new_highs
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.objectives import objective_of

PROBLEM, KNOWN = "uk-nine-2025-60s-slow", Fraction(568_868_920, 47)  # t of a schedule
ABOVE = 2e-4  # what lists look for, relative; plans are counted up to a little more than KNOWN
DRAWS, FIXED = 250, 9  # multipliers of relaxations in which some passes have one plan
MOST, LIMIT_S = 100_000, 60.0  # of a list, and of a programme
NEARLY = 1e-9


def main() -> None:
    """Print plans, the optimum over them, and how long lists become."""
    problem = qo.load_problem(problem_folder(PROBLEM) / "problem.json.gz")
    objective = objective_of(problem, qo.BalancedDelivery())
    found = objective.needed(KNOWN)
    assert found is not None
    needed = found[0]
    counted = needed > 0
    blocks = Blocks.create(objective.delivery)
    plans = [plans_of(blocks, b, needed)[:, counted] / needed[counted] for b in range(blocks.count)]
    print(f"{PROBLEM}: t = {float(KNOWN):,.0f} is known")
    print(f"plans of {blocks.count} passes: {sorted(map(len, plans), reverse=True)}")
    programme = Programme(plans)
    print(f"relaxation: {programme.most()[0] - 1:.2%} above")
    began = time.process_time()
    value, bound, nodes = programme.optimum()
    cpu_s = time.process_time() - began
    print(f"HiGHS: {value - 1:.4%}, at most {bound - 1:.4%}; {nodes} nodes, {cpu_s:.1f} CPU s")
    multipliers = drawn_multipliers(programme)
    for name, order, dominated in (
        ("most plans first", np.argsort([-len(p) for p in plans]), True),
        ("most plans first, dominated ones kept", np.argsort([-len(p) for p in plans]), False),
        ("in order of time", np.arange(len(plans)), True),
    ):
        print(f"lists, {name}: {listed([plans[b] for b in order], multipliers, drop=dominated)}")


def plans_of(blocks: Blocks, block: int, enough: Floats) -> Floats:
    """Return what the services of a block can bring at most, shape ``(P, T)``."""
    delivery = blocks.delivery
    problem, position = delivery.problem, delivery.position
    begin, end = blocks.begin[block : block + 2].tolist()
    free = np.zeros((1, enough.size))  # without a service, or so long ago that any can follow
    last = {n: np.zeros((0, enough.size)) for n in range(len(problem.links))}
    turning: list[tuple[int, Floats]] = []
    for a in range(begin, end):
        now = int(problem.interval[a])
        while turning and now - turning[0][0] > problem.tau:
            free = maximal(np.vstack([free, turning.pop(0)[1]]))
        fresh = []
        for n in np.flatnonzero((problem.bits[:, a] > 0) & ~delivery.never[a]).tolist():
            served, target = np.vstack([free, last[n]]), position[n]
            served[:, target] = np.minimum(served[:, target] + problem.bits[n, a], enough[target])
            last[n] = maximal(np.vstack([last[n], served]))
            fresh.append(served)
        if fresh:
            turning.append((now, maximal(np.vstack(fresh))))
    return maximal(np.vstack([free, *last.values()]))


def maximal(rows: Floats, at_once: int = 1000) -> Floats:
    """Return the rows of which no other is at least as large in all columns."""
    rows = np.unique(rows.round(9), axis=0)
    rows = rows[np.argsort(-rows.sum(axis=1), kind="stable")]
    kept = rows[:0]
    for some in np.array_split(rows, -(-len(rows) // at_once) or 1):
        left = some[~below(some, kept)]
        mutual = (left[:, np.newaxis] >= left).all(axis=2)
        kept = np.vstack([kept, left[mutual.sum(axis=0) == 1]])
    return kept


def below(rows: Floats, others: Floats, at_once: int = 4000) -> Bools:
    """Return which rows are at most as large as one of the others in all columns."""
    found = np.zeros(len(rows), bool)
    for first in range(0, len(others), at_once):
        left = np.flatnonzero(~found)
        some = others[first : first + at_once, np.newaxis]
        found[left] = (some >= rows[left]).all(axis=2).any(axis=0)
    return found


class Programme:
    """Choose a plan for each block: the least part of what is enough is to be largest."""

    def __init__(self, plans: Sequence[Floats]) -> None:
        self.plans, self.block = (
            np.vstack(plans),
            np.repeat(np.arange(len(plans)), list(map(len, plans))),
        )
        count, targets = self.plans.shape
        self._highs = new_highs()
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
        self._highs.setOptionValue("time_limit", LIMIT_S)
        part = self._highs.addVariable(lb=0.0, ub=2.0, obj=-1.0)
        chosen = [self._highs.addVariable(lb=0.0, ub=1.0) for _ in range(count)]
        self._chosen = np.array([x.index for x in chosen], np.int32)
        for b in range(len(plans)):
            self._highs.addConstr(sum(chosen[i] for i in np.flatnonzero(self.block == b)) <= 1.0)
        for n in range(targets):
            some = np.flatnonzero(self.plans[:, n])
            self._highs.addConstr(
                sum(float(self.plans[i, n]) * chosen[i] for i in some) - part >= 0
            )
        self._targets = targets

    def most(self, allowed: Bools | None = None) -> tuple[float, Floats, Floats]:
        """Return the relaxation's optimum over some plans, their parts, and the multipliers."""
        upper = np.ones(self.block.size) if allowed is None else allowed.astype(float)
        self._highs.changeColsBounds(upper.size, self._chosen, np.zeros(upper.size), upper)
        self._highs.run()
        solution = self._highs.getSolution()
        return (
            -self._highs.getInfo().objective_function_value,
            np.array(solution.col_value)[self._chosen],
            np.abs(solution.row_dual[-self._targets :]),
        )

    def optimum(self) -> tuple[float, float, int]:
        """Return the best value, a bound and how many nodes HiGHS needed."""
        kinds = [highspy.HighsVarType.kInteger] * self._chosen.size
        self._highs.changeColsIntegrality(self._chosen.size, self._chosen, kinds)
        self._highs.run()
        info = self._highs.getInfo()
        kinds = [highspy.HighsVarType.kContinuous] * self._chosen.size
        self._highs.changeColsIntegrality(self._chosen.size, self._chosen, kinds)
        return -info.objective_function_value, -info.mip_dual_bound, info.mip_node_count


def drawn_multipliers(programme: Programme) -> Floats:
    """Return multipliers of relaxations, shape ``(L, T)``, and those of single cities."""
    rng = np.random.default_rng(1)
    _, parts, first = programme.most()
    found = [first, *np.eye(first.size)]
    block = programme.block
    for _ in range(DRAWS):
        allowed = np.ones(block.size, bool)
        for b in rng.choice(block.max() + 1, rng.integers(1, FIXED), replace=False):
            own = np.flatnonzero(block == b)
            weight = parts[own] + 1e-3
            allowed[own] = False
            allowed[rng.choice(own, p=weight / weight.sum())] = True
        found.append(programme.most(allowed)[2])
    rows = np.array(found)
    return np.unique((rows / rows.sum(axis=1, keepdims=True)).round(6), axis=0)


def listed(plans: Sequence[Floats], multipliers: Floats, *, drop: bool) -> str:
    """Say how a list of choices grows, block by block, until none may be better."""
    goal = 1.0 + ABOVE
    gains = np.array([(own @ multipliers.T).max(axis=0) for own in plans])
    rest = np.vstack([gains[::-1].cumsum(axis=0)[::-1], np.zeros(len(multipliers))])
    least = goal * multipliers.sum(axis=1) - NEARLY
    front, sizes, began = np.zeros((1, multipliers.shape[1])), [], time.process_time()
    for i, own in enumerate(plans):
        kept = []
        for some in np.array_split(front, -(-len(front) // 500) or 1):
            grown = (some[:, np.newaxis] + own).reshape(-1, own.shape[1])
            grown = np.minimum(grown, goal)
            kept.append(grown[(grown @ multipliers.T + rest[i + 1] >= least).all(axis=1)])
        front = np.unique(np.vstack(kept).round(9), axis=0)
        cpu_s = time.process_time() - began
        if len(front) > MOST or cpu_s > LIMIT_S:
            return f"too long after {i + 1} of {len(plans)} passes ({cpu_s:.0f} CPU s)"
        front = maximal(front) if drop else front
        sizes.append(len(front))
        if not len(front):
            break
    cpu_s = time.process_time() - began
    shown = "none is left" if not len(front) else f"{len(front)} are left"
    return f"at most {max(sizes):,} choices; {shown} after {i + 1} passes ({cpu_s:.0f} CPU s)"


if __name__ == "__main__":
    main()
