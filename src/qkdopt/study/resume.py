"""Results of the previous run into the same folder that a run may reuse.

Each run records in ``summary.json`` its inputs and the SHA-256 of every reusable file. A file is
reused only when the inputs are the same, the file is byte by byte the one that was written and,
for a certificate, it is verified again.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qkdopt.certificates import Certificate, Ended, Outcome
from qkdopt.certificates.proof_names import strategy_in_version
from qkdopt.errors import InputError, QkdoptError
from qkdopt.opening import SOURCE, opened
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy
from qkdopt.study.folder import SUMMARY
from qkdopt.study.summary_document import SummaryDocument
from qkdopt.study.verification import verify
from qkdopt.tensor import KeyTensor
from qkdopt.verifier import Verdict
from qkdopt.versions import version

if TYPE_CHECKING:
    from qkdopt.physics import Scenario

KEYS = "keys.nc"
_NO_COMPUTATION = ("bench", "cli", "plots", "report", "reproduce")  # nothing is computed there
_PACKAGES = ("qkdopt", "highspy", "numba", "numpy", "sgp4")


def inputs_of(scenario: Scenario) -> dict[str, str]:
    """Return the inputs of a run: the scenario, and the code that reads it."""
    return {"scenario_sha256": scenario.digest, **program_inputs()}


def program_inputs() -> dict[str, str]:
    """Return the inputs of every computation: the source, and versions of packages."""
    return {"source_sha256": _source_digest()} | {f"{n}_version": version(n) for n in _PACKAGES}


@cache
def _source_digest() -> str:
    """Return a digest of the computing source; a version does not identify a checkout."""
    root, found = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] in _NO_COMPUTATION:
            continue
        found.update(path.relative_to(root).as_posix().encode() + b"\0")
        found.update(path.read_bytes() + b"\0")
    return found.hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with opened(path, SOURCE) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class Task:
    """One solver on one strategy; ``time_limit`` [s] is the solver's.

    The schedule of the ``first`` solver of a strategy is shown; ``kind`` is what else it is of.
    """

    strategy: Strategy
    solver: str
    time_limit: float | None
    first: bool
    kind: str = ""

    @property
    def step(self) -> str:
        """Name of the step."""
        return f"{self.strategy.name} by {self.kind or self.solver}"

    @property
    def file(self) -> str:
        """Name of the certificate's file: the first solver's has the strategy's name."""
        name = self.strategy.name
        return f"{name}.json" if self.first else f"{name}-{self.kind or self.solver}.json"


@dataclass
class ReusableRun:
    """The reusable part of the previous run.

    Attributes
    ----------
    files
        Entries of its summary for files that have not changed since.
    reused
        Names of the files that were reused.
    rejected
        Reasons why others were not.
    """

    folder: Path
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def keys(self, scenario: Scenario) -> KeyTensor | None:
        """Return the key tensor of the previous run, or ``None``; warn of links without key."""
        if KEYS not in self.files:
            return None
        from qkdopt.physics import ScenarioWarning

        try:
            keys = KeyTensor.load(self.folder / KEYS)
        except QkdoptError as error:
            self.rejected.append(str(error))
            return None
        self.reused.append(KEYS)
        none = [link for link, bits in zip(keys.links, keys.bits, strict=True) if not bits.any()]
        if none:
            message = f"{scenario.origin}: no key at all: {', '.join(none)}"
            warnings.warn(message, ScenarioWarning, stacklevel=2)
        return keys

    def answer(self, problem: SchedulingProblem, task: Task) -> tuple[Outcome, Verdict] | None:
        """Return the outcome in the task's file with its verdict, or ``None``.

        Reused are valid certificates of this problem and strategy, by this solver, not
        interrupted; those that are not proved optimal only with the same time limit.
        """
        name, strategy = task.file, task.strategy
        if name not in self.files:
            return None
        try:
            certificate = Certificate.load(self.folder / name)
            document, verdict = certificate.document, verify(certificate, problem)
            made_by = document["made_by"]
            ended = Ended(made_by["ended"])
            stated = strategy_in_version(document["strategy"], 1)
            same = stated == strategy.document(problem) and made_by["solver"] == task.solver
        except (QkdoptError, KeyError, TypeError, ValueError) as error:
            self.rejected.append(f"{name}: {' '.join(str(error).split())}")
            return None
        if not (verdict.holds and same):
            self.rejected.append(f"{name}: for another problem or strategy")
            return None
        limit = self.files[name].get("time_limit")
        limited = not verdict.optimal and limit != task.time_limit
        if limited or ended is Ended.INTERRUPTED:
            why = "another time limit" if limited else "its search was interrupted"
            self.rejected.append(f"{name}: {why}")
            return None
        self.reused.append(name)
        return Outcome(ended, certificate, certificate.value, certificate.bound), verdict


def reusable_run(folder: Path, inputs: Mapping[str, str]) -> ReusableRun:
    """Return the part of an earlier run in the folder that has the same inputs."""
    reusable = ReusableRun(folder)
    try:
        summary = SummaryDocument.read(folder / SUMMARY)
    except InputError:
        return reusable  # no run before
    earlier, files = summary.inputs, summary.files
    if earlier != inputs:
        reusable.rejected.append(f"everything was made with another {_difference(earlier, inputs)}")
        return reusable
    for name, entry in files.items():
        path = folder / name
        if not path.is_file():
            continue
        if file_digest(path) != entry.sha256:
            reusable.rejected.append(f"{name}: changed since it was written")
            continue
        reusable.files = {**reusable.files, name: entry.model_dump()}
    return reusable


def _difference(earlier: Mapping[str, str], inputs: Mapping[str, str]) -> str:
    """Name the first input that differs."""
    name = next((key for key in inputs if earlier.get(key) != inputs[key]), "program")
    return {"scenario_sha256": "scenario", "source_sha256": "version of the program"}.get(
        name, name.replace("_", " ")
    )
