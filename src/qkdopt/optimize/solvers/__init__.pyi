from qkdopt.optimize.exchange.options import SolverOptions as SolverOptions
from qkdopt.optimize.solvers.registry import SOLVERS as SOLVERS
from qkdopt.optimize.solvers.solving import solve as solve
