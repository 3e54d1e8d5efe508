"""``genetic``: the published genetic algorithm, in DEAP, with compiled repair and fitness."""

from qkdopt.optimize.heuristics.genetic.settings import GeneticSettings

__all__ = ["GeneticSettings"]
