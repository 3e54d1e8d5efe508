"""A contact schedule: pairs of pass and target; the best one for given passes."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from qkdopt.contact.problem import ContactProblem


@dataclass(frozen=True)
class ContactSchedule:
    """Which passes are used, in order of time, and the target of each.

    Attributes
    ----------
    pairs
        Indices (pass, target).
    """

    pairs: tuple[tuple[int, int], ...]

    def value(self, problem: ContactProblem) -> int:
        """Return the total value of the pairs, in units of ``10 ** -problem.decimals``."""
        return sum(problem.value(p, t) or 0 for p, t in self.pairs)

    def broken_rule(self, problem: ContactProblem) -> str | None:
        """Return the first rule that the pairs break, or ``None``."""
        passes = problem.in_time(p for p, _ in self.pairs)
        for what, used in (("pass", passes), ("target", [t for _, t in self.pairs])):
            if len(set(used)) < len(used):
                return f"a {what} is used twice"
        for p, q in pairwise(passes):
            if problem.start[q] < problem.busy_until[p]:
                return f"passes {problem.passes.id[p]} and {problem.passes.id[q]} are too close"
        for p, t in self.pairs:
            if problem.value(p, t) is None:
                return f"pass {problem.passes.id[p]} cannot serve {problem.targets.id[t]}"
        return None


def best_assignment(problem: ContactProblem, passes: Iterable[int]) -> ContactSchedule:
    """Return the most valuable schedule that uses only ``passes``, which must fit together.

    Nodes are independent. At a node, let j of the k passes go to QKD targets. These are the j of
    largest volume (another target does not care which pass serves it), given in order to the j
    targets of largest priority (the rearrangement inequality: sums of products are largest when
    both factors have the same order); the others go to the k - j other targets of largest
    priority. All j are tried; everything is exact.
    """
    at_node: dict[int, list[int]] = {}
    for p in passes:
        at_node.setdefault(problem.passes.node[p], []).append(p)
    pairs: list[tuple[int, int]] = []
    for node, used in at_node.items():
        pairs += _best_at_node(problem, node, used)
    return ContactSchedule(tuple(sorted(pairs, key=lambda pair: problem.start[pair[0]])))


def _best_at_node(problem: ContactProblem, node: int, used: list[int]) -> list[tuple[int, int]]:
    keyed, plain = ranked_targets(problem, node)
    by_volume = sorted(used, key=lambda p: -problem.key_factor[p])
    with_volume = sum(problem.passes.volume[p] > 0 for p in by_volume)
    best: tuple[int, list[tuple[int, int]]] = (0, [])
    for j in range(min(with_volume, len(keyed)) + 1):
        pairs = list(zip(by_volume[:j], keyed, strict=False))
        pairs += zip(by_volume[j:], plain, strict=False)
        pairs = [pair for pair in pairs if problem.value(*pair)]
        worth = sum(problem.value(p, t) or 0 for p, t in pairs)
        best = max(best, (worth, pairs), key=lambda item: item[0])
    return best[1]


def ranked_targets(problem: ContactProblem, node: int) -> tuple[list[int], list[int]]:
    """Return the node's QKD targets and its others, each by falling priority."""
    ranked = sorted(problem.node_targets[node], key=lambda t: -problem.priority[t])
    keyed = [t for t in ranked if problem.needs_key[t]]
    return keyed, [t for t in ranked if not problem.needs_key[t]]
