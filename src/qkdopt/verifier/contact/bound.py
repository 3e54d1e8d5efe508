"""The bound on every schedule of contacts at multipliers of targets, exactly."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from qkdopt.verifier.budget import common_multiple, size_factor
from qkdopt.verifier.contact.problem import ContactProblem
from qkdopt.verifier.trees import Leaf


class Targets:
    """Targets by node and kind (QKD or not), those of larger priority first."""

    def __init__(self, problem: ContactProblem) -> None:
        self.of: dict[tuple[int, bool], list[int]] = {}
        for t in sorted(range(len(problem.priority)), key=lambda t: -problem.priority[t]):
            self.of.setdefault((problem.target_node[t], problem.needs_key[t]), []).append(t)

    def that_matter(self, node: int, rho: Mapping[int, int]) -> list[int]:
        """Return targets of a node among which the largest value minus price is always found.

        Of a kind: all down to the first that is free. A later one has no larger priority, hence
        no larger value in any pass, and a price that is not below 0.
        """
        found = []
        for kind in (True, False):
            for t in self.of.get((node, kind), []):
                found.append(t)
                if not rho.get(t):
                    break
        return found


def priced_bound(problem: ContactProblem, targets: Targets, leaf: Leaf) -> int | None:
    """Return floor of the bound over the schedules of the leaf; ``None`` when there are none.

    Proof. Let a schedule use the passes U and give p in U to target t(p), all different. For
    rho >= 0 its value is the sum of (value - rho) over its pairs plus the sum of rho over its
    targets. The second is at most the sum of all rho. In the first, each pass contributes at most
    its reduced value, the largest value - rho over targets of its node. U contains the passes that
    the leaf requires; the others fit together, exclude none of those, and contribute at most the
    larger of reduced value and 0. The most that they can contribute together is found below.
    """
    budget, n_passes = problem.budget, len(problem.pass_id)
    constraints, prices = list(leaf.constraints()), leaf.multipliers
    used, unused = ({p for p, is_used in constraints if is_used is x} for x in (True, False))
    common = common_multiple([price.denominator for price in prices.values()], budget)
    factor = size_factor((common,))
    budget.spend((10 * n_passes + len(prices)) * factor + 5 * (len(used) + n_passes) * len(used))
    rho = {t: price.numerator * (common // price.denominator) for t, price in prices.items()}
    if used & unused:
        return None
    if any(problem.exclude(p, q) for p in used for q in used if p < q):
        return None
    shortlists: dict[int, list[int]] = {}
    total: int = sum(rho.values())
    free: list[tuple[int, int, int]] = []  # of the other passes: end, start, reduced value
    for p, node in enumerate(problem.pass_node):
        if node not in shortlists:
            shortlists[node] = targets.that_matter(node, rho)
            budget.spend(len(shortlists[node]))
        budget.spend(6 * factor * len(shortlists[node]))
        values = [(problem.value(p, t), rho.get(t, 0)) for t in shortlists[node]]
        left = [value * common - price for value, price in values if value is not None]
        if p in used:
            if not left:
                return None
            total += max(left)
        elif p in unused or any(problem.exclude(p, q) for q in used):
            continue
        elif left and max(left) > 0:
            free.append((problem.end[p], problem.start[p], max(left)))
    return (total + _most_together(free, problem.gap)) // common


def _most_together(passes: list[tuple[int, int, int]], gap: int) -> int:
    """Return the largest total reduced value of passes (end, start, value) that keep the gap.

    In order of their ends: the best of the first i either leaves out the i-th, or uses it and is
    the best of those that end at least the gap before it starts.
    """
    passes = sorted(passes)
    ends = [end for end, _, _ in passes]
    best = [0]
    for i, (_, start, worth) in enumerate(passes):
        best.append(max(best[i], worth + best[bisect_right(ends, start - gap, 0, i)]))
    return best[-1]
