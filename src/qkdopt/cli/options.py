"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from qkdopt.cli.bounded import seconds, whole
from qkdopt.effort import MOST_THREADS

__all__ = [
    "DemandOption",
    "ForceOption",
    "FormulationOption",
    "IntervalOption",
    "JsonOption",
    "MinBitsOption",
    "MipSolverOption",
    "OptionsOption",
    "ProblemArgument",
    "RequiredOutput",
    "ScenarioArgument",
    "StockOption",
    "SwitchOption",
    "ThreadsOption",
    "TimeLimitOption",
    "TrafficOption",
    "WeightsOption",
]

ScenarioArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="A published problem's name, a scenario file (.toml), or a folder with scenario.toml.",
        show_default=False,
    ),
]
ProblemArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM",
        help=(
            "A published problem's name (its frozen bits), a scenario (.toml or folder), a key "
            "tensor (.nc, .csv), a problem or a certificate (.json, .json.gz)."
        ),
        show_default=False,
    ),
]
RequiredOutput: TypeAlias = Annotated[
    Path, typer.Option("-o", "--output", metavar="FILE", help="File to write.", show_default=False)
]
JsonOption: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON object instead of a table.")
]
WeightsOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="A=25,B=12 | FILE",
        help="Traffic weight of every target, in place or in a .json, .toml or .csv file.",
        show_default=False,
    ),
]
StockOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--stock",
        metavar="A=25,B=12 | FILE",
        help="For balanced: bits that targets hold at the start, in place or in a file.",
        show_default=False,
    ),
]
DemandOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--demand",
        metavar="A=25,B=12 | FILE",
        help="For capped: the most bits that each target can use, in place or in a file.",
        show_default=False,
    ),
]
MinBitsOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--min-bits",
        "--floors",
        metavar="A=25,B=12 | FILE",
        help="With any strategy: lower bounds on the bits of targets, in place or in a file "
        "(--floors is the old name).",
        show_default=False,
    ),
]
TrafficOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--traffic",
        metavar="FILE.csv | gravity=BITS",
        help=(
            "Demand in shared bits of each pair of cities: a square table, or in proportion to "
            "products of weights. Each shared bit consumes two delivered ones."
        ),
        show_default=False,
    ),
]
SwitchOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--switch-seconds", metavar="S", help="Length of a hand-over.", show_default=False
    ),
]
OptionsOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--options",
        metavar="FILE.toml",
        help="Operations: locks, dwell, caps, hand-over times by pair; overrides the scenario.",
        show_default=False,
    ),
]
IntervalOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--interval",
        metavar="S",
        help="Interval length: for a scenario, or for a .csv that does not state it.",
        show_default=False,
    ),
]
FormulationOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--formulation",
        metavar="NAME",
        help="paper, startup, pointing or path_flow; by default the tightest one that applies.",
        show_default=False,
    ),
]
MipSolverOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--mip-solver",
        metavar="NAME",
        help="For milp: highs, highs_plain, scip, cbc, glpk, gurobi, cplex, cp_sat, or pyomo:NAME.",
        show_default=False,
    ),
]
TimeLimitOption: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--time-limit",
        metavar="S",
        parser=seconds,
        help="Wall-clock limit of the search.",
        show_default=False,
    ),
]
ThreadsOption: TypeAlias = Annotated[
    int,
    typer.Option(
        "--threads", metavar="N", parser=whole(1, MOST_THREADS), help="Threads of the solver."
    ),
]

ForceOption: TypeAlias = Annotated[
    bool,
    typer.Option("--force", help="Overwrite files in the folder that qkdopt did not write."),
]
