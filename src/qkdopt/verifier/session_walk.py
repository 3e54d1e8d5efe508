"""The recursion of the longest path where keys are of sessions, not sums over intervals.

A *session* is an uninterrupted service of one link, and its bits depend on where it began and
ends.  So a schedule is known by its label, its last link, and where the session began that goes on.
Another session of the same link begins after an idle interval at the soonest; otherwise it is what
`LabelledWalk` does: services, which counters are about, may be of several sessions.
"""

from collections.abc import Callable, Sequence
from operator import add

from qkdopt.verifier.blocks import Block, Gains
from qkdopt.verifier.operations import Operations
from qkdopt.verifier.walk import Cell, LabelledWalk, Values

_Open = dict[int, tuple[list[int], list[int]]]
"""By label: where sessions of a link began, counted from the first interval of their contact, and
the most that schedules have gained which are in them."""


class SessionWalk(LabelledWalk):
    """The walk in sessions; gains of single cells do not matter.

    ``open`` are, by link, the sessions that go on after the last interval with cells, ``time``.
    They are kept in ``ending`` once an interval has passed in which their link is not served.
    """

    def __init__(self, operations: Operations, block: Block, gains: Gains, factor: int) -> None:
        super().__init__(operations, block, block.bits, factor)
        self.gains, self.time, self.open = gains, -1, dict[int, _Open]()

    def serve(self, time: int, cells: list[Cell], *, locked: bool) -> None:
        """Serve one of the cells, or none unless the interval is locked to a link."""
        if time > self.time + 1:
            self.close(self.open)
            self.open = {}
        self.arrive(time)
        before, self.time, self.open = self.open, time, {}
        links, more = self.block.satellite.links, self.block.satellite.sessions
        n_links, n_cells, n_labels = len(self.pool), len(cells), 2 * len(self.ending)
        n_open = sum(len(values) for own in before.values() for _, values in own.values())
        n_open += sum(len(more[links[n], time]) for n, _, _ in cells)
        self.budget.spend(self.factor * (n_open + 8 * n_cells * (1 + n_labels) + n_links))
        self.budget.keep(n_labels * (n_links + n_cells) + self.n_queued + 2 * n_open * self.factor)
        for n, _, met in cells:
            column = self.gains.of_sessions(links[n], time, more[links[n], time])
            self.open[n] = self.served(n, met, column, before.get(n, {}))
        if locked:
            self.ending = {}
            self.clear()
        else:
            self.close(before)
        fresh: dict[int, Values] = {}
        for n, own in self.open.items():
            left = self.pool[n]
            best = self.best[left]
            for label, (_, values) in own.items():
                most = max(values)
                if label not in best or most > best[label]:
                    best[label] = fresh.setdefault(left, {})[label] = most
                if label not in self.ending:
                    self.ending[label] = [None] * n_links
        for left, here in fresh.items():
            self._turn(time, left, here)

    def served(self, n: int, met: int, column: Sequence[int], before: _Open) -> _Open:
        """Return the sessions of a link that go on, and the one that begins, after an interval."""
        came, found, begun, begins = self.turned[self.pool[n]], _Open(), Values(), column[-1]
        for label, (places, values) in before.items():
            if (then := self.after(label)[0]) is not None:
                gained = list(map(add, values, map(column.__getitem__, places)))
                _join(found, then | met, places, gained)
        for label, last in self.ending.items():
            same, other = self.after(label)
            for then, value in (same, last[n]), (other, came.get(label)):
                if then is not None and value is not None:
                    then |= met
                    if then not in begun or value > begun[then]:
                        begun[then] = value
        for label, value in begun.items():
            _join(found, label, [len(column) - 1], [value + begins])
        return found

    def close(self, sessions: dict[int, _Open]) -> None:
        """Let sessions of a link end: another one of the link may begin from now on."""
        for n, own in sessions.items():
            for label, (_, values) in own.items():
                last, most = self.ending[label], max(values)
                if (old := last[n]) is None or most > old:
                    last[n] = most

    def relabel(self, then: Callable[[int], int | None]) -> None:
        """Give all schedules other labels; drop those that get none."""
        super().relabel(then)
        sessions, self.open = self.open, {}
        for n, own in sessions.items():
            self.open[n] = _Open()
            for label, (places, values) in own.items():
                if (new := then(label)) is not None:
                    _join(self.open[n], new, places, values)

    def ends(self) -> list[int]:
        """Return what the schedules have gained that may end here."""
        self.close(self.open)
        return super().ends()


def _join(sessions: _Open, label: int, places: list[int], values: list[int]) -> None:
    """Add sessions of a link to those of a label."""
    if label in sessions:
        known, gained = sessions[label]
        known += places
        gained += values
    else:
        sessions[label] = places, values
