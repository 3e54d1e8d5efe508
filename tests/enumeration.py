"""What every legal schedule of a small problem delivers, and the best of it for each strategy.

The walk over schedules is compiled and shares nothing with the solvers; what schedules are worth
is read off the definitions in exact numbers.
"""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numba import njit

from qkdopt.arrays import read_only

NONE = 2**31
CLOSE = 1e-9


@njit(cache=True)
def _walked(bits, interval, soonest, allowed, lock, dwell, total, inside, duty, found):
    """Fill ``found`` with what each legal schedule delivers by link; return how many there are."""
    links, active = bits.shape
    choice = np.full(active, -2)
    last = np.full(active + 1, -1)  # interval of the last service before each interval
    legal, a = 0, 0
    while a >= 0:
        if a == active:
            if _keeps_counts(interval, choice, dwell, total, inside, duty):
                found[legal] = 0
                for b in range(active):
                    if choice[b] >= 0:
                        found[legal, choice[b]] += bits[choice[b], b]
                legal += 1
            a -= 1
            continue
        choice[a] += 1
        n = choice[a]
        if n == links:
            choice[a] = -2
            a -= 1
            continue
        if lock[a] >= -1 and n != lock[a]:
            continue
        last[a + 1] = last[a]
        if n >= 0:
            if bits[n, a] == 0 or not allowed[n, a]:
                continue
            before = last[a]
            turns = before >= 0 and choice[before] != n
            if turns and interval[a] < soonest[choice[before], n, before]:
                continue
            last[a + 1] = a
        a += 1
    return legal


@njit(cache=True)
def _keeps_counts(interval, choice, dwell, total, inside, duty):
    """Say whether a schedule keeps dwell and caps."""
    handovers, length, before, in_pass, served = 0, 0, -1, 0, 0
    for a in range(choice.size):
        if a > 0 and interval[a] > interval[a - 1] + 1:
            in_pass = served = 0
        n = choice[a]
        if n < 0:
            continue
        if before >= 0 and choice[before] != n:
            if length < dwell:
                return False
            handovers += 1
            length = 0
            if interval[a] - interval[before] == a - before:  # no gap: the same pass
                in_pass += 1
        length += 1
        served += 1
        before = a
        if in_pass > inside or served > duty or handovers > total:
            return False
    return not 0 < length < dwell


def most_schedules(bits):
    """Return how many schedules a walk would at most meet."""
    return ((bits > 0).sum(axis=0) + 1.0).prod()


def soonest_after(problem, link, other, time):
    """Return from when on ``other`` may be served after ``link``, by trying each start of a turn.

    The satellite points at ``link`` until it turns, and a turn never takes longer than usual.
    """
    rules = problem.operations
    seconds = (rules.switch_matrix_s or {link: {other: problem.switch_s}})[link][other]
    usual = ceil(Fraction(seconds) / Fraction(problem.interval_s))
    idle = {
        c: fewer
        for n, m, first, last, fewer in rules.slew
        if (n, m) == (link, other)
        for c in range(first, last + 1)
    }
    return min(c + 1 + min(usual, idle.get(c, usual)) for c in range(time, time + usual + 1))


def delivered_by_link(problem):
    """Return what each legal schedule delivers by link, int64, shape ``(schedules, links)``."""
    rules, length = problem.operations, Fraction(problem.interval_s)
    links, interval = len(problem.links), problem.interval
    allowed = np.ones((links, interval.size), bool)
    lock = np.full(interval.size, -2)
    nothing = np.zeros((0, links), np.int64)
    for link, t in rules.forbidden:
        allowed[slice(None) if link < 0 else link, interval == t] = False
    for link, t in rules.locked:
        clash = (lock[interval == t] != -2) & (lock[interval == t] != link)
        if clash.any() or (link >= 0 and t not in interval):
            return nothing
        lock[interval == t] = link
    soonest = [
        [[soonest_after(problem, n, m, t) for t in interval.tolist()] for m in range(links)]
        for n in range(links)
    ]

    def most(cap):
        return NONE if cap is None else cap

    duty = rules.max_service_s_per_pass
    found = np.zeros((int(most_schedules(problem.bits)), links), np.int64)
    count = _walked(
        read_only(np.ascontiguousarray(problem.bits)),
        np.array(interval),
        np.array(soonest, np.int64).reshape(links, links, interval.size),
        allowed,
        lock,
        ceil(Fraction(rules.minimum_dwell_s or 0) / length),
        most(rules.max_handovers),
        most(rules.max_handovers_per_pass),
        NONE if duty is None else floor(Fraction(duty) / length),
        found,
    )
    return found[:count]


class Enumerated:
    """Bits by target of every legal schedule, each once, as Python integers."""

    def __init__(self, problem):
        self.problem = problem
        by_link = delivered_by_link(problem)
        by_target = np.zeros((by_link.shape[0], len(problem.targets)), np.int64)
        for link, target in enumerate(problem.link_target):
            by_target[:, target] += by_link[:, link]
        self.delivered = [tuple(row) for row in np.unique(by_target, axis=0).tolist()]

    def best(self, name, floors=None, kl_max=None, fraction=None, coefficients=None):
        """Return the optimum as certificates write it, ``None`` where no schedule is allowed."""
        least = [(floors or {}).get(target, 0) for target in self.problem.targets]
        rows = [row for row in self.delivered if all(map(int.__ge__, row, least))]
        return getattr(self, f"_{name}")(rows, kl_max or fraction or coefficients)

    def _linear(self, rows, coefficients):
        return max((sum(map(int.__mul__, coefficients, row)) for row in rows), default=None)

    def _gd(self, rows, _):
        return self._linear(rows, [1] * len(self.problem.targets))

    def _pd(self, rows, _):
        return self._linear(rows, self.problem.weights)

    def _capped(self, rows, _):
        demand = self.problem.demand
        return max((sum(map(min, row, demand)) for row in rows), default=None)

    def _td(self, rows, kl_max):
        weights = self.problem.weights
        allowed = (
            sum(row)
            for row in sorted(rows, key=sum, reverse=True)
            if not any(row) or divergence(row, weights) <= Decimal(kl_max)
        )
        return next(allowed, None)

    def _least(self, rows, fraction):
        whole = max(map(sum, self.delivered), default=0)
        wanted = max(1, ceil(Fraction(fraction) * whole))
        found = (divergence(row, self.problem.weights) for row in rows if sum(row) >= wanted)
        best = min(found, default=None)
        return None if best is None or best.is_infinite() else best

    def _balanced(self, rows, _):
        weights, whole = self.problem.weights, sum(self.problem.weights)
        stock = self.problem.stock or (0,) * len(weights)
        pairs = (
            (
                min(
                    Fraction((b + e) * whole, w)
                    for b, e, w in zip(stock, row, weights, strict=True)
                    if w
                ),
                sum(row),
            )
            for row in rows
        )
        return max(pairs, default=None)

    def _paired(self, rows, _):
        stock = self.problem.stock or (0,) * len(self.problem.targets)
        found = (
            largest_triangle(tuple(map(int.__add__, stock, row)), self.problem) for row in rows
        )
        return max(found, default=None)


def divergence(row, weights):
    """Return KL of the shares from the weights [nats] to 40 digits; infinite where undefined."""
    total, whole = sum(row), sum(weights)
    if not total or any(e and not w for e, w in zip(row, weights, strict=True)):
        return Decimal("inf")
    if all(e * whole == w * total for e, w in zip(row, weights, strict=True)):
        return Decimal(0)
    with localcontext() as context:
        context.prec = 40
        return sum(
            (
                Decimal(e) / total * (Decimal(e * whole) / Decimal(w * total)).ln()
                for e, w in zip(row, weights, strict=True)
                if e
            ),
            Decimal(0),
        )


def largest_triangle(bits, problem):
    """Return the most shared bits of at most three targets, in whole numbers.

    With ``x`` shared by the first two, the third takes what it can from either: a function of
    ``x`` that is concave and linear between the places tried.
    """
    b = [*bits, 0, 0, 0][:3]
    size = len(bits)
    t = [[problem.traffic[i][j] if max(i, j) < size else 0 for j in range(3)] for i in range(3)]
    most = min(t[0][1], b[0], b[1])
    bends = [b[0] - t[0][2], b[1] - t[1][2], t[0][2] + b[1] - b[2], b[0] + t[1][2] - b[2]]
    bends += [(b[0] + b[1] - b[2]) // 2, (b[0] + b[1] - b[2]) // 2 + 1]
    places = {min(max(x, 0), most) for x in (0, most, *bends)}
    return max(
        x + min(b[2], min(t[0][2], b[0] - x) + min(t[1][2], b[1] - x)) for x in sorted(places)
    )
