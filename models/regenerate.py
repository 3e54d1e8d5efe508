"""Compute every published problem and its best known schedules anew, each checked by the judge.

    python models/regenerate.py [NAME ...] [--seconds 60]

Writes ``problem.json.gz``, ``certificates/*.json.gz``, ``*.mps.gz`` and ``README.md`` in each
problem's folder. Files whose content did not change stay byte for byte the same.

Targeted delivery is a search with a time limit, so two runs differ. Its certificates are the
best known: the search begins with the old one's schedule, and its result replaces it only if the
gap is smaller, or if the old one is about another problem. With ``--seconds 0`` they are judged
again, and only what is missing is searched for. Where no schedule is found there is no certificate.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
from pathlib import Path

import qkdopt as qo
from qkdopt.files import make_folder, write_text
from qkdopt.optimize.export import write_model
from qkdopt.optimize.problem_file import write_problem
from qkdopt.optimize.strategies import LinearStrategy

MODELS = Path(__file__).parent
STRATEGIES: tuple[LinearStrategy, ...] = (qo.GeneralDelivery(), qo.PrioritisedDelivery())
DIVERGENCES = ("0.1", "0.01", "0.001", "0")
MEANING = {"gd": "S-GD, total bits", "pd": "S-PD, weighted bits"} | {
    f"td-{kl_max}": f"S-TD({kl_max}), total bits" for kl_max in DIVERGENCES
}


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
    certificates = {}
    for strategy in STRATEGIES:
        outcome = qo.solve(problem, strategy)
        verdict = qo.verify(outcome.certificate, problem)
        if outcome.certificate is None or not verdict:
            raise SystemExit(f"{folder.name}, {strategy.name}: {verdict.statement}")
        path = make_folder(folder / "certificates") / f"{strategy.name}.json.gz"
        outcome.certificate.save(path)
        certificates[strategy.name] = outcome.certificate
        write_mps(problem, strategy, folder / f"{strategy.name}.mps.gz")
        print(f"{folder.name}, {strategy.name}: {verdict.statement}")
    for kl_max in DIVERGENCES:
        path = folder / "certificates" / f"td-{kl_max}.json.gz"
        best = best_known(problem, qo.TargetedDelivery(kl_max), path, seconds)
        if best.value:
            certificates[path.name.removesuffix(".json.gz")] = best
    write_text(folder / "README.md", readme(folder, scenario.description, problem, certificates))


def best_known(
    problem: qo.SchedulingProblem, strategy: qo.TargetedDelivery, path: Path, seconds: float
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
    """Return bound over value, less one."""
    return float(certificate.bound / max(1, certificate.value) - 1)


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
    description: str,
    problem: qo.SchedulingProblem,
    certificates: dict[str, qo.Certificate],
) -> str:
    """Return the problem's page: what, source, size, best values and bounds."""
    lines = [
        f"# {folder.name}",
        "",
        " ".join(description.split()),
        "",
        f"{len(problem.links)} links, {problem.interval.size:,} active intervals of "
        f"{problem.interval_s} s, {problem.switch_s} s for a hand-over. "
        f"`problem.json.gz` has SHA-256 `{problem.sha256[:16]}...` (canonical content).",
        "",
        "| strategy | best value | bound | |",
        "|---|---:|---:|---|",
    ]
    for name, certificate in certificates.items():
        verdict = "proved optimal" if certificate.optimal else f"gap {gap(certificate):.1e}"
        lines.append(
            f"| {MEANING[name]} | {certificate.value:,} | {certificate.bound:,} | {verdict} |"
        )
    lines += [
        "",
        "Where each number of the scenario comes from stands in `scenario.toml`. The MPS files",
        "minimise the negated value. All other files here: `python models/regenerate.py`.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
