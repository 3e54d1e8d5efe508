"""What each security proof of finite keys asks of the source: numbers, order, inequalities."""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import Described, InputError

HOEFFDING = "hoeffding"
_ROUNDING = 1e-9  # of shares that add up to 1


class ProofRules(NamedTuple):
    """What one proof takes.

    Attributes
    ----------
    intensities
        How many the source has; 0 for a source of entangled pairs.
    usable, expected
        Says whether intensities, strongest first, are in the order that the proof needs; in words.
    bounds
        Inequalities for expected counts, the usual one first.
    sum_of_key_errors
        Whether errors of the key basis need not be told apart by intensity.
    """

    intensities: int
    usable: Callable[[Floats], bool]
    expected: str
    bounds: tuple[str, ...]
    sum_of_key_errors: bool


def _of_pairs(bound: str) -> ProofRules:
    """Return the rules of a proof for entangled pairs, which have no intensities."""
    return ProofRules(0, lambda mu: not mu.size, "none", (bound,), sum_of_key_errors=False)


PROOFS = MappingProxyType(
    {
        "lim-2014": ProofRules(
            intensities=3,
            usable=lambda mu: bool(mu[0] > mu[1] + mu[2] and mu[1] > mu[2] >= 0.0),
            expected="mu1 > mu2 + mu3, mu2 > mu3 >= 0",
            bounds=("chernoff", HOEFFDING),
            sum_of_key_errors=True,
        ),
        "wiesemann-one-decoy": ProofRules(
            intensities=2,
            usable=lambda mu: bool(mu[0] > mu[1] > 0.0),
            expected="mu1 > mu2 > 0",
            bounds=(HOEFFDING,),
            sum_of_key_errors=False,
        ),
        "lim-2021": _of_pairs("hypergeometric"),
        "tomamichel-2012": _of_pairs("serfling"),
    }
)
"""Rules of the proofs by name."""


def checked_source(
    proof: str, intensities: Sequence[float] | None, shares: Sequence[float] | None, where: str = ""
) -> tuple[Floats, Floats]:
    """Return intensities and their shares as arrays, shape ``(k,)``; empty for entangled pairs.

    Raises
    ------
    InputError
        Where the proof does not hold for them.
    """
    rules = PROOFS[proof]
    if not rules.intensities:
        for name, given in (("intensities", intensities), ("shares", shares)):
            if given is not None:
                expected = f"none for {proof}, whose source sends entangled pairs"
                raise InputError(f"{where}{name}", list(given), expected)
        return np.zeros(0), np.zeros(0)
    mu, share = (
        np.asarray(() if part is None else part, dtype=np.float64) for part in (intensities, shares)
    )
    for name, part in (("intensities", mu), ("shares", share)):
        if part.shape != (rules.intensities,):
            came = Described(f"{part.size} numbers" if part.ndim == 1 else f"shape {part.shape}")
            expected = f"{rules.intensities} numbers for {proof}, strongest first"
            raise InputError(f"{where}{name}", came, expected)
    if not (np.all(np.isfinite(mu)) and rules.usable(mu)):
        raise InputError(f"{where}intensities", mu.tolist(), rules.expected)
    if not (np.all(share > 0.0) and np.all(share < 1.0) and abs(share.sum() - 1.0) < _ROUNDING):
        expected = "shares in (0, 1) that add up to 1"
        raise InputError(f"{where}shares", share.tolist(), expected)
    return mu, share
