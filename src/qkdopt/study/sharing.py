"""What sharing receivers costs, and what one more receiver or satellite is worth, proved.

Every number is the difference of two optima. Each optimum is known to lie between a certified
value and a certified bound, so each difference lies in an interval, which is a single number
where both are proved optimal.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from qkdopt.certificates import Outcome
from qkdopt.errors import Described, InputError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.start import Paths
from qkdopt.optimize.strategy import Strategy, is_linear
from qkdopt.optimize.strategy_names import default_strategy
from qkdopt.study import sharing_changes as changes
from qkdopt.study.processes import over_processes
from qkdopt.study.published import rank
from qkdopt.study.sharing_result import Optimum, SharingStudy
from qkdopt.study.verification import verify

_MORE = "with further satellites"


def study_sharing(
    problem: SchedulingProblem,
    strategy: Strategy | None = None,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    stations: Iterable[str] | None = None,
    more: SchedulingProblem | None = None,
    processes: int | None = 1,
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
    processes
        How many searches run side by side, each in a process of its own; ``None`` for one on each
        core. Their limits are wall time, so more than there are cores find less.
    notify
        Called with the name of a step and the part of it that is done.

    Raises
    ------
    InputError
        For one satellite, unknown stations, a ``more`` that differs in anything else, fewer than
        one process, and the least divergence, which each problem relates to an optimum of its own.
    """
    goal = strategy or default_strategy()
    if len(problem.satellites) == 1:
        raise InputError("problem", Described("one satellite"), "at least two")
    if goal.refers_to:
        raise InputError("strategy", goal.name, "another: each problem has its own S-GD optimum")
    if more is not None:
        changes.check_extends(problem, more)
    contested = {
        problem.stations[n].name: count for n, count in changes.contested_intervals(problem).items()
    }
    tried = _numbers(problem, contested if stations is None else stations)
    search = partial(_optimum, goal, seconds, seed)
    notify("together", 0.0)
    joint = search(_Trial("together", problem))
    notify("together", 1.0)
    trials = _trials(problem, joint.paths, tried, contested, alone=not goal.lower_bounds)
    if more is not None:
        trials.append(_Trial(_MORE, more))
    found = {problem.sha256: joint} | _solved(search, trials, processes, notify)
    by_name = {trial.name: found[trial.problem.sha256] for trial in trials}
    names = [satellite.name for satellite in problem.satellites]
    return SharingStudy(
        joint=joint,
        alone={} if goal.lower_bounds else {x: by_name[f"{x} alone"] for x in names},
        without={x: by_name[f"without {x}"] for x in names},
        contested={name: contested.get(name, 0) for name in (*contested, *tried)},
        receivers={name: by_name.get(f"one more at {name}", joint) for name in tried},
        more=by_name.get(_MORE),
        additive=is_linear(goal),
        monotone=not any(one.operations.locked for one in problem.satellites),
    )


@dataclass(frozen=True, eq=False)
class _Trial:
    """A problem that differs from the one by a satellite or a receiver, and where it begins."""

    name: str
    problem: SchedulingProblem
    start: Paths | None = None


def _trials(
    problem: SchedulingProblem,
    paths: Paths,
    tried: Mapping[str, int],
    contested: Container[str],
    *,
    alone: bool,
) -> list[_Trial]:
    """Return one more receiver at stations, each satellite alone, and all but one."""
    trials = [
        _Trial(f"one more at {name}", changes.with_receiver(problem, n), paths or None)
        for name, n in tried.items()
        if name in contested
    ]
    for s, satellite in enumerate(problem.satellites):
        start = changes.path_of_part(problem, paths, s) if paths else None
        rest = changes.without_satellite(problem, s)
        trials.append(_Trial(f"without {satellite.name}", rest, start))
        if alone:
            trials.append(_Trial(f"{satellite.name} alone", problem.of_satellite(s)))
    return trials


def _solved(
    search: Callable[[_Trial], Optimum],
    trials: Sequence[_Trial],
    processes: int | None,
    notify: Callable[[str, float], None],
) -> dict[str, Optimum]:
    """Return the optimum of each problem by its hash; the same problem is solved only once."""
    different = {trial.problem.sha256: trial for trial in reversed(trials)}
    step = f"{len(different)} changes"
    notify(step, 0.0)
    found = over_processes(
        search,
        [*different.values()][::-1],
        processes=processes,
        done=lambda finished: notify(step, finished / len(different)),
    )
    return dict(zip([*different][::-1], found, strict=True))


def _optimum(strategy: Strategy, seconds: float, seed: int, trial: _Trial) -> Optimum:
    """Solve one problem and verify its certificate."""
    outcome = solve(
        trial.problem, strategy, time_limit=seconds, seed=seed, start=trial.start
    ).uninterrupted()
    return proved(outcome, strategy)


def proved(outcome: Outcome, strategy: Strategy) -> Optimum:
    """Return what an outcome proves, the certificate verified."""
    ended, certificate = str(outcome.ended), outcome.certificate
    if certificate is None:
        return Optimum(None, None, ended, outcome.reason, verified=False, optimal=False)
    verdict, document = verify(certificate), strategy.document()
    return Optimum(
        certificate.value, certificate.bound, ended, outcome.reason,
        verified=verdict.holds, optimal=verdict.optimal,
        least=rank(document, certificate.value)[0], most=rank(document, certificate.bound)[0],
        paths=certificate.paths, delivered=verdict.delivered,
    )  # fmt: skip


def _numbers(problem: SchedulingProblem, names: Iterable[str]) -> dict[str, int]:
    """Return the index of each named station."""
    place = {station.name: n for n, station in enumerate(problem.stations)}
    for name in names:
        if name not in place:
            raise InputError("station", name, f"one of {', '.join(place)}")
    return {name: place[name] for name in names}
