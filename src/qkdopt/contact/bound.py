"""What target prices prove, in whole numbers.

For prices rho_t >= 0 every schedule is worth at most

    sum_t rho_t + max over passes that fit together of the sum of
                  max over targets t of the pass's node of (value(p, t) - rho_t)+

because each served target contributes rho_t once and the rest of its value to its pass. In a
case of a tree some passes are used and some are not: a pass that must be used counts its maximum
even if it is negative, and those that exclude it are out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from qkdopt.contact.intervals import Exclusions, best_together
from qkdopt.contact.problem import ContactProblem
from qkdopt.contact.schedule import ranked_targets

__all__ = ["NO_CASE", "Case", "PriceList", "PricedBound", "Pricer"]


@dataclass(frozen=True)
class Case:
    """Passes that must be used, and passes that must not be."""

    used: frozenset[int] = frozenset()
    unused: frozenset[int] = frozenset()


NO_CASE = Case()


@dataclass(frozen=True)
class PriceList:
    """Prices ``rho[t] / denominator``; targets that are not named are free.

    Attributes
    ----------
    rho
        Whole numbers > 0 by target.
    """

    denominator: int = 1
    rho: Mapping[int, int] = field(default_factory=dict)

    def document(self) -> list[list[object]]:
        """Return the prices as certificates write them."""
        named = sorted(self.rho.items())
        fractions = [(t, Fraction(number, self.denominator)) for t, number in named]
        return [[t, f"{price.numerator}/{price.denominator}"] for t, price in fractions]


@dataclass(frozen=True)
class PricedBound:
    """A bound in whole units, rounded down, and the passes that attain it at the prices."""

    bound: int
    passes: tuple[int, ...]


class Pricer:
    """Evaluates prices; targets of a node that are free matter only by the best of each kind."""

    def __init__(self, problem: ContactProblem) -> None:
        self.problem = problem
        self.exclusions = Exclusions(problem)
        self._ranked = [
            ranked_targets(problem, node) if passes else ([], [])
            for node, passes in enumerate(problem.node_passes)
        ]

    def bound(self, prices: PriceList, case: Case = NO_CASE) -> PricedBound | None:
        """Return the bound over the schedules of ``case``; ``None`` when there are none."""
        allowed = self.exclusions.left(case.used, case.unused)
        if allowed is None:
            return None
        worth = self.worth(prices)
        total = sum(prices.rho.values())
        for p in case.used:
            most = worth[p]
            if most is None:
                return None
            total += most
        rest, passes = best_together(self.problem, [most or 0 for most in worth], allowed)
        return PricedBound((total + rest) // prices.denominator, (*case.used, *passes))

    def worth(self, prices: PriceList) -> Sequence[int | None]:
        """Return each pass's largest value minus price, times the denominator, shape ``(P,)``.

        ``None`` for a pass that can serve nobody.
        """
        problem, rho = self.problem, prices.rho
        found: list[int | None] = [None] * len(problem.start)
        for node, passes in enumerate(problem.node_passes):
            keyed, plain = (
                [(problem.priority[t] * prices.denominator, rho.get(t, 0)) for t in shortlist]
                for shortlist in (_until_free(kind, rho) for kind in self._ranked[node])
            )
            light = max((x * problem.plain_factor - price for x, price in plain), default=None)
            for p in passes:
                factor = problem.key_factor[p]
                found[p] = light
                if factor > problem.plain_factor and keyed:
                    best = max(x * factor - price for x, price in keyed)
                    found[p] = best if light is None else max(light, best)
        return found

    def wanted(self, prices: PriceList, p: int) -> int:
        """Return the target that is worth most to pass ``p`` beyond its price."""
        node = self.problem.passes.node[p]
        shortlist = [t for kind in self._ranked[node] for t in _until_free(kind, prices.rho)]
        left = [
            (value * prices.denominator - prices.rho.get(t, 0), -t)
            for t in shortlist
            if (value := self.problem.value(p, t)) is not None
        ]
        return -max(left)[1]


def _until_free(ranked: Sequence[int], rho: Mapping[int, int]) -> list[int]:
    """Return the first free target and those before it; later ones are worth no more."""
    for place, t in enumerate(ranked):
        if t not in rho:
            return [*ranked[: place + 1]]
    return list(ranked)
