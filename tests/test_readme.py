"""The README: its example runs, its numbers are those of the repository."""

import importlib
import re
from pathlib import Path

from qkdopt import judge, library

README = Path(__file__).parents[1] / "README.md"


def test_the_python_example_runs_and_is_short(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert len([line for line in example.splitlines() if line.strip()]) <= 15
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "51,992,197 bits, proved optimal" in printed
    assert printed.count(" bits") >= 11


def test_the_total_is_that_of_the_published_certificate():
    folder = library.problem_folder("micius-china-2016")
    verdict = judge.verify(judge.read(folder / "certificates" / "gd.json.gz"))
    assert f"{verdict.value:,} bits" in README.read_text()


def test_the_accuracy_table_is_what_its_command_prints(capsys, monkeypatch):
    monkeypatch.syspath_prepend(README.parent / "benchmarks")
    importlib.import_module("accuracy").main()
    for line in capsys.readouterr().out.splitlines():
        assert line in README.read_text()


def test_every_linked_file_exists():
    for target in re.findall(r"\]\(([^)#:]+)\)", README.read_text()):
        assert (README.parent / target).exists(), target
