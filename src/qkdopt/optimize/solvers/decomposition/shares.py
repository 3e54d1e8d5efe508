"""What targeted delivery asks of the shares, in the arrays that its solvers use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.errors import InputError
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import TargetedDelivery

__all__ = ["Shares"]

_MARGIN = 1e-12  # a divergence of T terms is computed to about 1e-15 T


@dataclass(frozen=True, eq=False)
class Shares:
    """Wanted shares of the ``T`` targets of positive weight, and how close is close enough.

    Attributes
    ----------
    problem
        What there is to schedule.
    kl_max
        Largest divergence [nats].
    target
        Indices of the targets with positive weight, shape ``(T,)``.
    weights
        Their weights, exact.
    wanted
        ``q = w / W``, sums to one, shape ``(T,)``.
    position
        For each link the place of its target in ``target``, -1 for weight 0, shape ``(N,)``.
    in_view
        Whether a target can be given any key at all, shape ``(T,)``.
    floors
        Least bits of each, shape ``(T,)``, zeros where there are none.
    too_much
        What no schedule can do, where a target of weight 0 has a floor; otherwise nothing.
    """

    problem: SchedulingProblem
    kl_max: Decimal
    target: Integers
    weights: tuple[int, ...]
    wanted: Floats
    position: Integers
    in_view: Bools
    floors: Integers
    too_much: str = ""

    @classmethod
    def create(
        cls, problem: SchedulingProblem, strategy: TargetedDelivery, floors: Sequence[int] = ()
    ) -> Shares:
        """Return what ``strategy`` asks of ``problem``, with floors by target if there are any.

        Raises
        ------
        InputError
            When the problem has no weights.
        """
        if problem.weights is None:
            raise InputError("weights", "none", "a weight for every target (strategy td)")
        target = [index for index, weight in enumerate(problem.weights) if weight > 0]
        weights = tuple(problem.weights[index] for index in target)
        place = {index: position for position, index in enumerate(target)}
        position = np.array([place.get(index, -1) for index in problem.link_target], np.int64)
        in_view = np.zeros(len(target), bool)
        has_key = problem.bits.any(axis=1)
        in_view[position[has_key & (position >= 0)]] = True
        total = sum(weights)
        floors = floors or (0,) * len(problem.weights)
        unwanted = [n for n, least in enumerate(floors) if least and not problem.weights[n]]
        return cls(
            problem=problem,
            kl_max=Decimal(strategy.kl_max),
            target=np.array(target, np.int64),
            weights=weights,
            wanted=np.array([weight / total for weight in weights]),
            position=position,
            in_view=in_view,
            floors=np.array([floors[index] for index in target], np.int64),
            too_much="".join(
                f"{problem.targets[n]} has a floor and weight 0, so it gets nothing"
                for n in unwanted[:1]
            ),
        )

    @property
    def least_total(self) -> int:
        """Bits that every allowed schedule delivers: what floors ask for together.

        Where shares match exactly, the largest of ``l_n W / w_n``, on the grid of totals.
        """
        if not self.exact:
            return int(self.floors.sum())
        total = sum(self.weights)
        asked = (-(-int(b) * total // w) for b, w in zip(self.floors, self.weights, strict=True))
        return -(-max(asked) // self.step) * self.step

    @property
    def exact(self) -> bool:
        """Whether the shares must match without any divergence."""
        return not self.kl_max

    @property
    def step(self) -> int:
        """What every total is a multiple of: ``W / gcd(w)`` where shares match exactly."""
        return sum(self.weights) // math.gcd(*self.weights) if self.exact else 1

    @property
    def delivery(self) -> Delivery:
        """What schedules deliver to these targets; links of weight 0 must not be served."""
        return Delivery(self.problem, self.position, self.target.size)

    def divergence(self, delivered: Floats) -> float:
        """Return ``KL(E / S || q)`` [nats]; ``inf`` when nothing is delivered, shape ``(T,)``."""
        total = float(delivered.sum())
        if not total > 0:
            return float("inf")
        some = delivered > 0
        share = delivered[some] / total
        return float((share * np.log(share / self.wanted[some])).sum())

    def excess(self, delivered: Floats) -> float:
        """Return ``sum E ln(E / (q S)) - kl_max S`` [bits], positive where shares do not match."""
        bits = np.maximum(delivered, 0.0)
        total = float(bits.sum())
        if self.exact or not total:
            return 0.0
        return total * (self.divergence(bits) - float(self.kl_max))

    def allows(self, delivered: Integers) -> bool:
        """Say whether the bits ``E``, shape ``(T,)``, meet floors and are close enough, safely.

        With ``kl_max`` = 0 and for exact matches this is decided in whole numbers; otherwise
        the divergence keeps 1e-12 away from the limit, far more than rounding can be.
        """
        bits = [int(number) for number in delivered]
        if any(e < least for e, least in zip(bits, self.floors.tolist(), strict=True)):
            return False
        total, weight = sum(bits), sum(self.weights)
        if all(e * weight == w * total for e, w in zip(bits, self.weights, strict=True)):
            return True
        limit = float(self.kl_max) - _MARGIN
        return not self.exact and self.divergence(np.asarray(bits, float)) <= limit

    def delivered(self, schedule: Schedule) -> Integers:
        """Return the bits of the targets of positive weight, shape ``(T,)``."""
        return np.array(schedule.delivered(self.problem), np.int64)[self.target]

    def nothing_allowed(self) -> str:
        """Return why nothing can be delivered this close, or nothing if something might be.

        Every target in view can be the only one served, so the shares that fractions of
        schedules can have are *all* those on the targets in view. Among these the nearest to
        ``q`` is ``q`` itself without the others: at ``-ln(sum of q in view)``.
        """
        if self.too_much or self.in_view.all():
            return self.too_much
        names = [self.problem.targets[n] for n in self.target[~self.in_view]]
        who = f"{', '.join(names)} can never be served"
        seen = float(self.wanted[self.in_view].sum())
        least = -float(np.log(seen)) if seen > 0 else float("inf")
        if least <= float(self.kl_max):
            return ""
        if not np.isfinite(least):
            return f"nothing can be delivered: {who}"
        return f"no schedule comes nearer than KL = {least:.4g}: {who}"
