"""The counts of benchmarks/house.py are right, and none gets worse than its limit."""

import functools
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def loaded():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        return importlib.import_module("house")


house = loaded()
OURS = house.House(house.SOURCE)


@functools.cache
def value(row):
    return row.value(OURS)


@pytest.mark.parametrize("row", house.ROWS, ids=lambda row: row.words)
def test_no_count_is_above_its_limit(row):
    assert value(row) <= row.limit, row.counted(OURS)


@pytest.mark.parametrize("row", house.ROWS, ids=lambda row: row.words)
def test_no_limit_is_far_above_its_count(row):
    """A limit that nobody lowered lets things get worse unseen."""
    assert row.limit <= max(row.target, 1.1 * value(row) + 1)


SMALL = '''"""A module."""

from typing import Any
from mip import (
    highs,
)


class Capped(Strategy):
    name: ClassVar[str] = "capped"


class Abstract(Strategy, ABC):
    name: ClassVar[str] = "abstract"


def crowded(self, a, b, c, d, e, f, g, *args, h: Any = 1, **kwargs: Any):
    """Do.

    Much.
    """
    solver.setOptionValue("threads", h)
    return a * np.log(b)


def outer(a: Any) -> Any:
    def inner(x):
        return x * math.log(x) + rest
    rest = rel_entr(a, 1)
    return inner
'''


@pytest.fixture
def small(tmp_path):
    (tmp_path / "optimize").mkdir()
    (tmp_path / "verifier").mkdir()
    (tmp_path / "optimize" / "one.py").write_text(SMALL)
    (tmp_path / "verifier" / "two.py").write_text('KIND = "capped"\nSUM = "abstract, capped"\n')
    return house.House(tmp_path)


def test_counts_of_a_small_package(small):
    crowded = next(f for f in small.modules[0].functions if f.name == "crowded")
    assert house.parameters(crowded) == 10
    assert house.code_lines(crowded) == 3
    assert small.size == len(SMALL.splitlines()) + 2
    assert house.lines_with_any(small) == 2
    assert house.import_share(small) == pytest.approx(100 * 4 / small.size)
    assert small.functions(house.writes_out_divergence) == [
        "optimize/one.py: outer", "optimize/one.py: inner",
    ]  # fmt: skip
    assert small.files(house.configures_highs) == ["optimize/one.py"]
    assert house.strategies(small) == {"Capped": "capped"}
    assert house.files_of_strategies(small) == ["optimize/one.py", "verifier/two.py"]


def test_every_row_counts_something_here():
    for row in house.ROWS:
        assert value(row) > 0 or row.limit == 0, row.words


@pytest.mark.parametrize(("limit", "code"), [(0, 1), (10**9, 0)])
def test_check_is_the_exit_code(monkeypatch, capsys, limit, code):
    row = house.Row("lines", lambda h: h.size, limit, 1)
    monkeypatch.setattr(house, "ROWS", (row,))
    assert house.main(["--check"]) == code
    assert ("ABOVE ITS LIMIT" in capsys.readouterr().out) == bool(code)
