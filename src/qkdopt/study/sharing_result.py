"""What a study of shared receivers found: optima, and intervals of what they differ by."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from qkdopt.optimize.start import Paths

_NOTHING = Fraction(0)

Difference: TypeAlias = "tuple[Fraction, Fraction] | None"
"""Least and most of an optimum, or of a difference of two; ``None`` where none is known."""


@dataclass(frozen=True)
class Optimum:
    """What is proved about the optimum of one problem.

    Attributes
    ----------
    value, bound
        As certificates state them; ``None`` where no schedule was found.
    ended, reason
        How the solver stopped, and why there is no schedule.
    verified, optimal
        The verifier's verdict on both.
    least, most
        The numbers between which the optimum lies, the larger the better (nats that are to be
        small are negated; of balanced delivery ``t``); ``None`` as above.
    paths
        Of each satellite, as certificates state them.
    delivered
        Bits by target, by the verifier's count.
    """

    value: object
    bound: object
    ended: str
    reason: str
    verified: bool
    optimal: bool
    least: Fraction | None = None
    most: Fraction | None = None
    paths: Paths = ()
    delivered: tuple[int, ...] = ()

    @property
    def limits(self) -> Difference:
        """Least and most of the optimum."""
        return None if self.least is None or self.most is None else (self.least, self.most)

    def document(self) -> dict[str, object]:
        """Return what is proved for a JSON file."""
        why = {"reason": self.reason} if self.reason else {}
        return {
            "value": self.value, "bound": self.bound, "ended": self.ended,
            "verified": self.verified, "optimal": self.optimal, **why,
        }  # fmt: skip


@dataclass(frozen=True)
class SharingStudy:
    """One problem beside those that differ by a satellite or by a receiver.

    Attributes
    ----------
    joint
        All satellites together.
    alone
        Each satellite with all receivers to itself; empty where the strategy has lower bounds.
    without
        All satellites but this one.
    contested
        Number of intervals in which a station's receivers may not suffice, by its name.
    receivers
        One more receiver at this station; where it is not contested, ``joint``.
    more
        With further satellites; ``None`` unless they were asked for.
    additive
        Whether the value of a schedule is the sum of those of its satellites.
    monotone
        Whether a further satellite cannot do harm, as without locks it cannot.
    """

    joint: Optimum
    alone: Mapping[str, Optimum]
    without: Mapping[str, Optimum]
    contested: Mapping[str, int]
    receivers: Mapping[str, Optimum]
    more: Optimum | None
    additive: bool
    monotone: bool

    @property
    def cost(self) -> Difference:
        """What all alone exceed ``joint`` by; ``None`` where values do not add up."""
        return difference(self.joint.limits, self._together_alone(), monotone=True)

    @property
    def worth(self) -> dict[str, Difference]:
        """What each satellite adds to the optimum of the others."""
        return {
            name: difference(
                one.limits, self.joint.limits, monotone=self.monotone,
                most=self.alone[name].most if self.additive else None,
            )
            for name, one in self.without.items()
        }  # fmt: skip

    @property
    def gain(self) -> dict[str, Difference]:
        """What one more receiver adds to the optimum; nothing where a station is not contested."""
        alone, least = self._together_alone(), self.joint.least
        most = None if alone is None or least is None else alone[1] - least
        return {
            name: (_NOTHING, _NOTHING) if one is self.joint
            else difference(self.joint.limits, one.limits, monotone=True, most=most)
            for name, one in self.receivers.items()
        }  # fmt: skip

    @property
    def further(self) -> Difference:
        """What the further satellites add; ``None`` unless they were asked for."""
        larger = None if self.more is None else self.more.limits
        return difference(self.joint.limits, larger, monotone=self.monotone)

    def _together_alone(self) -> Difference:
        """Return between which numbers the sum of all alone lies."""
        known = [limits for one in self.alone.values() if (limits := one.limits) is not None]
        if not self.additive or len(known) < len(self.alone):
            return None
        return sum((low for low, _ in known), _NOTHING), sum((high for _, high in known), _NOTHING)

    @property
    def optima(self) -> tuple[Optimum, ...]:
        """Everything that was solved."""
        parts = (self.alone, self.without, self.receivers)
        found = [one for part in parts for one in part.values()]
        return (self.joint, *found, *(() if self.more is None else (self.more,)))

    @property
    def holds(self) -> bool:
        """Whether the verifier confirms every certificate."""
        return all(one.verified for one in self.optima if one.value is not None)

    def document(self) -> dict[str, object]:
        """Return the study for a JSON file; intervals are ``[least, most]``."""
        worth, gain = self.worth, self.gain
        return {
            "verified": self.holds,
            "joint": self.joint.document(),
            "alone": {name: one.document() for name, one in self.alone.items()},
            "cost": written(self.cost),
            "without": {
                name: {**one.document(), "worth": written(worth[name])}
                for name, one in self.without.items()
            },
            "one_more_receiver": {
                name: {
                    **one.document(), "contested_intervals": self.contested[name],
                    "gain": written(gain[name]),
                }
                for name, one in self.receivers.items()
            },
            **(
                {}
                if self.more is None
                else {"more": {**self.more.document(), "gain": written(self.further)}}
            ),
        }  # fmt: skip


def difference(
    small: Difference, large: Difference, *, monotone: bool, most: Fraction | None = None
) -> Difference:
    """Return between which numbers ``large - small`` lies.

    ``monotone``: it is not below 0. ``most``: it is not above.
    """
    if small is None or large is None:
        return None
    low, high = large[0] - small[1], large[1] - small[0]
    if most is not None:
        high = min(high, most)
    return (max(low, _NOTHING), max(high, _NOTHING)) if monotone else (low, high)


def written(difference: Difference) -> list[object] | None:
    """Return an interval of whole numbers, or of fractions as text."""
    if difference is None:
        return None
    return [int(x) if x.denominator == 1 else str(x) for x in difference]
