"""The table of strategies: what each counts, and how multipliers bound it.

Every bound has one form, U(E) <= L(gains) + constant, in each leaf of the proof: a bit for target
n gains so much as ``prices`` says, and L is the longest path of the leaf.  ``docs/certificates.md``
proves each inequality.  A further strategy is a further entry: the rest of the verifier names
none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import combinations
from math import floor, gcd
from typing import TYPE_CHECKING

from qkdopt.verifier.conditions import (
    false_shares,
    impossible_pairs,
    too_little,
    unserved,
)
from qkdopt.verifier.divergence import (
    divergence_up,
    exponentials_allowed,
    exponentials_sum_to_one,
    logarithms_up,
)
from qkdopt.verifier.results import Balanced, Divergence, Logarithms, TwoNumbers
from qkdopt.verifier.strategy_spec import Multipliers, Part, Prices, Strategy

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

__all__ = ["STRATEGIES"]

_STEPS_PER_EXPONENTIAL = 300
_STEPS_PER_PAIR = 40


def _whole(claim: Claim, most: Mapping[str, Fraction | None]) -> int:
    """Round down; where no schedule is left, any bound is right."""
    found = most["all"]
    return int(claim.bound) if found is None else floor(found)


def _not_negative(*names: str) -> Callable[[Claim, Multipliers], bool]:
    return lambda _, by_name: all(x >= 0 for name in names for x in by_name[name])


# Capped: for 0 <= lambda <= 1, min(E, d) <= lambda E + (1 - lambda) d for every target.


def _capped_value(claim: Claim) -> int:
    return sum(map(min, claim.delivered, claim.problem.demand or ()))


def _capped(claim: Claim, by_name: Multipliers) -> Prices:
    price = by_name["target"]
    return price, claim.dot([1 - x for x in price], claim.problem.demand or ())


# Linear: every other linear objective; a bit gains the coefficient of the link that delivers it.


def _linear_value(claim: Claim) -> int:
    price = claim.settings.coefficients
    return sum(price[n] * bits for path in claim.paths for _, n, bits in path if bits)


# Paired: sum y <= sum lambda (b + E) + sum mu T, with mu_ij = max(0, 1 - lambda_i - lambda_j).


def _paired(claim: Claim, by_name: Multipliers) -> Prices:
    price, traffic = by_name["target"], claim.problem.traffic or ()
    claim.problem.budget.spend(_STEPS_PER_PAIR * len(price) ** 2)
    pairs = list(combinations(range(len(price)), 2))
    mu = [max(Fraction(0), 1 - price[i] - price[j]) for i, j in pairs]
    wanted = claim.dot(mu, [traffic[i][j] for i, j in pairs])
    return price, claim.dot(price, claim.stock) + wanted


# Balanced: t = sum lambda q t <= sum lambda (b + E); then E >= q t - b for every target.


def _balanced_t(claim: Claim, by_name: Multipliers) -> Prices:
    return by_name["target"], claim.dot(by_name["target"], claim.stock)


def _sum_to_one(claim: Claim, by_name: Multipliers) -> bool:
    price, weights = by_name["target"], claim.weights
    if any(x < 0 or (x and not w) for x, w in zip(price, weights, strict=True)):
        return False
    return claim.dot(price, weights) == sum(weights)


def _balanced_total(claim: Claim, by_name: Multipliers) -> Prices:
    nu, W = by_name["y_min"], sum(claim.weights)
    spare = [
        min(b - Fraction(w, W) * claim.t, Fraction(-least))
        for b, w, least in zip(claim.stock, claim.weights, claim.min_bits, strict=True)
    ]
    return [1 + x for x in nu], claim.dot(nu, spare)


def _balanced_bound(claim: Claim, most: Mapping[str, Fraction | None]) -> Balanced:
    t, total, W = most["t"], most["total"], sum(claim.weights)
    if t is not None:
        t = max(floor(t * w / W) * Fraction(W, w) for w in claim.weights if w)
    found = sum(claim.delivered) if total is None else floor(total)
    return Balanced(max(claim.t, t or claim.t), found)


# Targeted: with sum q exp(a + kl_max) <= 1, a . E <= 0 (Gibbs), so S <= S - mu a . E.
# With kl_max = 0, E = w S / W must be whole for every target, so S is a multiple of W / gcd(w).


def _targeted(_: Claim, by_name: Multipliers) -> Prices:
    (mu,) = by_name["y_kl"]
    return [1 - mu * x for x in by_name["y_share"]], 0


def _targeted_admissible(claim: Claim, by_name: Multipliers) -> bool:
    a = by_name["y_share"]
    claim.problem.budget.spend(_STEPS_PER_EXPONENTIAL * len(a))
    return exponentials_allowed(a, claim.weights, claim.settings.kl_max)


def _targeted_bound(claim: Claim, most: Mapping[str, Fraction | None]) -> int:
    bound, found, weights = sum(claim.min_bits), most["all"], claim.weights
    if found is not None:
        bound = max(bound, floor(found))
    if not claim.settings.kl_max:
        bound -= bound % (sum(weights) // gcd(*weights))
    return bound


# Least divergence: with sum q exp(a) <= 1, a . p <= KL; so where L(d + nu - a) <= nu F, KL >= d.


def _least(claim: Claim, by_name: Multipliers) -> Prices:
    (nu,) = by_name["y_total"]
    return [claim.bound + nu - x for x in by_name["y_share"]], -nu * claim.wanted


def _least_admissible(claim: Claim, by_name: Multipliers) -> bool:
    claim.problem.budget.spend(_STEPS_PER_EXPONENTIAL * len(by_name["y_share"]))
    return by_name["y_total"][0] >= 0 and exponentials_sum_to_one(by_name["y_share"], claim.weights)


def _least_bound(claim: Claim, most: Mapping[str, Fraction | None]) -> Fraction | None:
    excess = most["all"]
    return Fraction(claim.bound) if excess is None or excess <= 0 else None


def _least_value(claim: Claim) -> Fraction:
    if any(e and not w for e, w in zip(claim.delivered, claim.weights, strict=True)):
        return Fraction(0)  # infinite; a finding says so
    return divergence_up(claim.delivered, claim.weights) if any(claim.delivered) else Fraction(0)


# Proportionally fair: w ln(E) <= w ln(w / c) - w + c E, the tangent at E = w / c.


def _fair(claim: Claim, by_name: Multipliers) -> Prices:
    price, weights = by_name["target"], claim.weights
    best = [w / c if w else Fraction(0) for w, c in zip(weights, price, strict=True)]
    return price, logarithms_up(weights, best) - sum(weights)


def _fair_admissible(claim: Claim, by_name: Multipliers) -> bool:
    claim.problem.budget.spend(_STEPS_PER_EXPONENTIAL * len(claim.weights))
    return all(c > 0 or not (c or w) for c, w in zip(by_name["target"], claim.weights, strict=True))


def _fair_value(claim: Claim) -> Fraction:
    if any(w and not e for e, w in zip(claim.delivered, claim.weights, strict=True)):
        return Fraction(0)  # minus infinity; a finding says so
    inverse = [Fraction(1, e or 1) for e in claim.delivered]
    return -logarithms_up(claim.weights, inverse)


def _fair_bound(claim: Claim, most: Mapping[str, Fraction | None]) -> Fraction:
    found = most["all"]
    return Fraction(claim.bound) if found is None else found


STRATEGIES: Mapping[str, Strategy] = {
    "gd": Strategy(
        value=lambda claim: sum(claim.delivered),
        parts={"all": Part(lambda claim, _: ((1,) * len(claim.weights), 0), {})},
        bound=_whole,
    ),
    "pd": Strategy(
        value=lambda claim: sum(w * e for w, e in zip(claim.weights, claim.delivered, strict=True)),
        parts={"all": Part(lambda claim, _: (claim.weights, 0), {})},
        bound=_whole,
        needs=("weights",),
        unit="weighted bits",
    ),
    "td": Strategy(
        value=lambda claim: sum(claim.delivered),
        parts={"all": Part(_targeted, {"y_share": "a", "y_kl": "mu"}, "nu", _targeted_admissible)},
        bound=_targeted_bound,
        settings=("kl_max",),
        needs=("weights",),
        conditions=false_shares,
        only_weighted=True,
        never_negative=("y_kl", "y_min"),
    ),
    "least": Strategy(
        value=_least_value,
        parts={"all": Part(_least, {"y_share": "a", "y_total": "nu"}, "floors", _least_admissible)},
        bound=_least_bound,
        settings=("fraction",),
        needs=("weights",),
        unit="nats",
        conditions=too_little,
        only_weighted=True,
        result=Divergence(),
    ),
    "balanced": Strategy(
        value=lambda claim: Balanced(claim.t, sum(claim.delivered)),
        parts={
            "t": Part(_balanced_t, {"target": "lambda"}, "floors", _sum_to_one),
            "total": Part(_balanced_total, {"y_min": "nu"}, None, _not_negative("y_min")),
        },
        bound=_balanced_bound,
        result=TwoNumbers(),
        needs=("weights",),
    ),
    "capped": Strategy(
        value=_capped_value,
        parts={
            "all": Part(
                _capped,
                {"target": "lambda"},
                "nu",
                lambda _, by: all(0 <= x <= 1 for x in by["target"]),
            )
        },
        bound=_whole,
        needs=("demand",),
    ),
    "paired": Strategy(
        value=lambda claim: sum(bits for _, _, bits in claim.pairs),
        parts={"all": Part(_paired, {"target": "lambda"}, "nu", _not_negative("target"))},
        bound=_whole,
        needs=("traffic",),
        unit="shared bits",
        conditions=impossible_pairs,
    ),
    "fair": Strategy(
        value=_fair_value,
        parts={"all": Part(_fair, {"target": "lambda"}, "nu", _fair_admissible)},
        bound=_fair_bound,
        needs=("weights",),
        unit="weighted nats",
        conditions=unserved,
        result=Logarithms(),
    ),
    "linear": Strategy(
        value=_linear_value,
        parts={"all": Part(lambda claim, _: (claim.settings.coefficients, 0), {}, None)},
        bound=_whole,
        settings=("coefficients",),
        unit="weighted bits",
        per_link=True,
    ),
}
