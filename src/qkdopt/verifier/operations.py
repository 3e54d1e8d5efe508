"""The operations of a satellite as the longest path sees them: counters of what has happened."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from qkdopt.verifier.budget import Budget
from qkdopt.verifier.model import Satellite

Turn: TypeAlias = tuple[Callable[[list[int]], Sequence[float]], list[int]]


class Counters(NamedTuple):
    """What operations depend on in a schedule's past; a counter that no rule needs stays 0.

    ``dwell`` counts the intervals of the present service, up to the minimum; ``handovers``
    all hand-overs; ``within`` and ``served`` the hand-overs and the served intervals of the
    present pass (``served`` only up to 1 unless its number is limited).
    """

    dwell: int = 0
    handovers: int = 0
    within: int = 0
    served: int = 0


class Operations:
    """The operations of a satellite: its counters, numbered as they are met, and its turns.

    0 is the number of a schedule that has served no link.  Links of one *pool* can be turned to
    after the same waits: there is one pool for all, unless the switching time depends on the links,
    or there is none and sessions keep an interval apart from others of their link.
    A turn away says from which interval on pools can be reached, given that of the last service.
    """

    def __init__(self, satellite: Satellite, budget: Budget) -> None:
        self.budget, self.options, self.satellite = budget, satellite.options, satellite
        sessions = bool(satellite.sessions)
        self.needed = sessions or not self.options.only_close  # more than to close cells
        n_links, demands = len(satellite.links), self.options.demands
        self.locked = {time for time, links in demands.items() if max(links) >= 0}
        self.impossible = bool(self.locked) and not self.locked <= {*satellite.times}
        self.tau = satellite.tau
        self.turns = _turns(satellite)
        self.pool = [0 if len(self.turns) == 1 else n for n in range(max(1, n_links))]
        per_pass = (self.options.handovers_per_pass, self.options.service_per_pass)
        self.per_pass = per_pass != (None, None)
        self._counters = [Counters()]
        self._number = {self._counters[0]: 0}
        self._after: dict[int, tuple[int | None, int | None]] = {}

    def after(self, number: int) -> tuple[int | None, int | None]:
        """Return the counters once an interval more is served, by the same link or another.

        ``None`` stands for counters above a limit.
        """
        if number not in self._after:
            old = self._counters[number]
            self._after[number] = self._served(old, turns=False), self._served(old, turns=True)
        return self._after[number]

    def complete(self, number: int) -> bool:
        """Return whether the present service may end, or no link has been served."""
        return self.options.dwell == 1 or self._counters[number].dwell in (0, self.options.dwell)

    def rested(self, number: int) -> int:
        """Return the counters after the pass is over."""
        return self._numbered(self._counters[number]._replace(within=0, served=0))

    def _served(self, old: Counters, *, turns: bool) -> int | None:
        rules = self.options
        inside = turns and old.served > 0 and rules.handovers_per_pass is not None
        served = 0
        if rules.service_per_pass is not None:
            served = old.served + 1
        elif rules.handovers_per_pass is not None:
            served = 1
        dwell = 1 if turns else min(old.dwell + 1, rules.dwell)
        found = Counters(
            dwell=dwell if rules.dwell > 1 else 0,
            handovers=old.handovers + (turns and rules.handovers is not None),
            within=old.within + inside,
            served=served,
        )
        limits = (
            (found.handovers, rules.handovers),
            (found.within, rules.handovers_per_pass),
            (found.served, rules.service_per_pass),
        )
        if any(most is not None and count > most for count, most in limits):
            return None
        return self._numbered(found)

    def _numbered(self, counters: Counters) -> int:
        number = self._number.setdefault(counters, len(self._counters))
        if number == len(self._counters):
            self._counters.append(counters)
        return number


def _turns(satellite: Satellite) -> list[list[Turn]]:
    """Return for each pool the turns away from it; those that always take as long are one."""
    options, links = satellite.options, range(len(satellite.links))
    at_once = bool(satellite.sessions) and not satellite.tau
    if options.tau is None and not options.slew and not at_once:
        return [[(partial(satellite.soonest, 0, 0), [0])]]
    turns: list[list[Turn]] = []
    for n in links:
        pools: dict[tuple[int, ...], list[int]] = {}
        for other in links:
            always = satellite.tau if options.tau is None else options.tau[n][other]
            alike = (always, other) if (n, other) in options.slew else (always,)
            if other != n:
                pools.setdefault(alike, []).append(other)
        turns.append([(partial(satellite.soonest, n, pool[0]), pool) for pool in pools.values()])
    return turns
