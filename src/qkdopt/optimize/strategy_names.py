"""Strategies by their short names, and in forms that certificates can state."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import Described, InputError, SolverError
from qkdopt.optimize import strategies
from qkdopt.optimize.form import Form
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.risk import EXPECTATION, Risk
from qkdopt.optimize.strategy import LinearStrategy, Strategy

_STRATEGIES: dict[str, type[Strategy]] = {
    strategy.name: strategy
    for strategy in (
        strategies.GeneralDelivery,
        strategies.PrioritisedDelivery,
        strategies.TargetedDelivery,
        strategies.LeastDivergence,
        strategies.BalancedDelivery,
        strategies.CappedDelivery,
        strategies.PairedDelivery,
        strategies.FairDelivery,
    )
}


def strategies_of(forms: Iterable[Form]) -> tuple[str, ...]:
    """Return the short names of the strategies whose objectives have one of the forms."""
    wanted = frozenset(forms)
    return tuple(name for name, strategy in _STRATEGIES.items() if strategy.form in wanted)


@dataclass(frozen=True)
class StatedCoefficients(LinearStrategy):
    """A linear objective as its coefficients state it, one for each link."""

    numbers: tuple[int, ...]
    name: ClassVar[str] = "linear"
    asks: ClassVar[str] = "the largest total of bits, weighted by link as the certificate states"

    def coefficients(self, problem: SchedulingProblem) -> Integers:
        """Return the numbers, int64, shape ``(N,)``."""
        return np.array(self.numbers, np.int64)

    def settings(self) -> dict[str, object]:
        """Return the coefficients."""
        return {"coefficients": list(self.numbers)}


def certifiable(problem: SchedulingProblem, strategy: Strategy) -> Strategy:
    """Return a strategy in a form that a certificate can state.

    A linear strategy that is not this package's own is stated by its coefficients.

    Raises
    ------
    InputError
        For coefficients that are no whole numbers, and for any other strategy that is not this
        package's own: a name does not say what its objective is. Errors of :func:`check_risk`.
    SolverError
        For lower bounds with a linear strategy that is not this package's own.
    """
    check_risk(problem, strategy)
    if type(strategy) in (*_STRATEGIES.values(), StatedCoefficients):
        return strategy
    if isinstance(strategy, LinearStrategy):
        if strategy.lower_bounds:
            raise SolverError("floors with a linear strategy of your own cannot be certified")
        return StatedCoefficients(tuple(strategy.whole_coefficients(problem).tolist()))
    expected = f"one of {', '.join(_STRATEGIES)}, or a LinearStrategy of your own"
    raise InputError("strategy", type(strategy).__name__, expected)


def check_risk(problem: SchedulingProblem, strategy: Strategy) -> None:
    """Refuse cloud scenarios with a strategy that knows one sky only, and a risk without any.

    Raises
    ------
    InputError
        For either.
    """
    if problem.in_scenarios and strategy.risk is None:
        came = Described(f"{strategy.name} in cloud scenarios")
        raise InputError("strategy", came, f"one of {', '.join(_uncertain())}")
    if not problem.in_scenarios and strategy.risk not in (None, EXPECTATION):
        came = Described(f"{strategy.risk} for strategy {strategy.name}")
        raise InputError("risk", came, "none where the problem has no cloud scenarios")


def with_risk(strategy: Strategy, risk: Risk) -> Strategy:
    """Return the strategy with another risk.

    Raises
    ------
    InputError
        For a strategy that knows one sky only.
    """
    if strategy.risk is None:
        came = Described(f"{risk} for strategy {strategy.name}")
        raise InputError("risk", came, f"one of the strategies {', '.join(_uncertain())}")
    changed = copy(strategy)
    object.__setattr__(changed, "risk", risk)
    return changed


def _uncertain() -> tuple[str, ...]:
    """Return the short names of the strategies that know cloud scenarios."""
    return tuple(name for name, kind in _STRATEGIES.items() if kind.risk is not None)


def kind_named(name: str) -> type[Strategy]:
    """Return the class of the strategy with a short name; the common one if it is unknown."""
    known: dict[str, type[Strategy]] = {StatedCoefficients.name: StatedCoefficients}
    return (known | _STRATEGIES).get(name, Strategy)


def strategy_of_form(form: Form, setting: object = None) -> Strategy:
    """Return the first strategy whose objective has a form, with its usual setting if not given."""
    return kind_named(strategies_of([form])[0]).usual(setting)


def default_strategy() -> LinearStrategy:
    """Return the strategy that is meant where none is named: the most bits."""
    return strategies.GeneralDelivery()


def strategy_named(
    name: str | None = None,
    kl_max: object = None,
    fraction: object = None,
    *,
    risk: Risk | None = None,
) -> Strategy:
    """Return the strategy with the short name ``name``, without one the default.

    Parameters
    ----------
    name
        ``gd``, ``pd``, ``td``, ``least``, ``balanced``, ``capped``, ``paired``,
        ``fair``.
    kl_max
        For ``td``: largest divergence [nats], 0.01 unless given.
    fraction
        For ``least``: share of the S-GD optimum, 0.9 unless given.
    risk
        For ``gd``, ``pd``, ``balanced`` and ``capped`` in cloud scenarios: how much the worst
        of them count, none more than others unless given.

    Raises
    ------
    InputError
        When there is no such strategy, or it has no such setting.
    """
    name = name or default_strategy().name
    if name not in _STRATEGIES:
        raise InputError("strategy", name, f"one of {', '.join(_STRATEGIES)}")
    kind, settings = _STRATEGIES[name], {"kl_max": kl_max, "fraction": fraction}
    for key, value in settings.items():
        if value is not None and key != kind.setting:
            raise InputError(key, value, f"none with strategy {name}")
    usual = kind.usual(settings.get(kind.setting))
    return usual if risk is None else with_risk(usual, risk)


def strategy_written(text: str) -> Strategy:
    """Return the strategy written ``gd``, ``pd``, ``td:0.01`` (divergence), ``least:0.9``, ...

    Raises
    ------
    InputError
        For unknown names and settings out of range.
    """
    name, _, setting = text.partition(":")
    key = kind_named(name).setting or "kl_max"
    if not setting:
        return strategy_named(name)
    return strategy_named(name, **{key: setting})  # type: ignore[arg-type]


def strategy_in_words(document: Mapping[str, object]) -> tuple[str, str]:
    """Return title of a certificate's strategy, and what it asks; its name if it is unknown."""
    name = str(document["name"])
    kind = kind_named(name)
    setting = str(document.get(kind.setting, ""))
    words = (kind.heading or name, kind.asks or name)
    title, asks = (text.replace("@", setting) if kind.setting else text for text in words)
    return title, asks
