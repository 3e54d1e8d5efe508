"""Pages that are read off the code before each build: commands, decisions, scenario files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from scenario_page import scenario_page
from sphinx.application import Sphinx

__all__ = ["command_line_page", "decisions_page", "setup"]

DOCS = Path(__file__).parents[1]
DECISIONS = DOCS.parent / "benchmarks" / "decisions"


def decisions_page() -> str:
    """Return one paragraph for each script: its verdict, and what it says about it."""
    parts = []
    for script in sorted(DECISIONS.glob("*.py")):
        doc = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
        verdict, _, rest = doc.partition("\n")
        title = script.stem.replace("_", " ")
        parts += [
            f"## {_capital(title)}",
            f"**{_capital(_escaped(verdict.removeprefix('Verdict: ')))}**",
            _escaped(rest.strip().split("\n\n")[0]),
            f"```sh\npython benchmarks/decisions/{script.name}\n```",
        ]
    return "\n\n".join(parts) + "\n"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def command_line_page() -> str:
    """Return a section for each command: usage, what it does, options, examples."""
    from qkdopt.cli import app

    group: Any = typer.main.get_command(app.app)
    with group.make_context("qkdopt", [], resilient_parsing=True) as context:
        names = [name for name in group.list_commands(context) if not group.commands[name].hidden]
        return "\n\n".join(
            part for name in names for part in _command(name, group.commands[name], context)
        )


def _command(name: str, command: Any, parent: Any) -> Iterator[str]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    yield f"## {name}"
    yield f"```text\n{context.get_usage().removeprefix('Usage: ')}\n```"
    yield _escaped((command.help or "").replace("\\[", "["))
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [_row(*record) for record in records if record]  # hidden ones have none
    yield "\n".join(["| option or argument | meaning |", "|---|---|", *rows])
    if command.epilog:
        _, _, examples = command.epilog.partition("\n")
        lines = [line.strip().replace("\\[", "[") for line in examples.splitlines()]
        yield "\n".join(["```sh", *lines, "```"])


def _row(name: str, meaning: str) -> str:
    name, meaning = (" ".join(text.split()).replace("|", "\\|") for text in (name, meaning))
    return f"| `{name}` | {_escaped(meaning.replace(chr(92) + '[', '['))} |"


def _escaped(text: str) -> str:
    """Return ``text`` without what Markdown would take for markup, but for code in backticks."""
    halves = text.replace("``", "`").split("`")
    for index in range(0, len(halves), 2):
        for mark in "*_<[$":
            halves[index] = halves[index].replace(mark, f"\\{mark}")
    return "`".join(halves)


def _write(app: Sphinx) -> None:
    folder = DOCS / "_generated"
    folder.mkdir(exist_ok=True)
    for name, text in (
        ("command-line.md", command_line_page()),
        ("decisions.md", decisions_page()),
        ("scenario.md", scenario_page()),
    ):
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _plain_signature(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, signature: Any, returns: Any
) -> tuple[Any, Any] | None:
    """Name arrays of whole numbers ``Integers`` as the code does; drop modules of types."""
    if not signature:
        return None
    array = r"~numpy\.ndarray\[tuple\[~typing\.Any, \.\.\.\], ~numpy\.dtype\[~numpy\.int64\]\]"
    return re.sub(r"~(?:\w+\.)+(?=\w)", "", re.sub(array, "Integers", signature)), returns


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx looks for sources."""
    app.connect("builder-inited", _write)
    app.connect("autodoc-process-signature", _plain_signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
