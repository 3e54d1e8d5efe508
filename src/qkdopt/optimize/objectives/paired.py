"""The largest set of pairwise keys, a b-matching: an activity for each pair of targets."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any, ClassVar, Self

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives.piecewise_linear import PiecewiseLinearObjective
from qkdopt.optimize.pairing import Pairing, largest_pairing
from qkdopt.optimize.problem import SchedulingProblem


class BMatchingObjective(PiecewiseLinearObjective):
    """``sum y_ij`` with ``sum_j y_ij <= b_i + E_i`` and ``y_ij <= T_ij``, whole.

    A pair whose traffic exceeds all that one of its ends can ever have has no upper limit here:
    it would never bind.
    """

    listable: ClassVar[bool] = False  # the verifier is shown pairs and finds none by itself

    @classmethod
    def create(
        cls,
        problem: SchedulingProblem,
        traffic: Sequence[Sequence[int]],
        floors: Sequence[int] = (),
    ) -> Self:
        """Return the objective over the pairs with positive traffic."""
        targets = len(problem.targets)
        stock = problem.stock or (0,) * targets
        reach = _reach(problem, stock)
        pairs = [(i, j) for i, j in combinations(range(targets), 2) if traffic[i][j]]
        return cls(
            Delivery.to_all(problem),
            (1,) * len(pairs),
            (Fraction(0),) * len(pairs),
            tuple(
                traffic[i][j] if traffic[i][j] < min(reach[i], reach[j]) else None for i, j in pairs
            ),
            tuple({i: Fraction(1), j: Fraction(1)} for i, j in pairs),
            stock,
            tuple(floors) if any(floors) else (),
        )

    @cached_property
    def reach(self) -> tuple[int, ...]:
        """Bits that each target could have at most, if it alone were served."""
        return tuple(_reach(self.problem, self.stock))

    def value(self, delivered: Sequence[int]) -> Fraction | None:
        """Return the most shared bits, whole, ``None`` below a lower bound."""
        if not self.meets_bounds(delivered):
            return None
        return Fraction(self.pairing([int(bits) for bits in delivered]).total)

    def pairing(self, delivered: Sequence[int]) -> Pairing:
        """Return a largest set of pairwise keys, with the stock."""
        available = [b + e for b, e in zip(self.stock, delivered, strict=True)]
        traffic = [[0] * len(available) for _ in available]
        for (i, j), most in zip(map(tuple, self.consumption), self.upper, strict=True):
            limit = min(available[i], available[j]) if most is None else most
            traffic[i][j] = traffic[j][i] = limit
        return largest_pairing(available, traffic)

    def witness(self, delivered: Sequence[int]) -> dict[str, object]:
        """Return the shared bits of each pair."""
        pairs = self.pairing(delivered).bits
        return {"pairs": [[i, j, bits] for (i, j), bits in pairs.items()]}

    def supergradient(self, delivered: Sequence[int]) -> Floats:
        """Return the prices in {0, 1/2, 1} that prove how far bits pair up."""
        prices = self.pairing([int(bits) for bits in delivered]).prices
        return self.project(np.append([float(p) for p in prices], np.zeros(len(self.bounds))))

    def _admissible_of_targets(self, prices: Sequence[Any]) -> tuple[Any, ...]:
        """Return the prices between 0 and 1, raised where a pair has no limit.

        There, the prices of both ends together are at least what the shared bit earns.
        """
        result = [min(max(price, Fraction(0)), Fraction(1)) for price in prices]
        for (i, j), most in zip(map(tuple, self.consumption), self.upper, strict=True):
            missing = 1 - result[i] - result[j]
            if most is None and missing > 0:
                result[i], result[j] = result[i] + missing / 2, result[j] + missing / 2
        return tuple(result)


def _reach(problem: SchedulingProblem, stock: Sequence[int]) -> list[int]:
    reach = list(stock)
    for target, bits in zip(problem.link_target, problem.reach, strict=True):
        reach[target] += bits
    return reach
