"""Results of a run: each solver's outcome and verdict, by strategy."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qkdopt.certificates import Ended, Outcome
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.risk import EXPECTATION, Risk
from qkdopt.study.assumption_rows import AssumedTotals
from qkdopt.study.evaluation import Evaluation
from qkdopt.study.mean_clouds import in_mean_clouds
from qkdopt.study.under_clouds import HonestValue
from qkdopt.tensor import KeyTensor
from qkdopt.verifier import Verdict

MEAN_CLOUDS = "mean-clouds"
"""Kind of the tasks that solve for the mean bits of all cloud scenarios."""


@dataclass
class StrategyResult:
    """Outcomes and verdicts of the solvers of one strategy.

    ``refusals`` holds why a further solver did not take the problem, in a sentence; ``honest`` what
    is kept in fresh cloud scenarios, if there are any.
    """

    strategy: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    evaluation: Evaluation | None = None
    refusals: dict[str, str] = field(default_factory=dict)
    honest: HonestValue | None = None

    @property
    def best(self) -> Outcome:
        """The outcome whose schedule is shown: that of the first solver."""
        return next(iter(self.outcomes.values()))

    @property
    def verdict(self) -> Verdict | None:
        """Its verdict, ``None`` when it has no certificate."""
        return self.verdicts.get(next(iter(self.outcomes), ""))

    @property
    def findings(self) -> tuple[str, ...]:
        """Each false claim in one sentence, disagreement included."""
        found = [
            f"{self.strategy} by {solver}: {finding}"
            for solver, verdict in self.verdicts.items()
            for finding in verdict.findings
        ]
        for solver, outcome in self.outcomes.items():
            if outcome.ended is Ended.FAILED:
                found.append(f"{self.strategy} by {solver}: {outcome.reason or 'it failed'}")
        values = {s: o.value for s, o in self.outcomes.items() if o.optimal}
        if len(set(values.values())) > 1:
            said = ", ".join(
                f"{solver} {value:,}" if isinstance(value, int) else f"{solver} {value}"
                for solver, value in values.items()
            )
            found.append(f"{self.strategy}: the proved optima differ: {said}")
        return tuple(found)

    @property
    def holds(self) -> bool:
        """Whether the verifier confirms every certificate and the optima agree."""
        return bool(self.verdicts) and not self.findings

    def document(self) -> dict[str, object]:
        """Return the result as in ``summary.json``."""
        best = self.best
        return {
            "value": best.value,
            "bound": best.bound,
            "ended": str(best.ended),
            "verified": self.holds,
            "optimal": best.optimal,
            **(self.evaluation.document() if self.evaluation else {}),
            **(self.honest.document() if self.honest else {}),
            "findings": list(self.findings),
            "solvers": {
                solver: {
                    "value": outcome.value,
                    "bound": outcome.bound,
                    "ended": str(outcome.ended),
                    "verified": solver in self.verdicts and self.verdicts[solver].holds,
                    "seconds": {k: round(s, 6) for k, s in outcome.seconds.items()},
                }
                for solver, outcome in self.outcomes.items()
            },
        }


@dataclass
class StudyResult:
    """All that one run found, and where it was written.

    Attributes
    ----------
    keys
        The key tensor of each satellite.
    files
        Names of the files written so far.
    seconds
        Wall time by step [s].
    inputs
        What the files depend on, see :func:`qkdopt.study.resume.inputs_of`.
    assumed
        What the totals assume, with effects where they were asked for.
    kept
        SHA-256 of each file that the next run may reuse, and its time limit.
    reused
        Names of the files reused from the previous run.
    rejected
        Reasons why others of its files were not.
    fresh, risk
        The same links under skies that nothing was made for, if there are any; and how skies count.
    complete
        Whether every strategy is solved; false while the run is in progress.
    interrupted
        Whether the user interrupted a solver; its incumbent is kept.
    """

    name: str
    folder: Path
    keys: tuple[KeyTensor, ...]
    problem: SchedulingProblem
    strategies: dict[str, StrategyResult] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    assumed: AssumedTotals | None = None
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    fresh: SchedulingProblem | None = None
    risk: Risk = EXPECTATION
    complete: bool = False
    interrupted: bool = False

    def problem_for(self, kind: str) -> SchedulingProblem:
        """Return the problem that a kind of task solves."""
        return in_mean_clouds(self.problem) if kind == MEAN_CLOUDS else self.problem

    @property
    def provenance(self) -> dict[str, str]:
        """How the keys came about: what is said of the first satellite with the fact."""
        facts: dict[str, str] = {}
        for tensor in self.keys:
            facts = {**tensor.provenance, **facts}
        return facts

    @property
    def common_provenance(self) -> dict[str, str]:
        """How the keys came about, as far as the same is said of every satellite."""
        first, *others = [tensor.provenance for tensor in self.keys]
        return {
            fact: words
            for fact, words in first.items()
            if all(other.get(fact) == words for other in others)
        }

    @property
    def holds(self) -> bool:
        """Whether every claim about every strategy holds."""
        return all(result.holds for result in self.strategies.values())

    def new_file(self, name: str) -> Path:
        """Return the path of a file of the folder, and note that it is written."""
        if name not in self.files:
            self.files.append(name)
        return self.folder / name

    def document(self) -> dict[str, object]:
        """Return the table as a JSON document."""
        problem = self.problem
        document: dict[str, object] = {
            "name": self.name,
            "folder": str(self.folder),
            "problem_sha256": problem.sha256,
            "links": len(problem.links),
            "active_intervals": sum(item.interval.size for item in problem.satellites),
            "targets": list(problem.targets),
        }
        if len(problem.satellites) > 1:
            document["satellites"] = [item.name for item in problem.satellites]
        if problem.weights is not None:
            document["weights"] = dict(zip(problem.targets, problem.weights, strict=True))
        if problem.in_scenarios:
            document["risk"] = self.risk.settings()
        for fact in ("pair_links", "pair_keys", "success_fractions"):
            if fact in self.provenance:
                document[fact] = self.provenance[fact]
        return document | {
            "verified": self.holds and self.complete,
            "complete": self.complete,
            "interrupted": self.interrupted,
            "strategies": {name: r.document() for name, r in self.strategies.items()},
            **({"assumptions": self.assumed.document()} if self.assumed else {}),
            "seconds": {step: round(seconds, 3) for step, seconds in self.seconds.items()},
            "taken_over": list(self.reused),
            "inputs": self.inputs,
            "files": self.kept,
        }
