"""Counts that say how easy the code is to change: one row each, with its limit and its target.

    python benchmarks/house.py             # the counts
    python benchmarks/house.py --list      # and what is counted, name by name
    python benchmarks/house.py --check     # exit code 1 when a count is above its limit

A limit is what was measured when the count was last lowered; tests/test_house.py keeps each count
at or below it. A target is where the count should end.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from house_source import (
    Function,
    House,
    Module,
    called,
    code_lines,
    import_lines,
    own_nodes,
    parameters,
)

SOURCE = Path(__file__).parents[1] / "src" / "qkdopt"
LIBRARY_DIVERGENCES = ("rel_entr", "kl_div", "entropy")  # of SciPy
MANY_PARAMETERS, LONG_FILE, LONG_FUNCTION = 10, 300, 50
PERCENT = 100.0


@dataclass(frozen=True)
class Row:
    """A count: how it is taken, its limit today, and where it should end.

    ``counted`` returns the number, or the names of what is counted.
    """

    words: str
    counted: Callable[[House], int | float | list[str]]
    limit: float
    target: float
    digits: int = 0

    def value(self, house: House) -> float:
        """Return the count."""
        found = self.counted(house)
        return len(found) if isinstance(found, list) else found


def writes_out_divergence(node: Function) -> bool:
    """Say whether a function has the term ``x ln(x / y)``, its own or a library's.

    What is multiplied by the logarithm stands in it, too: the weight in ``w ln(E)`` does not.
    """
    return any(
        called(part) in LIBRARY_DIVERGENCES or _entropy_term(part) for part in own_nodes(node)
    )


def _entropy_term(node: ast.AST) -> bool:
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return False
    return any(
        called(logarithm) in ("log", "ln") and names_in(factor) & names_in(logarithm)
        for factor, logarithm in ((node.left, node.right), (node.right, node.left))
    )


def names_in(node: ast.AST) -> set[str]:
    """Return the variables of an expression, without modules and functions that are called."""
    parts = list(ast.walk(node))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    fields = {part.attr for part in parts if isinstance(part, ast.Attribute)}
    return names - {"self", "np", "math", "Decimal", "Fraction", "float"} | fields


def strategies(house: House) -> dict[str, str]:
    """Return the short name of every strategy by its class, from ``name: ClassVar[str] = ...``."""
    found: dict[str, str] = {}
    for module in house.below("optimize"):
        for node in module.nodes:
            if isinstance(node, ast.ClassDef) and _is_strategy(node):
                for name in filter(None, map(_short_name, node.body)):
                    found[node.name] = name
    return found


def _is_strategy(node: ast.ClassDef) -> bool:
    """Say whether a class is a strategy that is not abstract."""
    bases = {getattr(base, "id", "") for base in node.bases}
    return bool(bases & {"Strategy", "LinearStrategy"}) and "ABC" not in bases


def _short_name(node: ast.stmt) -> str:
    if not isinstance(node, ast.AnnAssign) or getattr(node.target, "id", "") != "name":
        return ""
    return str(getattr(node.value, "value", ""))


def mentions(module: Module, strategy: tuple[str, str]) -> bool:
    """Say whether code names a strategy's class, or has its short name as the whole of a string."""
    kind, short = strategy
    return kind in module.names or short in module.strings


def files_of_strategies(house: House) -> list[str]:
    """Return the files that mention some strategy by class or short name."""
    pairs = strategies(house).items()
    return house.files(lambda module: any(mentions(module, pair) for pair in pairs))


def files_by_strategy(house: House) -> list[list[str]]:
    """Return for each strategy the files that mention it, fewest first."""
    each = [
        house.files(lambda module, pair=pair: mentions(module, pair))
        for pair in strategies(house).items()
    ]
    return sorted(each, key=len) or [[]]


def import_share(house: House) -> float:
    """Return the lines of import statements in per cent of all lines."""
    return PERCENT * sum(map(import_lines, house.modules)) / max(1, house.size)


def lines_with_any(house: House) -> int:
    """Return the lines whose code names the type ``Any``; imports count as imports."""
    return sum(
        len({getattr(n, "lineno", 0) for n in m.nodes if getattr(n, "id", "") == "Any"})
        for m in house.modules
    )


def configures_highs(module: Module) -> bool:
    """Say whether a file sets an option of HiGHS, by its own interface or SciPy's."""
    return "setOptionValue" in module.names or "mip_rel_gap" in module.strings


ROWS = (
    Row("lines of src/qkdopt", lambda h: h.size, limit=80_945, target=36_000),
    Row(
        f"functions with {MANY_PARAMETERS} parameters or more",
        lambda h: h.functions(lambda f: parameters(f) >= MANY_PARAMETERS), limit=2, target=8,
    ),
    Row("lines with Any", lines_with_any, limit=226, target=240),
    Row("import lines, % of all", import_share, limit=7.9, target=6.0, digits=1),
    Row(
        "lines of the verifier",
        lambda h: sum(len(m.lines) for m in h.below("verifier")), limit=5_638, target=2_600,
    ),
    Row(
        f"files of more than {LONG_FILE} lines",
        lambda h: h.files(lambda m: len(m.lines) > LONG_FILE), limit=0, target=0,
    ),
    Row(
        f"functions of more than {LONG_FUNCTION} lines of code",
        lambda h: h.functions(lambda f: code_lines(f) > LONG_FUNCTION), limit=0, target=0,
    ),
    Row("files that name some strategy", files_of_strategies, limit=11, target=12),
    Row(
        "files that name the most named strategy",
        lambda h: files_by_strategy(h)[-1], limit=8, target=20,
    ),
    Row(
        "files that name the least named one",
        lambda h: files_by_strategy(h)[0], limit=3, target=4,
    ),
    Row(
        "functions that write out a divergence",  # in floats, exactly, and compiled
        lambda h: h.functions(writes_out_divergence, outside=("physics", "verifier")),
        limit=3, target=3,
    ),
    Row(
        "functions for subset sums",
        lambda h: h.functions(lambda f: "subset" in f.name, outside=("verifier",)),
        limit=1, target=1,
    ),
    Row(
        "files that configure HiGHS", lambda h: h.files(configures_highs), limit=1, target=1,
    ),
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the counts; return 1 when one is above its limit and ``--check`` was asked for."""
    house, above = House(SOURCE), 0
    print(f"{'':42} {'now':>8} {'limit':>8} {'target':>8}")
    for row in ROWS:
        value = row.value(house)
        too_much = value > row.limit
        above += too_much
        mark = "  ABOVE ITS LIMIT" if too_much else ""
        figures = " ".join(
            f"{number:8,.{row.digits}f}" for number in (value, row.limit, row.target)
        )
        print(f"{row.words:42} {figures}{mark}")
        if "--list" in arguments and isinstance(found := row.counted(house), list):
            print(*(f"    {name}" for name in found), sep="\n")
    return 1 if above and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
