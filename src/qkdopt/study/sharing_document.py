"""The form of what ``qkdopt sharing -o`` writes."""

from typing import Annotated

from pydantic import Field

from qkdopt.forms import Count, Document, Line, Sha256, Text

_MOST = 2**128
_NUMBER = r"^-?[0-9]{1,300}(\.[0-9]{1,300}|/[1-9][0-9]{0,300})?$"
_Exact = Annotated[int, Field(ge=-_MOST, le=_MOST)] | Annotated[str, Field(pattern=_NUMBER)]
_Stated = _Exact | dict[Line, _Exact] | None
Interval = Annotated[list[_Exact], Field(min_length=2, max_length=2)]
"""Least and most: whole numbers, or quotients as text."""


class OptimumPart(Document):
    """What is proved about an optimum; value and bound as certificates state them."""

    value: _Stated
    bound: _Stated
    ended: Line
    verified: bool
    optimal: bool
    reason: Text | None = None


class WithoutPart(OptimumPart):
    """All satellites but one, and what that one adds."""

    worth: Interval | None


class ReceiverPart(OptimumPart):
    """One more receiver at a station, and what it adds."""

    contested_intervals: Count
    gain: Interval | None


class MorePart(OptimumPart):
    """Further satellites, and what they add."""

    gain: Interval | None


class SharingDocument(Document):
    """A study of what sharing receivers costs."""

    written_by = "what qkdopt sharing -o wrote"
    problem_sha256: Sha256
    strategy: Line
    verified: bool
    joint: OptimumPart
    alone: dict[Line, OptimumPart]
    cost: Interval | None
    without: dict[Line, WithoutPart]
    one_more_receiver: dict[Line, ReceiverPart]
    more: MorePart | None = None
