"""What every mixed-integer solver is asked, and what it gives back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.claims import Ended
from qkdopt.mip.standard_form import StandardForm

__all__ = [
    "MipOptions",
    "MipResult",
    "Progress",
    "empty_result",
    "result_of_values",
    "scaled",
]

# Called now and then with (seconds, incumbent or None, bound or None), in the model's sense.
Progress = Callable[[float, float | None, float | None], None]

_LARGEST_COST = 2.0**20


@dataclass(frozen=True)
class MipOptions:
    """Settings that mean the same to every solver; the gaps are always exactly 0.

    Attributes
    ----------
    time_limit
        Wall time of the search [s], or ``None``.
    threads, seed
        Where the solver has such settings; :data:`qkdopt.mip.solvers.MIP_SOLVERS` says which
        do not.
    relax
        Solve the linear relaxation instead (HiGHS only).
    """

    time_limit: float | None = None
    threads: int = 1
    seed: int = 0
    relax: bool = False


@dataclass(frozen=True, eq=False)
class MipResult:
    """How a solver ended, and what it left; objectives in the sense of the Pyomo model.

    Attributes
    ----------
    values
        Column values of the incumbent, shape ``(C,)``, or ``None``.
    objective, bound
        The solver's own floating-point figures, or ``None``.
    nodes
        Branch-and-bound nodes (0 for a relaxation), ``None`` where the solver does not say.
    hand_over_s, solve_s
        Wall time to give the solver the model and to read it back [s], and to search.
    message
        The solver's own word for its status; ``Infeasible`` when it proved that.
    """

    ended: Ended
    values: Floats | None
    objective: float | None
    bound: float | None
    nodes: int | None
    hand_over_s: float
    solve_s: float
    message: str


def scaled(form: StandardForm) -> tuple[StandardForm, int]:
    """Return the form with moderate costs, and the power of two they were divided by.

    Weighted bits reach 2^40. Solvers' tolerances are absolute, and HiGHS' simplex method was
    seen to give up on such costs; dividing by a power of two changes no digit.
    """
    largest = float(np.abs(form.cost).max(initial=0.0))
    exponent = math.ceil(math.log2(largest / _LARGEST_COST)) if largest > _LARGEST_COST else 0
    factor = 2.0**-exponent
    return replace(form, cost=form.cost * factor, offset=form.offset * factor), exponent


def empty_result(form: StandardForm) -> MipResult:
    """Return the optimum of a model without columns, which several solvers cannot read."""
    value = form.original_value(0.0)
    return MipResult(Ended.FINISHED, np.zeros(0), value, value, 0, 0.0, 0.0, "Empty")


def result_of_values(
    form: StandardForm,
    *,
    ended: Ended,
    values: Floats | None,
    least: float | None,
    nodes: int | None,
    seconds: tuple[float, float],
    message: str,
) -> MipResult:
    """Return the result of a solver that minimised ``form.cost @ x``.

    The objective is recomputed from the values. A solver that ended by itself claims that it
    is the bound, too; solvers print that figure with too few digits.

    Parameters
    ----------
    least
        The solver's lower bound without the offset, or ``None``; used when it was stopped.
    seconds
        Hand-over and search [s].
    """
    objective = None if values is None else form.original_value(float(form.cost @ values))
    bound = None if least is None else form.original_value(least)
    if ended is Ended.FINISHED:
        bound = objective
    return MipResult(ended, values, objective, bound, nodes, *seconds, message)
