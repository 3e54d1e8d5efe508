"""Find the code blocks of Markdown pages and run each page from top to bottom.

A page is one session in an empty folder: later blocks see the files and names of earlier ones.
Comments of the form ``<!-- docs: ... -->`` above a block say what is special about it:

``file NAME``      the block is a file that the next commands read
``prints``         what the one before it printed; ``...`` for lines left out, ``~`` for a number
``exit N``         the commands end with this code instead of 0
``long: REASON``   the commands are not run, only their names and options are checked
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
RUNNABLE = ("python", "sh")
_COMMENT = re.compile(r"<!-- docs: (.*?) -->", flags=re.DOTALL)
_COMMAND = re.compile(r"\s*(qkdopt|python|pytest|pip|import|from) ")


@dataclass(frozen=True)
class Block:
    """A fenced block: language, remark above it, text, and where it is."""

    page: Path
    line: int
    language: str
    remark: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str:
        return self.remark.removeprefix("file ") if self.remark.startswith("file ") else ""

    @property
    def long(self) -> bool:
        return self.remark.startswith("long: ")

    @property
    def prints(self) -> bool:
        return self.remark == "prints"

    @property
    def exit_code(self) -> int:
        return int(self.remark.removeprefix("exit ")) if self.remark.startswith("exit ") else 0

    def commands(self) -> list[list[str]]:
        """The words of each command of a shell block."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]


def pages() -> list[Path]:
    """Every page of the documentation, and the README."""
    built = {"_build", "_generated"}
    found = [
        path
        for path in sorted((ROOT / "docs").rglob("*.md"))
        if not built & set(path.relative_to(ROOT).parts)
    ]
    return [ROOT / "README.md", *found]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page; indented ones have no language."""
    remark = ""
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block" and (match := _COMMENT.search(token.content)):
            remark = " ".join(match[1].split())
        elif token.type in ("fence", "code_block"):
            assert token.map is not None
            language = token.info.strip()
            yield Block(page, token.map[0] + 1, language, remark, token.content)
            remark = ""


def looks_runnable(block: Block) -> bool:
    """Say whether a block without a language seems to be code that should have one."""
    return not block.language and bool(_COMMAND.match(block.text))
