"""Where commands print: tables on standard output, one object with ``--json``, warnings.

Rich loads when something is printed.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qkdopt.cli.verbosity import LOGGER, is_quiet
from qkdopt.errors import FontWarning
from qkdopt.plain_text import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDE = 1000
_LINES = (
    "    \n"  # top
    "    \n"  # head
    " {0}{0} \n"  # below the head
    "    \n"  # between rows
    " {0}{0} \n"  # between sections
    " {0}{0} \n"  # above the foot
    "    \n"  # foot
    "    \n"  # bottom
)


def output() -> Console:
    """Return the console of standard output; as wide as needed when it is no terminal."""
    from rich.console import Console
    from rich.text import Text

    class Printable(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(printable(text, keep="\n"), **options)

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    console = Printable(
        highlight=False, markup=False, emoji=False, soft_wrap=False, quiet=is_quiet()
    )
    if not console.is_terminal:
        console.width = _WIDE
    return console


def new_table(
    console: Console,
    title: str | None = None,
    words: Sequence[str] = (),
    numbers: Sequence[str] = (),
    *,
    unbroken: bool = False,
) -> Table:
    """Return a table without rows: ruled on a terminal, plain characters in a pipe.

    It begins with a column for each heading of ``words``, flush left, and of ``numbers``, flush
    right. Where those are to stay ``unbroken``, words are folded instead.
    """
    from rich.box import Box
    from rich.table import Table

    plain = not console.is_terminal or console.options.ascii_only
    table = Table(
        box=Box(_LINES.format("-" if plain else "\u2500"), ascii=plain),
        title=title,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        padding=(0, 1),
    )
    for heading in words:
        table.add_column(heading, overflow="fold" if unbroken else "ellipsis")
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=unbroken)
    return table


def print_line(text: str = "") -> None:
    """Print a line on standard output, not wrapped."""
    output().print(text, soft_wrap=True)


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON object, in ASCII."""
    print(json.dumps(document, indent=2))


@contextmanager
def shown_warnings() -> Iterator[None]:
    """Log the warnings of scenarios and pictures; after an error the error alone is enough."""
    from qkdopt.physics import ScenarioWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ScenarioWarning)
        warnings.simplefilter("always", FontWarning)
        yield
    lines = dict.fromkeys(
        " ".join(str(item.message).split())
        for item in caught
        if issubclass(item.category, ScenarioWarning | FontWarning)
    )
    for line in lines:
        LOGGER.warning(line)
