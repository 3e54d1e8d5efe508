"""What there is to schedule: satellites, stations, targets, links and whole bits; data only."""

from qkdopt.optimize.problem.model import SchedulingProblem
from qkdopt.optimize.problem.parts import Link, Network, Satellite, Station

__all__ = ["Link", "Network", "Satellite", "SchedulingProblem", "Station"]
