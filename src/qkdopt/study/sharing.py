"""What sharing receivers costs, and what one more receiver or satellite is worth, proved.

Every number is the difference of two optima. Each optimum is known to lie between a certified
value and a certified bound, so each difference lies in an interval, which is a single number
where both are proved optimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from qkdopt.certificates import Outcome
from qkdopt.errors import Described, InputError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.start import Paths
from qkdopt.optimize.strategy import Strategy, is_linear
from qkdopt.optimize.strategy_names import strategy_named
from qkdopt.study import sharing_changes as changes
from qkdopt.study.published import rank, relates_to_optimum
from qkdopt.study.sharing_result import Optimum, SharingStudy
from qkdopt.study.verification import verify

__all__ = ["study_sharing"]


def study_sharing(
    problem: SchedulingProblem,
    strategy: Strategy | None = None,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    stations: Iterable[str] | None = None,
    more: SchedulingProblem | None = None,
    notify: Callable[[str, float], None] = lambda step, done: None,
) -> SharingStudy:
    """Return what sharing costs and what one more receiver or satellite is worth.

    Parameters
    ----------
    problem
        Of at least two satellites.
    strategy
        What to schedule for; S-GD by default.
    seconds
        Wall time for each search [s].
    stations
        Names of those where one more receiver is tried; by default all at which receivers may
        not suffice.
    more
        The same problem with further satellites.
    notify
        Called with the name of a step and the part of it that is done.

    Raises
    ------
    InputError
        For one satellite, unknown stations, a ``more`` that differs in anything else, and the
        least divergence, which each problem relates to an optimum of its own.
    """
    goal = strategy or strategy_named(None)
    if len(problem.satellites) == 1:
        raise InputError("problem", Described("one satellite"), "at least two")
    if relates_to_optimum(goal.document()):
        raise InputError("strategy", goal.name, "another: each problem has its own S-GD optimum")
    if more is not None:
        changes.check_extends(problem, more)
    contested = {
        problem.stations[n].name: count for n, count in changes.contested_intervals(problem).items()
    }
    tried = _numbers(problem, contested if stations is None else stations)
    search = _Search(problem, goal, seconds, seed, notify)
    receivers = {
        name: search.with_receiver(name, n) if name in contested else search.joint
        for name, n in tried.items()
    }
    return SharingStudy(
        joint=search.joint,
        alone={} if goal.lower_bounds else search.alone(),
        without=search.without(),
        contested={name: contested.get(name, 0) for name in (*contested, *receivers)},
        receivers=receivers,
        more=None if more is None else search.larger(more),
        additive=is_linear(goal),
        monotone=not any(one.operations.locked for one in problem.satellites),
    )


class _Search:
    """Solves what differs from one problem by a satellite or by a receiver."""

    def __init__(
        self,
        problem: SchedulingProblem,
        strategy: Strategy,
        seconds: float,
        seed: int,
        notify: Callable[[str, float], None],
    ) -> None:
        self._problem, self._strategy, self._notify = problem, strategy, notify
        self._seconds, self._seed = seconds, seed
        self._known: dict[str, Optimum] = {}
        self.joint = self._optimum("together", problem)

    def alone(self) -> dict[str, Optimum]:
        """Return the optimum of each satellite with all receivers to itself."""
        return {
            satellite.name: self._optimum(f"{satellite.name} alone", self._problem.of_satellite(s))
            for s, satellite in enumerate(self._problem.satellites)
        }

    def without(self) -> dict[str, Optimum]:
        """Return the optimum of all satellites but one, by the name of that one."""
        problem, paths, found = self._problem, self.joint.paths, dict[str, Optimum]()
        for s, satellite in enumerate(problem.satellites):
            rest = changes.without_satellite(problem, s)
            start = changes.path_of_part(problem, paths, s) if paths else None
            found[satellite.name] = self._optimum(f"without {satellite.name}", rest, start)
        return found

    def with_receiver(self, name: str, station: int) -> Optimum:
        """Return the optimum with one more receiver at a station."""
        more = changes.with_receiver(self._problem, station)
        return self._optimum(f"one more at {name}", more, self.joint.paths or None)

    def larger(self, more: SchedulingProblem) -> Optimum:
        """Return the optimum with further satellites."""
        return self._optimum("with further satellites", more)

    def _optimum(
        self, step: str, problem: SchedulingProblem, start: Paths | None = None
    ) -> Optimum:
        """Solve one problem, the same one only once, and verify its certificate."""
        if problem.sha256 in self._known:
            return self._known[problem.sha256]
        self._notify(step, 0.0)
        outcome = solve(
            problem, self._strategy, time_limit=self._seconds, seed=self._seed, start=start
        ).uninterrupted()
        found = _proved(outcome, self._strategy)
        self._notify(step, 1.0)
        self._known[problem.sha256] = found
        return found


def _proved(outcome: Outcome, strategy: Strategy) -> Optimum:
    """Return what an outcome proves, the certificate verified."""
    ended, certificate = str(outcome.ended), outcome.certificate
    if certificate is None:
        return Optimum(None, None, ended, outcome.reason, verified=False, optimal=False)
    verdict, document = verify(certificate), strategy.document()
    return Optimum(
        certificate.value, certificate.bound, ended, outcome.reason,
        verified=verdict.holds, optimal=verdict.optimal,
        least=rank(document, certificate.value)[0], most=rank(document, certificate.bound)[0],
        paths=certificate.paths,
    )  # fmt: skip


def _numbers(problem: SchedulingProblem, names: Iterable[str]) -> dict[str, int]:
    """Return the index of each named station."""
    place = {station.name: n for n, station in enumerate(problem.stations)}
    for name in names:
        if name not in place:
            raise InputError("station", name, f"one of {', '.join(place)}")
    return {name: place[name] for name in names}
