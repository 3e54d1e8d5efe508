"""Give up what keeps delivered bits from the proportion that is wanted."""

from fractions import Fraction

import numpy as np

from qkdopt.errors import InputError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule


def trimmed(problem: SchedulingProblem, schedule: Schedule) -> Schedule:
    """Return a schedule without the services that the scarcest target cannot match.

    With ``t = min E_n W / w_n`` over the targets of weight > 0, intervals that serve ``n`` (whole
    sessions, where these count) are given up, the richest first, as long as ``E_n`` stays at
    ``t w_n / W`` or above; those of targets of weight 0 all are. Idling breaks no rule of
    switching, so the rest stays legal where no operations are in force.

    Parameters
    ----------
    problem
        Any problem with weights.
    schedule
        A legal one.

    Raises
    ------
    InputError
        When the problem has no weights.
    """
    if problem.weights is None:
        raise InputError("weights", "none", "a weight for every target")
    delivered = list(schedule.delivered(problem))
    total = sum(problem.weights)
    t = min(Fraction(e * total, w) for e, w in zip(delivered, problem.weights, strict=True) if w)
    service = np.array(schedule.service, np.int64)
    served = np.stack(problem.served(service), axis=1).tolist()
    for link, first, last, key in sorted(served, key=lambda one: -one[3]):
        n = problem.link_target[link]
        if delivered[n] - key >= t * Fraction(problem.weights[n], total):
            delivered[n] -= key
            service[first : last + 1] = IDLE
    return Schedule(service)
