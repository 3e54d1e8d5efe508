"""The compiler's cache: what is compiled anew, and when."""

from __future__ import annotations

import gc
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numba
import pytest

from qkdopt import kernel_cache
from qkdopt.compiled import kernel, kernel_part

KERNEL = """from qkdopt.compiled import kernel
{imported}

@kernel
def {name}() -> int:
    return {value}
"""


class Pair(NamedTuple):
    a: float
    b: float


def write(folder: Path, name: str, value: str, imported: str = "") -> None:
    text = KERNEL.format(name=name, value=value, imported=imported)
    (folder / f"{name}_of_test.py").write_text(text)


def fresh(name: str) -> ModuleType:
    """Import a module as a new process would."""
    importlib.invalidate_caches()
    for known in ("deepest", "middle", "outer"):
        sys.modules.pop(f"{known}_of_test", None)
    return importlib.import_module(f"{name}_of_test")


def test_a_kernel_is_compiled_anew_when_a_file_it_calls_into_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # which goes by whole seconds
    write(tmp_path, "deepest", "1")
    write(tmp_path, "middle", "10 * deepest()", "from deepest_of_test import deepest")
    write(tmp_path, "outer", "7 + middle()", "from middle_of_test import middle")
    assert fresh("outer").outer() == 17
    again = fresh("outer").outer
    assert again() == 17
    assert sum(again.stats.cache_hits.values()) == 1
    write(tmp_path, "deepest", "2")  # as long as before
    assert fresh("outer").outer() == 27
    write(tmp_path, "middle", "20 * deepest()", "from deepest_of_test import deepest")
    assert fresh("outer").outer() == 47


BY_TYPE = """from typing import NamedTuple
from deepest_of_test import deepest
from qkdopt.compiled import by_type

class Metres(NamedTuple):
    length: int

class Feet(NamedTuple):
    length: int

@by_type
def size(data) -> int:
    raise NotImplementedError(type(data).__name__)

@size.register
def of_metres(data: Metres) -> int:
    return {factor} * deepest() * data.length

@size.register
def of_feet(data: Feet) -> int:
    return 3 * data.length
"""

CALLER = """from middle_of_test import size
from qkdopt.compiled import kernel

@kernel
def twice(data) -> int:
    return 2 * size(data)
"""


def test_a_version_is_chosen_by_type_and_compiled_anew_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    write(tmp_path, "deepest", "3")
    middle = tmp_path / "middle_of_test.py"
    middle.write_text(BY_TYPE.format(factor=3))
    (tmp_path / "outer_of_test.py").write_text(CALLER)
    for hits in (0, 1):
        twice = fresh("outer").twice
        kinds = sys.modules["middle_of_test"]
        assert twice(kinds.Metres(5)) == 90
        assert twice(kinds.Feet(5)) == 30
        assert twice.py_func(kinds.Feet(5)) == 30
        assert sum(twice.stats.cache_hits.values()) == 2 * hits
    middle.write_text(BY_TYPE.format(factor=4))
    assert fresh("outer").twice(sys.modules["middle_of_test"].Metres(5)) == 120
    write(tmp_path, "deepest", "2")
    assert fresh("outer").twice(sys.modules["middle_of_test"].Metres(5)) == 80
    with pytest.raises(NotImplementedError, match="int"):
        sys.modules["middle_of_test"].size(5)


@kernel_part
def ratio(of: Pair) -> float:
    return of.a / of.b


@kernel
def twice_the_ratio(of: Pair) -> float:
    return 2.0 * ratio(of)


def test_a_part_runs_uncompiled_where_python_calls_it() -> None:
    assert ratio(Pair(3.0, 4.0)) == 0.75
    assert twice_the_ratio(Pair(3.0, 4.0)) == 1.5
    assert ratio(Pair(3.0, 4.0)) == 0.75  # now there is code, which Python cannot reach
    with pytest.raises(ZeroDivisionError):  # compiled it would be infinite
        ratio(Pair(3.0, 0.0))
    assert twice_the_ratio(Pair(3.0, 0.0)) == float("inf")


def doubled(number: float) -> float:
    return number + number


def test_processes_that_compile_for_other_types_at_once_keep_their_own_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernel_cache, "LONGEST_WAIT_S", 0.0)
    whole, real, reader = kernel(doubled), kernel(doubled), kernel(doubled)
    index = vars(whole)["_cache"]._cache_file
    save = index._save_data

    def another_process_comes_first(name: str, code: object) -> None:
        assert real(1.5) == 3.0
        save(name, code)

    monkeypatch.setattr(index, "_load_index", dict)  # both have read it before the other writes
    monkeypatch.setattr(vars(real)["_cache"]._cache_file, "_load_index", dict)
    monkeypatch.setattr(index, "_save_data", another_process_comes_first)
    assert whole(3) == 6
    assert reader(1.5) == 3.0
    assert reader(3) == 6


def test_a_kernel_that_another_process_compiles_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    here, there = kernel(doubled), kernel(doubled)
    other = vars(there)["_cache"]._cache_file
    assert not other._lock()

    def until_it_is_compiled(seconds: float) -> None:
        other.unlock()
        assert there(1.5) == 3.0

    monkeypatch.setattr(kernel_cache, "sleep", until_it_is_compiled)
    assert here(2.5) == 5.0
    assert list(here.stats.cache_hits.values()) == [1]
    assert not here.stats.cache_misses
    assert not list(tmp_path.rglob("*.lock"))
    assert not other._lock()


def longer(number: int) -> str:
    return number + "no number"


def test_what_cannot_be_compiled_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    failing, other = kernel(longer), kernel(longer)
    for _ in range(2):
        with pytest.raises(numba.TypingError):
            failing(1)
        assert gc.isenabled()
    assert not vars(other)["_cache"]._cache_file._lock()
