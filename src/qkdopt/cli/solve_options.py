"""Options of ``qkdopt solve``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from qkdopt.cli import options as shared
from qkdopt.cli.bounded import whole
from qkdopt.cli.changes import by_name
from qkdopt.cli.cloud_options import AlphaOption, RiskShareOption, risk_of
from qkdopt.cli.contacts import SolverSettings
from qkdopt.cli.groups import setting
from qkdopt.cli.options import option
from qkdopt.effort import LARGEST_SEED
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.solvers.registry import SOLVERS, names_of, with_populations
from qkdopt.optimize.solvers.tables import solver_help

if TYPE_CHECKING:
    from qkdopt.optimize.strategies import Strategy

_POPULATION = names_of(with_populations())


SeedOption: TypeAlias = Annotated[
    int, option("--seed", "N", "Random seed of the solver.", whole(0, LARGEST_SEED), shown=True)
]


@dataclass(frozen=True)
class Goal:
    """What a schedule is asked to be good at."""

    strategy: str | None = setting(
        "NAME",
        "gd (most bits), pd (most bits weighted by target), td (most bits with shares near "
        "the weights), least (smallest KL mismatch at a share of the S-GD optimum), balanced "
        "(max-min consumption in proportion to the weights), capped (most bits up to a "
        "demand), paired (most shared bits of pairs of cities; each takes two), fair (largest "
        "sum of weighted logarithms of bits: proportional fairness). "
        "gd by default; none for contacts.",
    )
    kl_max: str | None = setting(
        "NATS", "For td: largest KL mismatch between shares and weights; 0.01 by default."
    )
    fraction: str | None = setting(
        "SHARE", "For least: part of the S-GD optimum to deliver, 0 to 1; 0.9 by default."
    )
    min_bits: shared.MinBitsOption = None

    def given(self) -> dict[str, object]:
        """Return the options by name."""
        return by_name(vars(self))

    def strategy_of(self) -> Strategy:
        """Return the strategy."""
        from qkdopt.cli.weights import read_weights
        from qkdopt.optimize.strategies import with_floors

        goal = self._named()
        if self.min_bits is None:
            return goal
        return with_floors(goal, read_weights(self.min_bits, "--min-bits", "bits"))

    def _named(self) -> Strategy:
        from qkdopt.optimize.strategy_names import strategy_named

        return strategy_named(self.strategy, self.kl_max, self.fraction)


@dataclass(frozen=True)
class GoalInClouds(Goal):
    """The same where clouds are uncertain."""

    alpha: AlphaOption = None
    risk_share: RiskShareOption = None

    def _named(self) -> Strategy:
        from qkdopt.optimize.strategy_names import with_risk

        risk, goal = risk_of(self.alpha, self.risk_share), super()._named()
        return goal if risk is None else with_risk(goal, risk)


@dataclass(frozen=True)
class Search:
    """The solver and its settings."""

    solver: str | None = setting("NAME", solver_help(SOLVERS.values()))
    formulation: shared.FormulationOption = None
    mip_solver: shared.MipSolverOption = None
    time_limit: shared.TimeLimitOption = None
    seed: SeedOption = 0
    threads: shared.ThreadsOption = 1
    chosen: list[str] | None = setting(
        "NAME=VALUE",
        f"For {_POPULATION}; may be repeated: "
        f"{', '.join(field.name for field in fields(GeneticSettings))}.",
        flags="--set",
    )
    parameters: Path | None = setting(
        "FILE.toml",
        "Tuning constants of the solver, a table for each group; the certificate states them.",
    )
    prices: Path | None = setting(
        "FILE",
        "Prices of targets and receivers (JSON) that the bound begins with, for instance "
        "row duals of a linear programme; what they prove is computed anew.",
    )

    def for_contacts(self) -> SolverSettings:
        """Return the settings that solvers of contact problems have, too."""
        return SolverSettings(
            self.solver, self.formulation, self.time_limit, self.seed, self.threads
        )

    def not_for_contacts(self) -> dict[str, object]:
        """Return the other options by name."""
        text = " ".join(self.chosen) if self.chosen else None
        others = {"mip_solver": self.mip_solver, "set": text, "parameters": self.parameters}
        return by_name({**others, "prices": self.prices})

    def for_problems(self) -> dict[str, Any]:
        """Return what :func:`qkdopt.solve` takes."""
        from qkdopt.optimize.exchange.parameter_tables import read_parameters
        from qkdopt.optimize.heuristics.genetic.settings_text import settings_from_text

        given: dict[str, Any] = {**vars(self.for_contacts()), "mip_solver": self.mip_solver}
        if self.prices is not None:
            given["prices"] = self.prices
        if self.chosen:
            given["genetic"] = settings_from_text(self.chosen, "--set")
        if self.parameters is not None:
            given["parameters"] = read_parameters(self.parameters)
        return given


@dataclass(frozen=True)
class Output:
    """What is written, and how it is printed."""

    path: Path | None = setting(
        "FILE", "Certificate to write, .json or .json.gz.", flags="-o --output"
    )
    history: Path | None = setting(
        "FILE",
        f"For {_POPULATION}: file for the search history, one row per generation; "
        "qkdopt report shows NAME.history.json from the folder of a run.",
    )
    as_json: shared.JsonOption = False
