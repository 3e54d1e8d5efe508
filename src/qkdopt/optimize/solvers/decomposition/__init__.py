"""``decomposition``: bounds and schedules for targeted delivery, block by block.

Reading order: ``shares`` (what is asked), ``blocks``, ``prices`` (what a bound stands on),
``pricing``, ``master``, ``bound``; then ``columns``, ``search`` (schedules), ``decompose``.
"""

from qkdopt.optimize.solvers.decomposition.decompose import Decomposition, decompose

__all__ = ["Decomposition", "decompose"]
