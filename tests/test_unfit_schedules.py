"""Certificates whose schedules fit no problem: nothing is drawn of them, and a page says why."""

import json
import re

import pytest

from command_line import KEYS, TWO_CITIES

UNFIT = [3850, [3850] * 4, [0] * 5, [0, 0], ["A"] * 4, None]


@pytest.mark.parametrize("schedule", UNFIT, ids=str)
@pytest.mark.parametrize("kind", ["timeline", "shares"])
def test_nothing_is_drawn_of_a_claim_that_is_false(qkdopt, kind, schedule):
    qkdopt.write("keys.csv", KEYS)
    assert qkdopt("solve", "keys.csv", "-o", "c.json").code == 0
    document = json.loads((qkdopt.folder / "c.json").read_text())
    qkdopt.write("c.json", json.dumps({**document, "schedule": schedule}))
    assert "c.json" in qkdopt("plot", kind, "c.json", "-o", "t.png").complaint


def test_a_page_says_that_a_schedule_fits_no_problem(qkdopt):
    qkdopt.write("s.toml", TWO_CITIES)
    assert qkdopt("run", "s.toml", "-o", "run").code == 0
    path = qkdopt.folder / "run" / "gd.json"
    document = json.loads(path.read_text())
    intervals = len(document["schedule"])
    path.write_text(json.dumps({**document, "schedule": [3850] * intervals}))
    assert qkdopt("report", "run", "-o", "page.html").code == 1
    page = (qkdopt.folder / "page.html").read_text(encoding="utf-8")
    assert re.search(r'"holds":\s*false', page)
    assert "3850, 3850" not in page.replace(",3850", ", 3850")
