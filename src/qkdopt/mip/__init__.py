"""From a Pyomo model to a solver and back."""
