"""What a notebook shows of a problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qkdopt.optimize.problem.parts import Satellite
from qkdopt.timegrid import plain_decimal

if TYPE_CHECKING:
    from qkdopt.optimize.problem.model import SchedulingProblem


def facts_of(problem: SchedulingProblem) -> list[tuple[str, object]]:
    """Return (name, value) of what there is to say, in order."""

    def each(fact: Callable[[Satellite], object]) -> object:
        found = [fact(satellite) for satellite in problem.satellites]
        return found[0] if len(found) == 1 else ", ".join(map(str, found))

    weights = problem.weights
    rules = {rule for item in problem.satellites for rule in item.operations.document()}
    return [
        ("satellites", each(lambda item: item.name)),
        ("links", len(problem.links)),
        ("targets", ", ".join(problem.targets)),
        ("weights", "none" if weights is None else ", ".join(map(str, weights))),
        ("active intervals", each(lambda item: item.interval.size)),
        ("interval [s]", plain_decimal(problem.interval_s)),
        ("hand-over [s]", each(lambda item: plain_decimal(item.switch_s))),
        ("operations", ", ".join(sorted(rules)) or "none"),
        ("keys", "of finite sessions" if problem.in_sessions else "asymptotic"),
        ("cloud scenarios", len(problem.probabilities or ()) or "none"),
        ("bits if switching were free", problem.sum_of_best),
        ("sha256", problem.sha256),
    ]


def size_of(problem: SchedulingProblem) -> str:
    """Return how many satellites, links and intervals there are, and what bits are of."""
    several = len(problem.satellites) > 1
    active = sum(item.interval.size for item in problem.satellites)
    words = [
        *([f"{len(problem.satellites)} satellites"] if several else []),
        f"{len(problem.links)} links",
        f"{active} active intervals of {plain_decimal(problem.interval_s)} s",
        *([] if several else [f"tau {problem.tau}"]),
        *(["keys of finite sessions"] if problem.in_sessions else []),
        *([f"{len(problem.probabilities)} scenarios"] if problem.probabilities else []),
    ]
    return ", ".join(words)
