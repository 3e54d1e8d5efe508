"""SCIP through its Python interface ``pyscipopt``."""

import time
from functools import cache
from pathlib import Path
from typing import Any

from qkdopt.certificates import Ended
from qkdopt.mip.exchange import MipOptions
from qkdopt.mip.mps_file import FileAnswer, column_values
from qkdopt.mip.watching import Report, Watcher
from qkdopt.versions import package_version

_STATUS = {
    "optimal": Ended.FINISHED,
    "infeasible": Ended.FINISHED,
    "timelimit": Ended.TIME_LIMIT,
    "nodelimit": Ended.ITERATION_LIMIT,
    "userinterrupt": Ended.INTERRUPTED,
}


@cache
def found_version() -> str | None:
    """Return SCIP's own version and the interface's, or ``None``."""
    interface = package_version("pyscipopt")
    if interface is None:
        return None
    from pyscipopt import Model

    model = Model()
    parts = (model.getMajorVersion(), model.getMinorVersion(), model.getTechVersion())
    return f"{'.'.join(map(str, parts))} (pyscipopt {interface})"


def run(path: Path, columns: int, options: MipOptions, watcher: Watcher | None) -> FileAnswer:
    """Solve the model of a file, gaps exactly 0; one thread."""
    from pyscipopt import Model

    model = Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.setParam("limits/gap", 0.0)
    model.setParam("limits/absgap", 0.0)
    model.setParam("randomization/randomseedshift", options.seed)
    model.setParam("timing/clocktype", 2)  # wall time
    if options.time_limit is not None:
        model.setParam("limits/time", float(options.time_limit))
    if watcher is not None:
        handler = _handler(watcher.inside(model.interruptSolve))
        model.includeEventhdlr(handler, "qkdopt", "reports incumbent and bound")
    loaded = time.perf_counter()
    model.optimizeNogil()
    if watcher is not None:
        watcher.check()
    status = model.getStatus()
    best = model.getBestSol() if model.getNSols() else None
    values = None
    if best is not None:
        by_name = {variable.name: best[variable] for variable in model.getVars()}
        values = column_values(by_name, columns)
    least = model.getDualbound()
    return FileAnswer(
        ended=_STATUS.get(status, Ended.FAILED),
        values=values,
        least=None if abs(least) >= model.infinity() else least,
        nodes=int(model.getNTotalNodes()),
        message="Infeasible" if status == "infeasible" else status,
        loaded=loaded,
    )


def _handler(report: Report) -> Any:
    """Return what SCIP calls when its incumbent or its bound improves."""
    from pyscipopt import SCIP_EVENTTYPE, Eventhdlr

    events = (SCIP_EVENTTYPE.BESTSOLFOUND, SCIP_EVENTTYPE.DUALBOUNDIMPROVED)

    class Handler(Eventhdlr):  # type: ignore[misc]
        def eventinit(self) -> None:
            for event in events:
                self.model.catchEvent(event, self)

        def eventexit(self) -> None:
            for event in events:
                self.model.dropEvent(event, self)

        def eventexec(self, event: Any) -> None:
            report(self.model.getPrimalbound(), self.model.getDualbound())

    return Handler()
