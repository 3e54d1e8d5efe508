"""Methods that turn a problem and a strategy into a certified schedule."""

from qkdopt.optimize.solvers.methods import SOLVERS
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.solve import solve

__all__ = ["SOLVERS", "SolverOptions", "solve"]
