"""What strategies have in common: a name, lower bounds, and how a certificate states them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Self, TypeGuard, TypeVar

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import InputError
from qkdopt.optimize.form import Form
from qkdopt.optimize.risk import EXPECTATION, Risk
from qkdopt.tensor import whole_bits

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem

_AnyStrategy = TypeVar("_AnyStrategy", bound="Strategy")


class Strategy:
    """An objective (and its side conditions) for one scheduling problem.

    Attributes
    ----------
    name
        Short name in certificates and on the command line.
    form
        What the objective looks like without lower bounds; ``None`` for one that only solvers from
        outside carry.
    lower_bounds
        Whole bits by target name that a schedule has to deliver at least; in every scenario.
    risk
        How rewards in several cloud scenarios count; ``None`` for one that knows one sky only.
    heading, asks
        Name on pages, without it ``name``, and what is asked for, in words; ``@`` stands for the
        setting.
    setting
        Name of the one number that the strategy has besides lower bounds; empty without one.
    refers_to, searched_by
        Short name of another strategy, of whose optimum a part is wanted; those of searches for
        the largest total and for schedules.
    """

    name: ClassVar[str]
    form: ClassVar[Form | None] = None
    heading: ClassVar[str] = ""
    asks: ClassVar[str] = ""
    setting: ClassVar[str] = ""
    refers_to: ClassVar[str] = ""
    searched_by: ClassVar[tuple[str, ...]] = ()
    lower_bounds: Mapping[str, object] = MappingProxyType({})
    risk: Risk | None = None

    def __post_init__(self) -> None:
        """Keep the lower bounds above 0, as whole numbers.

        Raises
        ------
        InputError
            For anything but whole numbers >= 0 by target name.
        """
        given = self.lower_bounds or {}
        if not isinstance(given, Mapping):
            raise InputError("floors", given, "bits by target name")
        exact = whole_bits(given, tuple(given), "floors")
        above_zero = {name: b for name, b in zip(given, exact, strict=True) if b}
        object.__setattr__(self, "lower_bounds", above_zero)

    @classmethod
    def usual(cls, setting: object = None) -> Self:
        """Return the strategy with its setting, without one with what is usual."""
        return cls()

    @property
    def number(self) -> str:
        """The setting as decimal text; empty without one."""
        return str(getattr(self, self.setting)) if self.setting else ""

    @property
    def title(self) -> str:
        """Name on pages: ``S-TD(0.01)``."""
        return (self.heading or self.name).replace("@", self.number)

    @property
    def is_plain(self) -> bool:
        """Whether there are no lower bounds, and scenarios count by their probabilities alone."""
        return not self.lower_bounds and (self.risk is None or self.risk.is_linear)

    def settings(self) -> dict[str, object]:
        """Return what a certificate states besides the name and lower bounds."""
        return {self.setting: self.number} if self.setting else {}

    def document(self, problem: SchedulingProblem | None = None) -> dict[str, object]:
        """Return the strategy as it stands in a certificate: with its risk if there are scenarios.

        ``problem`` is that of the certificate; without one there are none.
        """
        floors = {"floors": dict(self.lower_bounds)} if self.lower_bounds else {}
        uncertain = problem is not None and problem.in_scenarios
        risk = self.risk.settings() if uncertain and self.risk is not None else {}
        return {"name": self.name, **self.settings(), **risk, **floors}

    def floors(self, problem: SchedulingProblem) -> tuple[int, ...]:
        """Return the lower bound of every target [bits].

        Raises
        ------
        InputError
            When a lower bound names a target that the problem does not have.
        """
        return whole_bits(self.lower_bounds, problem.targets, "floors")

    def stated_in(self, problem: SchedulingProblem) -> SchedulingProblem:
        """Return the problem with what the strategy itself says about its targets."""
        return problem


class LinearStrategy(Strategy, ABC):
    """Maximise ``sum_n c_n E_n`` for integers ``c_n >= 0``, one for each link.

    Strategies of your own inherit from here: their certificates state the coefficients.
    """

    name: ClassVar[str] = "linear"
    form: ClassVar[Form | None] = Form.LINEAR

    @abstractmethod
    def coefficients(self, problem: SchedulingProblem) -> Integers:
        """Return ``c_n`` of each link, int64, shape ``(N,)``."""

    def whole_coefficients(self, problem: SchedulingProblem) -> Integers:
        """Return the coefficients after checking them, int64, shape ``(N,)``.

        Raises
        ------
        InputError
            For anything but one whole number >= 0 for each link.
        """
        found = np.asarray(self.coefficients(problem))
        usable = found.shape == (len(problem.links),) and found.dtype.kind in "iu"
        if not usable or (found < 0).any() or (found.astype(object) >= 2**63).any():
            expected = f"{len(problem.links)} whole numbers >= 0, one for each link"
            where = f"coefficients of {type(self).__name__}"
            raise InputError(where, found.tolist(), expected)
        return found.astype(np.int64)


def is_linear(strategy: object) -> TypeGuard[LinearStrategy]:
    """Say whether an objective is linear on all schedules: no lower bounds, and no risk either."""
    return isinstance(strategy, LinearStrategy) and strategy.is_plain


def with_floors(strategy: _AnyStrategy, floors: Mapping[str, object]) -> _AnyStrategy:
    """Return ``strategy`` with ``floors`` as its lower bounds; errors as when it is made."""
    changed = copy(strategy)
    object.__setattr__(changed, "lower_bounds", floors)
    changed.__post_init__()
    return changed


@dataclass(frozen=True)
class Bounded:
    """A strategy with lower bounds: whole bits by target name, none for targets not named."""

    lower_bounds: Mapping[str, object] = field(default_factory=dict, kw_only=True, hash=False)


@dataclass(frozen=True)
class Uncertain:
    """A strategy whose rewards in cloud scenarios count by a risk; without one, on average."""

    risk: Risk = field(default=EXPECTATION, kw_only=True)
