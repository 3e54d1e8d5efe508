"""Commands that are designed and answer in one line that they are not built yet."""

from __future__ import annotations

from collections.abc import Callable

import typer

from qkdopt.errors import NotBuiltYetError

__all__ = ["LATER", "add_to"]

LATER = ("plot",)


def add_to(app: typer.Typer) -> None:
    """Add every such command, hidden, with any arguments."""
    settings = {"allow_extra_args": True, "ignore_unknown_options": True}
    for name in LATER:
        app.command(name, hidden=True, context_settings=settings)(_answer(name))


def _answer(name: str) -> Callable[[], None]:
    def answer() -> None:
        """Not built yet."""
        raise NotBuiltYetError(f"the command {name} is not built yet")

    return answer
