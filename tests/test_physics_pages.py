"""The pages of physics and the code name each other: functions, constants, tests."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from functools import reduce
from pathlib import Path

import pytest

from qkdopt.physics.scenario.schema import scenario_schema

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "qkdopt"
PHYSICS = SOURCE / "physics"
PAGES = (ROOT / "docs" / "physics.md", *sorted((ROOT / "docs" / "physics").glob("*.md")))
# Scenario files have their own reference; of their modules these compute something.
WITH_FORMULAS = {"circular.py", "constellations.py", "drag.py"}
MODULES = [
    path
    for path in sorted(PHYSICS.rglob("*.py"))
    if path.name != "__init__.py"
    and ("scenario" not in path.relative_to(PHYSICS).parts or path.name in WITH_FORMULAS)
]
DIGITS_OF_A_CONSTANT = 3


def items(kind: str, text: str) -> list[str]:
    """Return what stands in backticks in the items ``- kind: ...`` of a page."""
    found = re.findall(rf"^- {kind}:(.*(?:\n  .*)*)", text, re.MULTILINE)
    return [name for item in found for name in re.findall(r"`([^`]+)`", item)]


def public_names(path: Path) -> list[str]:
    """Return the functions and classes that a module defines for others."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    module = ".".join(path.relative_to(PHYSICS).with_suffix("").parts)
    return [f"{module}.{name}" for name in defined if not name.startswith("_")]


def constants(path: Path) -> list[str]:
    """Return the digits of the constants of a file that are no round numbers."""
    source = path.read_text(encoding="utf-8")
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            written = str(ast.get_source_segment(source, node)).lower().replace("_", "")
            digits = written.split("e")[0].removesuffix(".0")
            if len(digits.replace(".", "").strip("0")) >= DIGITS_OF_A_CONSTANT:
                found.append(digits)
    return found


TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
NAMED = [name for text in TEXTS.values() for name in items("Code", text)]


def test_every_public_function_is_on_the_pages_once() -> None:
    times = Counter(NAMED)
    assert {name: count for name, count in times.items() if count > 1} == {}
    public = [name for path in MODULES for name in public_names(path)]
    assert len(public) > 80
    covered = {
        name for name in public if any(f"{named}.".startswith(f"{name}.") for named in NAMED)
    }
    assert sorted(set(public) - covered) == []


@pytest.mark.parametrize("name", NAMED)
def test_every_name_on_the_pages_is_in_the_code(name: str) -> None:
    parts = name.split(".")
    count = next(
        n
        for n in range(len(parts), 0, -1)
        if PHYSICS.joinpath(*parts[:n]).with_suffix(".py").is_file()
    )
    module = importlib.import_module("qkdopt.physics." + ".".join(parts[:count]))
    assert count < len(parts), "a module"
    assert reduce(getattr, parts[count:], module) is not None


@pytest.mark.parametrize("page", TEXTS)
def test_every_authority_is_a_test(page: str) -> None:
    named = items("Checked by", TEXTS[page])
    assert len(named) >= TEXTS[page].count("- Source:")
    for name in named:
        file, function = name.split("::")
        source = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert f"\ndef {function}(" in source, name


def test_every_constant_of_the_code_is_printed() -> None:
    printed = "".join(TEXTS.values()).replace(",", "")
    missing = {
        str(path): [digits for digits in constants(path) if digits not in printed]
        for path in (SOURCE / "constants.py", *MODULES)
    }
    assert {name: digits for name, digits in missing.items() if digits} == {}


def test_every_setting_that_physics_reads_is_named() -> None:
    """Beside the symbol that it is, so that nobody has to guess which number a formula takes."""
    entanglement = (ROOT / "docs" / "entanglement.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)", "".join(TEXTS.values()) + entanglement))
    tables = scenario_schema()["properties"]
    parts = [tables[name] for name in ("source", "detector", "optics", "atmosphere", "losses")]
    parts += [tables["visibility"], *tables["entanglement"]["properties"].values()]
    keys = {key for part in parts for key in part["properties"]} - {"protocol"}
    assert len(keys) > 50
    assert sorted(keys - named) == []


def test_fractions_have_braces() -> None:
    r"""The converter to MathML reads ``\frac12`` as a fraction over what follows."""
    assert [name for name, text in TEXTS.items() if re.search(r"\\[td]?frac[^{]", text)] == []


def test_the_comparison_sees_constants_and_names(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("X = 1_234.5e-3 * 2.0 * 1e6 * 0.50\ndef f(): ...\ndef _g(): ...\n")
    assert constants(module) == ["1234.5"]
    text = "- Code: `a.b`,\n  `c.d`\n- Source: `no`\n- Checked by: `t.py::x`\n"
    assert items("Code", text) == ["a.b", "c.d"]
    assert items("Checked by", text) == ["t.py::x"]
