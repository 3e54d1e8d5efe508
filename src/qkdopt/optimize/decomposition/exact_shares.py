"""Schedules whose shares match exactly: enough for every target, then whole intervals left out.

A match is ``E_n = k w_n / gcd(w)`` for a whole ``k``. Idling is always allowed, so a schedule
that gives every target *at least* that much contains a match if some of each target's intervals
add up to its surplus, which is a subset sum.

Windows of a schedule are replaced by longest paths at noisy prices until no target gets too little.
Totals well below the bound are tried first, with every target in many intervals: then nearly
every surplus is a sum. Larger totals go on until every surplus is one. What guides that is how
many numbers up to the surplus are sums: a target that is served in a few good intervals only has
hardly any, and takes poor ones in exchange.
"""

import math
from collections.abc import Callable

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition._exact_shares_kernels import WORDS, ExactMatch
from qkdopt.optimize.decomposition._lns_kernels import Balancing, Walk, walk_windows
from qkdopt.optimize.decomposition.subset_sum import largest_subset_sum
from qkdopt.optimize.decomposition.window_path import cells_of
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.schedule import IDLE

_SLACKS = (0.8, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 0.0)
_CHUNK = 20_000  # windows between two checks of the clock
_WINDOWS_EACH = 200  # for each interval: fewer windows will do for a small problem
_PIECES = 8  # of a chunk: between them `stop` is called
_FEW_CHUNKS, _MOST_CHUNKS = 4, 256
_ROUNDS = 3  # without a time limit
_FAILURES = 2  # in a row: larger totals are left for the next round, where intervals are many
_OCTAVES = 6.0  # windows of 2 to 128 intervals
_UNIT = 1e-4  # of the total
_COVER_HEAT = (10.0, 0.02)  # units
_MATCH_HEAT = (4.0, 0.3)  # bits of information
_NEARLY = 3.0  # units missing when surpluses begin to count
_LEAST_PRICE = 1e-6
_EASY_SLACKS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
_WINDOW_S = 1e-6  # about what a window takes
_MANY = 26  # intervals: their sums are as many as there are numbers of bits


class ExactSharesSearch:
    """A search for exact matches of ever larger totals.

    Attributes
    ----------
    factor
        The largest ``k`` so far, 0 while there is no match.
    """

    def __init__(
        self,
        objective: TargetedObjective,
        pricing: PricingProblem,
        per_bit: Floats,
        random: np.random.Generator,
        start: Integers | None = None,
    ) -> None:
        """Begin at services, shape ``(A,)``, or at a longest path, which need not match.

        ``per_bit`` are the prices behind the bound, shape ``(T,)``; at those that are nothing but
        rounding no link is served at first.
        """
        self._objective, self._random = objective, random
        self._base = np.maximum(per_bit, _LEAST_PRICE)
        if start is None:
            start = pricing.best_service(np.where(per_bit < _LEAST_PRICE, 0.0, per_bit))
        self._start = start
        self._bits = np.ascontiguousarray(objective.problem.bits.T)
        divisor = math.gcd(*objective.shares.weights)
        self._each = np.array([weight // divisor for weight in objective.shares.weights], np.int64)
        self.factor, self._rounds, self._effort_s = 0, 0, 0.0

    def run(
        self,
        bound: int,
        stop: Callable[[], bool],
        told: Callable[[Integers], object],
        *,
        endless: bool,
    ) -> None:
        """Go through rounds: a few, or, if ``endless``, until ``stop`` says so.

        ``told`` is called with the services of each better match.
        """
        while not self.exhausted(bound, endless=endless) and not stop():
            self.round(bound, stop, told)

    def exhausted(self, bound: int, *, endless: bool) -> bool:
        """Say whether the largest total matches, or there were rounds enough."""
        return self.factor >= bound // self._objective.spacing or (
            self._rounds >= _ROUNDS and not endless
        )

    def round(
        self, bound: int, stop: Callable[[], bool], told: Callable[[Integers], object]
    ) -> float:
        """Try totals up to ``bound`` once; return about how long that takes [s].

        Each round tries longer than those before.
        """
        largest, before_s = bound // self._objective.spacing, self._effort_s
        if not self._rounds:
            self._begin(largest, stop, told)
        factors = sorted({math.floor(largest * (1 - slack)) for slack in _SLACKS} | {largest})
        chunks, failed = min(_FEW_CHUNKS << self._rounds, _MOST_CHUNKS), 0
        few = self._bits.shape[0] * _WINDOWS_EACH <= _CHUNK
        for factor in factors:
            # Where intervals are few, larger totals may match though smaller ones do not.
            if factor <= self.factor or (failed == _FAILURES and not few) or stop():
                continue
            match = self._match(factor * self._each, chunks, stop)
            failed = failed + 1 if match is None else 0
            if match is not None:
                self.factor = factor
                told(match)
        self._rounds += 1
        return self._effort_s - before_s

    def _begin(
        self, largest: int, stop: Callable[[], bool], told: Callable[[Integers], object]
    ) -> None:
        """Find a match that is easy to find, of the largest such total."""
        for slack in _EASY_SLACKS:
            factor = math.floor(largest * (1 - slack))
            if factor <= self.factor or stop():
                return
            need, service = factor * self._each, self._start.copy()
            unit = max(1.0, _UNIT * float(need.sum()))
            # No interval counts for more than a small part of the need: many are served.
            most = np.append(-(-need // _MANY), 0)[self._objective.delivery.position]
            bits = np.minimum(self._bits, most)
            bad = self._approach(
                service, need, unit, False, 0.0, _COVER_HEAT, _FEW_CHUNKS, stop, bits
            )
            if bad == 0.0 and self._left_out(service, need):
                self.factor = factor
                told(service)

    def _match(self, need: Integers, chunks: int, stop: Callable[[], bool]) -> Integers | None:
        """Return the services of a schedule that delivers ``need``, if one is found."""
        service = self._start.copy()
        unit = max(1.0, _UNIT * float(need.sum()))
        for matching, enough, heats in (
            (False, _NEARLY, _COVER_HEAT), (True, 0.0, _MATCH_HEAT),
        ):  # fmt: skip
            bad = self._approach(service, need, unit, matching, enough, heats, chunks, stop)
            if bad > enough:
                return None
        return service if self._left_out(service, need) else None

    def _left_out(self, service: Integers, need: Integers) -> bool:
        """Let intervals idle until no target gets more than ``need``; say if that is possible."""
        own = self._objective.delivery.position[service]
        for n, wanted in enumerate(need.tolist()):
            served = np.flatnonzero((service >= 0) & (own == n))
            amounts = self._bits[served, service[served]].tolist()
            surplus = sum(amounts) - wanted
            dropped = largest_subset_sum(amounts, surplus)
            if sum(amounts[i] for i in dropped) != surplus:
                return False
            service[served[dropped]] = IDLE
        return True

    def _approach(
        self,
        service: Integers,
        need: Integers,
        unit: float,
        matching: bool,
        enough: float,
        heats: tuple[float, float],
        chunks: int,
        stop: Callable[[], bool],
        bits: Integers | None = None,
    ) -> float:
        """Anneal in chunks; return how bad the services still are (counted in ``bits``)."""
        problem, delivery = self._objective.problem, self._objective.delivery
        active = problem.interval.size
        steps = int(min(_CHUNK, _WINDOWS_EACH * active, _CHUNK * 1e4 / active))
        steps, pieces = max(1, steps // _PIECES), chunks * _PIECES
        cells = cells_of(delivery, self._bits if bits is None else bits)
        buffers = np.empty(active, np.int64), np.zeros(WORDS, np.uint64)
        match = ExactMatch(cells, service, need.astype(float), unit, matching, *buffers)
        guide, best, found = Balancing(self._base, match.need), service.copy(), -math.inf
        hot, cold = heats
        for piece in range(pieces):
            from_heat, to_heat = (hot * (cold / hot) ** ((piece + i) / pieces) for i in (0, 1))
            walk = Walk(from_heat, to_heat, steps, _OCTAVES, -enough)
            found = walk_windows(cells, match, guide, walk, self._random, service, best, found)
            self._effort_s += steps * _WINDOW_S
            if -found <= enough or stop():
                break
        return -found
