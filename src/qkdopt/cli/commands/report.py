"""``qkdopt report``: one HTML file that explains a run, or certificates, to a person."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from qkdopt.cli.console import print_line
from qkdopt.cli.exits import CLAIM_FAILED, FINE
from qkdopt.cli.groups import setting, with_groups
from qkdopt.cli.options import argument, option
from qkdopt.cli.verbosity import LOGGER
from qkdopt.errors import Described, InputError, OutputError
from qkdopt.nearest import missing_file
from qkdopt.opening import SOURCE, opened

EXAMPLES = (
    "qkdopt report qkdopt-results/micius-china-2016",
    "qkdopt report gd.json td.json -o report.html",
    "qkdopt report qkdopt-results/micius-china-2016 --front qkdopt-front",
    "qkdopt report three-satellites --sharing sharing.json",
    "qkdopt report qkdopt-results/micius-china-2016 --what-if qkdopt-results/what-if",
    "qkdopt report gd.json --convergence gd.history.json --convergence records.jsonl",
)

_DOCUMENT, _PAGE = "report.json", "report.html"
_OURS, _HEAD_BYTES = b'<meta name="generator" content="qkdopt">', 4096


@dataclass(frozen=True)
class _Included:
    """What is included beside the schedules."""

    front: Path | None = setting("DIR | FILE", "Include a front: a folder of qkdopt front.")
    sharing: Path | None = setting(
        "FILE", "Include what sharing costs: what qkdopt sharing -o wrote."
    )
    what_if: Path | None = setting(
        "DIR | FILE", "Include other settings: a folder of qkdopt what-if."
    )
    convergence: list[Path] | None = setting(
        "FILE",
        "Include search histories: of qkdopt solve --history, or records.jsonl of "
        "qkdopt bench; may be repeated.",
    )


@with_groups
def report_command(
    sources: Annotated[
        list[str],
        argument("FOLDER | CERTIFICATE...", "The folder of a run, or certificates of one problem."),
    ],
    output: Annotated[
        Path | None,
        option(
            "-o --output", "FILE", "File to write; by default report.html in the folder, or here."
        ),
    ] = None,
    *,
    included: _Included,
) -> int:
    """Write a self-contained HTML report; it opens offline in any browser.

    A folder must hold the report.json of a run; a front.json of qkdopt front, a sharing.json of
    qkdopt sharing, a what-if.json of qkdopt what-if and histories (NAME.history.json) in it are
    included if they are for the same problem. Certificates of one problem give a report without
    map.
    """
    from qkdopt.report import further, write_report

    folder = Path(sources[0]) if len(sources) == 1 and Path(sources[0]).is_dir() else None
    document = _of_certificates(sources) if folder is None else _of_folder(folder)
    if folder is not None:
        for reason in further.verify_again(document, folder):
            LOGGER.warning(f"not verified again: {reason}")
        for reason in further.add_folder(document, folder):
            LOGGER.warning(f"left out: {reason}")
    if included.front is not None:
        further.add_front(document, included.front)
    if included.sharing is not None:
        further.add_sharing(document, included.sharing)
    if included.what_if is not None:
        further.add_what_if(document, included.what_if)
    for path in included.convergence or ():
        further.add_convergence(document, path)
    target = output or (_unless_foreign(Path(_PAGE)) if folder is None else folder / _PAGE)
    write_report(target, document)
    print_line(f"Written to {target}")
    return FINE if all(item["holds"] for item in document["strategies"]) else CLAIM_FAILED


def _unless_foreign(path: Path) -> Path:
    """Return the default path, unless it holds a file that qkdopt did not write."""
    if path.is_file():
        with opened(path, SOURCE) as stream:
            if _OURS not in stream.read(_HEAD_BYTES):
                raise OutputError(f"{path}: a file that is not of qkdopt; name one with -o")
    return path


def _of_folder(folder: Path) -> dict[str, Any]:
    from qkdopt.report import read_report_document

    if not (folder / _DOCUMENT).is_file():
        runs = sorted(item.parent.name for item in folder.glob(f"*/{_DOCUMENT}"))
        expected = "the folder of a finished qkdopt run"
        if runs:
            expected += f", such as {folder / runs[0]}"
        raise InputError(str(folder), Described(f"a folder without {_DOCUMENT}"), expected)
    return read_report_document(folder / _DOCUMENT)


def _of_certificates(sources: list[str]) -> dict[str, Any]:
    from qkdopt.certificates import Certificate
    from qkdopt.optimize.problem_file import read_problem
    from qkdopt.report import ReportParts, report_document

    for source in sources:
        if not Path(source).exists():
            raise missing_file(source, "the folder of a run, or a certificate")
        if Path(source).suffix == ".toml":
            expected = "the folder of a run (qkdopt run SCENARIO makes one), or certificates"
            raise InputError(source, Described("a TOML file, as scenarios are"), expected)
    problem = read_problem(Path(sources[0]))
    certificates: dict[str, Certificate] = {}
    for source in sources:
        certificate = Certificate.load(source)
        if certificate.document["problem_sha256"] != problem.sha256:
            expected = f"the problem of {sources[0]}, SHA-256 {problem.sha256[:12]}…"
            raise InputError(f"{source}: problem", Described("another problem"), expected)
        certificates[Path(source).name] = certificate
    title = ", ".join(certificates)
    return report_document(ReportParts(title=title, problem=problem, certificates=certificates))
