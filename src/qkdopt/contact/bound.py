"""Lagrangian bound of the contact problem, in whole numbers.

Relaxing "each target at most once" with multipliers rho_t >= 0 bounds every schedule by

    sum_t rho_t + max over compatible passes of the sum of
                  max over targets t of the pass's node of (value(p, t) - rho_t)+

because each served target contributes rho_t once and the rest of its value to its pass. The
inner maximum is a weighted interval scheduling problem. Branching fixes passes as used or
unused: a used pass counts its maximum even if negative, and passes in conflict with it are out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from qkdopt.contact.intervals import Exclusions, best_compatible
from qkdopt.contact.problem import ContactProblem
from qkdopt.contact.schedule import ranked_targets


@dataclass(frozen=True)
class Branch:
    """Branching decisions: passes fixed as used, and passes fixed as unused."""

    used: frozenset[int] = frozenset()
    unused: frozenset[int] = frozenset()


ROOT = Branch()


@dataclass(frozen=True)
class Multipliers:
    """Lagrangian multipliers ``rho[t] / denominator``; 0 for targets that are not named.

    Attributes
    ----------
    rho
        Whole numbers > 0 by target.
    """

    denominator: int = 1
    rho: Mapping[int, int] = field(default_factory=dict)

    def document(self) -> list[list[object]]:
        """Return the multipliers in the form of certificates."""
        named = sorted(self.rho.items())
        fractions = [(t, Fraction(number, self.denominator)) for t, number in named]
        return [
            [t, f"{multiplier.numerator}/{multiplier.denominator}"] for t, multiplier in fractions
        ]


@dataclass(frozen=True)
class LagrangianBound:
    """A bound in whole units, rounded down, and the passes that attain it."""

    bound: int
    passes: tuple[int, ...]


class LagrangianRelaxation:
    """The relaxed problem.

    Of a node's targets without multiplier only the best of each kind matters.
    """

    def __init__(self, problem: ContactProblem) -> None:
        self.problem = problem
        self.exclusions = Exclusions(problem)
        self._ranked = [
            ranked_targets(problem, node) if passes else ([], [])
            for node, passes in enumerate(problem.node_passes)
        ]

    def bound(self, multipliers: Multipliers, branch: Branch = ROOT) -> LagrangianBound | None:
        """Return the bound over the schedules of ``branch``; ``None`` when it is infeasible."""
        allowed = self.exclusions.left(branch.used, branch.unused)
        if allowed is None:
            return None
        values = self.reduced_values(multipliers)
        total = sum(multipliers.rho.values())
        for p in branch.used:
            most = values[p]
            if most is None:
                return None
            total += most
        rest, passes = best_compatible(self.problem, [most or 0 for most in values], allowed)
        return LagrangianBound((total + rest) // multipliers.denominator, (*branch.used, *passes))

    def reduced_values(self, multipliers: Multipliers) -> Sequence[int | None]:
        """Return the largest reduced value of each pass, times the denominator, shape ``(P,)``.

        ``None`` for a pass that can serve no target.
        """
        problem, rho = self.problem, multipliers.rho
        found: list[int | None] = [None] * len(problem.start)
        for node, passes in enumerate(problem.node_passes):
            keyed, plain = (
                [(problem.priority[t] * multipliers.denominator, rho.get(t, 0)) for t in shortlist]
                for shortlist in (_until_free(kind, rho) for kind in self._ranked[node])
            )
            light = max(
                (x * problem.plain_factor - multiplier for x, multiplier in plain), default=None
            )
            for p in passes:
                factor = problem.key_factor[p]
                found[p] = light
                if factor > problem.plain_factor and keyed:
                    best = max(x * factor - multiplier for x, multiplier in keyed)
                    found[p] = best if light is None else max(light, best)
        return found

    def best_target(self, multipliers: Multipliers, p: int) -> int:
        """Return the target with the largest reduced value for pass ``p``."""
        node = self.problem.passes.node[p]
        shortlist = [t for kind in self._ranked[node] for t in _until_free(kind, multipliers.rho)]
        left = [
            (value * multipliers.denominator - multipliers.rho.get(t, 0), -t)
            for t in shortlist
            if (value := self.problem.value(p, t)) is not None
        ]
        return -max(left)[1]


def _until_free(ranked: Sequence[int], rho: Mapping[int, int]) -> list[int]:
    """Return the targets up to the first without multiplier, which dominates all later ones."""
    for place, t in enumerate(ranked):
        if t not in rho:
            return [*ranked[: place + 1]]
    return list(ranked)
