"""Whether enumeration, solvers, programmes and verifier agree on small problems in scenarios.

    python benchmarks/scenarios.py [--draws 500] [--first 0] [--only gd pd ...] [--seconds 10]

Draws problems of 1 to 5 scenarios with drawn probabilities, risks (both ends among them), stock,
demand and weights of 0; a third with lower bounds, a third with operations; a fifth are of two or
three satellites that share receivers. Each is solved by decomposition (the mean of gd and pd by the
longest path), and by a programme of every formulation that carries it, and compared with trying
every schedule; what comes out is verified. Prints a line for each disagreement, then the table.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import qkdopt as qo
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives.scenario_value import scenario_value
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.solvers.formulation_run import solve_formulation
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.strategy import Strategy
from qkdopt.optimize.strategy_names import strategy_named, with_risk

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
drawing: Any = import_module("scenario_drawing")

KINDS = ("gd", "pd", "balanced", "capped")
DRAWS, SECONDS = 500, 10.0


def drawn(kind: str, seed: int) -> tuple[SchedulingProblem, Strategy, Fraction | None, str]:
    """Return the problem of a kind and a seed, its strategy and optimum, and what was drawn."""
    rng = np.random.default_rng([KINDS.index(kind), seed, 3])
    number, words = 4 * seed + KINDS.index(kind), ""
    if rng.random() < 1 / 5:
        problem = drawing.satellites_problem(number)
        words = f"{len(problem.satellites)} satellites {' '.join((*problem.rules, ''))}"
    else:
        problem = drawing.scenario_problem(number)
        if rng.random() < 1 / 3:
            rules = drawing.drawn_operations(rng, problem)
            problem = problem.with_satellite(operations=rules)
            words = " ".join((*rules.names, ""))
    strategy = with_risk(strategy_named(kind), drawing.drawn_risk(rng))
    floors = drawing.drawn_floors(problem, rng) if rng.random() < 1 / 3 else {}
    optimum = drawing.best_in_scenarios(problem, kind, strategy.risk, floors)
    words += f"{len(problem.probabilities or ())} scenarios, {strategy.risk}, floors {floors}"
    return problem, with_floors(strategy, floors), optimum, words


def programmes(
    problem: SchedulingProblem, strategy: Strategy, optimum: Fraction | None
) -> dict[str, str]:
    """Return by formulation how its schedule differs from the optimum, empty where it does not."""
    one = laid_out(problem).problem if len(problem.satellites) > 1 else problem
    found = {}
    for name in FORMULATIONS:
        if formulation_named(name).refusal(one) is not None:
            continue
        try:
            result = solve_formulation(one, strategy, SolverOptions(formulation=name))
        except qo.QkdoptError as error:
            found[name] = "" if optimum is None and "infeasible" in str(error) else str(error)
            continue
        value = None
        if result.schedule is not None and result.schedule.is_legal(one):
            value = scenario_value(one, strategy, result.schedule)
        found[name] = "" if value == optimum else f"value {value}, optimum {optimum}"
    return found


def solved(
    problem: SchedulingProblem, strategy: Strategy, optimum: Fraction | None, seconds: float
) -> tuple[bool, str]:
    """Return whether the optimum is proved and verified, and what is false about the outcome."""
    outcome = qo.solve(problem, strategy, time_limit=seconds)
    if outcome.certificate is None:
        if optimum is None:
            return outcome.reason.startswith("infeasible"), ""
        return False, f"no schedule ({outcome.reason}), optimum {optimum}"
    if optimum is None:
        return False, f"value {outcome.value} where nothing is allowed"
    verdict = qo.verify(outcome.certificate, problem)
    value, bound = Fraction(outcome.value), Fraction(outcome.bound)
    false = "" if value <= optimum <= bound else f"{value} <= {optimum} <= {bound} is false"
    return verdict.optimal and value == optimum, "; ".join(filter(None, [false, *verdict.findings]))


def row(kind: str, arguments: argparse.Namespace) -> str:
    """Solve the draws of a kind; return its row of the table."""
    counts: Counter[str] = Counter()
    began = time.process_time()
    for seed in range(arguments.first, arguments.first + arguments.draws):
        problem, strategy, optimum, words = drawn(kind, seed)
        proved, false = solved(problem, strategy, optimum, arguments.seconds)
        every = {"solve": false, **programmes(problem, strategy, optimum)}
        for name, difference in every.items():
            if difference:
                print(f"{kind} {seed} {name}: {difference} ({words})", flush=True)
        counts["programmes"] += len(every) - 1
        counts["differ"] += sum(map(bool, every.values()))
        counts["infeasible"] += optimum is None
        counts["open"] += not proved
        if not proved and arguments.list:
            print(f"{kind} {seed} open ({words})", flush=True)
    return (
        f"| {kind:8} | {arguments.draws:5} | {counts['infeasible']:10} | {counts['programmes']:10} "
        f"| {counts['differ']:6} | {counts['open']:4} | {time.process_time() - began:5.0f} |"
    )


def main() -> None:
    """Draw, solve and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--only", nargs="*", default=list(KINDS), choices=KINDS, metavar="KIND")
    parser.add_argument("--list", action="store_true", help="print what stays open, too")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = [row(kind, arguments) for kind in arguments.only]
    print("| strategy | drawn | infeasible | programmes | differ | open | CPU s |")
    print("|----------|-------|------------|------------|--------|------|-------|")
    print(*rows, sep="\n")


if __name__ == "__main__":
    main()
