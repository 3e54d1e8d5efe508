"""``qkdopt bench``: compare solvers; resumable, every result verified."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from qkdopt.cli.bounded import seconds, whole
from qkdopt.cli.console import new_table, output, print_json, print_line
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.groups import setting, switch, with_groups
from qkdopt.cli.options import JsonOption, argument, flag, option
from qkdopt.cli.progress import progress_bars
from qkdopt.effort import MOST_THREADS
from qkdopt.errors import MissingSolverError

if TYPE_CHECKING:
    from qkdopt.bench.plan import Plan
    from qkdopt.bench.report import Report
    from qkdopt.bench.run import BenchRun

EXAMPLES = (
    "qkdopt bench",
    "qkdopt bench standard -o results --processes 1",
    "qkdopt bench --full -o night-long",
    "qkdopt bench --solver dynamic --solver milp/scip/paper --instance problem.json.gz",
    "qkdopt bench --solver dynamic --instance keys.csv --instance my/scenario.toml",
    "qkdopt bench mine.toml --time-limit 10 --seeds 3",
)

_FULL = "full"
_WORDS = ("solver", "ended")
_SHOWN = (
    "solver", "runs", "proved", "WRONG", "ended", "missing %", "wall s", "CPU s", "peak MiB",
)  # fmt: skip


@dataclass(frozen=True)
class _Changes:
    """What is to be different in a plan, or is one by itself."""

    instances: list[str] | None = setting(
        "NAME",
        "As for solve, or NAME@28d (its scenario over 28 days); for every group.",
        flags="--instance",
    )
    strategies: list[str] | None = setting("NAME", "gd, pd, td:0.01, ...", flags="--strategy")
    solvers: list[str] | None = setting(
        "NAME",
        "dynamic, genetic, milp/scip/paper, milp/pyomo:cbc, relaxation/paper, ...; then "
        "there is no PLAN: --instance is micius-china-2016 and --strategy gd unless given.",
        flags="--solver",
    )
    seeds: int | None = setting("N", "Upper limit of the number of seeds.", whole(1, 1000))
    time_limit: float | None = setting("S", "Upper limit of the seconds per solve.", seconds)
    memory: int | None = setting(
        "MIB", "Memory limit of a process.", whole(1, 2**24), flags="--memory-mb"
    )
    evaluations: int | None = setting(
        "N", "Fitness evaluations of genetic and hybrid.", whole(1, 10**12)
    )

    def plan(self, name: str) -> Plan:
        """Return the named plan, changed."""
        from qkdopt.bench.plan import plan_of, read_plan

        changes: dict[str, object] = {
            "instances": self.instances, "strategies": self.strategies, "solvers": self.solvers,
            "memory_mb": self.memory, "evaluations": self.evaluations,
        }  # fmt: skip
        changes = {key: value for key, value in changes.items() if value is not None}
        wanted = {"seeds": self.seeds, "time_limit_s": self.time_limit}
        caps = {key: value for key, value in wanted.items() if value is not None}
        if "solvers" in changes:
            return plan_of(changes | caps)
        return read_plan(name, changes, caps)


@dataclass(frozen=True)
class _Runs:
    """Where to run, and what not."""

    processes: int | None = setting(
        "N",
        "Parallel jobs; all cores by default, 1 for the most accurate times.",
        whole(1, MOST_THREADS),
    )
    report_only: bool = switch("--report-only", "Run nothing; rewrite tables and pictures.")


@with_groups
def bench_command(
    plan: Annotated[
        str, argument("PLAN", "standard, full, quick, or a plan file (.toml).", shown=True)
    ] = "standard",
    *,
    folder: Annotated[
        Path, option("-o --output", "DIR", "Folder for records, tables and pictures.", shown=True)
    ] = Path("qkdopt-bench"),
    full: Annotated[bool, flag("--full", "The plan full: long limits, 1e6 evaluations.")] = False,
    changes: _Changes,
    runs: _Runs,
    as_json: JsonOption = False,
) -> int:
    """Compare solvers: instances x strategies x solvers x seeds, one process for each solve.

    Records are appended one by one to records.jsonl; the same command resumes a killed run.
    Every schedule is verified; exit code 1 when a claim is false.
    """
    from qkdopt.bench.report import write_report
    from qkdopt.bench.run import RECORDS, BenchRun

    chosen = changes.plan(_FULL if full else plan)
    run = BenchRun() if runs.report_only else _run(chosen, folder, runs.processes)
    if run.missing and not (folder / RECORDS).is_file():
        raise MissingSolverError(f"nothing to run: {'; '.join(run.missing)}")
    report = write_report(folder, folder / RECORDS, chosen.title)
    if as_json:
        print_json(_document(run, report))
    else:
        _print(run)
        _print_tables(report)
        print_line(
            f"Written to {folder}: {RECORDS}, report.md, report.html, tables (.csv), pictures"
        )
    return CLAIM_FAILED if report.wrong else FINE


def _run(plan: Plan, folder: Path, processes: int | None) -> BenchRun:
    """Run what has no record yet, and show how far it is."""
    import os

    from qkdopt.bench.run import run_bench

    with progress_bars() as bars:

        def tell(done: int, total: int, name: str) -> None:
            words = f"{done} of {total} jobs" + (f", {name}" if name else "")
            bars.step("bench", done / total if total else 1.0, words)

        return run_bench(plan, folder, processes=processes or os.cpu_count() or 1, notify=tell)


def _document(run: BenchRun, report: Report) -> dict[str, object]:
    return {
        "done": run.done,
        "before": run.before,
        "missing": run.missing,
        "warnings": run.warnings,
        "complaints": run.warnings,  # the old name of "warnings"
        "wrong": report.wrong,
        "tables": {
            table.name: [dict(zip(table.headings, row, strict=True)) for row in table.rows]
            for table in report.tables
        },
    }


def _print(run: BenchRun) -> None:
    for line in (*run.warnings, *(f"left out: {reason}" for reason in run.missing)):
        print_line(line)
    print_line(f"{run.done} jobs run, {run.before} had a record already")


def _print_tables(report: Report) -> None:
    """Print the results of each solver configuration by problem; the files hold more."""
    for remark in report.remarks:
        print_line(f"- {remark}")
    tables = {table.name: table for table in report.tables}
    if "results" not in tables:
        return
    known = tables["questions"].rows if "questions" in tables else []
    best = {tuple(row[:2]): row[4:] for row in known}
    places = {heading: place for place, heading in enumerate(tables["results"].headings)}
    console = output()
    for question in dict.fromkeys(tuple(row[:2]) for row in tables["results"].rows):
        value, bound, word = best.get(question, ("none", "none", ""))
        words = f"{', '.join(question)}: best known {value}, bound {bound} {word}".strip()
        shown = new_table(console, words)
        for heading in _SHOWN:
            side: Any = "left" if heading in _WORDS else "right"
            shown.add_column(heading, justify=side, no_wrap=heading not in _WORDS)
        for row in tables["results"].rows:
            if tuple(row[:2]) == question:
                shown.add_row(*(row[places[heading]] for heading in _SHOWN))
        console.print(shown)
