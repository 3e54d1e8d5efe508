"""One front, point by point: schedules are reused at every larger KL mismatch that allows them.

A schedule feasible at one KL mismatch is feasible at every larger one, and a bound valid at one
at every smaller one. So values never fall and bounds never rise along the front, however
little time a point had.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from qkdopt.certificates import Certificate, Ended, Outcome
from qkdopt.certificates.proof_names import strategy_in_version
from qkdopt.deadline import Deadline, interruptible
from qkdopt.errors import InputError
from qkdopt.optimize.form import Form
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import Strategy
from qkdopt.optimize.strategy_names import strategy_of_form
from qkdopt.optimize.trim import trimmed
from qkdopt.study.evaluation import evaluate
from qkdopt.study.front import Front, FrontPoint, Mark
from qkdopt.study.solving import solve
from qkdopt.study.usual import compared
from qkdopt.study.verification import naming, verify
from qkdopt.timegrid import plain_decimal
from qkdopt.verifier import Verdict

_SMALLEST = 1e-4  # nats; below it is only the exact match
_MARK_SHARE = 0.05  # of the time goes to each mark that is not found at once
_LEAST_SECONDS = 0.2  # for a point whose time others have used up
_FAR = 0.995  # of the KL mismatch of S-GD: there the front has become flat


class Keeper(Protocol):
    """Stores certificates by name as they are found, and returns those of an earlier run."""

    def earlier(self, name: str) -> Certificate | None:
        """Return what an earlier run found, unchanged, or ``None``."""

    def keep(self, name: str, certificate: Certificate, front: Front) -> None:
        """Keep a certificate, and the front that there is with it."""


class FrontRun:
    """One run; what there is is complete at every moment.

    Attributes
    ----------
    interrupted
        Whether Ctrl-C ended it before all points were found.
    """

    def __init__(
        self, problem: SchedulingProblem, deadline: Deadline, seed: int, keeper: Keeper | None
    ) -> None:
        self.problem, self.deadline, self.seed, self.keeper = problem, deadline, seed, keeper
        self.layout = laid_out(problem) if len(problem.satellites) > 1 else None
        # Where schedules are compared, all satellites are one.
        self.one = problem if self.layout is None else self.layout.problem
        self.points: list[FrontPoint] = []
        self.marks: list[Mark] = []
        self.schedules: list[Schedule] = []
        self.interrupted = False

    def go(self, count: int, notify: Callable[[str, float], None]) -> Front:
        """Find the marks, then ``count`` points."""
        with interruptible():
            try:
                self._find_marks(notify)
                widest = self.marks[0].divergence if self.marks else None
                kl_maxes = [] if self.interrupted else _divergences(widest, count)
                for number, kl_max in enumerate(kl_maxes):
                    notify("front", number / count)
                    self._find_point(kl_max, count - number)
                    if self.interrupted:
                        break
            except KeyboardInterrupt:
                self.interrupted = True
        return self.front()

    def front(self) -> Front:
        """Return what there is."""
        most = self.marks[0].value if self.marks else 0
        no_more = self.marks[0].certificate.bound if self.marks else 0  # than S-GD can reach
        points = tuple(_never_rising_bounds(self.points, no_more))
        return Front(points, tuple(self.marks), most, self.interrupted)

    def _find_marks(self, notify: Callable[[str, float], None]) -> None:
        for strategy in compared():
            notify("front", 0.0)
            seconds = self.deadline.limit_s
            share = None if seconds is None else _MARK_SHARE * seconds
            known = self._certificate(f"mark-{strategy.name}", strategy, share, None)
            if known is None:
                return
            certificate, verdict, divergence = known
            finite = divergence is not None and math.isfinite(divergence)
            total = sum(verdict.delivered)
            self.marks.append(
                Mark(strategy.title, total, divergence if finite else None, certificate)
            )
            self._keep(f"mark-{strategy.name}", certificate)
            if isinstance(certificate.value, dict):  # what makes a total, not balance, is cut
                self._know(trimmed(self.one, self._schedule(certificate)))

    def _find_point(self, kl_max: str, left: int) -> None:
        strategy = strategy_of_form(Form.TARGETED, kl_max)
        name = f"{strategy.name}-{kl_max}"
        seconds = max(self.deadline.remaining() / left, _LEAST_SECONDS)
        limit = None if math.isinf(seconds) else seconds
        known = self._certificate(name, strategy, limit, self._start(strategy))
        if known is None:
            return
        certificate, _, divergence = known
        self.points.append(
            FrontPoint(kl_max, certificate.value, divergence, certificate.bound, certificate)
        )
        self._keep(name, certificate)

    def _certificate(
        self, name: str, strategy: Strategy, seconds: float | None, start: Schedule | None
    ) -> tuple[Certificate, Verdict, float | None] | None:
        """Return a verified certificate, and its schedule's KL mismatch."""
        certificate = self._earlier(name, strategy, start)
        if certificate is None:
            outcome: Outcome = solve(
                self.problem, strategy, time_limit=seconds, seed=self.seed, start=start
            )
            certificate = outcome.certificate
            self.interrupted |= outcome.ended is Ended.INTERRUPTED
            if certificate is None and self.interrupted:
                return None
        with naming(f"front: {name}"):
            verdict = verify(certificate, self.problem)
        if certificate is None or not verdict:
            raise InputError("front", verdict.statement, "a certificate that holds")
        self._know(self._schedule(certificate))
        evaluation = evaluate(self.problem.targets, self.problem.weights, verdict.delivered)
        return certificate, verdict, evaluation.divergence

    def _earlier(self, name: str, strategy: Strategy, start: Schedule | None) -> Certificate | None:
        """Return what an earlier run found if it is about the same, and no worse than known."""
        certificate = None if self.keeper is None else self.keeper.earlier(name)
        if certificate is None:
            return None
        try:
            document, verdict = certificate.document, verify(certificate, self.problem)
            stated = strategy_in_version(document["strategy"], 1)
            same = verdict.holds and stated == strategy.document()
            whole = Ended(document["made_by"]["ended"]) is not Ended.INTERRUPTED
            better = start is None or certificate.value >= sum(start.delivered(self.one))
        except (InputError, KeyError, TypeError, ValueError):
            return None
        return certificate if same and whole and better else None

    def _keep(self, name: str, certificate: Certificate) -> None:
        if self.keeper is not None:
            self.keeper.keep(name, certificate, self.front())

    def _schedule(self, certificate: Certificate) -> Schedule:
        if self.layout is None:
            return Schedule.create(certificate.schedule)
        return Schedule(self.layout.service(certificate.paths))

    def _know(self, schedule: Schedule) -> None:
        if schedule.is_legal(self.one):
            self.schedules.append(schedule)

    def _start(self, strategy: Strategy) -> Schedule | None:
        """Return the best schedule known that the strategy allows."""
        from qkdopt.optimize.objectives.targeted import TargetedObjective

        objective = TargetedObjective.create(self.one, strategy)
        best, most = None, 0
        for schedule in self.schedules:
            delivered = objective.delivered(schedule)
            total = int(delivered.sum())
            to_all = sum(schedule.delivered(self.one))  # also to targets of weight 0
            if total > most and total == to_all and objective.allows(delivered):
                best, most = schedule, total
        return best


def _never_rising_bounds(points: list[FrontPoint], no_more: int) -> list[FrontPoint]:
    """Give each point the lowest bound among the larger KL mismatches, which holds for it, too.

    ``no_more`` is a bound [bits] at any KL mismatch.
    """
    result: list[FrontPoint] = []
    for point in reversed(points):
        bound = min(point.bound, result[-1].bound if result else no_more)
        result.append(
            FrontPoint(point.kl_max, point.value, point.divergence, bound, point.certificate)
        )
    return result[::-1]


def _divergences(widest: float | None, points: int) -> list[str]:
    far = widest if widest is not None and math.isfinite(widest) and widest > _SMALLEST else 1.0
    steps = points - 1
    ratio = (_FAR * far / _SMALLEST) ** (1 / (steps - 1))
    chosen = [Decimal(f"{_SMALLEST * ratio**k:.3g}") for k in range(steps)]
    return ["0", *(plain_decimal(number) for number in chosen)]


def compile_kernels() -> None:
    """Compile what the searches need: the front's time limit is for searching, too."""
    from qkdopt.optimize.decomposition.warm_up import warm_up

    for exact in (False, True):
        warm_up(strategy_of_form(Form.TARGETED).name, exact=exact)
