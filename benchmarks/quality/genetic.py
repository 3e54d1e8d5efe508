"""How far genetic algorithms end from the proved optimum of the Micius week.

    python benchmarks/quality/genetic.py [--seeds 5] [--full] [--only TABLE...] [--json FILE]

Prints the tables of ``docs/findings-genetic.md``. Everything is counted in evaluations, not in
seconds, so a busy machine changes nothing but the time it takes: about ten minutes on two quiet
cores, and twice that with ``--full --seeds 3``, which goes on to 10^6 evaluations. Bounds are
those of ``dynamic`` (S-GD, S-PD) and of the published certificates (S-TD), all proved optimal.
The verifier confirms the bounds and every schedule.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import qkdopt as qo
from qkdopt.library import problem_folder
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.solvers import SolverOptions
from qkdopt.optimize.strategy import Strategy

MARKS, FULL_MARKS = (10_000, 100_000), (10_000, 100_000, 1_000_000)
PROVED = problem_folder("micius-china-2016") / "certificates"
TABLES = ("greedy", "genetic", "hybrid", "settings", "nsga2")
STRATEGIES: dict[str, Any] = {
    "S-GD": qo.GeneralDelivery(),
    "S-PD": qo.PrioritisedDelivery(),
    "S-TD(0.1)": qo.TargetedDelivery("0.1"),
    "S-TD(0.01)": qo.TargetedDelivery("0.01"),
}
READINGS = {
    "one interval at a time": GeneticSettings(),
    "runs of up to 15 intervals": GeneticSettings(run=15),
}
SWEEP = {
    "population 20": {"population": 20},
    "population 50 (default)": {},
    "population 100": {"population": 100},
    "population 200": {"population": 200},
    "tournaments of 2 and 3": {"tournament": 2, "divergence_tournament": 3},
    "tournaments of 3 and 2": {"divergence_tournament": 2},
    "no crossover": {"crossover": 0.0},
    "1 change": {"changes": 1.0},
    "5 changes": {"changes": 5.0},
    "runs of up to 5": {"run": 5},
    "runs of up to 15": {"run": 15},
    "runs of up to 40": {"run": 40},
}
DECODED = {
    "columns of blocks": {"decode": "columns"},
    "prices": {"decode": "prices"},
    "intervals, seeded": {"decode": "intervals", "run": 15},
}
SMALL = 1e-4
HYBRID_EVALUATIONS = {"columns of blocks": 100_000, "prices": 10_000, "intervals, seeded": 100_000}


@dataclass(frozen=True)
class Row:
    """Gaps to the proved bound, relative to it; 1 where no schedule was near enough."""

    strategy: str
    method: str
    at: int
    gaps: list[float]
    bound: int

    def words(self) -> str:
        """Return median, best and worst as text."""
        ordered = sorted(self.gaps)
        if ordered[0] == 1:
            return "none"
        return f"{percent(median(ordered))} ({percent(ordered[0])} to {percent(ordered[-1])})"


def percent(gap: float) -> str:
    """Return a gap as text, small ones with more digits."""
    if gap in (0, 1):
        return "none" if gap else "0"
    return f"{gap:.2%}" if gap >= SMALL else f"{gap:.4%}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", nargs="*", default=TABLES, choices=TABLES)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    week = read_problem(problem_folder("micius-china-2016") / "problem.json.gz")
    seeds = range(arguments.seeds)
    marks = FULL_MARKS if arguments.full else MARKS
    bounds = {name: proved(week, strategy) for name, strategy in STRATEGIES.items()}
    rows: list[Row] = []
    if "greedy" in arguments.only:
        rows += greedy(week, bounds)
    if "genetic" in arguments.only:
        rows += genetic(week, bounds, seeds, marks)
    for name, table in (("hybrid", hybrid), ("settings", settings), ("nsga2", nsga2)):
        if name in arguments.only:
            rows += table(week, bounds, seeds)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))


def proved(problem: qo.SchedulingProblem, strategy: Strategy) -> int:
    """Return the bound that the verifier confirms."""
    if isinstance(strategy, qo.TargetedDelivery):
        certificate = qo.Certificate.load(PROVED / f"td-{strategy.kl_max}.json.gz")
    else:
        certificate = qo.solve(problem, strategy).certificate
    verdict = qo.verify(certificate, problem)
    if not verdict:
        raise SystemExit(verdict.statement)
    print(f"{strategy}: value {certificate.value:,}, bound {certificate.bound:,}", flush=True)
    return certificate.bound


def judged(problem: qo.SchedulingProblem, strategy: Strategy, **chosen: object) -> qo.Outcome:
    """Return an outcome whose certificate holds."""
    outcome = qo.solve(problem, strategy, **chosen)
    verdict = qo.verify(outcome.certificate, problem)
    if not verdict:
        raise SystemExit(verdict.statement)
    return outcome


def greedy(week: qo.SchedulingProblem, bounds: dict) -> list[Row]:
    """Print how near a satellite comes that never looks ahead."""
    rows = []
    print("\n| strategy | greedy | evaluations |\n|---|---|---|")
    for name in ("S-GD", "S-PD"):
        value = judged(week, STRATEGIES[name], solver="greedy").value
        rows.append(Row(name, "greedy", 1, [1 - value / bounds[name]], bounds[name]))
        print(f"| {name} | {rows[-1].gaps[0]:.2%} | 1 |", flush=True)
    return rows


def genetic(week: qo.SchedulingProblem, bounds: dict, seeds: range, marks: tuple) -> list[Row]:
    """Print how near each reading of the paper's algorithm comes, by evaluations."""
    print(f"\n| strategy | mutation | {' | '.join(f'{mark:,}' for mark in marks)} |")
    print("|---|---|" + "---|" * len(marks))
    rows = []
    for name, strategy in STRATEGIES.items():
        for reading, chosen in READINGS.items():
            gaps: dict[int, list[float]] = {mark: [] for mark in marks}
            for seed in seeds:
                asked = GeneticSettings(run=chosen.run, evaluations=marks[-1])
                outcome = judged(week, strategy, solver="genetic", seed=seed, genetic=asked)
                for mark in marks:
                    # Generations are whole: the last one that began before the mark.
                    best = [line.best for line in outcome.history if line.evaluations <= mark + 50]
                    gaps[mark].append(1 - best[-1] / bounds[name])
            found = [Row(name, reading, mark, gaps[mark], bounds[name]) for mark in marks]
            print(
                f"| {name} | {reading} | {' | '.join(row.words() for row in found)} |", flush=True
            )
            rows += found
    return rows


def hybrid(week: qo.SchedulingProblem, bounds: dict, seeds: range) -> list[Row]:
    """Print what decoding and polishing add, S-TD."""
    print("\n| strategy | individuals are | evaluations | generations alone | polished |")
    print("|---|---|---|---|---|")
    rows = []
    for name in ("S-TD(0.1)", "S-TD(0.01)"):
        for decoded, chosen in DECODED.items():
            asked = GeneticSettings(evaluations=HYBRID_EVALUATIONS[decoded], **chosen)
            alone, polished = [], []
            for seed in seeds:
                outcome = judged(week, STRATEGIES[name], solver="hybrid", seed=seed, genetic=asked)
                by_genes = outcome.certificate.document["made_by"]["value_by_genes"]
                alone.append(1 - by_genes / bounds[name])
                polished.append(1 - outcome.value / bounds[name])
            found = [
                Row(name, f"hybrid, {decoded}{rest}", asked.evaluations, gaps, bounds[name])
                for rest, gaps in (("", alone), (", polished", polished))
            ]
            figures = " | ".join(f"{median(r.gaps):.1e} ({max(r.gaps):.1e})" for r in found)
            print(f"| {name} | {decoded} | {asked.evaluations:,} | {figures} |", flush=True)
            rows += found
    return rows


def settings(week: qo.SchedulingProblem, bounds: dict, seeds: range) -> list[Row]:
    """Print what each setting changes after 10^5 evaluations."""
    print("\n| setting | S-GD | S-TD(0.01) |\n|---|---|---|")
    rows = []
    for setting, chosen in SWEEP.items():
        asked = GeneticSettings(evaluations=MARKS[-1], **chosen)
        found = []
        for name in ("S-GD", "S-TD(0.01)"):
            gaps = [
                1
                - judged(week, STRATEGIES[name], solver="genetic", seed=seed, genetic=asked).value
                / bounds[name]
                for seed in seeds[:3]
            ]
            found.append(Row(name, setting, MARKS[-1], gaps, bounds[name]))
        print(f"| {setting} | {' | '.join(row.words() for row in found)} |", flush=True)
        rows += found
    return rows


def nsga2(week: qo.SchedulingProblem, bounds: dict, seeds: range) -> list[Row]:
    """Print how near pymoo's NSGA-II comes at two divergences, both from one run."""
    from qkdopt.optimize.heuristics.nsga2.solver import find_front

    print("\n| NSGA-II, mutation | S-TD(0.1) | S-TD(0.01) | on the front |\n|---|---|---|---|")
    rows = []
    for reading, chosen in READINGS.items():
        asked = GeneticSettings(run=chosen.run, population=100, evaluations=MARKS[-1])
        gaps: dict[str, list[float]] = {"S-TD(0.1)": [], "S-TD(0.01)": []}
        sizes = []
        for seed in seeds[:3]:
            front = find_front(week, SolverOptions(seed=seed, genetic=asked))
            sizes.append(len(front))
            for name, missed in gaps.items():
                kl_max = float(STRATEGIES[name].kl_max)
                best = max((p.total for p in front if p.divergence <= kl_max), default=0)
                missed.append(1 - best / bounds[name])
        found = [
            Row(name, f"nsga2, {reading}", MARKS[-1], gaps[name], bounds[name]) for name in gaps
        ]
        words = " | ".join(row.words() for row in found)
        print(f"| {reading} | {words} | {median(sizes)} |", flush=True)
        rows += found
    return rows


if __name__ == "__main__":
    main()
