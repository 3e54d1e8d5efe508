"""The uses of bits behind pairwise keys: one for each pair, which takes a bit at either end."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import combinations

from qkdopt.optimize.pairing import Pairing, largest_pairing
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.uses import Uses

__all__ = ["PairUses"]


class PairUses(Uses):
    """The largest set of pairwise keys: ``sum y_ij`` with ``sum_j y_ij <= b_i + E_i``.

    A pair whose traffic exceeds all that one of its ends can ever have has no upper limit here:
    it would never bind.
    """

    @classmethod
    def create(
        cls,
        problem: SchedulingProblem,
        traffic: Sequence[Sequence[int]],
        floors: Sequence[int] = (),
    ) -> PairUses:
        """Return the uses of the pairs that want anything."""
        targets = len(problem.targets)
        stock = problem.stock or (0,) * targets
        reach = _reach(problem, stock)
        pairs = [(i, j) for i, j in combinations(range(targets), 2) if traffic[i][j]]
        return cls(
            problem,
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

    def worth(self, delivered: Sequence[int]) -> Fraction | None:
        """Return the most shared bits, whole, ``None`` below a floor."""
        return Fraction(self.pairing(delivered).total) if self.meets_floors(delivered) else None

    def pairing(self, delivered: Sequence[int]) -> Pairing:
        """Return a largest set of pairwise keys, with the stock."""
        available = [b + e for b, e in zip(self.stock, delivered, strict=True)]
        traffic = [[0] * len(available) for _ in available]
        for (i, j), most in zip(map(tuple, self.need), self.upper, strict=True):
            limit = min(available[i], available[j]) if most is None else most
            traffic[i][j] = traffic[j][i] = limit
        return largest_pairing(available, traffic)

    def _allowed_of_targets(self, prices: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """Return the prices between 0 and 1, raised where a pair has no limit.

        There, both ends together have to cost at least what the shared bit earns.
        """
        result = [min(max(price, Fraction(0)), Fraction(1)) for price in prices]
        for (i, j), most in zip(map(tuple, self.need), self.upper, strict=True):
            missing = 1 - result[i] - result[j]
            if most is None and missing > 0:
                result[i], result[j] = result[i] + missing / 2, result[j] + missing / 2
        return tuple(result)


def _reach(problem: SchedulingProblem, stock: Sequence[int]) -> list[int]:
    reach = list(stock)
    for target, row in zip(problem.link_target, problem.bits.tolist(), strict=True):
        reach[target] += sum(row)
    return reach
