"""Solver configurations of a benchmark: a solver with its MIP back end or its settings."""

from dataclasses import dataclass
from typing import Self

from qkdopt.errors import InputError
from qkdopt.mip.solvers import check_mip_solver
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.formulations import FORMULATIONS
from qkdopt.optimize.heuristics.genetic.settings_text import settings_from_text
from qkdopt.optimize.solvers.registry import SOLVERS
from qkdopt.optimize.strategies import LinearStrategy, Strategy
from qkdopt.plugins import SOLVERS as PLUGGED_SOLVERS
from qkdopt.plugins import plugin_names

_MOST_PARTS = 3
_RELAXATION = "relaxation"


@dataclass(frozen=True)
class SolverConfiguration:
    """One way to solve, written ``SOLVER``, ``milp/MIP_SOLVER`` or ``milp/MIP_SOLVER/FORMULATION``.

    ``genetic/NAME=VALUE,NAME=VALUE`` (or another solver that breeds) has settings of
    :class:`~qkdopt.optimize.exchange.genetic_settings.GeneticSettings`.

    ``MIP_SOLVER`` may be ``pyomo:NAME``. Without a formulation the tightest one that applies
    is used. ``relaxation/FORMULATION`` is the linear relaxation alone, by HiGHS.
    """

    solver: str
    mip_solver: str | None = None
    formulation: str | None = None
    settings: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the configuration that ``text`` names.

        Raises
        ------
        InputError
            For names that do not exist; a solver that is not installed is no error here.
        """
        solver, *rest = text.split("/")
        if solver == _RELAXATION and len(rest) == 1 and rest[0] in FORMULATIONS:
            return cls(solver, None, rest[0])
        foreign = plugin_names(PLUGGED_SOLVERS)
        if solver in foreign and solver not in SOLVERS and not rest:
            return cls(solver)
        entry = SOLVERS.get(solver)
        if entry is None:
            names = ", ".join([*SOLVERS, *foreign, "relaxation/FORMULATION"])
            raise InputError("solver", text, f"one of {names}")
        if entry.population and len(rest) == 1:
            settings_from_text(rest[0].split(","), f"solver {solver}")
            return cls(solver, settings=rest[0])
        if (rest and not entry.mip_solvers) or len(rest) >= _MOST_PARTS or "" in rest:
            raise InputError("solver", text, "NAME, or milp/MIP_SOLVER/FORMULATION")
        if len(rest) == _MOST_PARTS - 1 and rest[1] not in FORMULATIONS:
            raise InputError(f"solver {text}", rest[1], f"one of {', '.join(FORMULATIONS)}")
        return cls(solver, *rest)

    @property
    def name(self) -> str:
        """The text that :meth:`parse` reads."""
        return "/".join(
            filter(None, (self.solver, self.mip_solver, self.formulation, self.settings))
        )

    @property
    def seeded(self) -> bool:
        """Whether a seed can change what it does."""
        entry = SOLVERS.get(self.solver)
        return self.solver != _RELAXATION and (entry is None or entry.seeded)

    @property
    def population(self) -> bool:
        """Whether it keeps a population, whose evaluations may be limited."""
        entry = SOLVERS.get(self.solver)
        return entry is not None and entry.population

    @property
    def genetic(self) -> GeneticSettings | None:
        """The settings that it is written with."""
        if self.settings is None:
            return None
        return settings_from_text(self.settings.split(","), f"solver {self.name}")

    def carries(self, strategy: Strategy, *, shared: bool = False) -> bool:
        """Return whether this solver can be run on ``strategy``.

        ``shared`` says that satellites share receivers. A plug-in is tried on every strategy.
        """
        entry = SOLVERS.get(self.solver)
        if self.solver == _RELAXATION or (entry is not None and entry.mip_solvers):
            return isinstance(strategy, LinearStrategy)
        return entry is None or entry.carries(strategy, shared=shared)

    def check_installed(self) -> None:
        """Find the solver.

        Raises
        ------
        InputError, MissingSolverError
            When its name is unknown; when it is missing, with the line that installs it.
        """
        entry = SOLVERS.get(self.solver)
        if entry is not None:
            entry.check_installed()
            if entry.mip_solvers:
                check_mip_solver(self.mip_solver or "highs")
