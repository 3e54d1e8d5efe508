"""``nsga2``: pymoo's NSGA-II on total against divergence; needs the extra ``heuristics``."""
