"""Options of ``qkdopt solve``."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from qkdopt.cli.bounded import whole
from qkdopt.effort import LARGEST_SEED
from qkdopt.optimize.solvers.genetic import GeneticSettings
from qkdopt.optimize.solvers.registry import SOLVERS, names_of, with_populations
from qkdopt.optimize.solvers.tables import solver_help

__all__ = [
    "CertificateOption",
    "FractionOption",
    "HistoryOption",
    "KlMaxOption",
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
            "gd (all bits count alike), pd (bits count with their target's weight), td "
            "(all bits, shares near the weights), least (least divergence at a share of the "
            "most bits), balanced (most bits that can be consumed "
            "in proportion to the weights), capped (all bits up to a demand), paired (most "
            "shared bits of pairs of cities; each takes two). "
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
        help="For td: largest divergence of the shares from the weights; 0.01 by default.",
        show_default=False,
    ),
]
FractionOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--fraction",
        metavar="SHARE",
        help="For least: share of the S-GD optimum to be delivered, 0 to 1; 0.9 by default.",
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
        "--seed", metavar="N", parser=whole(0, LARGEST_SEED), help="For solvers that draw numbers."
    ),
]
SetOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help=(
            f"For {_POPULATION}, again for each setting: "
            f"{', '.join(field.name for field in fields(GeneticSettings))}."
        ),
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
            f"For {_POPULATION}: file for how the search went, generation by generation; "
            "NAME.history.json in the folder of a run is shown by qkdopt report."
        ),
        show_default=False,
    ),
]
