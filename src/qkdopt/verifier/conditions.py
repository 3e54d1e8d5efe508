"""What is false about the conditions of strategies, besides lower bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qkdopt.errors import quote
from qkdopt.verifier.divergence import shares_match

if TYPE_CHECKING:
    from qkdopt.verifier.claim import Claim

__all__ = ["false_shares", "impossible_pairs", "too_little", "unserved"]


def unweighted_bits(claim: Claim) -> Iterator[str]:
    """Yield which targets of weight 0 get bits."""
    for name, bits, w in zip(claim.problem.targets, claim.delivered, claim.weights, strict=True):
        if bits and not w:
            yield f"{quote(name)} has weight 0 and gets {bits:,} bits"


def impossible_pairs(claim: Claim) -> Iterator[str]:
    """Yield which pairs share more than their traffic, or than their targets have."""
    names, traffic = claim.problem.targets, claim.problem.traffic or ()
    used = [0] * len(names)
    for i, j, bits in claim.pairs:
        used[i] += bits
        used[j] += bits
        if bits > traffic[i][j]:
            pair = f"{quote(names[i])} and {quote(names[j])}"
            yield f"{pair} share {bits:,} bits, they want {traffic[i][j]:,}"
    for name, use, b, e in zip(names, used, claim.stock, claim.delivered, strict=True):
        if use > b + e:
            yield f"{quote(name)} shares {use:,} bits with others and has {b + e:,}"


def false_shares(claim: Claim) -> Iterator[str]:
    """Yield whether shares are too far from the weights."""
    unwanted = list(unweighted_bits(claim))
    yield from unwanted
    bits, kl_max = claim.delivered, claim.settings.kl_max
    if not unwanted and any(bits) and not shares_match(bits, claim.weights, kl_max):
        yield f"the divergence of the shares is above kl_max = {float(kl_max):.6g}"


def too_little(claim: Claim) -> Iterator[str]:
    """Yield whether less than the required fraction is delivered."""
    yield from unweighted_bits(claim)
    if sum(claim.delivered) < claim.wanted:
        bits, wanted = sum(claim.delivered), claim.wanted
        yield f"the schedule delivers {bits:,} bits, the fraction asks for {wanted:,}"


def unserved(claim: Claim) -> Iterator[str]:
    """Yield which targets of some weight get nothing."""
    for name, bits, w in zip(claim.problem.targets, claim.delivered, claim.weights, strict=True):
        if w and not bits:
            yield f"{quote(name)} has weight {w:,} and gets nothing"
