"""Methods that turn a problem and a strategy into a certified schedule.

Names load their modules when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qkdopt.optimize.exchange.options import SolverOptions
    from qkdopt.optimize.solvers.registry import SOLVERS
    from qkdopt.optimize.solvers.solving import solve

__all__ = ["SOLVERS", "SolverOptions", "solve"]

_HOME = {
    "SOLVERS": "qkdopt.optimize.solvers.registry",
    "SolverOptions": "qkdopt.optimize.exchange.options",
    "solve": "qkdopt.optimize.solvers.solving",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
