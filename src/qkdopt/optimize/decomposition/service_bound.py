"""Bounds in which a service counts for no more bits than are enough for a better schedule.

A mixture of schedules may serve each city for long in some of them, at the price of few
hand-overs. A schedule that is better than a bound needs so many bits of each target and no more;
counted so far, all schedules of a mixture have to serve all cities. In one night of eleven cities
that takes the bound of multipliers from 10 % above the optimum to 1 %.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._service_kernels import Passes, Wanted, best_services
from qkdopt.optimize.decomposition.column_generation import LagrangianBound, column_generation
from qkdopt.optimize.decomposition.restricted_master import RestrictedMaster
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision, needed
from qkdopt.optimize.domain.multipliers import RationalMultipliers
from qkdopt.optimize.domain.pricing import LongestPath, PricingProblem

_MOST_STEPS = 1_000_000  # of a walk over the services of all blocks, at most
_TURNS, _LEAST_STEP = 20, Fraction(1, 50_000)  # of the bound: turns go on if they lower it more
_LUMPY = Fraction(99, 100)  # of the bound of multipliers alone
_MOST_REQUIRED = 8  # services of a block that walks keep apart
_UP = 1e-12  # relative: sums in floating point are not so wrong


@dataclass(frozen=True, eq=False)
class ServiceBound:
    """What services show that count for no more than is enough.

    Attributes
    ----------
    value, proof
        The least bound known, and what proves it.
    root
        The bound of multipliers alone, or this one with its own multipliers, for heuristics.
    tree
        The root of branch and bound; its longest paths are those of services if they show more.
    lumpy
        Whether this one is so much smaller that a service may bring a target all that it needs.
    """

    value: Fraction
    proof: dict[str, object]
    root: LagrangianBound
    tree: LagrangianBound
    lumpy: bool = False


def service_bound(
    root: LagrangianBound, offer: Callable[[Integers], object], stop: Callable[[], bool]
) -> ServiceBound:
    """Return a smaller bound than that of multipliers alone, or that one.

    A bound shows, with what is enough for more than it, a smaller one: so it goes on. ``offer``
    takes the schedules on the way.
    """
    objective, here = root.multipliers.objective, root
    problem, known = objective.problem, ServiceBound(root.value, root.proof(), root, root)
    several = len(problem.satellites) > 1 or problem.joined is not None
    if several or problem.rules or not objective.delivery.by_link:
        return known
    for _ in range(_TURNS):
        found = None if stop() else of_services(here, known.value, offer, stop)
        if found is None:
            break
        here, before = found, known.value
        if here.value >= before:
            break
        written = objective.written(here.exact.numbers, here.value)
        proof = {"kind": "prices", **written, **here.pricing.written(here.exact)}
        own = replace(root, value=here.value, multipliers=here.multipliers)
        known = ServiceBound(here.value, proof, own, here, here.value < _LUMPY * root.value)
        if before - here.value <= _LEAST_STEP * before:
            break
    return known


def of_services(
    root: LagrangianBound,
    bound: Fraction,
    offer: Callable[[Integers], object],
    stop: Callable[[], bool],
) -> LagrangianBound | None:
    """Return the least bound by services that count for what is enough for more than a bound.

    ``None`` where that is not known, where no service can bring more, and where walks are long.
    """
    best, blocks = root.multipliers, root.master.blocks
    objective, enough = best.objective, best.objective.needed(bound)
    pricing = None if enough is None else ServicePaths.counting(blocks, enough[0])
    if pricing is None:
        return None
    path, master = pricing(best.per_bit), RestrictedMaster(objective, blocks, root.master.unit)
    master.add_columns(path.delivered, path.service)
    offer(path.service)
    found = column_generation(
        master, pricing, best, best.bound(path.value), stop=stop, on_bound=lambda _: None,
        on_schedule=offer,
    )  # fmt: skip
    exact = objective.rational(found.multipliers.vector)
    gained = pricing.certified(exact) or Fraction(0)
    return replace(
        root, value=objective.round_down(gained + exact.constant), multipliers=found.multipliers,
        exact=exact, master=master, pricing=pricing,
    )  # fmt: skip


class ServicePaths(PricingProblem):
    """Longest paths of services that count for no more than what is enough.

    Attributes
    ----------
    steps
        Of a walk over all services, at most; the verifier needs about as many.
    """

    def __init__(self, blocks: Blocks) -> None:
        super().__init__(blocks)
        problem, delivery = blocks.delivery.problem, blocks.delivery
        self._enough = np.full(delivery.targets, np.inf)
        bits = np.ascontiguousarray(np.where(delivery.never, 0, problem.bits.T))
        self._passes = Passes(bits, delivery.position, problem.interval, problem.tau, blocks.begin)
        self._asked: Sequence[BranchingDecision] | None = None
        self.steps = 2 * bits.shape[1] * int((np.diff(blocks.begin) ** 2).sum())

    @classmethod
    def counting(cls, blocks: Blocks, enough: Floats) -> Self | None:
        """Return those that count so many bits, ``None`` where all count and where walks are long.

        ``enough`` has the shape ``(T,)``.
        """
        paths = cls(blocks)
        return paths if paths.steps <= _MOST_STEPS and paths.limit(enough) else None

    def limit(self, enough: Floats) -> bool:
        """Count bits up to what is enough; say whether a block can deliver more to a target."""
        self._enough = enough
        most = np.zeros((self.blocks.count, enough.size))
        for n in np.flatnonzero(self._passes.target >= 0).tolist():
            bits = np.append(self._passes.bits[:, n], 0)
            most[:, self._passes.target[n]] += np.add.reduceat(bits, self._passes.begin)[:-1]
        return bool((most.max(axis=0, initial=0.0) > enough).any())

    def lengths(self) -> Integers:
        """Return how long the services of each target can be from an interval on, ``(A, T)``.

        A service ends with its block, or once it has brought what is enough.
        """
        begin, intervals = self._passes.begin, self._passes.bits.shape[0]
        ends, first = np.repeat(begin[1:], np.diff(begin)), np.arange(intervals)
        longest = np.zeros((intervals, self._enough.size), np.int64)
        for n, target in enumerate(self._passes.target.tolist()):
            bits = self._passes.bits[:, n]
            reached = np.append(0, np.cumsum(bits))
            last = np.searchsorted(reached, reached[:-1] + self._enough[target])
            longest[:, target] += np.where(bits > 0, np.minimum(last, ends) - first, 0)
        return longest

    def __call__(
        self,
        prices: Floats,
        decisions: Sequence[BranchingDecision] = (),
        receiver_price: Floats | None = None,
    ) -> LongestPath:
        """Return the best services when a bit of target ``n`` gains ``c_n``, if that is above 0."""
        delivered = np.empty((self.blocks.count, self._enough.size))
        service = np.empty(self._passes.interval.size, np.int64)
        if self._asked is not decisions:  # the same ones are often needed again
            self._asked, self._cells = decisions, self._constrained(decisions)
        bits, satisfies, required = self._cells
        wanted = Wanted(prices, self._enough, satisfies, required)
        value = best_services(self._passes._replace(bits=bits), wanted, delivered, service)
        return LongestPath(value * (1.0 + _UP), service, delivered)

    def _constrained(
        self, decisions: Sequence[BranchingDecision]
    ) -> tuple[Integers, Integers, Integers]:
        """Return bits that may be served, which required services cells are, and those of blocks.

        Where a block requires more than a few, the longest are left out: gains only grow.
        """
        bits, satisfies = self._passes.bits.copy(), np.zeros(self._passes.bits.shape, np.int64)
        required = np.zeros(self.blocks.count, np.int64)
        for d in decisions:
            if not d.served:
                bits[d.first : d.last + 1, d.link] = 0
        for d in needed(decisions):
            block = self.blocks.of(d.first)
            bit = int(required[block]) + 1
            if bit < 2**_MOST_REQUIRED:
                inside = slice(d.first, d.last + 1)
                satisfies[inside, d.link] |= bit * (bits[inside, d.link] > 0)
                required[block] |= bit
        return bits, satisfies, required

    def best_service(self, prices: Floats, decisions: Sequence[BranchingDecision] = ()) -> Integers:
        """Return services of the greatest gain, shape ``(A,)``."""
        return self(prices, decisions).service

    def certified(
        self, exact: RationalMultipliers, decisions: Sequence[BranchingDecision] = ()
    ) -> Fraction | None:
        """Return what no services gain more than, ``None`` if none obey the decisions."""
        value = self(np.array([float(price) for price in exact.per_bit]), decisions).value
        return None if value == -np.inf else Fraction(value)

    def written(self, exact: RationalMultipliers) -> dict[str, object]:
        """Return what a proof says about services."""
        return {"deliveries": "enough"}
