"""A package as its text and syntax trees: what the counts of house.py are taken from."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Module:
    """A source file: its path below the package, its text and its syntax tree."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines, also empty ones."""
        return self.text.splitlines()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the syntax tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def names(self) -> set[str]:
        """Names that code uses, imports or gives to classes, attributes included."""
        found = {getattr(node, "id", "") for node in self.nodes}
        found |= {getattr(node, "attr", "") for node in self.nodes}
        return found | {n.name for n in self.nodes if isinstance(n, ast.alias | ast.ClassDef)}

    @cached_property
    def strings(self) -> set[str]:
        """Whole strings, for instance keys."""
        constants = [node.value for node in self.nodes if isinstance(node, ast.Constant)]
        return {value for value in constants if isinstance(value, str)}

    @cached_property
    def functions(self) -> list[Function]:
        """Every function and method, also inner ones."""
        return [node for node in self.nodes if isinstance(node, Function)]


@dataclass
class House:
    """All modules of a package."""

    root: Path
    modules: list[Module] = field(init=False)

    def __post_init__(self) -> None:
        """Read every file."""
        self.modules = [
            Module(path.relative_to(self.root).as_posix(), path.read_text("utf-8"))
            for path in sorted(self.root.rglob("*.py*"))
            if path.suffix in (".py", ".pyi")
        ]

    @property
    def size(self) -> int:
        """Lines of all files."""
        return sum(len(module.lines) for module in self.modules)

    def below(self, folder: str) -> list[Module]:
        """Return the modules of a folder."""
        return [module for module in self.modules if module.name.startswith(f"{folder}/")]

    def functions(
        self, wanted: Callable[[Function], bool], outside: tuple[str, ...] = ()
    ) -> list[str]:
        """Return the functions that are wanted, as ``file: name``, but for those of some rooms."""
        return [
            f"{module.name}: {node.name}"
            for module in self.modules
            if module.name.partition("/")[0] not in outside
            for node in module.functions
            if wanted(node)
        ]

    def files(self, wanted: Callable[[Module], bool]) -> list[str]:
        """Return the names of the files that are wanted."""
        return [module.name for module in self.modules if wanted(module)]


def span(node: ast.AST) -> int:
    """Return how many lines a statement takes."""
    return int(getattr(node, "end_lineno", 0)) - int(getattr(node, "lineno", 0)) + 1


def parameters(node: Function) -> int:
    """Return the number of parameters; ``*args`` and ``**kwargs`` are one each, ``self`` none."""
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    own = bool(named) and named[0].arg in ("self", "cls")
    return len(named) - own + sum(a is not None for a in (node.args.vararg, node.args.kwarg))


def code_lines(node: Function) -> int:
    """Return the lines of a function without decorators and docstring."""
    return span(node) - (0 if ast.get_docstring(node) is None else span(node.body[0]))


def import_lines(module: Module) -> int:
    """Return the lines that import statements take, also inside functions."""
    imports = (n for n in module.nodes if isinstance(n, ast.Import | ast.ImportFrom))
    return sum(map(span, imports))


def own_nodes(node: Function) -> Iterator[ast.AST]:
    """Yield what stands in a function itself, not in functions inside it."""
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, Function):
            waiting.extend(ast.iter_child_nodes(part))


def called(node: ast.AST) -> str:
    """Return the name of the function or method that a call calls, ``""`` for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
