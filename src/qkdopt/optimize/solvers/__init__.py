"""Methods that turn a problem and a strategy into a certified schedule."""

from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.solve import SOLVERS, solve

__all__ = ["SOLVERS", "SolverOptions", "solve"]
