"""Complete a schedule bit by bit: which intervals idle, if all other links are served as before.

Serving a link in an interval where all others leave time for it, or no longer serving it
there, changes no other link's bits. A target with such *free* intervals can get nearly any whole
number of bits between none and all of them, so the best total is a continuous problem, solved in
closed form, and sums of subsets come within a bit of its optimum.
"""

import math
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.decomposition.subset_sum import FEW, largest_subset_sum
from qkdopt.optimize.divergence import divergences
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.schedule import Schedule

_LEVELS = 200
_LOWEST = 1e-4  # of the highest level


@dataclass(frozen=True, eq=False)
class _Slack:
    """What a target can get while the other links are served as they are.

    Attributes
    ----------
    link, free
        Its link, and the active intervals that may or may not serve it.
    unit, bits
        Which of them go together, by number, and what these deliver: a session is kept or left
        out as a whole.
    least, most
        Bits without and with all of them.
    """

    link: int
    free: Integers
    unit: Integers
    bits: Integers
    least: int
    most: int


def complete_schedule(
    objective: TargetedObjective, service: Integers, random: np.random.Generator
) -> Integers:
    """Return the schedule with the best use of free intervals, shape ``(A,)``.

    Where ``E_n`` may be anything between bounds, the largest total with ``KL <= kl_max`` has
    ``E_n = level * q_n`` cut to the bounds, for one ``level`` of all targets (stationarity of
    ``S - mu f``). The last target strictly inside its bounds takes up what rounding leaves.
    """
    result = service.copy()
    slacks = [_slack(objective, service, t) for t in range(objective.delivery.targets)]
    least = np.array([slack.least for slack in slacks])
    most = np.array([slack.most for slack in slacks])
    level = _best_level(objective, least, most)
    if level is None:
        return result
    wish = np.clip(level * objective.shares.wanted, least, most)
    inside = (wish > least) & (wish < most)
    sizes = [slack.free.size for slack in slacks]
    order = sorted(range(wish.size), key=lambda t: (inside[t], sizes[t]))
    for t in order:
        slack = _slack(objective, result, t)  # others may have taken what was free
        aim = round(float(wish[t]))
        if t == order[-1]:
            aim = _most_allowed(objective, objective.delivered(Schedule(result)), t, slack)
        serves = np.zeros(slack.bits.size, bool)
        serves[slack.unit] = result[slack.free] == slack.link
        chosen = choose_near(slack.bits, aim - slack.least, serves, random)
        result[slack.free] = np.where(chosen[slack.unit], slack.link, -1)
    return result


def choose_near(values: Integers, wish: int, chosen: Bools, random: np.random.Generator) -> Bools:
    """Return which values to take so that their sum comes near ``wish`` from below.

    Most stay as they were, or change in random order until the sum of those is about right; a
    few drawn beforehand make up for the rest.
    """
    chosen = chosen.copy()
    order = random.permutation(values.size)
    few, rest = order[:FEW], order[FEW:]
    chosen[few] = False
    left = wish - int(values[chosen].sum())
    middle = int(values[few].sum()) // 2
    for i in rest:
        if chosen[i] and left < middle - int(values[i]) // 2:
            chosen[i] = False
            left += int(values[i])
        elif not chosen[i] and values[i] <= left - middle:
            chosen[i] = True
            left -= int(values[i])
    chosen[few[largest_subset_sum(values[few].tolist(), left)]] = True
    return chosen


def _slack(objective: TargetedObjective, service: Integers, target: int) -> _Slack:
    delivered = int(objective.delivered(Schedule(service))[target])
    slacks = []
    for n in np.flatnonzero(objective.delivery.position == target).tolist():
        free = _free_intervals(objective, service, n)
        alone = np.full(service.size, -1)
        alone[free] = n
        each = objective.problem.served(alone)
        unit = np.searchsorted(each.first, free, side="right") - 1
        least = delivered - int(each.bits[np.unique(unit[service[free] == n])].sum())
        slacks.append(_Slack(n, free, unit, each.bits, least, least + int(each.bits.sum())))
    none = np.zeros(0, np.int64)
    nothing = _Slack(-1, none, none, none, delivered, delivered)
    return max(slacks, key=lambda slack: slack.most - slack.least, default=nothing)


def _free_intervals(objective: TargetedObjective, service: Integers, link: int) -> Integers:
    """Return the active intervals that can serve ``link`` while all others stay as they are.

    Under operations only those that do: leaving them out hardly ever breaks a rule.
    """
    problem = objective.problem
    if problem.more_than_switching:
        return np.flatnonzero(service == link)
    times = problem.interval
    others = times[(service >= 0) & (service != link)]
    before = np.searchsorted(others, times - problem.tau, side="left")
    near = np.searchsorted(others, times + problem.tau, side="right") > before
    return np.flatnonzero((problem.bits[link] > 0) & ~near)


def _best_level(objective: TargetedObjective, least: Integers, most: Integers) -> float | None:
    """Return the largest level at which the shares are close enough, ``None`` if there is none."""
    limit, wanted = float(objective.kl_max), objective.shares.wanted

    def near(level: Floats) -> Bools:
        bits = np.clip(np.multiply.outer(level, wanted), least, most)
        return divergences(bits, wanted) <= limit

    top = np.asarray((np.concatenate([least, most]) / np.tile(wanted, 2)).max(initial=0.0))
    if not top or near(top):
        return float(top) or None  # no target can get anything
    levels: Floats = np.geomspace(top * _LOWEST, top, _LEVELS)
    some = np.flatnonzero(near(levels))
    if not some.size:
        return None
    low, high = levels[some[-1]], levels[min(some[-1] + 1, _LEVELS - 1)]
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if near(middle) else (low, middle)
    return float(low)


def _most_allowed(
    objective: TargetedObjective, delivered: Integers, target: int, slack: _Slack
) -> int:
    """Return the most bits that one target may get, the others as they are.

    The divergence falls until ``p_t / (1 - p_t) = q_t / (1 - q_t) e^D``, with ``D`` that of the
    others among themselves, and rises from there.
    """
    others = delivered.astype(float)
    others[target] = 0.0
    total, wanted = float(others.sum()), float(objective.shares.wanted[target])
    if not total or wanted >= 1.0:
        return slack.most
    apart = objective.shares.divergence(others) + math.log(1.0 - wanted)
    nearest = round(total * wanted / (1.0 - wanted) * math.exp(apart))
    low, high = min(max(nearest, slack.least), slack.most), slack.most
    trial = delivered.copy()
    while low < high:
        middle = (low + high + 1) // 2
        trial[target] = middle
        low, high = (middle, high) if objective.allows(trial) else (low, middle - 1)
    return low
