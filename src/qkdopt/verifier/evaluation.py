"""The bound that a proof shows: one loop over its leaves, for every strategy."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from qkdopt.errors import quote
from qkdopt.verifier.blocks import Gains
from qkdopt.verifier.budget import whole_multiples
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.receivers import charge
from qkdopt.verifier.strategies import STRATEGIES
from qkdopt.verifier.strategy_spec import Multipliers, Part, Strategy
from qkdopt.verifier.trees import Leaf

__all__ = ["INVALID_MULTIPLIERS", "Evaluation", "evaluate"]

INVALID_MULTIPLIERS = "the multipliers of the proof are not allowed: they would prove too much"
_STEPS_PER_TARGET = 40

Priced = tuple[Gains, int, Fraction]
"""Gains times a common denominator, that denominator, and the constant."""


class Evaluation(NamedTuple):
    """What is found in place of the claimed value and bound, and what is false about them."""

    value: Any
    bound: Any
    findings: tuple[str, ...]


def evaluate(claim: Claim) -> Evaluation:
    """Evaluate value and proof of a claim."""
    strategy = STRATEGIES[claim.settings.name]
    findings = [*_missed_floors(claim), *strategy.conditions(claim)]
    most, valid = {}, True
    for name, part in strategy.parts.items():
        most[name], part_valid = _most_of_leaves(claim, strategy, name, part)
        valid = valid and part_valid
    findings += [] if valid else [INVALID_MULTIPLIERS]
    shown = valid or not strategy.result.outward
    found = strategy.value(claim), strategy.bound(claim, most) if shown else None
    attained = not claim.leaves
    findings += strategy.result.false((claim.value, claim.bound), found, attained=attained)
    return Evaluation(*found, tuple(findings))


def _most_of_leaves(
    claim: Claim, strategy: Strategy, name: str, part: Part
) -> tuple[Fraction | None, bool]:
    """Return the largest bound of the leaves of a part, and whether all multipliers are allowed.

    Leaves whose multipliers are not are passed over; ``None`` where no leaf has a schedule.
    """
    most: Fraction | None = None
    known: dict[int, Priced | None] = {}
    for leaf in claim.leaves.get(name, (Leaf((), {}),)):
        key = id(leaf.multipliers)  # leaves may share them
        if key not in known:
            known[key] = _priced(claim, strategy, part, leaf.multipliers)
        priced = known[key]
        if priced is not None:
            gains, common, constant = priced
            found = claim.longest_path.most(gains, leaf.constraints())
            if found is not None:
                bound = Fraction(found, common) + constant
                most = bound if most is None else max(most, bound)
    return most, None not in known.values()


def _priced(
    claim: Claim, strategy: Strategy, part: Part, multipliers: Multipliers
) -> Priced | None:
    """Return gains and constant at multipliers, ``None`` where these are not admissible."""
    problem = claim.problem
    problem.budget.spend(_STEPS_PER_TARGET * len(problem.targets))
    phi = multipliers.get("y_min", ()) if part.y_min else ()
    if any(x < 0 for x in phi) or not part.admissible(claim, multipliers):
        return None
    worth, constant = part.prices(claim, multipliers)
    if phi:
        worth = [x + y for x, y in zip(worth, phi, strict=True)]
        constant = constant - claim.dot(phi, claim.min_bits)
    if strategy.only_weighted:
        worth = [x if w else 0 for x, w in zip(worth, claim.weights, strict=True)]
    charges = multipliers.get("capacity", ())
    whole, common = whole_multiples([*worth, *(x.price for x in charges)], problem.budget)
    charged, paid = charge(problem, charges, common) if charges else ({}, 0)
    per_link = whole if strategy.per_link else [whole[link.target] for link in problem.links]
    gains = Gains(tuple(per_link[: len(problem.links)]), charged)
    return gains, common, constant + Fraction(paid, common)


def _missed_floors(claim: Claim) -> Iterator[str]:
    """Yield what is false about the lower bounds: of no target, or missed."""
    targets = claim.problem.targets
    known = {*targets}
    for name in claim.settings.min_bits:
        if name not in known:
            yield f"there is a floor for {quote(name)}, which is no target"
    for name, bits, least in zip(targets, claim.delivered, claim.min_bits, strict=True):
        if bits < least:
            yield f"{quote(name)} gets {bits:,} bits, the floor is {least:,}"
