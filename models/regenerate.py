"""Recompute every published problem and its best known schedules, each verified.

    python models/regenerate.py [NAME ...] [--seconds 120]

Writes ``problem.json.gz``, ``certificates/*.json.gz`` and ``*.mps.gz`` in each problem's folder,
then all pages, ``index.json`` and ``README.md`` beside this script (``tables.py``). Files whose
content did not change stay byte for byte the same. ``catalogue.py`` lists how each is made.

Searches have a time limit, so two runs differ. Their certificates are the best known: a search
begins with the old one's schedule, and its result replaces it only if the gap is smaller, or if
the old one is about another problem. With ``--seconds 0`` they are verified again, and only what is
missing is searched for. Where no schedule is found there is no certificate.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
from pathlib import Path

from catalogue import CATALOGUE, MODELS, Problem, strategy_of
from tables import write_index_and_table

import qkdopt as qo
from qkdopt.certificates import canonical_json
from qkdopt.files import make_folder, write_text
from qkdopt.library import PROBLEM
from qkdopt.optimize.export import write_model
from qkdopt.optimize.strategies import LinearStrategy
from qkdopt.study import problem_of
from qkdopt.study.published import relative_gap

WEEK_SIZED = 2_000  # active intervals; larger MPS files are exported on demand
WITHOUT_LIMIT_S = 10.0  # of a search that has to be made although no time was given


def main() -> None:
    """Regenerate the problems named on the command line, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="folders in models/ (default: all)")
    parser.add_argument("--seconds", type=float, default=120.0, help="most, of each search")
    arguments = parser.parse_args()
    for name in arguments.names or sorted(CATALOGUE):
        if name not in CATALOGUE:
            raise SystemExit(f"{name}: not in catalogue.py, which has {', '.join(CATALOGUE)}")
        regenerate(name, arguments.seconds)
    write_index_and_table()


def fresh_problem(name: str) -> Problem:
    """Return the problem as its scenario or script makes it now."""
    folder, make = MODELS / name, CATALOGUE[name].make
    if make is not None:
        return make(folder)
    return problem_of(qo.load_scenario(folder))


def regenerate(name: str, seconds: float) -> None:
    """Write all generated files of one problem."""
    folder, problem = MODELS / name, fresh_problem(name)
    make_folder(folder / "certificates")
    write_text(folder / PROBLEM, canonical_json(problem.document()) + "\n")
    for label, most in CATALOGUE[name].searches.items():
        path = folder / "certificates" / f"{label}.json.gz"
        best_known(problem, label, path, min(seconds, most))
        strategy = strategy_of(label)
        if (
            isinstance(strategy, LinearStrategy)
            and isinstance(problem, qo.SchedulingProblem)
            and len(problem.satellites) == 1
            and problem.interval.size <= WEEK_SIZED
        ):
            write_mps(problem, strategy, folder / f"{label}.mps.gz")


def best_known(problem: Problem, label: str, path: Path, seconds: float) -> None:
    """Keep the certificate in ``path``, or write a new one of smaller gap."""
    known = qo.Certificate.load(path) if path.exists() else None
    if known is not None and not qo.verify(known, problem):
        known = None
    if known is not None and (seconds == 0 or known.optimal):
        print(f"{path.parent.parent.name}, {label}: {known}, kept", flush=True)
        return
    new = searched(problem, label, known and path, seconds or WITHOUT_LIMIT_S)
    verdict = qo.verify(new, problem)
    if not verdict:
        raise SystemExit(f"{path}: {verdict.statement}")
    if new.value == 0 and new.bound != 0:
        print(f"{path.parent.parent.name}, {label}: no schedule found, no certificate")
    elif known is None or relative_gap(new.value, new.bound) < relative_gap(
        known.value, known.bound
    ):
        new.save(path)
    print(f"{path.parent.parent.name}, {label}: {verdict.statement}", flush=True)


def searched(problem: Problem, label: str, known: Path | None, seconds: float) -> qo.Certificate:
    """Return the certificate of one search, which begins with what is known."""
    strategy = strategy_of(label)
    if isinstance(problem, qo.ContactProblem) or strategy is None:
        outcome = qo.solve(problem, time_limit=seconds)
    elif len(problem.satellites) > 1:
        outcome = qo.solve(problem, strategy, time_limit=seconds, prices=known)
    elif isinstance(strategy, LinearStrategy):
        outcome = qo.solve(problem, strategy)
    elif known is not None and isinstance(strategy, qo.TargetedDelivery | qo.BalancedDelivery):
        start = qo.Schedule.create(list(qo.Certificate.load(known).schedule))
        outcome = qo.solve(problem, strategy, time_limit=seconds, start=start)
    else:
        outcome = qo.solve(problem, strategy, time_limit=seconds)
    if outcome.certificate is None:
        raise SystemExit(f"{label}: {outcome.reason}")
    return outcome.certificate


def write_mps(problem: qo.SchedulingProblem, strategy: LinearStrategy, path: Path) -> None:
    """Write the tightest formulation as a compressed MPS file (to be minimised)."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "model.mps"
        write_model(problem, strategy, plain)
        text = plain.read_text()
    if not path.exists() or gzip.decompress(path.read_bytes()).decode() != text:
        write_text(path, text)


if __name__ == "__main__":
    main()
