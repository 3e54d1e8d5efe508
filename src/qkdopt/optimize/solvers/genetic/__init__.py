"""``genetic``: the published genetic algorithm, in DEAP, with compiled repair and fitness."""

from qkdopt.optimize.solvers.genetic.settings import GeneticSettings

__all__ = ["GeneticSettings"]
