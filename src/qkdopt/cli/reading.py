"""Which files a command reads and writes: never the same, and all that it writes it can write."""

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar, get_args, get_type_hints

import typer

from qkdopt.files import check_output
from qkdopt.protection import protect, protecting

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_WRITTEN = {"-o", "--history", "--page", "--details"}


def kept_from_harm(command: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Return ``command`` with the files that its arguments name protected while it works.

    Files that it cannot write are refused before it begins: nothing that it computes is lost.
    """

    @wraps(command)
    def run(*arguments: _Given.args, **options: _Given.kwargs) -> _Result:
        written = written_parameters(command)
        with protecting():
            for name, value in options.items():
                for path in () if name in written else _paths(value):
                    protect(path)
            for name, metavar in written.items():
                for path in _paths(options[name]) if metavar.startswith("FILE") else ():
                    check_output(path)
            return command(*arguments, **options)

    return run


def written_parameters(command: Callable[..., object]) -> dict[str, str]:
    """Return the parameters whose options name what is written, with their metavars."""
    found: dict[str, str] = {}
    for name, hint in get_type_hints(command, include_extras=True).items():
        for part in get_args(hint):
            if not isinstance(part, typer.models.OptionInfo):
                continue
            # With Annotated, typer takes the first name of an option for its default; one without
            # names has that of its parameter.
            if _WRITTEN & {f"--{name}", part.default, *(part.param_decls or ())}:
                found[name] = part.metavar or ""
    return found


def _paths(value: object) -> Iterator[str | Path]:
    if isinstance(value, str | Path):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _paths(item)
