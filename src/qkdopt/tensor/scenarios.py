"""Secret bits under several possible skies, one table for each, and how likely they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm, prod

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Bools, Integers, read_only
from qkdopt.errors import Described, InputError, LimitError
from qkdopt.numerals import read_fraction
from qkdopt.tensor.checks import whole

MOST_SCENARIOS = 10_000
"""Most cloud scenarios of one problem."""

_MOST_CELLS = 256_000_000
_DIMENSIONS = 3
_LARGEST = 2**63
_COMMON_DENOMINATOR = 10**100  # of probabilities; certificates need not hold longer numbers
_FRACTION = re.compile("([1-9][0-9]{0,39})/([1-9][0-9]{0,39})", re.ASCII)


def check_probabilities(probability: Sequence[Fraction], where: str) -> None:
    """Refuse what is no distribution over scenarios.

    Raises
    ------
    InputError
        For none, one that is not above 0, a sum other than 1, and a long common denominator.
    LimitError
        For more than :data:`MOST_SCENARIOS`.
    """
    if len(probability) > MOST_SCENARIOS:
        came = Described(f"{len(probability):,} scenarios")
        raise LimitError(where, came, f"at most {MOST_SCENARIOS:,}")
    common = 1
    for k, share in enumerate(probability):
        if share <= 0:
            raise InputError(f"{where}[{k}]", str(share), "a probability above 0")
        common = lcm(common, share.denominator)
        if common >= _COMMON_DENOMINATOR:
            came = Described("fractions of many denominators")
            raise InputError(where, came, "a common denominator below 10^100")
    if sum(probability) != 1:
        raise InputError(where, Described(f"a sum of {sum(probability)}"), "a sum of 1")


def probabilities_of(texts: Sequence[object], where: str) -> tuple[Fraction, ...]:
    """Return the probabilities that a file states as fractions, each in its one spelling.

    Raises
    ------
    InputError
        For anything but fractions in lowest terms, and as :func:`check_probabilities`.
    LimitError
        As there.
    """
    if len(texts) > MOST_SCENARIOS:
        raise LimitError(where, Described(f"{len(texts):,}"), f"at most {MOST_SCENARIOS:,}")
    found = []
    for k, text in enumerate(texts):
        parts = _FRACTION.fullmatch(text) if isinstance(text, str) else None
        share = None if parts is None else read_fraction(parts[0])
        if share is None or text != f"{share.numerator}/{share.denominator}":
            raise InputError(f"{where}[{k}]", text, 'a fraction in lowest terms such as "1/2"')
        found.append(share)
    check_probabilities(found, where)
    return tuple(found)


def table_of(scenarios: Scenarios | None, number: int) -> Integers:
    """Return the bits of one scenario, shape ``(N, A)``, column-major and read-only.

    Raises
    ------
    InputError
        When there is no such scenario.
    """
    count = 0 if scenarios is None else len(scenarios)
    if scenarios is None or not 0 <= number < count:
        raise InputError("scenario", number, f"one of {count} scenarios, from 0")
    return read_only(scenarios.bits[number].copy(order="F"))


@dataclass(frozen=True, eq=False)
class Scenarios:
    """What ``N`` links can deliver in ``A`` active intervals under each of ``M`` skies.

    Attributes
    ----------
    bits
        ``K_k[n, a]``: secret bits of link ``n`` in interval ``a`` in scenario ``k``; int64 >= 0,
        shape ``(M, N, A)``, read-only. A link can be served where some scenario has bits.
    probability
        Of each scenario, above 0 and adding up to 1.
    """

    bits: Integers
    probability: tuple[Fraction, ...]

    @classmethod
    def create(
        cls,
        bits: ArrayLike,
        probability: Sequence[Fraction] | None = None,
        where: str = "scenarios",
    ) -> Scenarios:
        """Return the scenarios, by default equally likely ones.

        Raises
        ------
        InputError
            For anything but whole bits >= 0 of shape ``(M, N, A)``, no scenario, and
            probabilities that are not ``M`` fractions above 0 with a sum of 1.
        LimitError
            For more than :data:`MOST_SCENARIOS`, and more cells than there is memory for.
        """
        shape = np.shape(bits)
        if len(shape) != _DIMENSIONS or not shape[0]:
            expected = "shape (scenarios, links, intervals), at least one scenario"
            raise InputError(f"{where}: bits", Described(f"shape {shape}"), expected)
        if prod(shape) > _MOST_CELLS:
            came = Described(f"{shape[0]:,} scenarios of {shape[1] * shape[2]:,} cells")
            raise LimitError(f"{where}: bits", came, f"at most {_MOST_CELLS:,} cells together")
        table = whole(bits, f"{where}: bits")
        table = read_only(table.copy() if table is bits else table)
        if probability is None:
            probability = [Fraction(1, shape[0])] * shape[0]
        elif len(probability) != shape[0]:
            came = Described(f"{len(probability)} probabilities")
            raise InputError(where, came, f"one for each of {shape[0]} scenarios")
        check_probabilities(probability, f"{where}: probabilities")
        return cls(table, tuple(map(Fraction, probability)))

    @classmethod
    def joined(
        cls, shape: tuple[int, int], parts: Iterable[tuple[Scenarios, Integers, Integers]]
    ) -> Scenarios:
        """Return the scenarios of several satellites as those of one.

        Parameters
        ----------
        shape
            ``(N, A)`` of the one.
        parts
            Scenarios of each, and the places of its links and intervals in the one.
        """
        parts = list(parts)
        probability = parts[0][0].probability
        bits = np.zeros((len(probability), *shape), np.int64)
        for own, links, intervals in parts:
            bits[np.ix_(np.arange(len(own)), links, intervals)] = own.bits
        return cls(read_only(bits), probability)

    def __len__(self) -> int:
        """Return how many scenarios there are."""
        return len(self.probability)

    @cached_property
    def most(self) -> Integers:
        """Bits that the best scenario brings in each cell, shape ``(N, A)``, column-major."""
        return read_only(np.asfortranarray(self.bits.max(axis=0)))

    @cached_property
    def mean(self) -> Integers:
        """Expected bits of each cell, rounded up to whole ones, shape ``(N, A)``, column-major.

        So there are some wherever some scenario brings some.
        """
        unit = lcm(*(share.denominator for share in self.probability))
        parts = [int(share * unit) for share in self.probability]
        exact = np.int64 if unit * int(self.most.max(initial=0)) < _LARGEST else object
        sums = np.tensordot(np.array(parts, exact), self.bits.astype(exact, copy=False), axes=1)
        return read_only(np.asfortranarray(-(-sums // unit)).astype(np.int64))

    def restricted(self, intervals: Integers) -> Scenarios:
        """Return the scenarios with some of the active intervals only."""
        bits = np.ascontiguousarray(self.bits[:, :, intervals])
        return Scenarios(read_only(bits), self.probability)

    def without(self, cells: Bools) -> Scenarios:
        """Return the scenarios with no bits in some cells, shape ``(N, A)``."""
        return Scenarios(read_only(np.where(cells, 0, self.bits)), self.probability)

    def served(self, service: Integers) -> tuple[Integers, Integers]:
        """Return the link of each served interval ``(S,)``, and its bits by scenario ``(M, S)``.

        ``service`` is the link of each active interval or -1, shape ``(A,)``.
        """
        at = np.flatnonzero(service >= 0)
        link: Integers = service[at]
        bits: Integers = self.bits[:, link, at]
        return link, bits
