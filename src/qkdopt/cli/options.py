"""Arguments and options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from typer.models import ArgumentInfo, OptionInfo

from qkdopt.cli.bounded import seconds, whole
from qkdopt.effort import MOST_THREADS


def option(
    flags: str,
    metavar: str,
    help: str,
    parser: Callable[[str], object] | None = None,
    *,
    shown: bool = False,
) -> OptionInfo:
    """Return an option; its help shows the default only where it says nothing about it."""
    found: OptionInfo = typer.Option(
        *flags.split(),
        help=_escaped(help),
        metavar=metavar or None,
        parser=parser,
        show_default=shown,
    )
    return found


def flag(flags: str, help: str) -> OptionInfo:
    """Return an option that is given or not."""
    found: OptionInfo = typer.Option(*flags.split(), help=_escaped(help))
    return found


def argument(metavar: str, help: str, *, shown: bool = False) -> ArgumentInfo:
    """Return an argument; its help shows the default where asked to."""
    found: ArgumentInfo = typer.Argument(help=_escaped(help), metavar=metavar, show_default=shown)
    return found


def _escaped(help: str) -> str:
    """Return words whose brackets, such as those of a table's name, stay in the help."""
    return help.replace("[", r"\[")


FiniteKeyOption: TypeAlias = Annotated[
    str | None,
    option(
        "--finite-key",
        "KEY=VALUE,...",
        "Keys of finite blocks, with these keys of the scenario's table [finite_key] changed: "
        "block=session makes schedules for the keys of whole sessions.",
    ),
]
ScenarioArgument: TypeAlias = Annotated[
    str,
    argument(
        "SCENARIO",
        "A published problem's name, a scenario file (.toml), or a folder with scenario.toml.",
    ),
]
ProblemArgument: TypeAlias = Annotated[
    str,
    argument(
        "PROBLEM",
        "A published problem's name (its frozen bits), a scenario (.toml or folder), a key "
        "tensor (.nc, .csv), a problem or a certificate (.json, .json.gz).",
    ),
]
RequiredOutput: TypeAlias = Annotated[Path, option("-o --output", "FILE", "File to write.")]
JsonOption: TypeAlias = Annotated[bool, flag("--json", "Print one JSON object instead of a table.")]
WeightsOption: TypeAlias = Annotated[
    str | None,
    option(
        "--weights",
        "A=25,B=12 | FILE",
        "Traffic weight of every target, in place or in a .json, .toml or .csv file.",
    ),
]
StockOption: TypeAlias = Annotated[
    str | None,
    option(
        "--stock",
        "A=25,B=12 | FILE",
        "For balanced: bits that targets hold at the start, in place or in a file.",
    ),
]
DemandOption: TypeAlias = Annotated[
    str | None,
    option(
        "--demand",
        "A=25,B=12 | FILE",
        "For capped: the most bits that each target can use, in place or in a file.",
    ),
]
MinBitsOption: TypeAlias = Annotated[
    str | None,
    option(
        "--min-bits --floors",
        "A=25,B=12 | FILE",
        "With any strategy: lower bounds on the bits of targets, in place or in a file "
        "(--floors is the old name).",
    ),
]
TrafficOption: TypeAlias = Annotated[
    str | None,
    option(
        "--traffic",
        "FILE.csv | gravity=BITS",
        "Demand in shared bits of each pair of cities: a square table, or in proportion to "
        "products of weights. Each shared bit consumes two delivered ones.",
    ),
]
SwitchOption: TypeAlias = Annotated[
    str | None, option("--switch-seconds", "S", "Length of a hand-over.")
]
OptionsOption: TypeAlias = Annotated[
    Path | None,
    option(
        "--options",
        "FILE.toml",
        "Operations: locks, dwell, caps, hand-over times by pair; overrides the scenario.",
    ),
]
IntervalOption: TypeAlias = Annotated[
    str | None,
    option(
        "--interval", "S", "Interval length: for a scenario, or for a .csv that does not state it."
    ),
]
FormulationOption: TypeAlias = Annotated[
    str | None,
    option(
        "--formulation",
        "NAME",
        "paper, startup, pointing or path_flow; by default the tightest one that applies.",
    ),
]
MipSolverOption: TypeAlias = Annotated[
    str | None,
    option(
        "--mip-solver",
        "NAME",
        "For milp: highs, highs_plain, scip, cbc, glpk, gurobi, cplex, cp_sat, or pyomo:NAME.",
    ),
]
SearchLimitOption: TypeAlias = Annotated[
    float, option("--time-limit", "S", "Wall-clock limit of each search.", seconds, shown=True)
]
TimeLimitOption: TypeAlias = Annotated[
    float | None, option("--time-limit", "S", "Wall-clock limit of the search.", seconds)
]
ThreadsOption: TypeAlias = Annotated[
    int, option("--threads", "N", "Threads of the solver.", whole(1, MOST_THREADS), shown=True)
]

ForceOption: TypeAlias = Annotated[
    bool, flag("--force", "Overwrite files in the folder that qkdopt did not write.")
]
NothingReusedOption: TypeAlias = Annotated[
    bool, flag("--fresh", "Reuse nothing from an earlier run in the folder.")
]
