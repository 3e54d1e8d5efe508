"""The documentation: every command has the options that are written there, and every block runs."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from docs_blocks import ROOT, RUNNABLE, Block, blocks, looks_runnable, pages
from qkdopt.cli import main
from qkdopt.cli.app import app

PAGES = pages()
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
PROGRAMS = ("python", "pytest", "bash", "pip", "mkdir", "cd", "pre-commit")


def check_command(words: list[str], where: str) -> None:
    """Fail for a command, option or script that does not exist."""
    group = typer.main.get_command(app)
    if words[0] == "qkdopt":
        if words[1:] and not words[1].startswith("-"):
            assert words[1] in group.commands, f"{where}: no command {words[1]}"
            context = group.make_context("qkdopt", [], resilient_parsing=True)
            group.commands[words[1]].make_context(words[1], words[2:], parent=context)
        return
    assert words[0] in PROGRAMS, f"{where}: {words[0]}"
    if words[0] == "python" and words[1] != "-m":
        assert (ROOT / words[1]).exists(), f"{where}: {words[1]}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_and_scripts_exist_with_these_options(page):
    for block in blocks(page):
        assert not looks_runnable(block), f"{block.where}: code without a language"
        if block.language == "sh":
            for words in block.commands():
                check_command(words, block.where)


def test_a_command_that_does_not_exist_is_found():
    with pytest.raises(AssertionError, match="no command"):
        check_command(["qkdopt", "slove"], "here")
    with pytest.raises(Exception, match="No such option"):
        check_command(["qkdopt", "solve", "micius-china-2016", "--kl-maximum", "1"], "here")
    with pytest.raises(AssertionError, match="nowhere"):
        check_command(["python", "nowhere.py"], "here")


def assert_printed(expected: str, printed: str, where: str) -> None:
    """Fail unless the lines that a page shows come in this order, spaces aside."""
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    position = 0
    for line in expected.splitlines():
        wanted = " ".join(line.split())
        if wanted in ("", "..."):
            continue
        pattern = re.compile(r"[\d.,e-]+".join(map(re.escape, wanted.split("~"))))
        while position < len(lines) and not pattern.fullmatch(lines[position]):
            position += 1
        assert position < len(lines), f"{where}: not printed: {wanted!r}, but\n{printed}"
        position += 1


def run_block(block: Block, names: dict[str, object]) -> None:
    if block.language == "python":
        source = "\n" * block.line + block.text
        exec(compile(source, str(block.page), "exec"), names)
        return
    for words in block.commands():
        assert words[0] == "qkdopt", f"{block.where}: run only qkdopt, or say why not"
        assert main(words[1:]) == block.exit_code, f"{block.where}: {' '.join(words)}"


@pytest.mark.docs
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_block_runs_and_prints_what_the_page_shows(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    names: dict[str, object] = {"__name__": "docs"}
    printed = ""
    for block in blocks(page):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.prints:
            assert_printed(block.text, printed, block.where)
        elif block.language in RUNNABLE and not block.long:
            capsys.readouterr()
            run_block(block, names)
            printed = capsys.readouterr().out


@pytest.mark.docs
def test_notebooks_reprint_what_they_store():
    check = [sys.executable, ROOT / "docs" / "execute_notebooks.py", "--check"]
    done = subprocess.run(check, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_that_lead_nowhere_and_things_from_afar_are_found(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    complaints = importlib.import_module("check_links").complaints
    (tmp_path / "b.html").write_text('<p id="here">b</p><a href="https://example.org">away</a>')
    a = tmp_path / "a.html"
    a.write_text('<a href="b.html#here"></a><a href="#top"></a><i id="top"></i><img src="c.png">')
    assert complaints(tmp_path) == ["a.html: c.png: no such file"]
    a.write_text('<a href="b.html#there"></a><script src="https://cdn.example.org/x.js"></script>')
    assert complaints(tmp_path) == [
        "a.html: loads https://cdn.example.org/x.js",
        "a.html: b.html#there: no such place on that page",
    ]
