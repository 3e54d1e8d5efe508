"""The README: its example runs, its numbers are those of the repository."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from qkdopt import library, verifier
from qkdopt.optimize.solvers.registry import SOLVERS

README = Path(__file__).parents[1] / "README.md"
PROJECT = tomllib.loads((README.parent / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def test_the_python_example_runs_and_is_short(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert len([line for line in example.splitlines() if line.strip()]) <= 15
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "51,992,197 bits, proved optimal" in printed
    assert printed.count(" bits") >= 11


def test_the_total_is_that_of_the_published_certificate():
    folder = library.problem_folder("micius-china-2016")
    verdict = verifier.verify(verifier.read(folder / "certificates" / "gd.json.gz"))
    assert f"{verdict.value:,} bits" in README.read_text()


def test_the_accuracy_table_is_what_its_command_prints(capsys, monkeypatch):
    monkeypatch.syspath_prepend(README.parent / "benchmarks")
    importlib.import_module("accuracy").main()
    for line in capsys.readouterr().out.splitlines():
        assert line in README.read_text()


def test_every_linked_file_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", README.read_text()):
        assert (README.parent / target).exists(), target


def texts_for_users():
    """Name every page, and every module with its messages."""
    root = README.parent
    pages = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("models/**/*.md")]
    return [*pages, *root.glob("benchmarks/**/*.md"), *root.glob("src/**/*.py")]


def test_what_is_to_be_installed_exists():
    # Nothing is on an index: it is this folder, a file of it, or a package that we depend on.
    wanted = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    known = {re.match(r"[\w.-]+", line)[0].lower() for line in wanted} - {"qkdopt"}
    named = []
    for path in texts_for_users():
        text = "" if path.name == "CHANGELOG.md" else path.read_text("utf-8")
        for quoted, bare in re.findall(r"""pip install (?:-e )?(?:"(.+?)"|([^\s"'`,)]+))""", text):
            word = quoted or bare
            if word.startswith(".["):
                assert set(word[2:-1].split(",")) <= EXTRAS.keys(), (path, word)
            else:
                assert word.lower() in {*known, ".", "{", "{self.needs}", "$repository"}, (
                    path,
                    word,
                )
            named.append(word)
    assert ".[bench,solvers]" in named
    assert len(named) > 10
    assert {entry.needs for entry in SOLVERS.values()} - {None} <= known


@pytest.mark.parametrize(("extra", "packages"), [("bench", "filelock psutil")])
def test_messages_name_all_that_an_extra_brings(extra, packages):
    assert packages.split() == [re.match(r"[\w.-]+", line)[0] for line in EXTRAS[extra]]
