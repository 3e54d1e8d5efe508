"""``qkdopt export``: problems for other solvers, schedules for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli import options
from qkdopt.cli.changes import Changes
from qkdopt.cli.cloud_options import AlphaOption, RiskShareOption, risk_of
from qkdopt.cli.console import print_json, print_line
from qkdopt.cli.contacts import contact_problem, refuse_options
from qkdopt.cli.exits import FINE
from qkdopt.cli.groups import setting, switch, with_groups
from qkdopt.cli.inputs import given_problem
from qkdopt.cli.options import argument, flag
from qkdopt.cli.progress import progress_bars
from qkdopt.cli.schedule_exports import Dated, export_schedule
from qkdopt.errors import InputError

if TYPE_CHECKING:
    from qkdopt.contact import ContactProblem
    from qkdopt.optimize.problem import SchedulingProblem

EXAMPLES = (
    "qkdopt export micius-china-2016 --mps -o week.mps",
    "qkdopt export problem.json.gz --lp --strategy pd --formulation paper -o week.lp",
    "qkdopt export keys.csv --json --interval 30 --switch-seconds 12 -o problem.json",
    "qkdopt export problem.json --json --problem-version 2 -o problem-2.json",
    "qkdopt export contacts.json.gz --mps -o contacts.mps",
    "qkdopt export gd.json --csv -o schedule.csv",
    "qkdopt export gd.json --ical --scenario micius-china-2016 -o schedule.ics",
    "qkdopt export gd.json --ical --scenario three.toml --station Graz -o graz.ics",
)

_ENDINGS = {
    "mps": (".mps",),
    "lp": (".lp",),
    "json": (".json", ".json.gz"),
    "csv": (".csv",),
    "ical": (".ics",),
    "czml": (".czml",),
}
_OF_PROBLEMS = ("mps", "lp", "json")


@dataclass(frozen=True)
class _Kind:
    """What is written: exactly one of them."""

    mps: Annotated[bool, flag("--mps", "The model, minimised, as MPS.")] = False
    lp: Annotated[bool, flag("--lp", "The model, minimised, as CPLEX LP.")] = False
    as_json: bool = switch("--json", "The problem itself; prints one JSON object about it.")
    csv: Annotated[bool, flag("--csv", "The schedule as a table.")] = False
    ical: Annotated[bool, flag("--ical", "The schedule as a calendar.")] = False
    czml: Annotated[bool, flag("--czml", "Orbit and schedule for Cesium.")] = False


@dataclass(frozen=True)
class _Model:
    """For a problem: its model, and what is to be different."""

    strategy: str | None = setting(
        "NAME", "Objective of the model, gd unless given: gd, pd, balanced, capped."
    )
    alpha: AlphaOption = None
    risk_share: RiskShareOption = None
    formulation: options.FormulationOption = None
    weights: options.WeightsOption = None
    switch_seconds: options.SwitchOption = None
    interval: options.IntervalOption = None
    version: int | None = setting(
        "1|2",
        "For --json: the format to write, by default that of the file.",
        flags="--problem-version",
    )


@with_groups
def export_command(
    source: Annotated[
        str,
        argument(
            "PROBLEM|CERTIFICATE", "For --mps, --lp, --json as for solve; otherwise a certificate."
        ),
    ],
    path: options.RequiredOutput,
    *,
    kinds: _Kind,
    dated: Dated,
    model: _Model,
) -> int:
    """Write a problem as a model for any solver, or a certificate's schedule for other programs.

    A certificate holds interval numbers, not dates: calendar and CZML need the scenario.
    """
    wanted = [name.removeprefix("as_") for name, given in vars(kinds).items() if given]
    kind = _chosen(wanted, path)
    if model.version is not None and kind != "json":
        raise InputError("--problem-version", model.version, "none without --json")
    if kind in _OF_PROBLEMS:
        _export_problem(source, path, kind, model)
        if kind == "json":
            return FINE
    elif code := export_schedule(source, path, kind, dated):
        return code
    print_line(f"Written: {path}")
    return FINE


def _chosen(names: list[str], path: Path) -> str:
    if len(names) != 1:
        came = " and ".join(f"--{name}" for name in names) or "none of them"
        raise InputError("export", came, f"one of --{', --'.join(_ENDINGS)}")
    endings = _ENDINGS[names[0]]
    if not path.name.endswith(endings):
        expected = f"a file that ends in {' or '.join(endings)}"
        raise InputError(str(path), path.suffix or "no ending", expected)
    return names[0]


def _export_problem(source: str, path: Path, kind: str, model: _Model) -> None:
    from qkdopt.optimize.export import write_model
    from qkdopt.optimize.problem_file import write_problem
    from qkdopt.optimize.strategy_names import strategy_named

    if kind == "json":
        refused = {
            "--strategy": model.strategy, "--formulation": model.formulation,
            "--alpha": model.alpha, "--risk-share": model.risk_share,
        }  # fmt: skip
        for name, value in refused.items():
            if value is not None:
                raise InputError(name, value, "none with --json: a problem has no model")
    contacts = contact_problem(source)
    if contacts is not None:
        refuse_options({
            "--weights": model.weights, "--switch-seconds": model.switch_seconds,
            "--interval": model.interval, "--strategy": model.strategy,
            "--problem-version": model.version, "--alpha": model.alpha,
            "--risk-share": model.risk_share,
        })  # fmt: skip
        _export_contacts(contacts, path, kind, model.formulation)
        return
    goal = strategy_named(model.strategy, risk=risk_of(model.alpha, model.risk_share))
    with progress_bars() as bars:
        changes = Changes(
            weights=model.weights, switch_seconds=model.switch_seconds, interval=model.interval
        )
        given = given_problem(source, bars, changes)
        problem = given.problem
        if model.version is not None:
            problem = problem.as_version(model.version)
        if kind == "json":
            write_problem(problem, path)
        else:
            bars.step("model", 0.0)
            write_model(problem, goal, path, model.formulation)
    if kind == "json":
        _print_written(path, problem.sha256, given.notes, _sizes(problem))
        return
    for note in given.notes:
        print_line(note)


def _sizes(problem: SchedulingProblem) -> dict[str, int | str]:
    sizes: dict[str, int | str] = {
        "links": len(problem.links),
        "active_intervals": sum(item.interval.size for item in problem.satellites),
        "interval_s": str(problem.interval_s),
    }
    if len(problem.satellites) > 1:
        return {"satellites": len(problem.satellites), **sizes}
    return {**sizes, "switch_s": str(problem.switch_s)}


def _export_contacts(
    problem: ContactProblem, path: Path, kind: str, formulation: str | None
) -> None:
    from qkdopt.contact.export import write_contact_model

    if kind == "json":
        problem.save(path)
        sizes = {"passes": len(problem.passes.id), "targets": len(problem.targets.id)}
        _print_written(path, problem.sha256, (), sizes)
    else:
        write_contact_model(problem, path, formulation)


def _print_written(
    path: Path, sha256: str, notes: Sequence[str], sizes: Mapping[str, int | str]
) -> None:
    document = {"written": str(path), "problem_sha256": sha256, **sizes}
    print_json({**document, "notes": list(notes)} if notes else document)
