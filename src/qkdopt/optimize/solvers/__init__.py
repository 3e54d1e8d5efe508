"""Methods that turn a problem and a strategy into a certified schedule.

Names load their modules when they are first used.
"""

from typing import TYPE_CHECKING

from qkdopt.lazy import lazy_names

if TYPE_CHECKING:
    from qkdopt.optimize.exchange.options import SolverOptions
    from qkdopt.optimize.solvers.registry import SOLVERS
    from qkdopt.optimize.solvers.solving import solve

__all__ = ["SOLVERS", "SolverOptions", "solve"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "qkdopt.optimize.exchange.options": "SolverOptions",
        "qkdopt.optimize.solvers.registry": "SOLVERS",
        "qkdopt.optimize.solvers.solving": "solve",
    },
)
