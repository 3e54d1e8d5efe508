"""The bound that a proof shows: one loop over its leaves, for every strategy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from qkdopt.errors import quote
from qkdopt.verifier.blocks import Gains
from qkdopt.verifier.budget import whole_multiples
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.receivers import charge
from qkdopt.verifier.strategies import STRATEGIES
from qkdopt.verifier.strategy import Multipliers
from qkdopt.verifier.trees import Leaf

INVALID_MULTIPLIERS = "the multipliers of the proof are not allowed: they would prove too much"
_STEPS_PER_TARGET = 40


def evaluate(claim: Claim) -> tuple[Any, Any, list[str]]:
    """Return the true value, the bound that is shown, and what is false about the claim."""
    strategy = STRATEGIES[claim.settings.name]
    findings = [*_missed_floors(claim), *strategy.false(claim)]
    most, valid = {}, True
    for part in strategy.parts:
        most[part], part_valid = _most_of_leaves(claim, part)
        valid = valid and part_valid
    findings += [] if valid else [INVALID_MULTIPLIERS]
    shown = valid or not strategy.result.outward
    value, bound = strategy.value(claim), strategy.bound(claim, most) if shown else None
    attained = not claim.leaves and not claim.problem.shared
    findings += strategy.result.false(claim.value, claim.bound, value, bound, attained=attained)
    return value, bound, findings


def _most_of_leaves(claim: Claim, part: str) -> tuple[Fraction | None, bool]:
    """Return the largest bound of the leaves of a part, and whether all multipliers are allowed.

    Leaves whose multipliers are not are passed over; ``None`` where no leaf has a schedule.
    """
    most: Fraction | None = None
    known: dict[int, tuple[Gains, int, Fraction] | None] = {}
    for leaf in claim.leaves.get(part, (Leaf((), {}),)):
        key = id(leaf.multipliers)  # leaves may share them
        if key not in known:
            known[key] = _priced(claim, part, leaf.multipliers)
        priced = known[key]
        if priced is not None:
            gains, common, constant = priced
            found = claim.longest_path.most(gains, leaf.constraints())
            if found is not None:
                bound = Fraction(found, common) + constant
                most = bound if most is None else max(most, bound)
    return most, None not in known.values()


def _priced(
    claim: Claim, part: str, multipliers: Multipliers
) -> tuple[Gains, int, Fraction] | None:
    """Return gains times a common denominator, that denominator, and the constant.

    ``None`` where the multipliers are not admissible.
    """
    problem, strategy = claim.problem, STRATEGIES[claim.settings.name]
    problem.budget.spend(_STEPS_PER_TARGET * len(problem.targets))
    phi: Sequence[Fraction] = multipliers.get("y_min", ()) if strategy.parts[part].y_min else ()
    if any(x < 0 for x in phi) or not strategy.admissible(claim, part, multipliers):
        return None
    prices, constant = strategy.prices(claim, part, multipliers)
    if phi:
        prices = [x + y for x, y in zip(prices, phi, strict=True)]
        constant = constant - claim.dot(phi, claim.min_bits)
    if strategy.only_weighted:
        prices = [x if w else 0 for x, w in zip(prices, claim.weights, strict=True)]
    charges = multipliers.get("capacity", ())
    whole, common = whole_multiples([*prices, *(x.price for x in charges)], problem.budget)
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
