"""Branch and price: Lagrangian bounds by column generation, branching, and primal heuristics.

One engine for every concave objective. Reading order: ``restricted_master``,
``column_generation``, ``branching_candidates``, ``branch_and_bound``, ``proof``,
``primal_heuristics`` (a protocol, with ``share_``, ``reward_``, ``risk_``, ``cut_`` and
``least_heuristics`` behind it), ``branch_and_price``, ``strategies``.
"""

from qkdopt.optimize.decomposition import (
    least_heuristics,
    reward_heuristics,
    risk_heuristics,
    share_heuristics,
)
from qkdopt.optimize.decomposition.strategies import solve_strategy

__all__ = [
    "least_heuristics",
    "reward_heuristics",
    "risk_heuristics",
    "share_heuristics",
    "solve_strategy",
]
