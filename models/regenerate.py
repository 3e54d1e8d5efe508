"""Compute every published problem and its best known schedules anew, each checked by the judge.

    python models/regenerate.py [NAME ...] [--seconds 60]

Writes ``problem.json.gz``, ``certificates/*.json.gz``, ``*.mps.gz`` and ``README.md`` in each
problem's folder. Files whose content did not change stay byte for byte the same.

Searches have a time limit, so two runs differ. Their certificates are the best known: a search
begins with the old one's schedule, and its result replaces it only if the gap is smaller, or if
the old one is about another problem. With ``--seconds 0`` they are judged again, and only what is
missing is searched for. Where no schedule is found there is no certificate.
"""

from __future__ import annotations

import argparse
import gzip
import math
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import qkdopt as qo
from qkdopt.cli.table import number_words, verdict_words
from qkdopt.files import make_folder, write_text
from qkdopt.optimize.export import write_model
from qkdopt.optimize.problem_file import write_problem
from qkdopt.optimize.strategies import LinearStrategy, Strategy
from qkdopt.physics import Scenario

MODELS = Path(__file__).parent
WEEK_SIZED = 2_000  # active intervals; larger MPS files are exported on demand
STRATEGIES: tuple[LinearStrategy, ...] = (qo.GeneralDelivery(), qo.PrioritisedDelivery())
DIVERGENCES = {"micius-china-2016": ("0.1", "0.01", "0.001", "0")}
DIVERGENCES["micius-china-2016-clouds"] = DIVERGENCES["micius-china-2016"]
USUAL_DIVERGENCES = ("0.01",)
# Balanced delivery, and the most seconds: a long search may make a tree that takes long to judge.
BALANCED_S = {"iberia-2025": 3.0, "europe-pairs-2025": 60.0, "iberia-mixed-2025": 60.0}
MEANING = {
    "gd": "S-GD, total bits",
    "pd": "S-PD, weighted bits",
    "balanced": "balanced, bits consumed in proportion to the weights, then total",
} | {f"td-{kl_max}": f"S-TD({kl_max}), total bits" for kl_max in ("0.1", "0.01", "0.001", "0")}


def main() -> None:
    """Regenerate the problems named on the command line, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="folders in models/ (default: all)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of search for each S-TD")
    arguments = parser.parse_args()
    names = arguments.names or sorted(path.parent.name for path in MODELS.glob("*/scenario.toml"))
    for name in names:
        regenerate(MODELS / name, arguments.seconds)


def regenerate(folder: Path, seconds: float) -> None:
    """Write all generated files of the problem in ``folder``."""
    scenario = qo.load_scenario(folder / "scenario.toml")
    problem = qo.SchedulingProblem.from_keys(qo.compute_keys(scenario))
    write_problem(problem, folder / "problem.json.gz")
    make_folder(folder / "certificates")
    certificates: dict[str, qo.Certificate] = {}
    for strategy in STRATEGIES:
        outcome = qo.solve(problem, strategy)
        verdict = qo.verify(outcome.certificate, problem)
        if outcome.certificate is None or not verdict:
            raise SystemExit(f"{folder.name}, {strategy.name}: {verdict.statement}")
        outcome.certificate.save(folder / "certificates" / f"{strategy.name}.json.gz")
        certificates[strategy.name] = outcome.certificate
        if problem.interval.size <= WEEK_SIZED:
            write_mps(problem, strategy, folder / f"{strategy.name}.mps.gz")
        print(f"{folder.name}, {strategy.name}: {verdict.statement}", flush=True)
    for name, strategy, most in searches(folder.name):
        path = folder / "certificates" / f"{name}.json.gz"
        best = best_known(problem, strategy, path, min(seconds, most))
        if best.value:
            certificates[name] = best
    write_text(folder / "README.md", readme(folder, scenario, problem, certificates))


def searches(folder: str) -> Iterator[tuple[str, Strategy, float]]:
    """Yield what is searched for: name of the certificate, strategy, most seconds."""
    for kl_max in DIVERGENCES.get(folder, USUAL_DIVERGENCES):
        yield f"td-{kl_max}", qo.TargetedDelivery(kl_max), math.inf
    if folder in BALANCED_S:
        yield "balanced", qo.BalancedDelivery(), BALANCED_S[folder]


def best_known(
    problem: qo.SchedulingProblem, strategy: Strategy, path: Path, seconds: float
) -> qo.Certificate:
    """Return the certificate of smallest gap, the one in ``path`` or a new one, which is saved."""
    known = qo.Certificate.load(path) if path.exists() else None
    if known is not None and not qo.verify(known, problem):
        known = None
    if known is None or (seconds > 0 and not known.optimal):
        start = None if known is None else qo.Schedule.create(known.schedule)
        outcome = qo.solve(problem, strategy, time_limit=seconds or 10.0, start=start)
        new = outcome.certificate
        verdict = qo.verify(new, problem)
        if new is None or not verdict:
            raise SystemExit(f"{path}: {verdict.statement}")
        if known is None or gap(new) < gap(known):
            known = new
            if new.value:
                new.save(path)
    print(f"{path.parent.parent.name}, {path.name}: {known}, gap {gap(known):.1e}", flush=True)
    return known


def gap(certificate: qo.Certificate) -> float:
    """Return bound over value, less one (of ``t`` for balanced delivery)."""
    value, bound = certificate.value, certificate.bound
    if isinstance(value, dict):
        value, bound = Fraction(value["t"]), Fraction(bound["t"])
    return float(bound / max(1, value) - 1)


def write_mps(problem: qo.SchedulingProblem, strategy: LinearStrategy, path: Path) -> None:
    """Write the tightest formulation as a compressed MPS file (to be minimised)."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "model.mps"
        write_model(problem, strategy, plain)
        text = plain.read_text()
    if not path.exists() or gzip.decompress(path.read_bytes()).decode() != text:
        write_text(path, text)


def readme(
    folder: Path,
    scenario: Scenario,
    problem: qo.SchedulingProblem,
    certificates: dict[str, qo.Certificate],
) -> str:
    """Return the problem's page: what, source, size, best values and bounds."""
    lines = [
        f"# {folder.name}",
        "",
        " ".join(scenario.description.split()),
        "",
        *[f"**Not measured: {word}.**\n" for word in scenario.assumptions],
        f"{len(problem.links)} links, {problem.interval.size:,} active intervals of "
        f"{problem.interval_s} s, {problem.switch_s} s for a hand-over. "
        f"`problem.json.gz` has SHA-256 `{problem.sha256[:16]}...` (canonical content).",
        "",
        "| strategy | best value | bound | |",
        "|---|---:|---:|---|",
    ]
    for name, certificate in certificates.items():
        words = verdict_words(qo.verify(certificate))
        value, bound = number_words(certificate.value), number_words(certificate.bound)
        lines.append(f"| {MEANING[name]} | {value} | {bound} | {words} |")
    lines.append("")
    if scenario.pair_links:
        lines += [
            "Bits of a pair are shared by its two stations directly: one bit is one shared bit.",
            "",
        ]
    lines += [
        "Where each number of the scenario comes from stands in `scenario.toml`. The MPS files",
        "minimise the negated value. All other files here: `python models/regenerate.py`.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
