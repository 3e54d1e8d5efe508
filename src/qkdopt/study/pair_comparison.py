"""Strategies compared by their pairwise keys, for one traffic matrix or several."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qkdopt.certificates import Outcome
from qkdopt.errors import SolverError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategy import Strategy
from qkdopt.study.evaluation import Evaluation, evaluate_verdict
from qkdopt.study.pairing import PairUse
from qkdopt.study.usual import compared_by_pairs
from qkdopt.study.verification import verify
from qkdopt.verifier import Verdict

Traffic = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Paired:
    """One strategy's schedule at every traffic.

    Attributes
    ----------
    name
        ``S-GD``, ``S-TD(0.01)``, ``paired``.
    evaluations, outcomes, verdicts
        By traffic. All but those of ``paired`` are about one and the same schedule.
    """

    name: str
    evaluations: tuple[Evaluation, ...]
    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def uses(self) -> tuple[PairUse, ...]:
        """What the keys pair up to, by traffic."""
        return tuple(e.pairing for e in self.evaluations if e.pairing is not None)


@dataclass(frozen=True)
class PairComparison:
    """What each strategy's keys pair up to.

    Attributes
    ----------
    wanted
        Demand of all pairs in shared bits, by traffic.
    bounds
        Shared bits that no schedule exceeds, by traffic, proved.
    """

    wanted: tuple[int, ...]
    bounds: tuple[int, ...]
    strategies: tuple[Paired, ...]

    @property
    def holds(self) -> bool:
        """Whether the verifier confirms every schedule."""
        return all(verdict.holds for paired in self.strategies for verdict in paired.verdicts)

    def document(self) -> dict[str, object]:
        """Return the comparison for a JSON file."""
        return {
            "wanted": list(self.wanted),
            "bounds": list(self.bounds),
            "verified": self.holds,
            "strategies": {
                paired.name: [
                    {
                        "value": outcome.value,
                        "bound": outcome.bound,
                        "ended": str(outcome.ended),
                        "verified": verdict.holds,
                        **evaluation.document(),
                    }
                    for evaluation, outcome, verdict in zip(
                        paired.evaluations, paired.outcomes, paired.verdicts, strict=True
                    )
                ]
                for paired in self.strategies
            },
        }


def compare_pairs(
    problem: SchedulingProblem,
    traffics: Sequence[Traffic],
    *,
    seconds: float = 10.0,
    seed: int = 0,
    notify: Callable[[str, float], None] = lambda step, done: None,
) -> PairComparison:
    """Return what the keys of S-GD, S-PD, S-TD(0.01), balanced and paired delivery pair up to.

    Parameters
    ----------
    traffics
        At least one matrix by target names.
    seconds
        Wall time for each search [s]; S-GD and S-PD take no time.

    Raises
    ------
    InputError
        For traffic that is not a symmetric matrix, or problems without weights.
    SolverError
        When a solver leaves no schedule.
    """
    problems = [problem.having(traffic=traffic) for traffic in traffics]
    found = []
    strategies = compared_by_pairs()
    for strategy in strategies:
        name = strategy.title
        notify(name, 0.0)
        searches = len(problems) if strategy is strategies[-1] else 1
        outcomes: list[Outcome] = []
        for number in range(searches):
            outcomes.append(_solved(problems[number], strategy, seconds, seed))
            notify(name, (number + 1) / searches)
        found.append(_paired(name, problems, outcomes))
    return PairComparison(
        wanted=tuple(use.wanted for use in found[0].uses),
        bounds=tuple(outcome.bound for outcome in found[-1].outcomes),
        strategies=tuple(found),
    )


def _solved(problem: SchedulingProblem, strategy: Strategy, seconds: float, seed: int) -> Outcome:
    outcome = solve(problem, strategy, time_limit=seconds, seed=seed).uninterrupted()
    if outcome.certificate is None:
        raise SolverError(f"strategy {strategy.name}: {outcome.reason}")
    return outcome


def _paired(
    name: str, problems: Sequence[SchedulingProblem], outcomes: Sequence[Outcome]
) -> Paired:
    repeated = outcomes if len(outcomes) == len(problems) else [outcomes[0]] * len(problems)
    verdicts = [verify(outcome.certificate) for outcome in repeated]
    evaluations = [
        evaluate_verdict(problem, verdict)
        for problem, verdict in zip(problems, verdicts, strict=True)
    ]
    return Paired(name, tuple(evaluations), tuple(repeated), tuple(verdicts))
