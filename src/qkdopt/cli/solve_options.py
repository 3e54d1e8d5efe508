"""Options of ``qkdopt solve``."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from qkdopt.cli.bounded import whole
from qkdopt.effort import LARGEST_SEED
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.solvers.registry import SOLVERS, names_of, with_populations
from qkdopt.optimize.solvers.tables import solver_help

__all__ = [
    "CertificateOption",
    "FractionOption",
    "HistoryOption",
    "KlMaxOption",
    "ParametersOption",
    "SeedOption",
    "SetOption",
    "SolverOption",
    "StrategyOption",
]

_POPULATION = names_of(with_populations())

StrategyOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help=(
            "gd (most bits), pd (most bits weighted by target), td (most bits with shares near "
            "the weights), least (smallest KL mismatch at a share of the S-GD optimum), balanced "
            "(max-min consumption in proportion to the weights), capped (most bits up to a "
            "demand), paired (most shared bits of pairs of cities; each takes two), fair (largest "
            "sum of weighted logarithms of bits: proportional fairness). "
            "gd by default; none for contacts."
        ),
        show_default=False,
    ),
]
KlMaxOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--kl-max",
        metavar="NATS",
        help="For td: largest KL mismatch between shares and weights; 0.01 by default.",
        show_default=False,
    ),
]
FractionOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--fraction",
        metavar="SHARE",
        help="For least: part of the S-GD optimum to deliver, 0 to 1; 0.9 by default.",
        show_default=False,
    ),
]
SolverOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--solver",
        metavar="NAME",
        help=solver_help(SOLVERS.values()),
        show_default=False,
    ),
]
SeedOption: TypeAlias = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", parser=whole(0, LARGEST_SEED), help="Random seed of the solver."
    ),
]
SetOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help=(
            f"For {_POPULATION}; may be repeated: "
            f"{', '.join(field.name for field in fields(GeneticSettings))}."
        ),
        show_default=False,
    ),
]
ParametersOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--parameters",
        metavar="FILE.toml",
        help="Tuning constants of the solver, a table for each group; the certificate states them.",
        show_default=False,
    ),
]
CertificateOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Certificate to write, .json or .json.gz.",
        show_default=False,
    ),
]
HistoryOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--history",
        metavar="FILE",
        help=(
            f"For {_POPULATION}: file for the search history, one row per generation; "
            "qkdopt report shows NAME.history.json from the folder of a run."
        ),
        show_default=False,
    ),
]
