"""Recompute every published problem and its best known schedules, each verified.

    python models/regenerate.py [NAME ...] [--seconds 120] [--join FILE ...]

Writes ``problem.json.gz``, ``certificates/*.json.gz`` and ``*.mps.gz`` in each problem's folder,
then their pages, ``index.json`` and ``README.md`` beside this script (``tables.py``). Files whose
content did not change stay byte for byte the same. ``catalogue.py`` lists how each is made.

Searches have a time limit, so two runs differ. Their certificates are the best known: a search
begins with the old one's schedule, and the better schedule of the two is kept with the better
proof, unless the old one is about another problem. ``--join`` does the same with certificates found
elsewhere. With ``--seconds 0`` they are verified again, and only what is missing is searched for.
Where no schedule is found there is no certificate.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from catalogue import CATALOGUE, MODELS, Problem, strategy_of
from tables import write_index_and_table

import qkdopt as qo
from qkdopt.certificates import canonical_json
from qkdopt.files import make_folder, write_text
from qkdopt.library import PROBLEM
from qkdopt.optimize.export import write_model
from qkdopt.optimize.strategies import LinearStrategy
from qkdopt.study import problem_of
from qkdopt.study.published import rank, strategy_label

WEEK_SIZED = 2_000  # active intervals; larger MPS files are exported on demand
WITHOUT_LIMIT_S = 10.0  # of a search that has to be made although no time was given
SCHEDULE = ("schedule", "paths", "pairs", "value")  # members that say what is reached
OF_TOTAL = ("total", "nu")  # members of bound and proof, of balanced delivery


def main() -> None:
    """Regenerate the problems named on the command line, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="folders in models/ (default: all)")
    parser.add_argument("--seconds", type=float, default=120.0, help="most, of each search")
    parser.add_argument("--join", nargs="*", default=[], help="certificates found elsewhere")
    arguments = parser.parse_args()
    found = [qo.Certificate.load(path) for path in arguments.join]
    names = arguments.names or sorted(CATALOGUE)
    for name in names:
        if name not in CATALOGUE:
            raise SystemExit(f"{name}: not in catalogue.py, which has {', '.join(CATALOGUE)}")
        regenerate(name, arguments.seconds, found)
    write_index_and_table(names)


def fresh_problem(name: str) -> Problem:
    """Return the problem as its scenario or script makes it now."""
    folder, make = MODELS / name, CATALOGUE[name].make
    if make is not None:
        return make(folder)
    return problem_of(qo.load_scenario(folder))


def regenerate(name: str, seconds: float, found: Sequence[qo.Certificate] = ()) -> None:
    """Write all generated files of one problem; ``found`` are certificates to be considered."""
    folder, problem = MODELS / name, fresh_problem(name)
    make_folder(folder / "certificates")
    write_text(folder / PROBLEM, canonical_json(problem.document()) + "\n")
    for label, most in CATALOGUE[name].searches.items():
        path = folder / "certificates" / f"{label}.json.gz"
        same = [one for one in found if is_about(one, problem, label)]
        best_known(problem, label, path, min(seconds, most), same)
        strategy = strategy_of(label)
        if (
            isinstance(strategy, LinearStrategy)
            and isinstance(problem, qo.SchedulingProblem)
            and len(problem.satellites) == 1
            and problem.interval.size <= WEEK_SIZED
        ):
            write_mps(problem, strategy, folder / f"{label}.mps.gz")


def is_about(certificate: qo.Certificate, problem: Problem, label: str) -> bool:
    """Return whether a certificate is about this problem and strategy."""
    document = certificate.document
    same = document["problem_sha256"] == problem.sha256
    return same and strategy_label(document["strategy"]) == label


def best_known(
    problem: Problem, label: str, path: Path, seconds: float, found: Sequence[qo.Certificate]
) -> None:
    """Keep the certificate in ``path``, or write one with a better schedule or bound."""
    known = qo.Certificate.load(path) if path.exists() else None
    if known is not None and not qo.verify(known, problem):
        known = None
    best = known
    for one in found:
        best = joined(best, one, problem)
    if best is None or (seconds > 0 and not best.optimal):
        new = searched(problem, label, best, seconds or WITHOUT_LIMIT_S)
        best = joined(best, new, problem)
    if best.value == 0 and best.bound != 0:
        print(f"{path.parent.parent.name}, {label}: no schedule found, no certificate")
        return
    if best is not known:
        best.save(path)
    print(f"{path.parent.parent.name}, {label}: {best}", flush=True)


def joined(known: qo.Certificate | None, new: qo.Certificate, problem: Problem) -> qo.Certificate:
    """Return the better schedule with the better proof, in one certificate that holds."""
    verdict = qo.verify(new, problem)
    if not verdict:
        raise SystemExit(verdict.statement)
    if known is None:
        return new
    both, strategy = (known, new), known.document["strategy"]
    reached = max(both, key=lambda one: rank(strategy, one.document["value"])).document
    schedule = {key: reached[key] for key in SCHEDULE if key in reached}
    made = [qo.Certificate({**proved, **schedule}) for proved in proofs(known, new)]
    held = [one for one in made if qo.verify(one, problem)]
    if not held:
        raise SystemExit(qo.verify(made[0], problem).statement)
    best = min(held, key=lambda one: rank(strategy, one.document["bound"]))
    return known if best.document == known.document else best


def proofs(known: qo.Certificate, new: qo.Certificate) -> Iterator[Mapping[str, Any]]:
    """Yield both certificates, and of balanced delivery what shows t as one, the total as other."""
    both = known.document, new.document
    yield from both
    kinds = {(one["version"], one["proof"]["kind"]) for one in both}
    if len(kinds) == 1 and isinstance(known.bound, Mapping):
        for first, second in permutations(both):
            parts = {
                key: first[key] | {x: second[key][x] for x in OF_TOTAL if x in second[key]}
                for key in ("bound", "proof")
            }
            yield {**first, **parts}


def searched(
    problem: Problem, label: str, known: qo.Certificate | None, seconds: float
) -> qo.Certificate:
    """Return the certificate of one search, which begins with what is known."""
    strategy = strategy_of(label)
    if isinstance(problem, qo.ContactProblem) or strategy is None:
        outcome = qo.solve(problem, time_limit=seconds)
    elif len(problem.satellites) > 1:
        with tempfile.TemporaryDirectory() as place:
            prices = Path(place) / "prices.json.gz"
            if known is not None:
                known.save(prices)
            options = {} if known is None else {"prices": prices}
            outcome = qo.solve(problem, strategy, time_limit=seconds, **options)
    elif isinstance(strategy, LinearStrategy):
        outcome = qo.solve(problem, strategy)
    elif known is not None and isinstance(strategy, qo.TargetedDelivery | qo.BalancedDelivery):
        start = qo.Schedule.create(list(known.schedule))
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
