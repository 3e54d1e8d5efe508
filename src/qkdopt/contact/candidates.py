"""Preprocessing: a node with few passes can serve only its best few targets."""

from dataclasses import dataclass

from qkdopt.contact.problem import ContactProblem
from qkdopt.contact.schedule import ranked_targets


@dataclass(frozen=True)
class Candidates:
    """Targets kept per node, and the pairs with them.

    Attributes
    ----------
    targets
        Kept targets, over all nodes.
    pairs
        (pass, target, value) of every possible pair with a kept target, value > 0.
    """

    targets: tuple[int, ...]
    pairs: tuple[tuple[int, int, int], ...]


def candidates_of(problem: ContactProblem) -> Candidates:
    """Return the candidates.

    Over a node with P passes at most P targets of a kind (QKD or not) are served, and a target
    may take the place of any other of its kind with less priority. The P first of each kind
    therefore suffice for every schedule and every relaxation. One more is kept: in an optimum of
    the relaxation one of P + 1 targets is not fully used, so its multiplier is 0, and no target
    with less priority has a larger reduced value (``docs/contact-problem.md``). The multipliers of
    the kept ones then prove the bound for all targets, with 0 for the others.
    """
    targets: list[int] = []
    pairs: list[tuple[int, int, int]] = []
    for node, passes in enumerate(problem.node_passes):
        keyed, plain = ranked_targets(problem, node)
        kept = [*keyed[: len(passes) + 1], *plain[: len(passes) + 1]] if passes else []
        targets += kept
        for p in passes:
            for t in kept:
                value = problem.value(p, t)
                if value:
                    pairs.append((p, t, value))
    return Candidates(tuple(targets), tuple(pairs))
