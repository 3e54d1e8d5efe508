"""``qkdopt front``: the Pareto front of total against KL mismatch, certified from both sides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from qkdopt.cli import options
from qkdopt.cli.bounded import seconds, whole
from qkdopt.cli.changes import Changes
from qkdopt.cli.console import new_table, output, print_json, print_line, shown_warnings
from qkdopt.cli.exits import FINE, INTERRUPTED
from qkdopt.cli.groups import setting, with_groups
from qkdopt.cli.inputs import given_problem
from qkdopt.cli.progress import progress_bars
from qkdopt.cli.solve_options import SeedOption
from qkdopt.effort import MOST_POINTS
from qkdopt.files import write_text

if TYPE_CHECKING:
    from qkdopt.study.front import Front

EXAMPLES = (
    "qkdopt front micius-china-2016",
    "qkdopt front problem.json.gz --points 40 --time-limit 300 -o results",
)

_PUBLISHED_GA = {"micius-china-2016": 0.097}


@dataclass(frozen=True)
class _Size:
    points: int = setting("N", "Number of points, at least 3.", whole(3, MOST_POINTS), default=25)
    time_limit: float = setting(
        "S", "Wall-clock limit for the whole front.", seconds, default=150.0
    )
    seed: SeedOption = 0


@with_groups
def front_command(
    problem: options.ProblemArgument,
    *,
    folder: Annotated[
        Path, options.option("-o --output", "DIR", "Folder for the results.", shown=True)
    ] = Path("qkdopt-front"),
    size: _Size,
    weights: options.WeightsOption = None,
    stock: options.StockOption = None,
    force: options.ForceOption = False,
    fresh: options.NothingReusedOption = False,
    as_json: options.JsonOption = False,
) -> int:
    """Compute the Pareto front of total against KL mismatch; every point is verified.

    The folder holds front.json, front.csv and front.png: what schedules reach and what is
    proved impossible, with the knees and the points of S-GD, S-PD, S-TD and balanced delivery;
    and the certificate of every point and mark. Each point is written as it is found; the
    same command resumes an interrupted run.
    """
    from qkdopt.study.folder import check_own, locked_folder
    from qkdopt.study.front import compute_front
    from qkdopt.study.front_document import FILES, FRONT, FrontDocument
    from qkdopt.study.result_folder import ResultFolder
    from qkdopt.study.resume import program_inputs

    with locked_folder(folder), progress_bars() as bars, shown_warnings():
        if not force:
            check_own(folder, FILES, FrontDocument.read)
        named = given_problem(problem, bars, Changes(weights=weights, stock=stock))
        given = named.problem
        points, limit_s, seed = size.points, size.time_limit, size.seed
        settings = {"points": str(points), "time_limit_s": str(limit_s), "seed": str(seed)}
        inputs = {"problem_sha256": given.sha256, **settings, **program_inputs()}
        facts: dict[str, object] = {"problem_sha256": given.sha256}
        if named.notes:
            facts["notes"] = list(named.notes)
        keeper = ResultFolder(folder, FRONT, inputs, facts, fresh=fresh)
        front = compute_front(
            given, points=points, seconds=limit_s, seed=seed, notify=bars.step, keeper=keeper
        )
        document = keeper.write(front)
        _save(folder, front, Path(problem).name)
    if as_json:
        print_json(document)
    else:
        _print(front, len(keeper.reused), named.notes, folder)
    return INTERRUPTED if front.interrupted else FINE


def _save(folder: Path, front: Front, name: str) -> None:
    from qkdopt.plots.front import save_front

    write_text(folder / "front.csv", front.table())
    picture = folder / "front.png"
    if front.points and not front.interrupted:
        save_front(picture, front, title=name, reference=_PUBLISHED_GA.get(name))
    else:
        picture.unlink(missing_ok=True)  # left by an earlier run with other inputs


def _print(front: Front, reused: int, notes: tuple[str, ...], folder: Path) -> None:
    if reused:
        print_line(f"Reused from an earlier run: {reused} certificates")
    _print_table(front)
    for note in notes:
        print_line(note)
    picture = "" if front.interrupted else "front.png, "
    print_line(f"Written to {folder}: front.csv, front.json, {picture}certificates")


def _print_table(front: Front) -> None:
    from qkdopt.cli.table import percent

    console = output()
    title = "Pareto front: total against KL mismatch"
    numbers = ("KL at most [nats]", "bits", "of S-GD", "proved bound", "gap", "")
    table = new_table(console, title, numbers=numbers, unbroken=True)
    for number, point in enumerate(front.points):
        share = point.value / front.most if front.most else None
        gap = f"{(point.bound - point.value) / max(1, point.value):.1e}"
        knee = "knee" if number in front.knees else ""
        bits, bound = f"{point.value:,}", f"{point.bound:,}"
        table.add_row(point.kl_max, bits, percent(share), bound, gap, knee)
    table.add_section()
    for mark in front.marks:
        share = mark.value / front.most if front.most else None
        divergence = "-" if mark.divergence is None else f"{mark.divergence:.4f}"
        table.add_row(divergence, f"{mark.value:,}", percent(share), "", "", mark.name)
    console.print(table)
