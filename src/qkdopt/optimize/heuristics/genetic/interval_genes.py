"""The paper's individuals: for each active interval one link in view, or idling."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np
from numpy.typing import NDArray

from qkdopt.arrays import Bools, Integers
from qkdopt.optimize.heuristics.genetic import _kernels as kernels
from qkdopt.optimize.heuristics.genetic._repair_kernels import repair
from qkdopt.optimize.heuristics.genetic._session_kernels import count_sessions, tables_of
from qkdopt.optimize.problem import SchedulingProblem

_FEWEST_FOR_A_THREAD = 32


class IntervalGenes:
    """Genes 0 (idle) and ``n + 1`` (link ``n``), one for each of ``A`` intervals.

    Attributes
    ----------
    size
        ``A``.
    """

    def __init__(
        self,
        problem: SchedulingProblem,
        servable: Bools,
        rng: np.random.Generator,
        *,
        changes: float,
        run: int,
        threads: int = 1,
    ) -> None:
        """Prepare the tables.

        Parameters
        ----------
        problem
            At least one active interval.
        servable
            Where each link may be served, shape ``(N, A)``.
        rng
            Where all numbers come from.
        changes, run
            See :class:`~qkdopt.optimize.exchange.genetic_settings.GeneticSettings`.
        threads
            Populations are repaired and rated by so many at once.
        """
        links, self.size = problem.bits.shape
        allowed = np.ones((self.size, links + 1), bool)
        allowed[:, 1:] = servable.T
        self._first = np.concatenate(([0], np.cumsum(allowed.sum(axis=1))))
        self._choice = np.nonzero(allowed)[1].astype(np.int16)
        self._bits = np.zeros((self.size, links + 1), np.int64)
        self._bits[:, 1:] = problem.bits.T
        self._place = np.array([0, *problem.link_target], np.int64)
        sessions = problem.sessions
        self._sessions = None if sessions is None else tables_of(sessions)
        after = np.searchsorted(problem.interval, problem.interval + problem.tau, side="right")
        self._ready = after.astype(np.int32)
        self._targets = len(problem.targets)
        self._random, self._rate, self._run = rng, min(0.5, changes / self.size), run
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._threads = threads

    def __enter__(self) -> Self:
        """Keep the threads until the block ends."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown()

    def drawn(self, count: int) -> NDArray[np.int16]:
        """Return random individuals, shape ``(count, A)``; not repaired yet."""
        genes = np.empty((count, self.size), np.int16)
        kernels.draw(self._first, self._choice, self._random, genes)
        return genes

    def rated(self, genes: NDArray[np.int16]) -> Integers:
        """Repair individuals in place; return their bits by target, shape ``(P, T)``."""
        delivered = np.empty((genes.shape[0], self._targets), np.int64)
        parts = min(self._threads, genes.shape[0] // _FEWEST_FOR_A_THREAD)
        if self._pool is None or parts < 2:  # noqa: PLR2004 - one thread is enough
            self._repair(genes, delivered)
            return delivered
        edges = np.linspace(0, genes.shape[0], parts + 1).astype(int).tolist()
        pieces = [slice(low, high) for low, high in itertools.pairwise(edges)]
        work = [self._pool.submit(self._repair, genes[one], delivered[one]) for one in pieces]
        for one in work:
            one.result()
        return delivered

    def mate(self, genes: NDArray[np.int16], pairs: Integers) -> None:
        """Let pairs of rows exchange the intervals between two random cuts, in place."""
        kernels.cross(pairs, self._random, genes)

    def mutate(self, genes: NDArray[np.int16], rows: Integers) -> None:
        """Draw some intervals of the rows anew, in place."""
        kernels.mutate(self._first, self._choice, self._rate, self._run, rows, self._random, genes)

    @staticmethod
    def service(one: NDArray[np.int16]) -> Integers:
        """Return the links that a repaired individual serves, -1 for none, shape ``(A,)``."""
        return one.astype(np.int64) - 1

    def _repair(self, genes: NDArray[np.int16], delivered: Integers) -> None:
        repair(self._bits, self._place, self._ready, genes, delivered)
        if self._sessions is not None:
            count_sessions(self._sessions, self._place, genes, delivered)
