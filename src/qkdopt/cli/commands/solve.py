"""``qkdopt solve``: one problem, one strategy, one solver, one certificate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qkdopt.cli.exits import CLAIM_FAILED, FINE, INTERRUPTED
from qkdopt.cli.options import (
    DemandOption,
    FloorsOption,
    FormulationOption,
    IntervalOption,
    JsonOption,
    MipSolverOption,
    OptionsOption,
    ProblemArgument,
    StockOption,
    SwitchOption,
    ThreadsOption,
    TimeLimitOption,
    TrafficOption,
    WeightsOption,
)

if TYPE_CHECKING:
    from qkdopt.claims import Outcome
    from qkdopt.judge import Verdict
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.strategies import Strategy
    from qkdopt.study import Evaluation

__all__ = ["EXAMPLES", "solve_command"]

EXAMPLES = (
    "qkdopt solve micius-china-2016 --strategy pd",
    "qkdopt solve micius-china-2016 --strategy td --kl-max 0.01 --time-limit 10",
    "qkdopt solve micius-china-2016 --strategy balanced --stock stock.csv --time-limit 60",
    "qkdopt solve micius-china-2016 --strategy gd --floors Lhasa=1000000",
    "qkdopt solve micius-china-2016 --strategy paired --traffic traffic.csv --time-limit 10",
    "qkdopt solve keys.csv --strategy pd --weights A=25,B=12 --switch-seconds 20",
    "qkdopt solve micius-china-2016 --options rules.toml",
    "qkdopt solve micius-china-2016 --solver milp --mip-solver scip --formulation startup",
    "qkdopt solve contacts.json.gz -o certificate.json.gz",
    "qkdopt solve problem.json.gz --strategy gd --solver milp -o certificate.json.gz --json",
)


def solve_command(
    problem: ProblemArgument,
    strategy: Annotated[
        str | None,
        typer.Option(
            "--strategy",
            metavar="NAME",
            help=(
                "gd (all bits count alike), pd (bits count with their target's weight), td "
                "(all bits, shares near the weights), least (least divergence at a share of the "
                "most bits), balanced (most bits that can be consumed "
                "in proportion to the weights), capped (all bits up to a demand), paired (most "
                "shared bits of pairs of cities; each takes two). "
                "gd by default; none for contacts."
            ),
            show_default=False,
        ),
    ] = None,
    kl_max: Annotated[
        str | None,
        typer.Option(
            "--kl-max",
            metavar="NATS",
            help="For td: largest divergence of the shares from the weights; 0.01 by default.",
            show_default=False,
        ),
    ] = None,
    fraction: Annotated[
        str | None,
        typer.Option(
            "--fraction",
            metavar="SHARE",
            help="For least: share of the S-GD optimum to be delivered, 0 to 1; 0.9 by default.",
            show_default=False,
        ),
    ] = None,
    floors: FloorsOption = None,
    weights: WeightsOption = None,
    stock: StockOption = None,
    demand: DemandOption = None,
    traffic: TrafficOption = None,
    switch_seconds: SwitchOption = None,
    interval: IntervalOption = None,
    options: OptionsOption = None,
    solver: Annotated[
        str | None,
        typer.Option(
            "--solver",
            metavar="NAME",
            help="gd, pd: dynamic (exact, by default), milp, greedy; else decomposition, milp. "
            "For comparison: genetic, hybrid (gd, pd, td). Or an installed plug-in's name.",
            show_default=False,
        ),
    ] = None,
    formulation: FormulationOption = None,
    mip_solver: MipSolverOption = None,
    time_limit: TimeLimitOption = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, help="For solvers that draw numbers.")
    ] = 0,
    threads: ThreadsOption = 1,
    path: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Certificate to write, .json or .json.gz.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Find the best schedule of one strategy; the judge checks it before it is printed.

    Exit code 1 when the judge finds a claim false, or when the solver stopped without a
    schedule.
    """
    from qkdopt.cli.console import print_json, say
    from qkdopt.cli.contacts import (
        ContactSettings,
        contact_problem,
        refuse_options,
        solve_and_print,
    )
    from qkdopt.cli.inputs import given_problem
    from qkdopt.cli.progress import progress_bars
    from qkdopt.cli.weights import read_weights
    from qkdopt.errors import SolverError
    from qkdopt.optimize.floors import with_floors
    from qkdopt.optimize.strategies import strategy_named
    from qkdopt.study import evaluate_in, solve, verify

    contacts = contact_problem(problem)
    if contacts is not None:
        about_intervals = {
            "--strategy": strategy, "--kl-max": kl_max, "--fraction": fraction,
            "--floors": floors, "--weights": weights, "--stock": stock, "--demand": demand,
            "--switch-seconds": switch_seconds, "--interval": interval, "--options": options,
        }  # fmt: skip
        refuse_options(about_intervals)
        _check_ending(path)
        settings = ContactSettings(solver, formulation, time_limit, seed, threads)
        return solve_and_print(contacts, settings, path, as_json)
    goal = strategy_named(strategy or "gd", kl_max, fraction)
    if floors is not None:
        goal = with_floors(goal, read_weights(floors, "--floors", "bits"))
    _check_ending(path)
    with progress_bars() as bars:
        named = given_problem(
            problem,
            bars,
            weights=weights,
            switch_seconds=switch_seconds,
            interval=interval,
            options=options,
            stock=stock,
            demand=demand,
            traffic=traffic,
        )
        given = named.problem
        outcome = solve(
            given,
            goal,
            solver=solver,
            formulation=formulation,
            mip_solver=mip_solver,
            time_limit=time_limit,
            seed=seed,
            threads=threads,
            progress=bars.search(f"strategy {goal.name}"),
        )
    if outcome.ended == "failed":
        raise SolverError(outcome.reason or "the solver failed")
    verdict = evaluation = None
    if outcome.certificate is not None:
        verdict = verify(outcome.certificate, given)
        evaluation = evaluate_in(given, verdict.delivered)
        if path is not None:
            outcome.certificate.save(path)
    if as_json:
        document = _document(goal, given, outcome, verdict, evaluation)
        print_json(document | ({"notes": list(named.notes)} if named.notes else {}))
    else:
        _print(goal.name, outcome, verdict, evaluation, path)
        for note in named.notes:
            say(note)
    if outcome.ended == "interrupted":
        return INTERRUPTED
    return FINE if verdict else CLAIM_FAILED


def _check_ending(path: Path | None) -> None:
    from qkdopt.errors import InputError

    if path is not None and not path.name.endswith((".json", ".json.gz")):
        expected = "a certificate that ends in .json or .json.gz"
        raise InputError(str(path), path.suffix or "no ending", expected)


def _document(
    strategy: Strategy,
    problem: SchedulingProblem,
    outcome: Outcome,
    verdict: Verdict | None,
    evaluation: Evaluation | None,
) -> dict[str, Any]:
    return {
        "strategy": strategy.name,
        **{key: value for key, value in strategy.document().items() if key != "name"},
        "problem_sha256": problem.sha256,
        "value": outcome.value,
        "bound": outcome.bound,
        "ended": str(outcome.ended),
        "verified": bool(verdict),
        "optimal": verdict is not None and verdict.optimal,
        **({"delivered": {}} if evaluation is None else evaluation.document()),
        "findings": [] if verdict is None else list(verdict.findings),
        "reason": outcome.reason,
        "made_by": {} if outcome.certificate is None else outcome.certificate.document["made_by"],
        "seconds": {phase: round(s, 6) for phase, s in outcome.seconds.items()},
    }


def _print(
    strategy: str,
    outcome: Outcome,
    verdict: Verdict | None,
    evaluation: Evaluation | None,
    path: Path | None,
) -> None:
    from qkdopt.cli.console import output, say
    from qkdopt.cli.table import Column, delivery_table, number_words, verdict_words

    ended = str(outcome.ended).replace("_", " ")
    if evaluation is None or verdict is None:
        say(f"No schedule ({ended}): {outcome.reason}. Nothing is written.")
        return
    console = output()
    rows = (
        ("value", number_words(outcome.value)),
        ("bound", number_words(outcome.bound)),
        ("verdict", verdict_words(verdict)),
        ("solver", ended),
        ("wall time [s]", f"{sum(outcome.seconds.values()):.3g}"),
    )
    console.print(delivery_table(console, [Column(_title(strategy), evaluation, rows)]))
    for finding in verdict.findings:
        say(f"FALSE: {finding}")
    if outcome.reason:
        say(f"Nothing is delivered: {outcome.reason}.")
    if path is not None:
        say(f"Written: {path}")


def _title(strategy: str) -> str:
    return f"S-{strategy.upper()}" if strategy in ("gd", "pd", "td") else strategy
