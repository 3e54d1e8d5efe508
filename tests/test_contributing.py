"""CONTRIBUTING names every room of the package, and no file that is not there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_room_has_its_line():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"^ {4}src/qkdopt/(\w+) {2,}\S", text, re.MULTILINE)
    rooms = {path.parent.name for path in (ROOT / "src" / "qkdopt").glob("*/*") if path.is_file()}
    assert len(named) == len(set(named))
    assert set(named) == rooms - {"__pycache__"}


def test_every_file_that_it_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    page = text.split("## The house on one page")[1].split("## Where things are")[0]
    named = set(re.findall(r"`((?:optimize|physics|verifier)/[\w/.]*)`", page))
    named = {name for name in named if "NAME" not in name}
    assert len(named) > 10
    assert [name for name in named if not (ROOT / "src" / "qkdopt" / name).exists()] == []
    for name in re.findall(r"`((?:docs|tests|benchmarks)/[\w/.-]*)`", page):
        assert (ROOT / name).exists(), name


def test_the_drawing_shows_the_rooms_of_optimize():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    drawn = re.findall(r"^ +│   (\w+) +\w+ +│", text, re.MULTILINE)
    folder = ROOT / "src" / "qkdopt" / "optimize"
    assert {path.parent.name for path in folder.glob("*/__init__.py")} == set(drawn)
