"""One solve in a process of its own, with limits in CPU seconds, and its verification in another.

Kernels are compiled before the clock starts. HiGHS is given its best settings (no presolve, no
symmetry detection) on the ``startup`` rows, ``pointing`` where these do not apply; what building
its model takes is measured, but not taken off its limit.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

__all__ = ["certified", "gap_of", "main", "solved_by_highs"]

HERE = Path(__file__).parent
_WARM_S = 3.0


def gap_of(value: Any, bound: Any) -> float | None:
    """Return bound over value, less one; of balanced delivery that of its level."""
    if isinstance(value, dict):
        value, bound = value["t"], bound["t"]
    if value is None or bound is None or not Fraction(value):
        return None
    return float(Fraction(bound) / Fraction(value) - 1)


def certified(problem: str, setup: int | None, goal: str, seconds: float, seed: int) -> Any:
    """Return value, bound and times of one solve, and the verdict with its time and memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "certificate.json.gz")
        given = ["solve", problem, json.dumps(setup), goal, str(seconds), str(seed), path]
        found = _child(given)
        if found.get("value") is not None:
            found |= _child(["verify", path])
    return found


def solved_by_highs(problem: str, setup: int | None, goal: str, seconds: float) -> Any:
    """Return what HiGHS finds in as many CPU seconds."""
    return _child(["highs", problem, json.dumps(setup), goal, str(seconds)])


def _child(arguments: list[str]) -> Any:
    command = [sys.executable, str(HERE / "solving.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def main(task: str, *given: str) -> None:
    """Do one task of a child and print what it found."""
    print(json.dumps(_TASKS[task](*given)))


def _solve(name: str, setup: str, goal: str, seconds: str, seed: str, path: str) -> Any:
    from marks import problem_of, strategy_of

    import qkdopt as qo

    problem, strategy = problem_of(name, json.loads(setup)), strategy_of(goal)
    time.perf_counter = time.process_time  # the clock of every limit
    qo.solve(problem_of("hand-two-satellites"), strategy, time_limit=_WARM_S)
    began, wall = time.process_time(), time.monotonic()
    outcome = qo.solve(problem, strategy, time_limit=float(seconds), seed=int(seed))
    took = {"cpu": time.process_time() - began, "wall": time.monotonic() - wall}
    if outcome.certificate is not None:
        outcome.certificate.save(path)
    return {"value": outcome.value, "bound": outcome.bound, "ended": str(outcome.ended), **took}


def _verify(path: str) -> Any:
    from qkdopt import verifier  # the standard library only

    began = time.process_time()
    verdict = verifier.verify(verifier.read(path))
    took = time.process_time() - began
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    return {"verdict": verdict.statement, "verified": verdict.holds, "verify": took, "mb": peak}


def _highs(name: str, setup: str, goal: str, seconds: str) -> Any:
    from marks import problem_of, strategy_of

    from qkdopt.deadline import interruptible
    from qkdopt.mip import highs
    from qkdopt.mip.exchange import MipOptions
    from qkdopt.mip.standard_form import compile_model, quiet_building
    from qkdopt.optimize.formulations import formulation_named, read_schedule
    from qkdopt.optimize.layout import laid_out

    problem, strategy = problem_of(name, json.loads(setup)), strategy_of(goal)
    usual = highs.configured  # HiGHS counts wall seconds: its own limit off, ours in CPU seconds
    highs.configured = lambda settings: usual(replace(settings, time_limit=None))
    time.perf_counter = time.process_time
    began = time.process_time()
    one = laid_out(problem).problem
    form_of = formulation_named("startup" if one.tau <= 1 else "pointing")
    with quiet_building(), interruptible():
        model = form_of.build(one, strategy)
        form = compile_model(model)
        built = time.process_time()
        result = highs.solve_form(form, MipOptions(float(seconds), presolve=False))
    took = {"build": built - began, "cpu": time.process_time() - built}
    value = None
    if result.values is not None:
        for column, x in zip(form.columns, result.values.tolist(), strict=True):
            column.set_value(x, skip_validation=True)
        schedule = read_schedule(one, model)
        value = schedule.value(one, strategy.coefficients(one)) if schedule.is_legal(one) else None
    bound = None if result.bound is None else int(result.bound + 0.5)
    return {"value": value, "bound": bound, "ended": str(result.ended), **took}


_TASKS = {"solve": _solve, "verify": _verify, "highs": _highs}

if __name__ == "__main__":
    main(*sys.argv[1:])
