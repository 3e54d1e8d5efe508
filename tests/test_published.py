"""Published problems: found, frozen = fresh, every certificate passes the verifier."""

import gzip
import importlib
import math
import sys
import tomllib
from datetime import UTC, datetime
from fractions import Fraction
from itertools import chain, combinations

import numpy as np
import pytest

import qkdopt as qo
from drawing import every_schedule
from qkdopt import library, verifier
from qkdopt.cli.table import claim_words
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.solvers.formulation_run import relaxation_value
from qkdopt.physics.orbit import circular
from qkdopt.physics.orbit.constructed import at_altitude
from qkdopt.study.published import best_known
from qkdopt.verifier import budget
from verifier_version_2 import (
    assert_same_verdict,
    bits_of,
    certificate_2,
    every_constellation,
    stations_can,
)

# Rounding down amplifies the last digit of a platform's exp and log to one whole bit.
TOLERANCE_BITS = 1
INDEX = library.published_index()
SMALL_CELLS = 25_000  # links x intervals of a satellite; beyond that judging takes seconds
MOST_STEPS = 33_000_000  # of the verifier, as docs/certificates.md says
SMALL_BYTES = 40_000  # of a file; those are verified in version 2 as well
INTERVALS, CONTACTS = (
    [name for name, facts in INDEX.items() if facts["kind"] == kind]
    for kind in ("intervals", "contacts")
)


def is_big(name):
    facts = INDEX[name]
    links = facts.get("links", 0) / facts.get("satellites", 1)
    return links * facts.get("active_intervals", 0) > SMALL_CELLS


def marked(names):
    return [pytest.param(name, marks=pytest.mark.slow) if is_big(name) else name for name in names]


@pytest.fixture(scope="module")
def fresh_problem():
    """Return the function that makes a problem anew, from the script of the library."""
    sys.path.insert(0, str(library.models_folder()))
    return importlib.import_module("regenerate").fresh_problem


def test_every_problem_is_in_the_index_and_the_table():
    assert len(library.problem_names()) >= 14
    assert set(INDEX) == set(library.problem_names())
    table = (library.models_folder() / "README.md").read_text()
    for name, facts in INDEX.items():
        assert f"[{name}]({name}/README.md)" in table
        assert facts["best"]
        assert library.content_sha256(library.problem_folder(name) / library.PROBLEM)


@pytest.mark.filterwarnings("ignore:.* days away from the farthest instant")  # a month, a year
@pytest.mark.parametrize("name", marked(INTERVALS))
def test_frozen_keys_equal_fresh_ones(name, fresh_problem):
    frozen = read_problem(library.checked_problem(library.problem_folder(name)))
    fresh = fresh_problem(name)
    for one, other in zip(fresh.satellites, frozen.satellites, strict=True):
        assert one.interval.tolist() == other.interval.tolist()
        assert np.abs(one.bits - other.bits).max(initial=0) <= TOLERANCE_BITS
        assert one.switch_s == other.switch_s
    for attribute in ("targets", "link_target", "weights", "stock", "demand"):
        assert getattr(fresh, attribute) == getattr(frozen, attribute)
    assert [link.name for link in fresh.links] == [link.name for link in frozen.links]
    if frozen.version > 1:  # version 1 does not say which stations a link has
        assert (fresh.stations, fresh.links) == (frozen.stations, frozen.links)


@pytest.mark.parametrize("name", marked(CONTACTS))
def test_frozen_contacts_equal_fresh_ones(name, fresh_problem):
    frozen = qo.ContactProblem.load(library.checked_problem(library.problem_folder(name)))
    fresh = fresh_problem(name)
    assert (fresh.passes.node, fresh.passes.start_s) == (frozen.passes.node, frozen.passes.start_s)
    assert fresh.targets == frozen.targets
    volumes = [[float(v) for v in problem.passes.volume] for problem in (fresh, frozen)]
    assert volumes[0] == pytest.approx(volumes[1], rel=1e-12)


@pytest.mark.parametrize("name", marked(INDEX))
def test_every_certificate_holds_and_belongs_to_the_problem(name, monkeypatch):
    monkeypatch.setattr(budget, "MOST_STEPS", MOST_STEPS)
    folder = library.problem_folder(name)
    problem = verifier.read(folder / library.PROBLEM)
    table = (library.models_folder() / "README.md").read_text()
    page = (folder / "README.md").read_text()
    paths = sorted((folder / "certificates").glob("*.json.gz"))
    assert best_known(paths) == INDEX[name]["best"]
    for path in paths:
        document = verifier.read(path)
        verdict = verifier.verify(document, problem)
        assert verdict, verdict.statement
        kind = document["format"], document["version"]
        if kind == ("qkdopt-certificate", 1) and path.stat().st_size < SMALL_BYTES:
            assert_same_verdict(verdict, verifier.verify(certificate_2(document)))
    for claim in INDEX[name]["best"].values():
        for key in ("value", "bound"):
            assert f"| {claim_words(claim, key)} |" in page
            assert f"| {claim_words(claim, key)} |" in table


def test_the_index_and_the_table_are_what_their_script_writes(fresh_problem):
    tables = importlib.import_module("tables")
    assert tables.table(INDEX) == (library.models_folder() / "README.md").read_text()
    for name in ("hand-odd-ring", "micius-china-2016"):
        assert tables.page_of(name) == (library.problem_folder(name) / "README.md").read_text()
        assert tables.entry(name) == INDEX[name]


def test_the_better_schedule_is_kept_with_the_better_proof(fresh_problem):
    joined = importlib.import_module("regenerate").joined
    problem = qo.load_problem("hand-two-cities")
    best = qo.solve(problem, qo.GeneralDelivery()).certificate
    idle = [-1] * problem.interval.size
    poor = qo.Certificate({**best.document, "schedule": idle, "value": 0})
    loose = qo.Certificate({**best.document, "bound": best.bound + 1})
    for one, other in ((poor, loose), (loose, poor)):
        assert joined(one, other, problem).document == best.document
    assert joined(best, poor, problem) is joined(best, loose, problem) is best
    with pytest.raises(SystemExit):
        joined(best, qo.Certificate({**best.document, "bound": best.bound - 1}), problem)


def test_each_part_of_balanced_delivery_keeps_its_better_proof(fresh_problem):
    joined = importlib.import_module("regenerate").joined
    problem = qo.load_problem("hand-two-cities")
    best = qo.solve(problem, qo.BalancedDelivery()).certificate
    claimed = best.document["bound"]
    level = Fraction(claimed["t"]) + 1
    loose = {"t": f"{level.numerator}/{level.denominator}"}, {"total": claimed["total"] + 1}
    one, other = (qo.Certificate({**best.document, "bound": {**claimed, **part}}) for part in loose)
    assert qo.verify(one, problem)
    assert qo.verify(other, problem)
    for first, second in ((one, other), (other, one)):
        assert joined(first, second, problem).document == best.document


def test_variants_of_the_week_differ_in_what_they_say_only():
    week = scenario_tables("micius-china-2016")
    for name, changed in {
        "micius-china-2016-night": {"horizon"},
        "micius-china-2016-month": {"horizon"},
        "micius-china-2016-year": {"horizon"},
        "micius-china-2016-500km": {"satellite"},
        "micius-china-2016-2500km": {"satellite"},
    }.items():
        other = scenario_tables(name)
        differing = {key for key in week | other if week.get(key) != other.get(key)}
        assert differing == {"name", "description"} | changed


def test_variants_of_the_british_week_differ_in_their_times_only():
    week = scenario_tables("uk-nine-2025")
    for name in ("uk-nine-2025-60s", "uk-nine-2025-60s-slow"):
        other = scenario_tables(name)
        assert {key for key in week if week[key] != other[key]} == {
            "name", "description", "horizon"
        }  # fmt: skip
        differing = {
            key for key in week["horizon"] if week["horizon"][key] != other["horizon"][key]
        }
        assert differing == {"interval_s", "switch_s"}
    europe = scenario_tables("europe-30-2025")
    for key in week.keys() - {"name", "description", "horizon", "station"}:
        assert week[key] == europe[key]


def test_drawn_problems_are_as_their_script_says():
    night, few, ties = (
        qo.load_problem(name) for name in ("drawn-night", "drawn-few-passes", "drawn-ties")
    )
    for problem, stations, passes, hand_over in ((night, 8, 1, 1), (few, 8, 3, 5), (ties, 6, 2, 1)):
        assert len(problem.links) == stations
        assert 1 + np.count_nonzero(np.diff(problem.interval) > 60) == passes
        assert problem.switch_s == hand_over * problem.interval_s
    assert set(np.unique(ties.bits).tolist()) == {0, 7}


def scenario_tables(name):
    return tomllib.loads((library.problem_folder(name) / "scenario.toml").read_text())


def test_orbits_at_other_heights_are_what_their_scenarios_say():
    micius = qo.load_scenario("micius-china-2016").satellites[0].elements
    for height_km in (500, 2500):
        stated = qo.load_scenario(f"micius-china-2016-{height_km}km").satellites[0].elements
        assert stated == at_altitude(micius, height_km)
    stated = qo.load_scenario("europe-30-2025").satellites[0].elements
    assert stated == circular(600, 97.79, datetime(2025, 9, 19, tzinfo=UTC), node_deg=334.1)


@pytest.mark.parametrize("name", ["hand-two-cities", "hand-three-cities"])
def test_hand_sized_values_are_those_of_enumeration(name):
    problem = read_problem(library.problem_folder(name) / library.PROBLEM)
    delivered = set()
    for schedule in every_schedule(problem):
        totals = [0] * len(problem.targets)
        for a, link in enumerate(schedule):
            if link >= 0:
                totals[link] += int(problem.bits[link, a])
        delivered.add(tuple(totals))
    for label, claim in INDEX[name]["best"].items():
        found = best_of(label, problem, delivered)
        if label.startswith("least"):
            found, claim = round(found, 12), {"value": float(claim["value"])}
        assert found == pytest.approx(claim["value"], abs=1e-11), label


@pytest.mark.parametrize("name", ["hand-two-satellites", "hand-three-satellites"])
def test_hand_sized_satellites_are_those_of_enumeration(name):
    document = verifier.read(library.problem_folder(name) / library.PROBLEM)
    problem, bits = read_problem(library.problem_folder(name) / library.PROBLEM), bits_of(document)
    delivered = set()
    for paths in every_constellation(document):
        if stations_can(document, paths):
            totals = [0] * len(problem.targets)
            for t, link in chain.from_iterable(paths):
                totals[problem.links[link].target] += bits[t, link]
            delivered.add(tuple(totals))
    for label, claim in INDEX[name]["best"].items():
        assert claim["value"] == claim["bound"] == best_of(label, problem, delivered), label


def best_of(label, problem, delivered):
    """Return the best value among all vectors of delivered bits, read off design, section 4."""
    w, (name, _, setting) = problem.weights, label.partition("-")
    if name == "gd":
        return max(map(sum, delivered))
    if name == "pd":
        return max(sum(a * b for a, b in zip(w, e, strict=True)) for e in delivered)
    if name == "capped":
        return max(sum(map(min, e, problem.demand)) for e in delivered)
    if name == "td":
        return max(sum(e) for e in delivered if divergence(e, w) <= float(setting) + 1e-15)
    if name == "least":
        least = math.ceil(Fraction(setting) * max(map(sum, delivered)))
        return min(divergence(e, w) for e in delivered if sum(e) >= least)
    stock = problem.stock or (0,) * len(w)
    t = {e: min(Fraction((b + x) * sum(w), v) for b, x, v in zip(stock, e, w, strict=True))
         for e in delivered}  # fmt: skip
    most = max(t.values())
    total = max(sum(e) for e in delivered if t[e] == most)
    return {"t": f"{most.numerator}/{most.denominator}", "total": total}


def divergence(delivered, weights):
    if not sum(delivered):
        return 0.0
    q = [Fraction(w, sum(weights)) for w in weights]
    p = [Fraction(e, sum(delivered)) for e in delivered]
    return sum(float(a) * math.log(a / b) for a, b in zip(p, q, strict=True) if a)


def test_the_hand_sized_contacts_are_those_of_enumeration():
    problem = qo.ContactProblem.load(library.problem_folder("hand-odd-ring") / library.PROBLEM)
    pairs = [
        (p, t)
        for p in range(len(problem.passes.id))
        for t in range(len(problem.targets.id))
        if problem.value(p, t) is not None
    ]
    best = 0
    for size in range(len(pairs) + 1):
        for chosen in combinations(pairs, size):
            passes, targets = {p for p, _ in chosen}, {t for _, t in chosen}
            if len(passes) == len(targets) == size and all(
                problem.busy_until[p] <= problem.start[other]
                or problem.busy_until[other] <= problem.start[p]
                for p, other in combinations(passes, 2)
            ):
                best = max(best, sum(problem.value(p, t) for p, t in chosen))
    assert best == INDEX["hand-odd-ring"]["best"]["contact"]["value"]
    certificate = verifier.read(
        library.problem_folder("hand-odd-ring") / "certificates" / "contact.json.gz"
    )
    assert certificate["proof"]["kind"] == "tree"  # an odd ring: no prices alone prove it


def test_constructed_orbits_are_what_their_scenarios_say():
    for name, epoch, node_deg in (
        ("iberia-2025", datetime(2025, 6, 1, tzinfo=UTC), 0.0),
        ("iberia-mixed-2025", datetime(2025, 6, 20, 12, tzinfo=UTC), 241.0),
    ):
        stated = qo.load_scenario(name).satellites[0].elements
        assert stated == circular(400, 42, epoch, node_deg=node_deg)


def test_the_week_agrees_by_every_method():
    week = read_problem(library.problem_folder("micius-china-2016") / "problem.json.gz")
    for strategy, optimum in (
        (qo.GeneralDelivery(), 51_992_197),
        (qo.PrioritisedDelivery(), 6_113_317_770_067),
    ):
        assert qo.solve(week, strategy).value == optimum
        for formulation in ("paper", "startup", "pointing"):
            outcome = qo.solve(week, strategy, solver="milp", formulation=formulation)
            assert (outcome.value, outcome.bound) == (optimum, optimum)
            assert qo.verify(outcome.certificate, week).optimal


@pytest.mark.parametrize(
    ("formulation", "excess"), [("paper", 1.00024), ("startup", 1.0), ("pointing", 1.0)]
)
def test_the_relaxations_of_the_week_are_pinned(formulation, excess):
    week = read_problem(library.problem_folder("micius-china-2016") / "problem.json.gz")
    value = relaxation_value(week, qo.GeneralDelivery(), formulation)
    assert value / 51_992_197 == pytest.approx(excess, abs=5e-6)


def test_the_mps_file_is_the_problem():
    from qkdopt.mip.highs_factory import new_highs

    folder = library.problem_folder("micius-china-2016")
    text = gzip.decompress((folder / "gd.mps.gz").read_bytes()).decode()
    assert "OBJSENSE" not in text
    solver = new_highs()
    solver.silent()
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.readModel(str(folder / "gd.mps.gz"))
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(-51_992_197, abs=0.1)
