"""Finite keys of links to pairs: counts against the key's own rates, blocks, settings, refusals."""

import numpy as np
import pytest

import qkdopt as qo
from pair_scenarios import mixed, pairs
from physics_scenarios import START, tables
from physics_scenarios import scenario as scenario_of
from qkdopt.errors import InputError
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.physics.details import key_details
from qkdopt.physics.finite_counts import finite_counts, key_lengths, pair_key_lengths
from qkdopt.study.finite_keys import evaluate_finite_keys
from qkdopt.study.operations import problem_of
from qkdopt.study.schedule_file import write_schedule
from qkdopt.study.tuning import tune

BLOCKS = ("session", "pass", "night", "horizon")
PLAIN = {"finite_key": {}}


def planned(scenario):
    problem = problem_of(scenario)
    best = qo.solve(problem, qo.GeneralDelivery()).certificate.schedule
    return problem, Schedule.create(best)


@pytest.fixture(scope="module")
def day():
    return mixed(**PLAIN)


def evaluated(scenario, block, problem, schedule):
    changed = scenario.with_settings({"finite_key.block": block})
    return evaluate_finite_keys(changed, problem, schedule)


def test_counts_of_pairs_are_those_of_the_key_rate(day):
    details = key_details(day).columns
    for link in day.pair_links:
        counts, rows = finite_counts(day)[link.name], details["link"] == link.name
        assert counts.interval.tolist() == details["interval"][rows].tolist()
        np.testing.assert_allclose(counts.detections[0], details["sifted_bits"][rows], rtol=1e-12)
        qber = counts.errors[0] / counts.detections[0]
        np.testing.assert_allclose(qber, details["qber"][rows], rtol=1e-12)


def test_each_kind_of_links_has_its_counts_and_its_proof(day):
    found, plain = finite_counts(day), mixed()
    assert list(found) == [link.name for link in day.links]
    overhead = day.entanglement.source.error_correction_overhead
    efficiency = day.source.error_correction_efficiency
    for link in day.links:
        counts = found[link.name]
        whole = counts.rows.sum(axis=1)
        single = link in day.station_links
        assert counts.rows.shape == (6 if single else 2, counts.interval.size)
        lengths, spent = (key_lengths, efficiency) if single else (pair_key_lengths, overhead)
        expected = lengths(day.finite_key, *np.split(whole, 2), spent)
        assert counts.bits(whole) == expected > 0
    assert qo.compute_keys(day).bits.tolist() == qo.compute_keys(plain).bits.tolist()


def test_pairs_alone_need_no_source_of_pulses():
    scenario = pairs(finite_key={"pair_proof": "tomamichel-2012"})
    found = evaluate_finite_keys(scenario, *planned(scenario))
    assert found.proof == "tomamichel-2012"
    assert 0 < found.evaluation.total < found.asymptotic.total


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("proof", ["lim-2021", "tomamichel-2012"])
def test_no_block_has_more_than_its_asymptotic_bits(block, proof):
    scenario = pairs(finite_key={"pair_proof": proof})
    problem, schedule = planned(scenario)
    found = evaluated(scenario, block, problem, schedule)
    assert sum(item.intervals for item in found.blocks) == (schedule.service != IDLE).sum()
    assert sum(item.bits for item in found.blocks) == found.evaluation.total > 0
    for item in found.blocks:
        assert 0 <= item.bits <= item.asymptotic_bits + item.intervals  # each rounded down


def test_sessions_of_pairs_are_what_schedules_count():
    scenario = pairs(**PLAIN)
    problem, schedule = planned(scenario)
    found = evaluate_finite_keys(scenario, problem, schedule)
    assert problem.in_sessions
    assert schedule.delivered(problem) == found.evaluation.delivered
    assert found.evaluation.total < found.asymptotic.total
    other = scenario.with_settings({"finite_key": None})
    assert found.asymptotic.delivered == schedule.delivered(problem_of(other))


def test_a_mixed_schedule_names_both_proofs(day):
    problem, schedule = planned(day)
    service = schedule.service.copy()
    pair = [link.name for link in problem.links].index(day.pair_links[0].name)
    usable = np.flatnonzero(problem.bits[pair])
    service[usable[: usable.size // 2]] = pair
    found = evaluated(day, "horizon", problem, Schedule.create(service.tolist()))
    assert found.proof == "lim-2014, lim-2021"
    assert {item.link for item in found.blocks} > {day.pair_links[0].name}


def test_larger_blocks_of_pairs_bring_more():
    scenario = pairs(horizon={"start_utc": START, "duration_days": 4}, **PLAIN)
    problem, schedule = planned(scenario)
    totals = [evaluated(scenario, block, problem, schedule).evaluation.total for block in BLOCKS]
    assert totals == sorted(totals)
    assert totals[0] < totals[-1]


def test_a_sample_of_any_share_brings_no_more_than_the_best():
    scenario = pairs(**PLAIN)
    given = planned(scenario)
    best = evaluate_finite_keys(scenario, *given).evaluation.total
    for share in (0.05, 0.2, 0.5):
        fixed = scenario.with_settings({"finite_key.pair_check_share": share})
        assert evaluate_finite_keys(fixed, *given).evaluation.total < best


def test_a_success_fraction_is_the_chance_of_a_pass():
    certain = pairs(**PLAIN)
    links = [
        dict(stations=list(link.stations), success_fraction=0.25) for link in certain.pair_links
    ]
    perhaps = pairs(link=links, **PLAIN)
    for one, other in zip(
        finite_counts(certain).values(), finite_counts(perhaps).values(), strict=True
    ):
        whole = one.rows.sum(axis=1)
        np.testing.assert_array_equal(whole, other.rows.sum(axis=1))
        assert other.bits(whole) == one.bits(whole) // 4
        several = other.bits(whole, several_passes=True)
        assert several == one.bits(whole / 4) < other.bits(whole)
    problem, schedule = planned(perhaps)
    totals = [evaluated(perhaps, block, problem, schedule).evaluation.total for block in BLOCKS]
    assert totals == sorted(totals)


def test_dead_time_takes_coincidences(day):
    slow = day.with_settings({"entanglement.detector.dead_time_s": 1e-4})
    for link in day.pair_links:
        fast, dead = (finite_counts(item)[link.name] for item in (day, slow))
        assert (dead.rows < fast.rows).all()


def test_keys_of_pairs_change_the_digest_only_where_they_are_stated(day):
    assert day.digest != mixed().digest
    default = {"finite_key.pair_proof": "lim-2021", "finite_key.pair_check_share": "optimised"}
    assert day.with_settings(default).digest == day.digest
    assert day.with_settings({"finite_key.pair_check_share": 0.3}).digest != day.digest


@pytest.mark.parametrize(
    ("make", "table", "words"),
    [
        (pairs, {"shares": [0.7, 0.2, 0.1]}, "finite_key.shares: got [0.7, 0.2, 0.1], expected no"),
        (pairs, {"proof": "lim-2014"}, "where every link is a pair (theirs is pair_proof)"),
        (pairs, {"key_basis_share": 0.9}, "finite_key.key_basis_share: got 0.9, expected no such"),
        (pairs, {"pair_check_share": 0}, "pair_check_share: got 0, expected optimised or 0 < pair"),
        (pairs, {"pair_check_share": 1.0}, "expected optimised or 0 < pair_check_share < 1"),
        (pairs, {"pair_proof": "lim-2014"}, "expected lim-2021 or tomamichel-2012"),
        (pairs, {"eps_secrecy": 1}, "0 < eps_secrecy < 1"),
        (pairs, {"eps_correctness": 0}, "0 < eps_correctness < 1"),
        (mixed, {"proof": "wiesemann-one-decoy"}, "got 3 numbers, expected 2 numbers"),
        (mixed, {"shares": [1.2, 0.1, -0.3]}, "finite_key.shares[0]: got 1.2"),
        (mixed, {"key_basis_share": 0}, "0 < key_basis_share < 1"),
    ],
)
def test_a_table_that_fits_no_proof_is_refused_in_one_line(make, table, words):
    with pytest.raises(InputError) as refused:
        make(finite_key=table)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_keys_of_pairs_are_refused_where_there_is_none():
    with pytest.raises(InputError, match="no such key where no link is to a pair of stations"):
        scenario_of(finite_key={"pair_proof": "lim-2021"})


def test_rates_of_a_finite_block_and_finite_keys_are_not_both_counted():
    source = {"source": {"finite_block": "conservative"}}
    scenario = pairs(entanglement=source, **PLAIN)
    with pytest.raises(InputError, match="finite_block: got conservative, expected none where"):
        finite_counts(scenario)


def test_nothing_of_pairs_alone_is_tuned_for_finite_keys():
    with pytest.raises(InputError, match="got nothing to tune"):
        tune(pairs(**PLAIN), finite=True)


def test_a_satellite_has_one_element_set_so_that_no_block_straddles_a_change():
    text = "\n".join(2 * [tables()["satellite"][0]["tle"].strip()])
    with pytest.raises(InputError, match="2 element sets") as refused:
        scenario_of(satellite=[{"name": "Micius", "tle": text}], **PLAIN)
    assert "\n" not in str(refused.value)


def test_evaluate_takes_links_to_pairs(qkdopt, tmp_path):
    problem = qo.load_problem("iberia-2025")
    path = tmp_path / "mine.csv"
    write_schedule(problem, qo.solve(problem, qo.GeneralDelivery()).certificate.schedule, path)
    given = ("evaluate", "iberia-2025", path, "--finite-key")
    found = qkdopt(*given, "block=pass", "--json").json["finite_key"]
    assert found["proof"] == "lim-2021"
    assert 1_100_000 < found["total"] < found["asymptotic_total"] == 1_926_122
    older = qkdopt(*given, "block=pass,pair_proof=tomamichel-2012", "--json").json["finite_key"]
    assert 0 < older["total"] < found["total"]
