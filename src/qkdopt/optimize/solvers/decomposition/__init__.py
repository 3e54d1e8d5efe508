"""``decomposition``: bounds and schedules for targeted delivery, block by block.

Reading order: ``shares`` (what is asked), ``prices`` (what a bound stands on), the domain's
``blocks`` and ``pricing``, ``master``, ``bound``; then ``columns``, ``search``, ``decompose``.
"""

from qkdopt.optimize.solvers.decomposition.decompose import Decomposition, decompose

__all__ = ["Decomposition", "decompose"]
