"""Names of a package whose modules load when the names are first used.

They stand once, in the package's stub ``__init__.pyi``, where type checkers read them, too:
``from MODULE import NAME as NAME``.
"""

import ast
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from warnings import warn


def lazy_names(
    package: str, file: str, old: Mapping[str, str] | None = None
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return the functions ``__getattr__`` and ``__dir__`` (PEP 562) and ``__all__`` of a package.

    Parameters
    ----------
    package, file
        Its ``__name__`` and ``__file__``.
    old
        Names of version 0.1 that still work, with a ``DeprecationWarning``: what they are now.
    """
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = (node for node in stub.body if isinstance(node, ast.ImportFrom))
    home = {alias.name: node.module or "" for node in imports for alias in node.names}

    def getattr_(name: str) -> object:
        if old and name in old:
            warn(f"{name} is now called {old[name]}", DeprecationWarning, stacklevel=2)
            name = old[name]
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(home[name]), name)

    names = sorted(home)
    return getattr_, lambda: names, names
