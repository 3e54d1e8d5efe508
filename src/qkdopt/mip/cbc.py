"""CBC, the program ``cbc`` (COIN-OR): its log and its solution file."""

import re
from pathlib import Path

from qkdopt.certificates import Ended
from qkdopt.errors import SolverError
from qkdopt.mip.exchange import MipOptions
from qkdopt.mip.mps_file import FileAnswer, column_values
from qkdopt.mip.programs import last_line, output_of, program_version
from qkdopt.mip.watching import Watcher

_STATUS = {
    "Optimal": Ended.FINISHED,
    "Infeasible": Ended.FINISHED,
    "Integer infeasible": Ended.FINISHED,
    "Stopped on time": Ended.TIME_LIMIT,
    "Stopped on user event": Ended.INTERRUPTED,
}
_SOLUTION_FIELDS = 4


def found_version() -> str | None:
    """Return the version of the program on the search path, or ``None``."""
    return program_version(["cbc", "-quit"], "Version:")


def run(path: Path, columns: int, options: MipOptions, watcher: Watcher | None) -> FileAnswer:
    """Solve the model of a file, gaps exactly 0; reading it counts as search."""
    solution = path.with_suffix(".solution")
    command = ["cbc", str(path), "-ratioGap", "0", "-allowableGap", "0", "-timeMode", "elapsed"]
    command += ["-randomSeed", str(options.seed), "-randomCbcSeed", str(options.seed)]
    if options.threads > 1:
        command += ["-threads", str(options.threads)]
    if options.time_limit is not None:
        command += ["-seconds", str(options.time_limit)]
    log = output_of([*command, "-solve", "-solution", str(solution)])
    if not solution.is_file():
        raise SolverError(f"CBC wrote no solution file; its output: {last_line(log)}")
    first, *rows = solution.read_text().splitlines() or [""]
    message = first.partition(" - ")[0].strip()
    ended = _STATUS.get(message, Ended.FAILED)
    fields = [row.replace("**", " ").split() for row in rows]
    by_name = {field[1]: float(field[2]) for field in fields if len(field) == _SOLUTION_FIELDS}
    infeasible = "nfeasible" in message
    has_point = bool(fields) and not infeasible and "no integer solution" not in first.lower()
    return FileAnswer(
        ended=ended,
        values=column_values(by_name, columns) if has_point else None,
        least=_figure(r"^Lower bound:\s+(\S+)", log),
        nodes=int(_figure(r"^Enumerated nodes:\s+(\d+)", log) or 0),
        message="Infeasible" if infeasible else message,
    )


def _figure(pattern: str, log: str) -> float | None:
    found = re.findall(pattern, log, re.MULTILINE)
    return float(found[-1]) if found else None
