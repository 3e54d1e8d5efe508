"""What verifying may cost: work is counted before it is done, so it always ends soon."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from time import monotonic
from typing import TypeVar

from qkdopt.errors import Described, LimitError
from qkdopt.verifier.forms import a_list, list_of

T = TypeVar("T")

MOST_STEPS = 60_000_000
"""Steps of one certificate, of some 0.1 microseconds each; published ones take up to 33 million."""

MOST_KEPT = 2_000_000
"""Intermediate results kept at a time, of some 100 bytes each."""

_BITS_PER_STEP = 512
_FEW = 8


class Budget:
    """The steps that are left for a certificate, and the seconds from ``began`` on, if limited.

    ``began`` is an instant of `time.monotonic`, now by default.
    """

    def __init__(self, time_limit: float | None = None, began: float | None = None) -> None:
        self._time_limit = time_limit
        now = monotonic() if began is None else began
        self._until = None if time_limit is None else now + time_limit
        self._left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Count steps that are about to be taken; `LimitError` when too many, or time is over."""
        self._left -= steps
        if self._left < 0:
            raise _not_verified(f"take more than {MOST_STEPS:,} steps")
        if self._until is not None and monotonic() > self._until:
            raise _not_verified(f"take more than {self._time_limit:g} s")

    def keep(self, results: int) -> None:
        """Check how many intermediate results there are at a time; `LimitError` when too many."""
        if results > MOST_KEPT:
            raise _not_verified(f"need more than {MOST_KEPT:,} results at a time")

    def list_of(
        self, steps: int, value: object, where: str, form: Callable[..., T], *args: object,
        length: int | None = None, what: str = "", some: bool = False,
    ) -> list[T]:  # fmt: skip
        """Return a list as `forms.list_of` does, of members that take so many steps."""
        self.spend(steps * len(a_list(value, where, length, what, some=some)))
        return list_of(value, where, form, *args)


def size_factor(numbers: Sequence[int]) -> int:
    """Return how much longer arithmetic takes with numbers of this size, at least 1."""
    return 1 + max((x.bit_length() for x in numbers), default=0) // _BITS_PER_STEP


def beyond_few(targets: int) -> int:
    """Return steps for work on each target that is not counted where targets are few."""
    return max(0, targets - _FEW)


def common_multiple(denominators: Sequence[int], budget: Budget) -> int:
    """Return the least common multiple; a long one is counted while it grows."""
    common = 1
    for denominator in set(denominators):
        common = lcm(common, denominator)
        budget.spend(1 + common.bit_length() // 500)
    return common


def whole_multiples(xs: Sequence[Fraction | int], budget: Budget) -> tuple[list[int], int]:
    """Return numbers times their least common denominator, and that denominator."""
    common = common_multiple([x.denominator for x in xs], budget)
    budget.spend(len(xs) * size_factor((common,)) + (common.bit_length() // 500) ** 2)
    return [x.numerator * (common // x.denominator) for x in xs], common


def dot(xs: Sequence[Fraction], ys: Sequence[Fraction | int], budget: Budget) -> Fraction:
    """Return the sum of the products."""
    whole, common = whole_multiples([x * y for x, y in zip(xs, ys, strict=True)], budget)
    return Fraction(sum(whole), common)


def _not_verified(limit: str) -> LimitError:
    came = Described(f"claims that {limit}")
    return LimitError("certificate", came, "fewer (they are not judged, so neither true nor false)")
