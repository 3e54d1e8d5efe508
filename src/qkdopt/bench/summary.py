"""Records as tables: results of each solver, times to targets, and time by phase."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from qkdopt.bench.measures import TARGETS, Best, Question, Run
from qkdopt.bench.statistics import CONFIDENCE, SHIFT_S, Mean, shifted_geometric_mean
from qkdopt.bench.tables import Table

_PHASES = ("build", "compile", "hand_over", "solve")
_NONE = "-"

Groups = dict[tuple[Question, str], list[Run]]


def grouped(runs: Iterable[Run]) -> Groups:
    """Return runs by problem and solver, in the order in which they first appear."""
    groups: Groups = {}
    for run in sorted(runs, key=lambda run: (run.question, run.solver, run.seed)):
        groups.setdefault((run.question, run.solver), []).append(run)
    return groups


def summary_tables(
    runs: Sequence[Run], best: Mapping[Question, Best], records: Iterable[Mapping[str, object]]
) -> list[Table]:
    """Return the tables of a report."""
    groups = grouped(runs)
    return [
        _questions(best, runs),
        _results(groups, best),
        _targets(groups, best),
        _phases(groups),
        _means(runs, best),
        _relaxations(records, best),
    ]


def target_words(target: float) -> str:
    """Return ``within 1 %``, ``within 0.1 %`` or ``best known``."""
    return f"within {100 * target:g} %" if target else "best known"


def _questions(best: Mapping[Question, Best], runs: Sequence[Run]) -> Table:
    table = Table(
        "questions", "Questions",
        ("instance", "strategy", "links", "active intervals", "best known", "proved bound", ""), 2,
        note="What every gap and target is measured against; all confirmed by the verifier.",
    )  # fmt: skip
    sizes = {run.question: run.record["size"] for run in runs}
    for question, known in sorted(best.items()):
        size = sizes[question]
        word = (
            "certified optimum"
            if known.certified
            else f"gap {known.bound / max(1, known.value) - 1:.1e}"
        )
        row = [*question, str(size["links"]), str(size["active"])]
        table.rows.append([*row, f"{known.value:,}", f"{known.bound:,}", word])
    return table


def _results(groups: Groups, best: Mapping[Question, Best]) -> Table:
    headings = (
        "instance", "strategy", "solver", "runs", "right", "proved", "WRONG", "ended",
        "missing %", "worst %", "own gap %", "integral", "wall s", "CPU s", "peak MiB",
    )  # fmt: skip
    table = Table(
        "results", "Results by solver", headings, 3,
        note=(
            "right: the verifier confirms schedule and bound; proved: value = bound; WRONG: the "
            "verifier finds the claim false. missing: share of the proved bound that the schedule "
            "misses, median and worst; own gap: between the solver's own bound and its "
            "schedule; integral: mean of that gap over the time limit (1 where there is none yet). "
            "Seconds are medians, from building the model to the last schedule, libraries loaded."
        ),
    )  # fmt: skip
    for (question, solver), runs in groups.items():
        known = best.get(question)
        missing = [run.missing(known) for run in runs] if known else []
        found = [share for share in missing if share is not None]
        own = [
            (run.bound - run.value) / max(1, run.bound)
            for run in runs
            if run.value is not None and run.bound is not None
        ]
        cpu = [run.cpu_s for run in runs if run.cpu_s is not None]
        table.rows.append([
            *question, solver, str(len(runs)),
            str(sum(run.value is not None for run in runs)),
            str(sum(run.record["optimal"] for run in runs)),
            str(sum(run.wrong for run in runs)),
            ", ".join(dict.fromkeys(run.status.replace("_", " ") for run in runs)),
            _percent(median(found)) if found else _NONE, _percent(max(found)) if found else _NONE,
            _percent(median(own)) if own else _NONE,
            f"{median(run.primal_dual_integral() for run in runs):.3f}",
            _seconds(median(run.seconds for run in runs)), _seconds(median(cpu)) if cpu else _NONE,
            f"{max(run.record['peak_mb'] for run in runs):,.0f}",
        ])  # fmt: skip
    return table


def _targets(groups: Groups, best: Mapping[Question, Best]) -> Table:
    words = [target_words(target) for target in TARGETS]
    headings = ["instance", "strategy", "solver", "runs"]
    for word in words:
        headings += [word, f"{word}: median s"]
    table = Table(
        "targets", "Time to target", headings, 3,
        note="Runs that came so near the best known value, and the median of their wall times.",
    )  # fmt: skip
    for (question, solver), runs in groups.items():
        if question not in best:
            continue
        row = [*question, solver, str(len(runs))]
        for target in TARGETS:
            times = [run.seconds_to(target, best[question]) for run in runs]
            reached = [seconds for seconds in times if seconds is not None]
            row += [str(len(reached)), _seconds(median(reached)) if reached else _NONE]
        table.rows.append(row)
    return table


def _phases(groups: Groups) -> Table:
    headings = ("instance", "strategy", "solver", *_PHASES, "verify", "nodes", "by Pyomo %")
    table = Table(
        "phases", "Where the time of MILP solvers goes", headings, 3,
        note=(
            "Median seconds of finished and stopped runs. build and compile are Pyomo's share, "
            "hand_over is ours (for pyomo:NAME it is Pyomo's own interface, which does not use "
            "what was compiled)."
        ),
    )  # fmt: skip
    for (question, solver), runs in groups.items():
        timed = [run.record for run in runs if "build" in run.record["seconds"]]
        timed = [record for record in timed if "compile" in record["seconds"]]
        if not timed:
            continue
        phases = [median(record["seconds"][phase] for record in timed) for phase in _PHASES]
        nodes = [record["nodes"] for record in timed if record.get("nodes") is not None]
        verify = median(record["seconds"]["verify"] for record in timed)
        by_pyomo = phases[0] + phases[1] + (phases[2] if "pyomo:" in solver else 0.0)
        table.rows.append([
            *question, solver, *map(_seconds, phases), _seconds(verify),
            f"{median(nodes):,.0f}" if nodes else _NONE, f"{100 * by_pyomo / sum(phases):.0f}",
        ])  # fmt: skip
    return table


def _means(runs: Sequence[Run], best: Mapping[Question, Best]) -> Table:
    table = Table(
        "means", "Shifted geometric means over all problems",
        ("solver", "runs", "within 0.1 %", "mean s to 0.1 %", "95 % interval", "mean CPU s"), 1,
        note=(
            f"Shift {SHIFT_S:g} s; a run that never comes within 0.1 % of the best known value "
            f"counts with its whole time limit. Intervals: bootstrap, {CONFIDENCE:.0%}, over runs. "
            "Configurations that were run on different problems cannot be compared here."
        ),
    )  # fmt: skip
    by_solver: dict[str, list[Run]] = {}
    for run in runs:
        if run.question in best and run.status not in ("licence", "refused"):
            by_solver.setdefault(run.solver, []).append(run)
    for solver, theirs in sorted(by_solver.items()):
        times = [run.seconds_to(TARGETS[1], best[run.question]) for run in theirs]
        filled = [
            run.limit_s if seconds is None else min(seconds, run.limit_s)
            for run, seconds in zip(theirs, times, strict=True)
        ]
        mean = shifted_geometric_mean(filled)
        cpu = [run.cpu_s for run in theirs if run.cpu_s is not None]
        table.rows.append([
            solver, str(len(theirs)), str(sum(seconds is not None for seconds in times)),
            _seconds(mean.value), _interval(mean),
            _seconds(shifted_geometric_mean(cpu).value) if cpu else _NONE,
        ])  # fmt: skip
    return table


def _relaxations(records: Iterable[Mapping[str, Any]], best: Mapping[Question, Best]) -> Table:
    table = Table(
        "relaxations", "Linear relaxations (HiGHS)",
        ("instance", "strategy", "formulation", "rows", "columns", "entries", "above optimum %",
         "solve s", "peak MiB"), 3,
        note="How far the relaxation lies above the best known value.",
    )  # fmt: skip
    for record in records:
        if "relaxation" not in record:
            continue
        job = record["job"]
        known = best.get((job["instance"], job["strategy"]))
        value = record["relaxation"]
        above = _NONE
        if value is not None and known is not None and known.value:
            above = f"{100 * max(0.0, value / known.value - 1):.4f}"
        table.rows.append([
            job["instance"], job["strategy"], record["formulation"],
            *(f"{record[key]:,}" for key in ("rows", "columns", "entries")), above,
            _seconds(record["seconds"]["solve"]), f"{record['peak_mb']:,.0f}",
        ])  # fmt: skip
    return table


def _percent(share: float) -> str:
    return "0" if share == 0 else f"{100 * share:.3g}"


def _seconds(value: float) -> str:
    return f"{value:.3g}" if value >= 0.001 else "<0.001"  # noqa: PLR2004


def _interval(mean: Mean) -> str:
    if mean.low is None or mean.high is None:
        return _NONE
    return f"{_seconds(mean.low)} to {_seconds(mean.high)}"
