"""Formulations of satellites that share receivers: every one against trying all schedules."""

import json
import math
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import BITS, examples, obeys_operations, slew_of, without_overlaps
from enumeration import soonest_after
from qkdopt.bench.instances import instance_problem
from qkdopt.bench.job_run import run_job
from qkdopt.bench.jobs import Job
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.problem_file import problem_from_document, write_problem
from qkdopt.optimize.solvers.formulation_run import relaxation_value, solve_formulation

STATIONS = ("Aveiro", "Beja")
ENDS = ((0,), (1,), (0, 1))
INTERVALS = 5


@st.composite
def constellations(draw, most_satellites=3, most_cells=15, most_turn=2, most_tau=3, slews=False):
    """Draw 2 or 3 satellites over two stations, some links to both, some satellites without any.

    At most ``most_cells`` services have bits; with ``slews`` some hand-overs take less time.
    """
    satellites = [
        {"name": f"S{s}", "switch_s": str(10 * draw(st.integers(0, most_tau)))}
        for s in range(draw(st.integers(2, most_satellites)))
    ]
    stations = [
        {
            "name": name,
            "receivers": draw(st.sampled_from([1, 1, 1, 2, 2, 3])),
            "switch_s": str(10 * draw(st.sampled_from([0, 0, *range(1, most_turn + 1)]))),
        }
        for name in STATIONS
    ]
    ends = [ENDS[e] for e in sorted(draw(st.sets(st.integers(0, 2), min_size=1)))]
    targets = [
        {"name": " and ".join(STATIONS[n] for n in stated), "weight": draw(st.integers(1, 4))}
        for stated in ends
    ]
    links, contacts, left = [], [], most_cells
    for s in range(len(satellites)):
        for target, stated in enumerate(ends):
            row = draw(st.lists(BITS, min_size=INTERVALS, max_size=INTERVALS))
            cells = [(t, bits) for t, bits in enumerate(row) if bits][:left]
            left -= len(cells)
            if cells:
                contacts += _contacts(len(links), cells)
                links.append(
                    {
                        "name": f"S{s} {targets[target]['name']}",
                        "satellite": s,
                        "stations": list(stated),
                        "target": target,
                    }
                )
    document = {
        "format": "qkdopt-problem", "version": 2, "interval_s": "10", "satellites": satellites,
        "stations": stations, "targets": targets, "links": links, "contacts": contacts,
    }  # fmt: skip
    if slews:
        own = [sum(link["satellite"] == s for link in links) for s in range(len(satellites))]
        drawn = [draw(st.lists(slew_of(max(1, n), INTERVALS, 2), max_size=6)) for n in own]
        slew = [[s, kept] for s, runs in enumerate(drawn) if (kept := without_overlaps(runs))]
        document |= {"options": {"slew": slew}} if slew else {}
    return problem_from_document(json.loads(json.dumps(document)))


def _contacts(link, cells):
    found = []
    for t, bits in cells:
        if found and found[-1]["first"] + len(found[-1]["bits"]) == t:
            found[-1]["bits"].append(bits)
        else:
            found.append({"link": link, "first": t, "bits": [bits]})
    return found


def legal_cells(problem):
    """Yield satellite, link, its row and the column of each service of every legal set of paths."""
    paths = [list(_paths_of(problem, s)) for s in range(len(problem.satellites))]
    own = [list(problem.links_of(s)) for s in range(len(problem.satellites))]
    for chosen in product(*paths):
        if _received(problem, chosen):
            yield [
                (s, n, own[s].index(n), int(np.searchsorted(problem.satellites[s].interval, t)))
                for s, path in enumerate(chosen)
                for t, n in path
            ]


def legal_totals(problem):
    """Yield what each legal set of paths delivers to the targets, by the rules as written."""
    for cells in legal_cells(problem):
        totals = [0] * len(problem.targets)
        for s, n, row, a in cells:
            totals[problem.links[n].target] += int(problem.satellites[s].bits[row, a])
        yield tuple(totals)


def _paths_of(problem, s):
    satellite, own = problem.satellites[s], list(problem.links_of(s))
    part, links = problem.of_satellite(s), range(len(own))
    soonest = {
        (n, m, t): soonest_after(part, n, m, t)
        for n, m, t in product(links, links, satellite.interval.tolist())
    }
    choices = [
        [None, *(own[i] for i in np.flatnonzero(satellite.bits[:, a]).tolist())]
        for a in range(satellite.interval.size)
    ]
    for services in product(*choices):
        path = [
            (t, n)
            for t, n in zip(satellite.interval.tolist(), services, strict=True)
            if n is not None
        ]
        if all(
            n == m or u >= soonest[own.index(n), own.index(m), t]
            for (t, n), (u, m) in pairwise(path)
        ) and obeys_operations(part, [-1 if n is None else own.index(n) for n in services]):
            yield path


def _received(problem, paths):
    for number, station in enumerate(problem.stations):
        tau = -(-int(station.switch_s) // int(problem.interval_s))
        served = [
            (t, s)
            for s, path in enumerate(paths)
            for t, n in path
            if number in problem.links[n].stations
        ]
        for begin in {t for t, _ in served}:
            window = {s for t, s in served if begin <= t <= begin + tau}
            if len(window) > station.receivers:
                return False
    return True


@given(constellations(slews=True))
@settings(max_examples=examples(30), deadline=None)
def test_every_formulation_finds_the_enumerated_optimum(problem):
    one, strategy = laid_out(problem).problem, qo.PrioritisedDelivery()
    best = max(
        sum(w * e for w, e in zip(problem.weights, totals, strict=True))
        for totals in set(legal_totals(problem))
    )
    for formulation in FORMULATIONS:
        if formulation_named(formulation).refusal(one) is None:
            found = solve_formulation(one, strategy, SolverOptions(formulation=formulation))
            assert found.bound == best, formulation
            assert found.schedule.is_legal(one)
            assert found.schedule.value(one, strategy.coefficients(one)) == best


def best_of(problem, strategy, totals):
    shares = [Fraction(w, sum(problem.weights)) for w in problem.weights]
    if strategy.name == "gd":
        return max(map(sum, totals))
    if strategy.name == "capped":
        return max(sum(min(4, e) for e in got) for got in totals)
    if strategy.name == "balanced":
        return max(
            (min(e / q for e, q in zip(got, shares, strict=True)), sum(got)) for got in totals
        )
    return max(sum(got) for got in totals if near(got, shares, float(strategy.kl_max)))


def near(got, shares, most):
    parts = [(e / sum(got), float(q)) for e, q in zip(got, shares, strict=True) if e]
    return sum(p * math.log(p / q) for p, q in parts) <= most


@pytest.mark.parametrize(
    ("strategy", "solver"),
    [
        (qo.GeneralDelivery(), "milp"),
        (qo.CappedDelivery(dict.fromkeys(("Aveiro", "Beja", "Aveiro and Beja"), 4)), "milp"),
        (qo.BalancedDelivery(), "milp"),
        (qo.TargetedDelivery("0.2"), "outer_approximation"),
        (qo.GeneralDelivery(), "decomposition"),
        (qo.BalancedDelivery(), "decomposition"),
    ],
    ids=lambda item: getattr(item, "name", item),
)
@given(problem=constellations(most_cells=12, slews=True))
@settings(max_examples=examples(10), deadline=None)
def test_strategies_by_programmes_are_enumerated_and_verified(strategy, solver, problem):
    if laid_out(problem).problem.receivers is None:
        return
    if strategy.name == "capped":
        strategy = qo.CappedDelivery(dict.fromkeys(problem.targets, 4))
    best = best_of(problem, strategy, set(legal_totals(problem)))
    outcome = qo.solve(problem, strategy, solver=solver)
    value = outcome.value
    assert best == (tupled(value) if strategy.name == "balanced" else value)
    assert qo.verify(outcome.certificate, strategy.stated_in(problem)).holds


def tupled(value):
    return Fraction(value["t"]), value["total"]


def constellation(K, tau=0, turn=0, receivers=1):
    """Return the problem with ``K[s][n][t]`` bits of satellite ``s`` at station ``n``."""
    pairs = [(s, n) for s, rows in enumerate(K) for n in range(len(rows))]
    cells = {pair: dict(enumerate(K[pair[0]][pair[1]])) for pair in pairs}
    names = STATIONS[: len(K[0])]
    return problem_from_document(
        {
            "format": "qkdopt-problem", "version": 2, "interval_s": "10",
            "satellites": [{"name": f"S{s}", "switch_s": str(10 * tau)} for s in range(len(K))],
            "stations": [
                {"name": name, "receivers": receivers, "switch_s": str(10 * turn)}
                for name in names
            ],
            "targets": [{"name": name, "weight": 1} for name in names],
            "links": [
                {"name": f"S{s} {names[n]}", "satellite": s, "stations": [n], "target": n}
                for s, n in pairs
            ],
            "contacts": [
                contact
                for link, pair in enumerate(pairs)
                for contact in _contacts(link, [(t, k) for t, k in cells[pair].items() if k])
            ],
        }
    )  # fmt: skip


def test_the_relaxation_with_receivers_is_pinned_where_it_is_fractional():
    problem = constellation([[[2, 4], [2, 7]], [[3, 5], [5, 3]], [[4, 2], [3, 8]]], tau=1)
    one = laid_out(problem).problem
    assert max(map(sum, legal_totals(problem))) == 19
    for formulation in ("pointing", "startup", "path_flow"):
        assert relaxation_value(one, qo.GeneralDelivery(), formulation) == pytest.approx(19.5)
    assert qo.solve(problem, qo.GeneralDelivery(), solver="milp").value == 19


@pytest.mark.parametrize(("turn", "receivers", "best"), [(0, 1, 40), (1, 1, 20), (1, 2, 40)])
def test_set_up_times_of_receivers_by_hand(turn, receivers, best):
    # The satellites take turns at one station: a receiver that needs an interval in between
    # stays with one of them, or serves both no more often.
    problem = constellation([[[10, 0, 10, 0]], [[0, 10, 0, 10]]], 0, turn, receivers)
    one = laid_out(problem).problem
    assert relaxation_value(one, qo.GeneralDelivery(), "pointing") == pytest.approx(best)
    assert max(map(sum, legal_totals(problem))) == best


@pytest.mark.parametrize("solver", ["milp/highs/pointing", "milp/highs_plain/pointing"])
def test_jobs_of_a_benchmark_run_on_several_satellites(solver):
    problem = constellation([[[10, 7, 3], [2, 9, 1]], [[5, 5, 6], [4, 8, 8]]], 1)
    best = max(map(sum, legal_totals(problem)))
    job = Job(
        instance="p", problem_sha256=problem.sha256, strategy="gd", solver=solver, seed=0,
        time_limit_s=10.0, grace_s=10.0, memory_mb=4096, threads=1, evaluations=None,
    )  # fmt: skip
    record = run_job(job, problem)
    assert record["verified"]
    assert record["value"] == best <= record["bound"]
    assert record["options"]["milp_bound"] == str(best)


def test_a_benchmark_runs_on_several_satellites(qkdopt, bench_here):
    problem = constellation([[[10, 7, 3], [2, 9, 1]], [[5, 5, 6], [4, 8, 8]]], 1)
    best = max(map(sum, legal_totals(problem)))
    write_problem(problem, qkdopt.folder / "p.json")
    answer = qkdopt("bench", "--instance", "p.json", "--solver", "decomposition", "-o", "out")
    assert answer.code == 0, answer.err
    (line,) = (qkdopt.folder / "out" / "records.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert record["verified"]
    assert record["value"] == best == record["bound"]
    assert record["optimal"]


@pytest.mark.parametrize("solver", ["milp/highs_plain/startup", "relaxation/startup"])
def test_building_ends_with_the_time_limit_of_bench(solver):
    problem = qo.load_problem("micius-pair-2016")  # takes half a second
    job = Job(
        instance="pair", problem_sha256=problem.sha256, strategy="gd", solver=solver, seed=0,
        time_limit_s=0.05, grace_s=10.0, memory_mb=4096, threads=1, evaluations=None,
    )  # fmt: skip
    found = run_job(job, problem)
    assert (found["status"], found["reason"]) == ("time_limit", "Not built in time")
    assert found["value"] is None


def test_scenarios_of_several_satellites_are_instances():
    problem = instance_problem("micius-pair-2016@18h")
    assert len(problem.satellites) == 2
    assert sum(satellite.bits.sum() for satellite in problem.satellites) > 0
