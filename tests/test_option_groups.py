"""Options in groups: the parser sees one option a field, in order, and the command the groups."""

from dataclasses import dataclass
from inspect import signature
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from qkdopt.cli.groups import with_groups


@dataclass(frozen=True)
class Size:
    points: Annotated[int, typer.Option("--points")]
    wide: Annotated[bool, typer.Option("--wide")] = False


@with_groups
def draw(name: Annotated[str, typer.Argument()], *, title: str = "none", size: Size) -> int:
    """Draw."""
    typer.echo(f"{name} {title} {size}")
    return 0


def test_options_stand_in_the_order_of_groups_and_fields():
    assert list(signature(draw).parameters) == ["name", "title", "points", "wide"]
    assert draw.__doc__ == "Draw."


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["a", "--points", "3"], "a none Size(points=3, wide=False)"),
        (["a", "--wide", "--title", "t", "--points", "3"], "a t Size(points=3, wide=True)"),
    ],
)
def test_groups_are_made_of_what_was_given(words, printed):
    app = typer.Typer()
    app.command()(draw)
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0
    assert found.output.strip() == printed


def test_a_field_without_default_is_required():
    app = typer.Typer()
    app.command()(draw)
    assert CliRunner().invoke(app, ["a"]).exit_code == 2
