"""What each strategy counts, and how the bound on it is proved: one function per strategy.

A further strategy is a further function in the table; its proof's numbers come with the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qkdopt.judge.claim import Claim
from qkdopt.judge.longest_path import longest_path

__all__ = ["STRATEGIES", "Recount"]


@dataclass(frozen=True)
class Recount:
    """What the judge finds in place of the claimed value and bound.

    Attributes
    ----------
    value
        What the schedule reaches.
    bound
        What no schedule exceeds, as far as the proof shows.
    unit
        What both are counted in.
    findings
        What is false about the strategy's own conditions, one sentence each.
    """

    value: int
    bound: int
    unit: str
    findings: tuple[str, ...] = ()


def general_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount S-GD: bits of all targets together."""
    return Recount(
        value=sum(delivered),
        bound=longest_path(claim.problem, [1] * len(delivered)),
        unit="bits",
    )


def prioritised_delivery(claim: Claim, delivered: Sequence[int]) -> Recount:
    """Recount S-PD: bits times the weight of their target."""
    weights = claim.problem.weights or (0,) * len(delivered)
    return Recount(
        value=sum(w * bits for w, bits in zip(weights, delivered, strict=True)),
        bound=longest_path(claim.problem, weights),
        unit="weighted bits",
    )


STRATEGIES: Mapping[str, Callable[[Claim, Sequence[int]], Recount]] = {
    "gd": general_delivery,
    "pd": prioritised_delivery,
}
