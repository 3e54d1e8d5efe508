"""The bound that a proof shows: one loop over its leaves, for every strategy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from math import gcd
from typing import Any

from qkdopt.errors import quote
from qkdopt.verifier.blocks import Gains
from qkdopt.verifier.budget import whole_multiples
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.cuts import charge_cuts
from qkdopt.verifier.deliveries import listed_most
from qkdopt.verifier.plans import PlanLists
from qkdopt.verifier.receivers import charge
from qkdopt.verifier.scenarios import charge_scenarios
from qkdopt.verifier.strategy import Multipliers
from qkdopt.verifier.trees import Component, Leaf

INVALID_MULTIPLIERS = "the multipliers of the proof are not allowed: they would prove too much"
_STEPS_PER_TARGET, _PLANS = 40, "plans"


def evaluate(claim: Claim) -> tuple[Any, Any, list[str]]:
    """Return the true value, the bound that is shown, and what is false about the claim."""
    strategy = claim.settings.strategy
    findings = [*_missed_floors(claim), *strategy.false(claim)]
    most, valid = {}, True
    for part in strategy.parts:
        most[part], part_valid = _most_of_leaves(claim, part)
        valid = valid and part_valid
    findings += [] if valid else [INVALID_MULTIPLIERS]
    shown = valid or not strategy.result.outward
    value, bound = strategy.value(claim), strategy.bound(claim, most) if shown else None
    attained = not claim.leaves and not claim.problem.contested
    findings += strategy.result.false(claim.value, claim.bound, value, bound, attained=attained)
    return value, bound, findings


def _most_of_leaves(claim: Claim, part: str) -> tuple[Fraction | None, bool]:
    """Return the largest bound of the leaves of a part, and whether all multipliers are allowed.

    Leaves whose multipliers are not are passed over; ``None`` where no leaf has a schedule.
    """
    bounds, valid = list[Fraction](), True
    enough = cache(lambda: claim.settings.strategy.enough(claim, part))
    for leaves in _by_multipliers(claim.leaves.get(part, (Leaf((), {}),))):
        multipliers = leaves[0].multipliers
        priced = _priced(claim, part, multipliers)
        if priced is None:
            valid = False
            continue
        prices, constant = priced
        if _PLANS in multipliers:
            every = [_priced(claim, part, x) for x in multipliers[_PLANS][1]]
            usable = [x for x in every if x is not None]
            valid = valid and len(usable) == len(every)
            if not PlanLists(claim, part, usable, enough()).left(multipliers[_PLANS][0]):
                bounds.append(claim.settings.strategy.claimed(claim, part)[0])
                continue
        if "deliveries" in multipliers:
            bounds.append(listed_most(claim, part, prices, constant))
            continue
        if "enough" in multipliers:
            left = _left_open(claim, enough(), leaves, prices, constant)
            if len(left) < len(leaves):
                bounds.append(claim.settings.strategy.claimed(claim, part)[0])
            if not left:
                continue
            leaves = left
        whole = Component(claim.longest_path, leaves)
        most = [_gained(claim, prices, x) for x in multipliers.get("components", (whole,))]
        if None not in most:
            bounds.append(constant + sum(filter(None, most), Fraction(0)))
    return max(bounds, default=None), valid


def _left_open(
    claim: Claim,
    found: tuple[Sequence[int], Fraction] | None,
    leaves: list[Leaf],
    prices: Sequence[Fraction | int],
    constant: Fraction | int,
) -> list[Leaf]:
    """Return the leaves, of the same multipliers, where what is enough does not show the claim."""
    if found is None:
        return leaves
    (enough, least), links = found, claim.problem.links
    whole, common = whole_multiples([max(x, 0) for x in prices], claim.problem.budget)
    counted = tuple(enough[x.target] for x in links)
    gains = Gains(tuple(whole[x.target] for x in links), enough=counted)
    gained = [claim.longest_path.most(gains, x.constraints()) for x in leaves]
    return [
        leaf
        for leaf, most in zip(leaves, gained, strict=True)
        if most is not None and Fraction(most, common) + constant >= least
    ]


def _by_multipliers(leaves: Sequence[Leaf]) -> list[list[Leaf]]:
    """Return the leaves that share multipliers together."""
    groups: dict[int, list[Leaf]] = {}
    for leaf in leaves:
        groups.setdefault(id(leaf.multipliers), []).append(leaf)
    return list(groups.values())


def _gained(claim: Claim, prices: Sequence[Fraction | int], inside: Component) -> Fraction | None:
    """Return the most that any schedule of a component gains at prices of bits.

    The sum of gains is a multiple of the greatest common divisor of the prices.
    """
    bounds, problem = list[Fraction](), inside.longest_path.problem
    for leaves in _by_multipliers(inside.leaves):
        multipliers = leaves[0].multipliers
        charges, cuts = multipliers.get("capacity", ()), multipliers.get("cuts", ())
        paying = (x.price for x in (*charges, *cuts))
        whole, common = whole_multiples([*prices, *paying], problem.budget)
        step = gcd(*whole[: len(prices)]) or 1
        paid: list[dict[int, int]] = [{} for _ in problem.links]
        got = charge(problem, charges, common, paid)
        got += charge_cuts(cuts, common, paid, problem.budget)
        per_link = whole
        if problem.probabilities is not None:
            charge_scenarios(problem, whole[: len(prices)], paid)
            per_link = [0] * len(problem.links)
        elif not claim.settings.strategy.per_link:
            per_link = [whole[link.target] for link in problem.links]
        gains = Gains(tuple(per_link[: len(problem.links)]), paid)
        for leaf in leaves:
            found = inside.longest_path.most(gains, leaf.constraints())
            if found is not None:
                bounds.append(Fraction((found + got) // step * step, common))
    return max(bounds, default=None)


def _priced(
    claim: Claim, part: str, multipliers: Multipliers
) -> tuple[Sequence[Fraction | int], Fraction | int] | None:
    """Return the prices of bits and the constant; ``None`` where multipliers are inadmissible."""
    problem, strategy = claim.problem, claim.settings.strategy
    problem.budget.spend(_STEPS_PER_TARGET * len(claim.min_bits))
    phi: Sequence[Fraction] = multipliers.get("y_min", ()) if strategy.parts[part].y_min else ()
    if any(x < 0 for x in phi) or not strategy.admissible(claim, part, multipliers):
        return None
    prices, constant = strategy.prices(claim, part, multipliers)
    if phi:
        prices = [x + y for x, y in zip(prices, phi, strict=True)]
        constant = constant - claim.dot(phi, claim.min_bits)
    if strategy.only_weighted:
        prices = [x if w else 0 for x, w in zip(prices, claim.weights, strict=True)]
    return prices, constant


def _missed_floors(claim: Claim) -> Iterator[str]:
    """Yield what is false about the lower bounds: of no target, or missed."""
    targets = claim.problem.targets
    known = {*targets}
    for name in claim.settings.min_bits:
        if name not in known:
            yield f"there is a lower bound for {quote(name)}, which is no target"
    for i, (bits, least) in enumerate(zip(claim.delivered, claim.min_bits, strict=True)):
        if bits < least:
            k, n = divmod(i, len(targets))
            where = f" in scenario {k}" if claim.probabilities else ""
            yield f"{quote(targets[n])} gets {bits:,} bits{where}, the lower bound is {least:,}"
