"""Whether floors ask for more than any schedule delivers, proved by prices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.uses.bound import uses_bound
from qkdopt.optimize.uses import CommonUse

__all__ = ["beyond_reach", "too_much"]


def beyond_reach(
    problem: SchedulingProblem, floors: Sequence[int], stop: Callable[[], bool] = lambda: False
) -> bool:
    """Say whether prices prove that no schedule meets the floors: ``min E_n / l_n < 1``.

    They may ask too much without prices proving it, for intervals cannot be divided.
    """
    if not any(floors):
        return False
    return uses_bound(CommonUse.towards(problem, floors), stop=stop).value < 1


def too_much(proved: bool) -> str:
    """Return why there is no schedule that meets the floors."""
    if proved:
        return "infeasible: the floors ask for more than any schedule delivers"
    return "no schedule that meets the floors was found in time, and none is proved impossible"
