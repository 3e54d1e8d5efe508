"""Bounds in which a service counts for no more bits than are enough for a better schedule.

A mixture of schedules may serve each city for long in some of them, at the price of few
hand-overs. A schedule that is better than a bound needs so many bits of each target and no more;
counted so far, all schedules of a mixture have to serve all cities. In one night of eleven cities
that takes the bound of multipliers from 10 % above the optimum to 1 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._service_kernels import Passes, best_services
from qkdopt.optimize.decomposition.column_generation import LagrangianBound, column_generation
from qkdopt.optimize.decomposition.restricted_master import RestrictedMaster
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.domain.pricing import LongestPath
from qkdopt.optimize.objectives.base import Multipliers

__all__ = ["ServiceBound", "service_bound"]

_MOST_STEPS = 1_000_000  # of a walk over the services of all blocks, at most
_TURNS, _LEAST_STEP = 20, Fraction(1, 50_000)  # of the bound: turns go on if they lower it more
_LUMPY = Fraction(99, 100)  # of the bound of multipliers alone
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
    lumpy
        Whether this one is so much smaller that a service may bring a target all that it needs.
    """

    value: Fraction
    proof: dict[str, object]
    root: LagrangianBound
    lumpy: bool = False


def service_bound(
    root: LagrangianBound, offer: Callable[[Integers], object], stop: Callable[[], bool]
) -> ServiceBound:
    """Return a smaller bound than that of multipliers alone, or that one.

    A bound shows, with what is enough for more than it, a smaller one: so it goes on. ``offer``
    takes the schedules on the way.
    """
    objective, best = root.multipliers.objective, root.multipliers
    problem, known = objective.problem, ServiceBound(root.value, root.proof(), root)
    several = len(problem.satellites) > 1 or problem.joined is not None
    if several or problem.rules or not objective.delivery.by_link:
        return known
    pricing = _Services(root.master.blocks)
    for _ in range(_TURNS if pricing.steps <= _MOST_STEPS else 0):
        enough = objective.needed(known.value)
        if enough is None or stop() or not pricing.limit(enough[0]):
            break
        best = _best_multipliers(root, best, pricing, offer, stop)
        exact = objective.rational(best.vector)
        gained = pricing(np.array([float(x) for x in exact.per_bit])).value
        value = objective.round_down(Fraction(gained) + exact.constant)
        before = known.value
        if value >= before:
            break
        proof = {
            "kind": "prices",
            **objective.written(exact.numbers, value),
            "deliveries": "enough",
        }
        here = replace(root, value=value, multipliers=best)
        known = ServiceBound(value, proof, here, value < _LUMPY * root.value)
        if before - value <= _LEAST_STEP * before:
            break
    return known


def _best_multipliers(
    root: LagrangianBound,
    first: Multipliers,
    pricing: _Services,
    offer: Callable[[Integers], object],
    stop: Callable[[], bool],
) -> Multipliers:
    """Return the multipliers of the least bound, found from the first ones on."""
    objective, path = first.objective, pricing(first.per_bit)
    master = RestrictedMaster(objective, root.master.blocks, root.master.unit)
    master.add_columns(path.delivered, path.service)
    offer(path.service)
    found = column_generation(
        master, pricing, first, first.bound(path.value), stop=stop, on_bound=lambda _: None,
        on_schedule=offer,
    )  # fmt: skip
    return found.multipliers


class _Services:
    """Longest paths of services that count for no more than what is enough.

    Attributes
    ----------
    steps
        Of a walk over all services, at most; the verifier needs about as many.
    """

    def __init__(self, blocks: Blocks) -> None:
        problem, delivery = blocks.delivery.problem, blocks.delivery
        self._blocks, self._enough = blocks, np.full(delivery.targets, np.inf)
        bits = np.ascontiguousarray(np.where(delivery.never, 0, problem.bits.T))
        self._passes = Passes(bits, delivery.position, problem.interval, problem.tau, blocks.begin)
        self.steps = 2 * bits.shape[1] * int((np.diff(blocks.begin) ** 2).sum())

    def limit(self, enough: Floats) -> bool:
        """Count bits up to what is enough; say whether a block can deliver more to a target."""
        self._enough = enough
        most = np.zeros((self._blocks.count, enough.size))
        for n in np.flatnonzero(self._passes.target >= 0).tolist():
            bits = np.append(self._passes.bits[:, n], 0)
            most[:, self._passes.target[n]] += np.add.reduceat(bits, self._passes.begin)[:-1]
        return bool((most.max(axis=0, initial=0.0) > enough).any())

    def __call__(
        self,
        prices: Floats,
        decisions: tuple[BranchingDecision, ...] = (),
        receiver_price: Floats | None = None,
    ) -> LongestPath:
        """Return the best services when a bit of target ``n`` gains ``c_n``, if that is above 0."""
        delivered = np.empty((self._blocks.count, self._enough.size))
        service = np.empty(self._passes.interval.size, np.int64)
        price = np.maximum(prices, 0.0)
        value = best_services(self._passes, price, self._enough, delivered, service)
        return LongestPath(value * (1.0 + _UP), service, delivered)
