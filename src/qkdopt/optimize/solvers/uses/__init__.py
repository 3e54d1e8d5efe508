"""``decomposition`` for piecewise linear uses of bits: caps, floors, balanced delivery.

The blocks, columns, branching and tree are those of targeted delivery; what differs is the
master, which prices bits by plain multipliers. Reading order: ``wants``, ``master``, ``bound``,
``walk``, ``search``, ``looks`` (all ways in turns), ``pursuit`` (one aim), ``outcomes``
(strategies, with one aim or two), ``decompose``.
"""

from qkdopt.optimize.solvers.uses.decompose import decompose_uses

__all__ = ["decompose_uses"]
