"""First prices without a linear programme: raise those of targets that several passes want."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from qkdopt.contact.bound import PriceList, Pricer

__all__ = ["first_prices"]

_ROUNDS = 20
_PATIENCE = 4


def first_prices(
    pricer: Pricer,
    offer: Callable[[Sequence[int]], int],
    stop: Callable[[], bool] = lambda: False,
) -> tuple[PriceList, int]:
    """Return prices and their bound, after some rounds of the subgradient method.

    At given prices the passes that attain the bound want the targets that are worth most to
    them. A target that k of them want pulls its price by k - 1: up when several want it, down when
    nobody does. The step is Polyak's, halved when the bound does not fall for some rounds. Proves
    a bound, reaches no optimum; every round is exact.

    Parameters
    ----------
    offer
        Takes passes that fit together, returns the value of the best schedule so far.
    stop
        Asked after each round.
    """
    rho: dict[int, int] = {}
    best: tuple[PriceList, int] | None = None
    pace, idle = 1.0, 0
    for _ in range(_ROUNDS):
        prices = PriceList(1, {t: price for t, price in rho.items() if price > 0})
        priced = pricer.bound(prices)
        if priced is None:  # no pass has to be used here, so there always is a schedule
            break
        value = offer(priced.passes)
        idle += 1
        if best is None or priced.bound < best[1]:
            best, idle = (prices, priced.bound), 0
        if idle == _PATIENCE:
            pace, idle = pace / 2, 0
        wanted = Counter(pricer.wanted(prices, p) for p in priced.passes)
        pull = {t: wanted[t] - 1 for t in (*prices.rho, *wanted) if wanted[t] != 1}
        if best[1] <= value or not pull or stop():
            break
        step = pace * (priced.bound - value) / sum(k * k for k in pull.values())
        rho = dict(prices.rho)
        for t, k in pull.items():
            rho[t] = max(0, rho.get(t, 0) + int(step * k))
    return best or (PriceList(), 0)
