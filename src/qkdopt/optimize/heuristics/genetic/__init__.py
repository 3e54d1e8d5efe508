"""``genetic``: the published genetic algorithm, in DEAP, with compiled repair and fitness."""
