"""The description of a solver: what it supports and proves, and its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

from qkdopt.errors import MissingSolverError, NoScheduleError
from qkdopt.optimize.form import Form

if TYPE_CHECKING:  # help texts are made of entries, and need no arrays
    from qkdopt.optimize.exchange.options import SolverOptions
    from qkdopt.optimize.exchange.result import SolverResult
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.strategies import Strategy

# Strategy: as certificates can state it; for solvers from outside, as the caller gave it.
SolverFunction: TypeAlias = "Callable[[SchedulingProblem, Strategy, SolverOptions], SolverResult]"

_PACKAGE = "qkdopt.optimize"


class Proves(StrEnum):
    """What a solver proves when it is given time."""

    OPTIMUM = "the optimum"
    GAP = "the optimum or a small gap"
    BOUND = "a bound"
    NOTHING = "nothing: its bound ignores hand-overs"


@dataclass(frozen=True, kw_only=True)
class SolverEntry:
    """A solver, described by what it supports and what it proves.

    Attributes
    ----------
    summary
        What it does, in one line.
    forms, floored
        Forms of objective that it supports without and with lower bounds or a risk; ``None``
        for any strategy at all.
    shared
        Forms of objective that it supports where satellites share receivers.
    place
        ``module:function`` below ``qkdopt.optimize``, loaded when it is first run.
    operations
        Whether it supports every operation. Those that close cells are supported by all solvers,
        because they receive the problem with these cells empty.
    sessions
        Whether it supports keys of whole sessions, also where it knows no operations.
    scenarios
        Whether it supports bits under several skies. Where a linear strategy counts their mean
        and no receivers are shared, it receives the problem with mean bits.
    as_stated
        Whether it receives the problem as it is stated instead, with the rules that close cells.
    prices
        Whether its bound can begin with prices from outside.
    formulations, mip_solvers
        Whether it has formulations to choose from, and solvers behind Pyomo.
    population
        Whether it evolves a population and has the settings of one.
    tuned
        Groups of parameters that it has.
    seeded
        Whether a seed can change what it does.
    needs
        An optional package without which it does not run.
    """

    name: str
    summary: str
    proves: Proves
    forms: tuple[Form, ...] | None
    floored: tuple[Form, ...] | None = ()
    shared: tuple[Form, ...] = ()
    place: str = ""
    function: SolverFunction | None = None
    operations: bool = False
    sessions: bool = False
    scenarios: bool = False
    as_stated: bool = False
    prices: bool = False
    formulations: bool = False
    mip_solvers: bool = False
    population: bool = False
    tuned: tuple[str, ...] = ()
    seeded: bool = True
    needs: str | None = None

    def carries(self, strategy: Strategy, *, shared: bool = False) -> bool:
        """Say whether the solver supports a strategy, with its lower bounds if it has any.

        ``shared`` says that there are satellites that share receivers.
        """
        if shared:
            return strategy.form in self.shared
        forms = self.forms if strategy.is_plain else self.floored
        return forms is None or strategy.form in forms

    def refused(self, problem: SchedulingProblem) -> tuple[str, ...]:
        """Return the names of a problem's rules that the solver does not support."""
        from qkdopt.optimize.closures import without_closures

        names = () if self.operations else without_closures(problem).rules
        refused = [name for name in names if not (self.sessions and name == "sessions")]
        return (*refused, *["scenarios"] * (problem.in_scenarios and not self.scenarios))

    def check_installed(self) -> None:
        """Find the optional package that the solver needs.

        Raises
        ------
        MissingSolverError
            When it is missing, with the line that installs it.
        """
        if self.needs is not None and find_spec(self.needs) is None:
            line = f"python -m pip install {self.needs}"
            raise MissingSolverError(f"solver {self.name} needs {self.needs}: {line}")

    def run(
        self, problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
    ) -> SolverResult:
        """Load the solver and run it."""
        from qkdopt.optimize.closures import without_closures
        from qkdopt.optimize.exchange.result import SolverResult
        from qkdopt.optimize.strategy import is_linear

        self.check_installed()
        function = self.function
        if function is None:
            module, _, name = self.place.partition(":")
            function = getattr(import_module(f"{_PACKAGE}.{module}"), name)
        handed = problem if self.as_stated else without_closures(problem)
        alone = handed.receivers is None and not self.as_stated
        if alone and handed.in_scenarios and is_linear(strategy):
            from qkdopt.optimize.solvers.on_average import solve_on_average

            function = partial(solve_on_average, function)
        try:
            return function(handed, strategy, options)
        except NoScheduleError as none:
            return SolverResult.infeasible(str(none))
