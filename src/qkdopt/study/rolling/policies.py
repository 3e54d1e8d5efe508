"""Policies: what a planner looks at, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from qkdopt.errors import InputError


class View(Enum):
    """What a plan takes for the bits to come."""

    CLEAR = "clear sky"
    MEAN = "mean of the forecast"
    SCENARIOS = "members of the forecast"


@dataclass(frozen=True)
class Policy:
    """A way of planning.

    Attributes
    ----------
    every
        Issues from one plan to the next; ``None``: only the first plan, for the whole horizon.
    view
        What a plan looks at.
    greedy
        Whether it looks no farther than the next issue.
    shown
        Whether the picture has its fans.
    """

    name: str
    words: str
    every: int | None = 1
    view: View = View.MEAN
    greedy: bool = False
    shown: bool = False

    def plans_at(self, issue: int) -> bool:
        """Say whether there is a new plan at an issue."""
        return issue == 0 if self.every is None else issue % self.every == 0


POLICIES = (
    Policy("clear-sky", "planned once, as if the sky stayed clear", None, View.CLEAR),
    Policy("clear-daily", "planned every day, as if the sky stayed clear", 1, View.CLEAR),
    Policy("static", "planned once, on the mean of the first forecast", None),
    Policy("weekly", "planned every 7 days, on the mean of the forecast", 7),
    Policy("daily", "planned every day, on the mean of the forecast", shown=True),
    Policy("scenarios", "planned every day, on members of the forecast", 1, View.SCENARIOS),
    Policy("greedy", "each night alone, whoever is behind first", greedy=True),
)


USUAL_POLICIES = tuple(policy.name for policy in POLICIES if policy.view is not View.SCENARIOS)
"""What is compared unless policies are named: plans on members take much longer."""


def policies_of(names: Sequence[str]) -> tuple[Policy, ...]:
    """Return policies by name, in their usual order.

    Raises
    ------
    InputError
        For an unknown name.
    """
    if not names:
        raise InputError("policy", "none", "at least one")
    known = {policy.name: policy for policy in POLICIES}
    for name in names:
        if name not in known:
            raise InputError("policy", name, f"one of {', '.join(known)}")
    return tuple(policy for policy in POLICIES if policy.name in names)
