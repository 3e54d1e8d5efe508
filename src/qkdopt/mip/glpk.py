"""GLPK, the program ``glpsol``: its log and its plain solution file."""

import math
import re
from functools import partial
from pathlib import Path

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.certificates import Ended
from qkdopt.errors import SolverError
from qkdopt.mip.exchange import MipOptions
from qkdopt.mip.mps_file import FileAnswer
from qkdopt.mip.programs import last_line, output_of, program_version
from qkdopt.mip.watching import Watcher

# "+  612: mip =  -1.23e+07 >=  -1.24e+07   0.8% (12; 3)" while minimising.
_STEP = re.compile(
    r"^\+\s*\d+:.*>=\s*(-?\d[\d.]*(?:e[+-]?\d+)?|-inf|tree is empty).*\((\d+); (\d+)\)",
    re.MULTILINE,
)
_FOUND = re.compile(r"^\+\s*\d+: (?:mip =|>>>>>)\s+(-?\d\S*) >=\s+(\S+)")
_NO_NUMBER = ("-inf", "tree is empty")
_NOT_YET = ("-inf", "tree")
_OPTIMAL, _FEASIBLE, _INFEASIBLE = "o", "f", "n"


def found_version() -> str | None:
    """Return the version of the program on the search path, or ``None``."""
    return program_version(["glpsol", "--version"], "Solver")


def run(path: Path, columns: int, options: MipOptions, watcher: Watcher | None) -> FileAnswer:
    """Solve the model of a file with cuts, gaps exactly 0; reading it counts as search.

    GLPK has one thread and draws no numbers; its time limit is in whole seconds.
    """
    solution = path.with_suffix(".solution")
    command = ["glpsol", "--freemps", str(path), "--min", "--cuts", "--mipgap", "0"]
    if options.time_limit is not None:
        command += ["--tmlim", str(max(1, math.ceil(options.time_limit)))]
    on_line = None if watcher is None else partial(_report, watcher)
    log = output_of([*command, "-w", str(solution)], on_line)
    if not solution.is_file():
        raise SolverError(f"GLPK wrote no solution file; its output: {last_line(log)}")
    status, values = _read(solution, columns)
    least, nodes = None, 0
    for bound, active, done in _STEP.findall(log):
        least = None if bound in _NO_NUMBER else float(bound)
        nodes = int(active) + int(done)
    stopped = "TIME LIMIT EXCEEDED" in log
    infeasible = status == _INFEASIBLE or "HAS NO" in log
    return FileAnswer(
        ended=_ended(status, stopped, infeasible),
        values=values if status in (_OPTIMAL, _FEASIBLE) else None,
        least=least,
        nodes=nodes,
        message="Infeasible" if infeasible else f"status {status}",
    )


def _report(watcher: Watcher, line: str) -> None:
    """Tell the figures of a line of the log, if it has any."""
    found = _FOUND.match(line)
    if found is not None:
        value, least = found.groups()
        watcher(float(value), None if least.startswith(_NOT_YET) else float(least))


def _ended(status: str, stopped: bool, infeasible: bool) -> Ended:
    if stopped:
        return Ended.TIME_LIMIT
    return Ended.FINISHED if status == _OPTIMAL or infeasible else Ended.FAILED


def _read(solution: Path, columns: int) -> tuple[str, Floats]:
    """Return the status letter and the column values of a solution file."""
    status, values = "u", np.zeros(columns)
    for line in solution.read_text().splitlines():
        fields = line.split()
        if fields[:1] == ["s"]:
            status = fields[4]
        elif fields[:1] == ["j"]:
            values[int(fields[1]) - 1] = float(fields[2])
    return status, values
