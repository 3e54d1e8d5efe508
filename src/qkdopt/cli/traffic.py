"""Traffic from the command line: a file, or in proportion to products of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qkdopt.errors import InputError
from qkdopt.numerals import read_whole

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

_GRAVITY = "gravity="
_MOST_DIGITS = 18


def read_traffic_option(
    text: str, targets: Sequence[str], weights: Sequence[int] | None
) -> Mapping[str, Mapping[str, object]]:
    """Return the traffic that ``--traffic`` means: ``FILE`` or ``gravity=BITS``.

    Raises
    ------
    InputError
        When the file does not fit the targets, the number is none, or there are no weights.
    """
    from qkdopt.optimize.traffic_file import read_traffic
    from qkdopt.tensor import gravity_traffic

    if not text.startswith(_GRAVITY):
        return read_traffic(text, targets)
    number = text.removeprefix(_GRAVITY)
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
        raise InputError("--traffic", text, f"{_GRAVITY} and a whole number of shared bits")
    if weights is None:
        raise InputError("--traffic", text, "a file, for there are no weights to multiply")
    by_name = dict(zip(targets, weights, strict=True))
    return gravity_traffic(by_name, read_whole(number), "--traffic")


def with_traffic(problem: SchedulingProblem, text: str | None) -> SchedulingProblem:
    """Return the problem with the traffic that ``--traffic`` means, if it is given."""
    if text is None:
        return problem
    return problem.having(traffic=read_traffic_option(text, problem.targets, problem.weights))
