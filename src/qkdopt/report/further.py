"""Optional sections of a report: front, sharing, what-if, heuristics, fresh verdicts."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from qkdopt.bench.measures import runs_of
from qkdopt.bench.records import read_records
from qkdopt.certificates import Certificate
from qkdopt.errors import Described, InputError
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.strategy_names import strategy_in_words, strategy_written
from qkdopt.report.content import verified_strategy
from qkdopt.study.clouds_document import CloudsDocument
from qkdopt.study.folder import CLOUDS
from qkdopt.study.front_document import FRONT, FrontDocument
from qkdopt.study.history_file import HISTORY_ENDING, read_history
from qkdopt.study.sensitivity_document import WHAT_IF, SensitivityDocument
from qkdopt.study.sharing_document import SharingDocument
from qkdopt.study.verification import naming

REPORT, SHARING = "report.json", "sharing.json"
_RECORDS = ".jsonl"
_MOST_POINTS = 400
"""Points of a run that are drawn; steps of equal height are left out before."""


def add_front(document: dict[str, object], path: Path) -> None:
    """Put a front into a report's document: a ``front.json``, or the folder it lies in.

    Raises
    ------
    InputError
        When the file is none, or about another problem.
    """
    path = path / FRONT if path.is_dir() else path
    front = FrontDocument.read(path)
    _check_problem(document, front.problem_sha256, path)
    document["front"] = front.model_dump(exclude_unset=True)


def add_sharing(document: dict[str, object], path: Path) -> None:
    """Put what sharing costs into a report's document.

    Raises
    ------
    InputError
        When the file is not of ``qkdopt sharing``, or about another problem.
    """
    found = SharingDocument.read(path)
    _check_problem(document, found.problem_sha256, path)
    document["sharing"] = found.model_dump(exclude_unset=True)


def add_what_if(document: dict[str, object], path: Path) -> None:
    """Put other settings of the scenario into a report's document: a file, or the folder it is in.

    Raises
    ------
    InputError
        When the file is not of ``qkdopt what-if``, or its base is another scenario.
    """
    path = path / WHAT_IF if path.is_dir() else path
    found = SensitivityDocument.read(path)
    provenance = document["provenance"]
    wanted = provenance.get("scenario_sha256") if isinstance(provenance, dict) else None
    if found.scenario_sha256 != wanted:
        came = Described(f"the scenario {found.scenario_sha256[:12]}…")
        expected = "a report that was made from a scenario"
        if wanted is not None:
            expected = f"the report's scenario, {wanted[:12]}…"
        raise InputError(f"{path}: scenario_sha256", came, expected)
    document["what_if"] = found.model_dump(exclude_unset=True)


def add_clouds(document: dict[str, object], path: Path) -> None:
    """Put what schedules keep in fresh skies into a report's document: a file, or its folder.

    Raises
    ------
    InputError
        When the file is not of ``qkdopt run``, or about another problem.
    """
    path = path / CLOUDS if path.is_dir() else path
    found = CloudsDocument.read(path)
    _check_problem(document, found.problem_sha256, path)
    document["clouds"] = found.model_dump(exclude_unset=True)


def verify_again(document: dict[str, Any], folder: Path) -> list[str]:
    """Put today's verdicts into a document that came from a file; return why some could not be.

    What such a document says of certificates is not trusted: the certificates beside it are
    verified again.

    Raises
    ------
    InputError
        When a certificate is malformed or about another problem.
    """
    left, verified = [], []
    for item in document["strategies"]:
        path = folder / item["file"]
        if not path.is_file():
            left.append(f"{path}: no file; its verdict is the one of {folder / REPORT}")
            verified.append(item)
            continue
        certificate = Certificate.load(path)
        _check_problem(document, certificate.document["problem_sha256"], path)
        problem = problem_from_document(certificate.document["problem"], str(path))
        with naming(path):
            verified.append(verified_strategy(problem, item["file"], certificate))
    document["strategies"] = verified
    return left


def add_convergence(document: dict[str, Any], path: Path) -> None:
    """Add the runs of a history or of a file of benchmark records to a report's document.

    Of records, those are taken that are about the report's problem and came by generations.

    Raises
    ------
    InputError
        When the file is neither, or has nothing about the report's problem.
    """
    runs = _of_records(document, path) if path.suffix == _RECORDS else _of_history(document, path)
    document["convergence"] = _with_common_bounds(document, [*document["convergence"], *runs])


def add_folder(document: dict[str, object], folder: Path) -> list[str]:
    """Add front, sharing, what-if and histories of a folder; return why some were left out."""
    found = [(path, add_convergence) for path in sorted(folder.glob(f"*{HISTORY_ENDING}"))]
    further = ((FRONT, add_front), (SHARING, add_sharing), (WHAT_IF, add_what_if))
    for name, add in (*further, (CLOUDS, add_clouds)):
        if (folder / name).is_file():
            found.append((folder / name, add))
    left = []
    for path, add in found:
        try:
            add(document, path)
        except InputError as error:
            left.append(str(error))
    return left


def _check_problem(document: Mapping[str, Any], sha256: Any, path: Path) -> None:
    wanted = document["problem"]["sha256"]
    if sha256 != wanted:
        came = f"problem {str(sha256)[:12]}…"
        raise InputError(f"{path}: problem_sha256", came, f"the report's problem, {wanted[:12]}…")


def _of_history(document: Mapping[str, object], path: Path) -> list[dict[str, object]]:
    found = read_history(path)
    _check_problem(document, found.problem_sha256, path)
    points = [(line.evaluations, line.best) for line in found.history]
    title = strategy_in_words(found.strategy)[0]
    run = _run(title, found.solver, found.seed, found.bound, points)
    if run is None:
        raise InputError(str(path), "no schedule and bound in it", "a search that found something")
    return [run]


def _of_records(document: Mapping[str, Any], path: Path) -> list[dict[str, object]]:
    records, warnings = read_records(path)
    wanted = document["problem"]["sha256"]
    runs = runs_of(one for one in records if one["job"]["problem_sha256"] == wanted)
    found = []
    for one in runs:
        points = [(e, v) for _, v, _, e in one.lines if e is not None and v is not None]
        strategy = strategy_written(one.question[1]).title
        run = _run(strategy, one.solver, one.seed, one.bound, points)
        if run is not None:
            found.append(run)
    if not found and warnings:
        raise warnings[0]
    if not found:
        expected = f"a search by generations on the report's problem, {wanted[:12]}…"
        raise InputError(str(path), "no such record", expected)
    return found


def _run(
    strategy: str, solver: str, seed: int, bound: int | None, points: Iterable[tuple[int, float]]
) -> dict[str, object] | None:
    """Return a run as reports have it: its improvements; ``None`` when it found nothing."""
    some = [(evaluations, value) for evaluations, value in points if value > 0]
    if not some or bound is None:
        return None
    steps = [some[0], *(b for a, b in pairwise(some) if b[1] > a[1])]
    steps = steps[:: -(-len(steps) // _MOST_POINTS)]
    ends = steps if steps[-1] == some[-1] else [*steps, some[-1]]
    return {
        "label": f"{strategy}, {solver}, seed {seed}",
        "strategy": strategy,
        "evaluations": [evaluations for evaluations, _ in ends],
        "best": [value for _, value in ends],
        "bound": bound,
    }


def _with_common_bounds(
    document: Mapping[str, Any], runs: list[dict[str, Any]]
) -> list[dict[str, object]]:
    """Give the runs of a strategy the lowest proved bound, which holds for all."""
    proved = [(item["title"], item.get("bound")) for item in document["strategies"]]
    known = [*proved, *((run["strategy"], run["bound"]) for run in runs)]
    least: dict[str, int] = {}
    for strategy, bound in known:
        if isinstance(bound, int) and bound > 0:
            least[strategy] = min(bound, least.get(strategy, bound))
    return [{**run, "bound": least[run["strategy"]]} for run in runs]
