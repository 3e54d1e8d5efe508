"""The reference of scenario files in the documentation has every key of the schema."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from qkdopt.physics.scenario.schema import scenario_schema

EXTENSIONS = Path(__file__).parents[1] / "docs" / "_ext"


@pytest.fixture(scope="module")
def page() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXTENSIONS)
        found: str = importlib.import_module("scenario_page").scenario_page()
        return found


def section(page: str, title: str) -> str:
    return page.replace("\N{NO-BREAK SPACE}", " ").split(f"## {title}\n")[1].split("\n## ")[0]


def test_rows_by_hand(page: str) -> None:
    assert (
        "| `pulse_rate_hz` | Hz | `2e8` | > 0, ≤ 1e12 | Pulses sent per second, of all intensities"
        " | scheduling paper |"
    ) in section(page, "`[source]`").splitlines()
    assert "| `name` |  | required |" in section(page, "`[[station]]`")
    waist = section(page, "`[entanglement.optics]`")
    assert '| `waist_m` | m | `"optimised"` | > 0, ≤ 100, or `"optimised"` |' in waist
    assert "`receiver_diameter_m`" in section(page, "`[[station]]`")  # [station.optics]


def test_every_table_and_key_is_there(page: str) -> None:
    for name, table in scenario_schema()["properties"].items():
        several = table.get("items", {})
        kinds = several.get("oneOf") or several.get("anyOf") or [several or table]
        for kind in [several or table, *kinds]:
            for key in kind.get("properties", {}):
                assert f"`{key}`" in page or f".{key}]" in page, (name, key)
        assert f"[{name}" in page or f"| `{name}` |" in page, name


def test_every_row_has_all_columns(page: str) -> None:
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) > 100
    assert {line.replace("\\|", "").count("|") for line in rows} == {7}
