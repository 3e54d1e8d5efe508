"""The table of commands."""

import inspect
import sys
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from qkdopt.cli.commands import (
    bench,
    check,
    elements_age,
    evaluate,
    export,
    front,
    import_,
    keys,
    new,
    pairs,
    plot,
    problems,
    report,
    reproduce,
    rolling,
    run,
    sharing,
    solve,
    tune,
    verify,
    what_if,
)
from qkdopt.cli.exits import stoppable
from qkdopt.cli.options import flag, option
from qkdopt.cli.reading import kept_from_harm
from qkdopt.cli.verbosity import LOGGER, configure
from qkdopt.errors import InputError


def _paragraphs(command: Callable[..., object]) -> str:
    """Return a command's docstring with one line for each paragraph, escaped for rich."""
    text = inspect.cleandoc(command.__doc__ or "").replace("[", r"\[")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


app = typer.Typer(
    name="qkdopt",
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog=(
        "Exit codes: 0 fine, 1 a claim failed, 2 bad input, 70 internal error or no memory left, "
        "130 interrupted."
    ),
)

_MODULES = (
    run, keys, solve, verify, evaluate, problems, check, export, front, pairs, sharing, what_if,
    rolling, tune, elements_age, report, reproduce, import_, new, bench, plot,
)  # fmt: skip
for module in _MODULES:
    name = module.__name__.rpartition(".")[2].rstrip("_")
    command = getattr(module, f"{name}_command")
    examples = "\n".join(["Examples:", *(f"  {line}" for line in module.EXAMPLES)])
    described = app.command(name.replace("_", "-"), help=_paragraphs(command), epilog=examples)
    described(stoppable(kept_from_harm(command)))


_parser = cache(typer.main.get_command)  # typer would build it again for each call


def run_app(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments, run the command, return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    words = given or ["--help"]
    code = _parser(app)(words, prog_name="qkdopt", standalone_mode=False, obj=given)
    return int(code or 0)


def _read(words: Sequence[str]) -> Sequence[str]:
    """Return the arguments of a command line without the one of ``--log``."""
    return [word for before, word in pairwise(["", *words]) if before != "--log"]


def _same_file(path: Path, word: str) -> bool:
    try:
        return path.samefile(word)
    except (OSError, ValueError):
        return False


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"qkdopt {version('qkdopt')}")
        raise typer.Exit


@app.callback()
def qkdopt(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
    quiet: Annotated[
        bool, flag("--quiet -q", "Print only errors and the output of --json.")
    ] = False,
    verbose: Annotated[
        bool, flag("--verbose -v", "Print each step with its time, one per line.")
    ] = False,
    log: Annotated[
        Path | None,
        option("--log", "FILE", "Append steps, warnings, errors and the exit code to a file."),
    ] = None,
) -> None:
    """Provably optimal downlink schedules for satellite quantum key distribution.

    Start with: qkdopt run micius-china-2016
    """
    if log is not None and any(_same_file(log, word) for word in _read(context.obj)):
        raise InputError("--log", str(log), "another file than the command's own")
    configure(quiet, verbose, log)
    LOGGER.info(f"qkdopt {' '.join(sys.argv[1:])}")
