"""The list of rooms in CONTRIBUTING names every folder of the package, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_room_has_its_line():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"^ {4}src/qkdopt/(\w+) {2,}\S", text, re.MULTILINE)
    rooms = {path.parent.name for path in (ROOT / "src" / "qkdopt").glob("*/*") if path.is_file()}
    assert len(named) == len(set(named))
    assert set(named) == rooms - {"__pycache__"}
