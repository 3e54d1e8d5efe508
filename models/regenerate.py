"""Compute every published problem and its best known schedules anew, each checked by the judge.

    python models/regenerate.py [NAME ...]

Writes ``problem.json.gz``, ``certificates/*.json.gz``, ``*.mps.gz`` and ``README.md`` in each
problem's folder. Files whose content did not change stay byte for byte the same; a certificate
that was searched for within a time limit stays, too, unless the new one is nearer its bound.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
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
TARGETED, BALANCED = qo.TargetedDelivery(kl_max="0.01"), qo.BalancedDelivery()
# Seconds of each search; short where a long one makes trees that take long to judge.
SEARCHED: dict[str, tuple[tuple[Strategy, float], ...]] = {
    "iberia-2025": ((TARGETED, 60.0), (BALANCED, 3.0)),
    "europe-pairs-2025": ((TARGETED, 60.0), (BALANCED, 60.0)),
    "iberia-mixed-2025": ((TARGETED, 60.0), (BALANCED, 60.0)),
}
MEANING = {
    "gd": "S-GD, total bits",
    "pd": "S-PD, weighted bits",
    "td": "S-TD(0.01), total bits",
    "balanced": "balanced, bits consumed in proportion to the weights, then total",
}


def main() -> None:
    """Regenerate the problems named on the command line, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="folders in models/ (default: all)")
    names = parser.parse_args().names or sorted(
        path.parent.name for path in MODELS.glob("*/scenario.toml")
    )
    for name in names:
        regenerate(MODELS / name)


def regenerate(folder: Path) -> None:
    """Write all generated files of the problem in ``folder``."""
    scenario = qo.load_scenario(folder / "scenario.toml")
    problem = qo.SchedulingProblem.from_keys(qo.compute_keys(scenario))
    write_problem(problem, folder / "problem.json.gz")
    make_folder(folder / "certificates")
    certificates: dict[str, qo.Certificate] = {}
    searches = ((strategy, None) for strategy in STRATEGIES)
    for strategy, seconds in (*searches, *SEARCHED.get(folder.name, ())):
        path = folder / "certificates" / f"{strategy.name}.json.gz"
        outcome = qo.solve(problem, strategy, time_limit=seconds)
        found = outcome.certificate
        if seconds is not None and found is not None and path.exists():
            found = better(qo.Certificate.load(path), found)
        verdict = qo.verify(found, problem)
        if found is None or not verdict:
            raise SystemExit(f"{folder.name}, {strategy.name}: {verdict.statement}")
        found.save(path)
        certificates[strategy.name] = found
        if isinstance(strategy, LinearStrategy) and problem.interval.size <= WEEK_SIZED:
            write_mps(problem, strategy, folder / f"{strategy.name}.mps.gz")
        print(f"{folder.name}, {strategy.name}: {verdict.statement}", flush=True)
    write_text(folder / "README.md", readme(folder, scenario, problem, certificates))


def better(old: qo.Certificate, new: qo.Certificate) -> qo.Certificate:
    """Return the one of two searched certificates whose value is nearer its bound."""
    same = old.document["problem_sha256"] == new.document["problem_sha256"] and qo.verify(old)
    return old if same and gap(old) <= gap(new) else new


def gap(certificate: qo.Certificate) -> Fraction:
    """Return how far the value is from the bound (``t`` alone for balanced delivery)."""
    value, bound = certificate.value, certificate.bound
    if isinstance(value, dict):
        return Fraction(bound["t"]) - Fraction(value["t"])
    return Fraction(bound) - Fraction(value)


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
