"""Several satellites in a problem laid out as that of one: what belongs to which."""

from __future__ import annotations

from dataclasses import dataclass

from qkdopt.arrays import Integers
from qkdopt.optimize.operations import Operations

__all__ = ["Joined"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Joined:
    """Whose each active interval is, and the rules of each satellite.

    ``A`` active intervals of all satellites.

    Attributes
    ----------
    satellite, passes
        Of each active interval; passes are numbered across satellites; shape ``(A,)``.
    begin
        First active interval of each run, of one satellite, whose schedules combine freely with
        those of all others (but for shared receivers), then ``A``.
    operations
        Of each satellite, about links as they are laid out; cells that have to be served, or
        must not be, are in those of the one satellite.
    stretch
        By what each satellite's time is multiplied.
    """

    satellite: Integers
    passes: Integers
    begin: Integers
    operations: tuple[Operations, ...]
    stretch: tuple[int, ...]
