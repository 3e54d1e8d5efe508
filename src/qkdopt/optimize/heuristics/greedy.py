"""``greedy``: serve the best link now, with hysteresis; the baseline that everyone must beat."""

import time

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.longest_path import interval_gains, sum_of_best
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.exchange.result import SolverResult
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.strategies import LinearStrategy

DEFAULT_HYSTERESIS = 0.1


def solve_greedily(
    problem: SchedulingProblem, strategy: LinearStrategy, options: SolverOptions
) -> SolverResult:
    """Return the baseline; its bound is what could be had if hand-overs took no time."""
    began = time.perf_counter()
    coefficients = strategy.coefficients(problem)
    schedule = greedy_schedule(problem, coefficients)
    seconds = {"solve": time.perf_counter() - began}
    return SolverResult(
        schedule=schedule, bound=sum_of_best(problem, coefficients), seconds=seconds
    )


def greedy_schedule(
    problem: SchedulingProblem, coefficients: Integers, hysteresis: float = DEFAULT_HYSTERESIS
) -> Schedule:
    """Return the schedule of a satellite that never looks ahead; it proves nothing.

    It stays on a link until another one is worth more than ``1 + hysteresis`` times as much
    in the interval at hand, then turns to that one and idles for the time of the hand-over.
    While turning it does not reconsider.

    Parameters
    ----------
    problem
        Any problem, any switching time.
    coefficients
        ``c_n >= 0`` by link, int64, shape ``(N,)``.
    hysteresis
        How much better another link must be, >= 0.
    """
    service: list[int] = []
    link, heading, last_service = IDLE, IDLE, 0
    for now, gains in zip(
        problem.interval.tolist(), interval_gains(problem, coefficients).tolist(), strict=True
    ):
        free = link == IDLE or now - last_service > problem.tau
        if free and heading != IDLE:
            link, heading = heading, IDLE
        if heading == IDLE:
            best = max(range(len(gains)), key=gains.__getitem__)
            own = gains[link] if link != IDLE else 0
            if gains[best] > (1 + hysteresis) * own:
                link, heading = (best, IDLE) if free else (link, best)
        serves = heading == IDLE and link != IDLE and gains[link] > 0
        last_service = now if serves else last_service
        service.append(link if serves else IDLE)
    return Schedule.create(service)
