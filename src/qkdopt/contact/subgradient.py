"""Initial Lagrangian multipliers by the subgradient method, without a linear programme."""

from collections import Counter
from collections.abc import Callable, Sequence

from qkdopt.contact.bound import LagrangianRelaxation, Multipliers

_ROUNDS = 20
_PATIENCE = 4


def subgradient_multipliers(
    lagrangian: LagrangianRelaxation,
    try_incumbent: Callable[[Sequence[int]], int],
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Multipliers, int]:
    """Return multipliers and their bound after some rounds of the subgradient method.

    At given multipliers each pass of the relaxed optimum takes its best target. The subgradient
    of a target that k passes take is k - 1. The step is Polyak's, halved when the bound does
    not fall for some rounds. Every round proves a bound exactly; the optimum is not reached.

    Parameters
    ----------
    try_incumbent
        Takes compatible passes, returns the value of the incumbent.
    stop
        Polled after each round.
    """
    rho: dict[int, int] = {}
    best: tuple[Multipliers, int] | None = None
    pace, idle = 1.0, 0
    for _ in range(_ROUNDS):
        multipliers = Multipliers(
            1, {t: multiplier for t, multiplier in rho.items() if multiplier > 0}
        )
        priced = lagrangian.bound(multipliers)
        if priced is None:  # cannot happen: no pass is fixed as used
            break
        value = try_incumbent(priced.passes)
        idle += 1
        if best is None or priced.bound < best[1]:
            best, idle = (multipliers, priced.bound), 0
        if idle == _PATIENCE:
            pace, idle = pace / 2, 0
        demand = Counter(lagrangian.best_target(multipliers, p) for p in priced.passes)
        pull = {t: demand[t] - 1 for t in (*multipliers.rho, *demand) if demand[t] != 1}
        if best[1] <= value or not pull or stop():
            break
        step = pace * (priced.bound - value) / sum(k * k for k in pull.values())
        rho = dict(multipliers.rho)
        for t, k in pull.items():
            rho[t] = max(0, rho.get(t, 0) + int(step * k))
    return best or (Multipliers(), 0)
