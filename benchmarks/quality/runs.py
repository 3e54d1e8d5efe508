"""Runs of the benchmark, one JSON line each: what was measured once is not measured again."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import qkdopt as qo
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.objectives.targeted import TargetedObjective

__all__ = ["Run", "Runs"]

NEAR = 1e-6


@dataclass(frozen=True)
class Run:
    """One verified solve.

    Attributes
    ----------
    case, kl_max, seed, limit_s, clock
        The task; ``problem`` is the start of its hash, ``clock`` what the limit counts:
        ``wall`` or ``cpu`` seconds.
    near_s, plain_bound
        Seconds until the bound of prices alone is within 1e-6 of its limit, and the limit [bits].
    value, bound
        As certified.
    wall_s, cpu_s
        Of the solve by both clocks. Their ratio shows how much of a core the run could get.
    judge_cpu_s
        Of the verifier, in CPU seconds.
    leaves
        Of the proof's tree.
    """

    case: str
    problem: str
    kl_max: str
    seed: int
    limit_s: float
    clock: str
    near_s: float
    plain_bound: float
    value: int
    bound: int
    wall_s: float
    cpu_s: float
    judge_cpu_s: float
    leaves: int

    @property
    def gap(self) -> float:
        """Bound over value, less one."""
        return self.bound / max(1, self.value) - 1


class Runs:
    """The runs in a file, and those still to do."""

    def __init__(self, path: Path | None, clock: str) -> None:
        self._path, self._clock = path, clock
        self.done: dict[tuple[object, ...], Run] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                run = Run(**json.loads(line))
                self.done[
                    _key(run.case, run.problem, run.kl_max, run.seed, run.limit_s, run.clock)
                ] = run

    def get(
        self, case: str, problem: qo.SchedulingProblem, kl_max: str, seed: int, limit_s: float
    ) -> Run:
        """Return a run from the file, or do it and add it."""
        key = _key(case, problem.sha256[:16], kl_max, seed, limit_s, self._clock)
        if key not in self.done:
            run = _run(case, problem, kl_max, seed, limit_s, self._clock)
            self.done[key] = run
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(run)) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
        return self.done[key]


def _key(
    case: str, problem: str, kl_max: str, seed: int, limit_s: float, clock: str
) -> tuple[object, ...]:
    return case, problem, kl_max, seed, float(limit_s), clock


def _run(
    case: str, problem: qo.SchedulingProblem, kl_max: str, seed: int, limit_s: float, clock: str
) -> Run:
    strategy = qo.TargetedDelivery(kl_max)
    near_s, plain = _bound_speed(problem, strategy)
    wall, cpu = time.monotonic(), time.process_time()
    outcome = qo.solve(problem, strategy, time_limit=limit_s, seed=seed)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    judged = time.process_time()
    verdict = qo.verify(outcome.certificate, problem)
    judged = time.process_time() - judged
    if outcome.certificate is None or not verdict:
        raise SystemExit(verdict.statement)
    tree = outcome.certificate.document["proof"].get("tree", [0])
    return Run(
        case=case,
        problem=problem.sha256[:16],
        kl_max=kl_max,
        seed=seed,
        limit_s=limit_s,
        clock=clock,
        near_s=near_s,
        plain_bound=plain,
        value=outcome.value,
        bound=outcome.bound,
        wall_s=wall,
        cpu_s=cpu,
        judge_cpu_s=judged,
        leaves=(len(tree) + 1) // 2,
    )


def _bound_speed(
    problem: qo.SchedulingProblem, strategy: qo.TargetedDelivery
) -> tuple[float, float]:
    """Return seconds until the bound of prices is near its limit, and the limit."""
    objective, told = TargetedObjective.create(problem, strategy), []
    began = time.perf_counter()
    bound = lagrangian_bound(
        objective, on_bound=lambda value: told.append((time.perf_counter() - began, value))
    )
    limit = told[-1][1] if told else float(bound.value)
    near = next((s for s, value in told if value <= limit * (1 + NEAR)), bound.seconds)
    return near, limit
