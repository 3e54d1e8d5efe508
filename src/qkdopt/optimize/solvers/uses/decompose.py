"""``decomposition`` of uses of bits, with kernels compiled before the clock starts."""

from __future__ import annotations

from functools import cache

import numpy as np

from qkdopt.deadline import Deadline
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.solvers.uses.outcomes import UsesOutcome, pursue_strategy
from qkdopt.optimize.solvers.uses.pursuit import Pursuit
from qkdopt.optimize.strategies import (
    BalancedDelivery,
    CappedDelivery,
    PairedDelivery,
    Strategy,
)
from qkdopt.optimize.uses import uses_of
from qkdopt.tensor import KeyTensor

__all__ = ["compile_kernels", "decompose_uses"]


def decompose_uses(
    problem: SchedulingProblem, strategy: Strategy, options: SolverOptions
) -> UsesOutcome:
    """Return a schedule for caps, floors, balanced or paired delivery, a bound, and its proof.

    Raises
    ------
    InputError
        When the problem lacks what the strategy needs, or a floor names an unknown target.
    """
    try:
        compile_kernels()
    except KeyboardInterrupt:
        deadline = Deadline()
        deadline.request_stop()  # nothing but the first bound
        options = options.within(deadline)
    return pursue_strategy(problem, strategy, options)


@cache
def compile_kernels() -> None:
    """Run a small problem through every part, once in a process, before any clock starts.

    Compiling takes tens of seconds the first time on a machine: a time limit is for searching.
    """
    random = np.random.default_rng(0)
    passes, length, links = 4, 3, 3
    bits = random.integers(1, 1000, (links, passes * length))
    interval = np.add.outer(100 * np.arange(passes), np.arange(length)).ravel()
    names = [f"link {n}" for n in range(links)]
    keys = KeyTensor.create(bits, interval, names, weights=dict.fromkeys(names, 1))
    demand = dict.fromkeys(names, 1500)
    traffic = {n: {m: 700 * (n != m) for m in names} for n in names}
    problem = SchedulingProblem.from_keys(keys).having(demand=demand, traffic=traffic)
    for strategy in (CappedDelivery(), BalancedDelivery(), PairedDelivery()):
        Pursuit(uses_of(problem, strategy), lambda exact: {}, seed=0).try_everything()
    if Deadline().stop_requested:  # then not everything was tried
        raise KeyboardInterrupt
