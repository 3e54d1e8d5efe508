"""What delivered bits pair up to through an XOR relay: the largest set of pairwise keys.

The relay announces the XOR of one bit of city ``i`` and one of city ``j``; after that both know a
common secret bit. *A shared bit consumes two delivered bits, one at each end.* With ``B_i`` bits
at the cities and ``T_ij`` shared bits wanted:

    maximise  sum_{i<j} y_ij    where  sum_j y_ij <= B_i,  0 <= y_ij <= T_ij,  y_ij whole

(a capacitated b-matching). Its linear relaxation is half of a largest flow from the cities to a
copy of the cities, so the relaxed optimum is a multiple of one half and is found in integers of
any size (Dinic's method). Halves are then rounded along the trails they form; where more than
one odd circle is left, a small integer programme decides whether a bit can be won back.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

_Pair = tuple[int, int]
_Traffic = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Pairing:
    """A largest set of pairwise keys, and prices that prove how large it can be.

    Attributes
    ----------
    bits
        Shared bits ``y_ij`` by pair ``i < j``, those above 0 only.
    relaxed
        The optimum if halves of bits could be shared; ``total`` is at most this.
    prices
        ``lambda_i`` in {0, 1/2, 1} by city: no set of keys for any ``B`` is larger than
        ``sum lambda_i B_i + sum max(0, 1 - lambda_i - lambda_j) T_ij``, equal for this ``B``.
    """

    bits: Mapping[_Pair, int]
    relaxed: Fraction
    prices: tuple[Fraction, ...]

    @property
    def total(self) -> int:
        """Shared bits of all pairs; twice as many bits are consumed at the cities."""
        return sum(self.bits.values())


def largest_pairing(available: Sequence[int], traffic: _Traffic) -> Pairing:
    """Return a largest set of pairwise keys, exactly.

    Parameters
    ----------
    available
        Bits ``B_i`` >= 0 at each city.
    traffic
        Symmetric matrix ``T_ij`` >= 0 of shared bits wanted, zeros on the diagonal.
    """
    twice, prices = relaxed_pairing(available, traffic)
    bits = {pair: number // 2 for pair, number in twice.items()}
    halves = {pair for pair, number in twice.items() if number % 2}
    odd_circles = _round(bits, halves)
    if odd_circles > 1:
        _win_back(bits, available, traffic)
    kept = {pair: number for pair, number in sorted(bits.items()) if number}
    return Pairing(kept, Fraction(sum(twice.values()), 2), prices)


def relaxed_pairing(
    available: Sequence[int], traffic: _Traffic
) -> tuple[dict[_Pair, int], tuple[Fraction, ...]]:
    """Return twice the relaxed optimum's ``y_ij`` by pair, and the prices that prove it."""
    n = len(available)
    source, sink = 2 * n, 2 * n + 1
    capacity = [[0] * (2 * n + 2) for _ in range(2 * n + 2)]
    for i, bits in enumerate(available):
        capacity[source][i] = capacity[n + i][sink] = bits
        capacity[i][n : 2 * n] = traffic[i]
    flow = _largest_flow(capacity, source, sink)
    inside = _behind_the_cut(capacity, flow, source)
    prices = tuple(Fraction((i not in inside) + (n + i in inside), 2) for i in range(n))
    twice = {(i, j): flow[i][n + j] + flow[j][n + i] for i, j in combinations(range(n), 2)}
    return twice, prices


def _behind_the_cut(capacity: list[list[int]], flow: list[list[int]], source: int) -> set[int]:
    """Return the nodes that more flow could reach."""
    seen, waiting = {source}, [source]
    while waiting:
        u = waiting.pop()
        for v in range(len(capacity)):
            if v not in seen and capacity[u][v] - flow[u][v] + flow[v][u] > 0:
                seen.add(v)
                waiting.append(v)
    return seen


def proportional_level(available: Sequence[int], traffic: _Traffic) -> Fraction:
    """Return the largest ``theta`` for which every pair can share ``theta T_ij`` bits.

    That is ``min_i B_i / sum_j T_ij``. With row sums in proportion to the weights the bits that
    are consumed, ``2 theta sum_{i<j} T_ij``, are the ``t`` of the weights' utilisation.
    """
    rows = [sum(row) for row in traffic]
    return min(Fraction(b, row) for b, row in zip(available, rows, strict=True) if row)


def _round(bits: dict[_Pair, int], halves: set[_Pair]) -> int:
    """Give each pair of ``halves`` its half bit or not, in turns along trails.

    Trails between cities with an odd number of halves, which have half a bit to spare, have an
    even length, or one more bit could be had; so do most circles. An odd circle loses half a bit.
    Returns how many of those there are.
    """
    odd_circles = 0
    while halves:
        trail = _trail(halves)
        for position, pair in enumerate(trail):
            bits[pair] += position % 2
        odd_circles += len(trail) % 2
    return odd_circles


def _trail(halves: set[_Pair]) -> list[_Pair]:
    """Take a trail out of a graph: from an odd vertex if there is one, else a whole circuit."""
    degree: dict[int, int] = {}
    for pair in halves:
        for city in pair:
            degree[city] = degree.get(city, 0) + 1
    odd = [city for city, number in sorted(degree.items()) if number % 2]
    stack: list[tuple[int, _Pair | None]] = [((odd or sorted(degree))[0], None)]
    trail: list[_Pair] = []
    while stack:  # Hierholzer; from an odd vertex the walk ends at another odd one
        city, arrived = stack[-1]
        onward = next((pair for pair in sorted(halves) if city in pair), None)
        if onward is not None:
            halves.remove(onward)
            stack.append((onward[0] if onward[1] == city else onward[1], onward))
        elif odd:
            return [pair for _, pair in stack if pair is not None]
        else:
            stack.pop()
            if arrived is not None:
                trail.append(arrived)
    return trail


def _win_back(bits: dict[_Pair, int], available: Sequence[int], traffic: _Traffic) -> None:
    """Improve a nearly largest set of keys to a largest one, by a few bits for each pair.

    An optimum differs by a few augmenting walks, one for two odd circles, each of which passes a
    pair at most twice; the numbers in the integer programme are therefore small.
    """
    import numpy as np
    from scipy.sparse import csc_array

    from qkdopt.mip.highs import solve_form
    from qkdopt.mip.standard_form import StandardForm

    pairs = [pair for pair in bits if traffic[pair[0]][pair[1]]]
    few = 2 * len(available)
    rows = np.zeros((len(available), len(pairs)))
    spare = list(available)
    for place, (i, j) in enumerate(pairs):
        rows[i, place] = rows[j, place] = 1.0
        spare[i] -= bits[i, j]
        spare[j] -= bits[i, j]
    room = [float(min(few * len(available), number)) for number in spare]
    low = [-float(min(few, bits[pair])) for pair in pairs]
    high = [float(min(few, traffic[i][j] - bits[i, j])) for i, j in pairs]
    found = solve_form(
        StandardForm(
            cost=-np.ones(len(pairs)),
            offset=0.0,
            matrix=csc_array(rows),
            row_lower=np.full(len(room), -np.inf),
            row_upper=np.array(room),
            column_lower=np.array(low),
            column_upper=np.array(high),
            integer=np.ones(len(pairs), bool),
            maximise=False,
            columns=pairs,
            rows=list(range(len(room))),
            model=None,
        )
    )
    if found.values is None:
        return
    steps = [round(step) for step in found.values.tolist()]
    better = {pair: bits[pair] + step for pair, step in zip(pairs, steps, strict=True)}
    if sum(steps) > 0 and _possible(better, available, traffic):
        bits.update(better)


def _possible(bits: Mapping[_Pair, int], available: Sequence[int], traffic: _Traffic) -> bool:
    used = [0] * len(available)
    for (i, j), number in bits.items():
        used[i] += number
        used[j] += number
        if not 0 <= number <= traffic[i][j]:
            return False
    return all(u <= b for u, b in zip(used, available, strict=True))


def _largest_flow(capacity: list[list[int]], source: int, sink: int) -> list[list[int]]:
    """Return the flow along every arc (Dinic's method: shortest paths first).

    Parameters
    ----------
    capacity
        Whole numbers >= 0, one row per node; no arc may have a twin in the other direction.

    Returns
    -------
    list of list of int
        The flow in the same layout; along the cut that it saturates nothing more can pass.
    """
    room = [row[:] for row in capacity]
    while (level := _levels(room, source))[sink] >= 0:
        arc = [0] * len(room)
        while _push(room, level, arc, source, sink, -1):
            pass
    return [
        [max(0, c - r) for c, r in zip(given, left, strict=True)]
        for given, left in zip(capacity, room, strict=True)
    ]


def _levels(room: list[list[int]], source: int) -> list[int]:
    """Return how many arcs with room lead from the source to each node, -1 if none do."""
    level = [-1] * len(room)
    level[source] = 0
    waiting = deque([source])
    while waiting:
        u = waiting.popleft()
        for v, left in enumerate(room[u]):
            if left and level[v] < 0:
                level[v] = level[u] + 1
                waiting.append(v)
    return level


def _push(
    room: list[list[int]], level: list[int], arc: list[int], u: int, sink: int, most: int
) -> int:
    """Send what one path can take, at most ``most`` (-1: anything); return how much."""
    if u == sink:
        return most
    while arc[u] < len(room):
        v = arc[u]
        left = room[u][v]
        if left and level[v] == level[u] + 1:
            sent = _push(room, level, arc, v, sink, left if most < 0 else min(most, left))
            if sent:
                room[u][v] -= sent
                room[v][u] += sent
                return sent
        arc[u] += 1
    return 0
