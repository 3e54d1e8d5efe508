"""Schedules under finite keys: counts against the key's own rates, blocks, the command."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.errors import InputError
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.physics.details import key_details
from qkdopt.physics.finite_counts import finite_counts, key_lengths
from qkdopt.study.finite_keys import evaluate_finite_keys

BLOCKS = ("session", "pass", "night", "horizon")


@pytest.fixture(scope="module")
def week():
    return qo.load_scenario("micius-china-2016").with_settings({"finite_key.block": "session"})


@pytest.fixture(scope="module")
def problem():
    return qo.load_problem("micius-china-2016")


@pytest.fixture(scope="module")
def best(problem):
    return Schedule.create(qo.solve(problem, qo.GeneralDelivery()).certificate.schedule)


def contacts(counts):
    """Yield the first interval of each contact, and sums of counts before each of its intervals."""
    runs = np.split(
        np.arange(counts.interval.size), np.flatnonzero(np.diff(counts.interval) > 1) + 1
    )
    for run in runs:
        rows = np.concatenate([counts.detections[:, run], counts.errors[:, run]])
        yield counts.interval[run[0]], np.cumsum(np.pad(rows, ((0, 0), (1, 0))), axis=1)


def session_tables(scenario):
    """Return (link, first interval, key lengths by first and last) of each contact."""
    tables = []
    for n, counts in enumerate(finite_counts(scenario).values()):
        for begins, sums in contacts(counts):
            first, last = np.triu_indices(sums.shape[1] - 1)
            within = sums[:, last + 1] - sums[:, first]
            bits = key_lengths(scenario.finite_key, *np.split(within, 2), 1.16)
            table = np.zeros((sums.shape[1] - 1,) * 2, dtype=np.int64)
            table[first, last] = bits
            tables.append((n, int(begins), table))
    return tables


def most_by_sessions(scenario, tau):
    """Return the largest total where each session is a block, by a recursion over intervals."""
    tables, intervals = session_tables(scenario), scenario.grid.count
    begins = [[] for _ in range(intervals)]
    for contact, (_, first, table) in enumerate(tables):
        for s in range(len(table)):
            begins[first + s].append((contact, s))
    anyone = np.zeros(intervals + 1, dtype=np.int64)
    ended = np.zeros((len(scenario.links), intervals + 1), dtype=np.int64)
    for at in range(intervals):
        for contact, s in begins[at]:
            n, first, table = tables[contact]
            before = max(anyone[max(at - tau, 0)], ended[n, max(at - 1, 0)])
            here = slice(first + s + 1, first + len(table) + 1)
            ended[n, here] = np.maximum(ended[n, here], before + table[s, s:])
        ended[:, at + 1] = np.maximum(ended[:, at + 1], ended[:, at])
        anyone[at + 1] = ended[:, at + 1].max()
    return int(anyone[-1])


def test_the_week_by_sessions_is_that_of_our_prototype(week, problem):
    """A separate program gave 35,462,202 bits under the settings of SatQuMA."""
    assert most_by_sessions(week, problem.tau) == 35_462_202


def test_no_schedule_has_more_than_the_best_by_sessions(week, problem, best):
    found = evaluate_finite_keys(week, problem, best)
    assert 0 < found.evaluation.total <= most_by_sessions(week, problem.tau)
    assert found.asymptotic.total == 51_992_197


def test_larger_blocks_bring_more(week, problem, best):
    totals = [
        evaluate_finite_keys(
            week.with_settings({"finite_key.block": block}), problem, best
        ).evaluation.total
        for block in BLOCKS
    ]
    assert all(small <= large for small, large in pairwise(totals))
    assert totals[0] < totals[-1]


def test_blocks_hold_each_served_interval_once(week, problem, best):
    served = int((best.service != IDLE).sum())
    for block in BLOCKS:
        scenario = week.with_settings({"finite_key.block": block})
        found = evaluate_finite_keys(scenario, problem, best)
        assert sum(item.intervals for item in found.blocks) == served
        assert sum(item.asymptotic_bits for item in found.blocks) == found.asymptotic.total
        assert sum(item.bits for item in found.blocks) == found.evaluation.total
        if block == "horizon":
            assert len(found.blocks) == len(problem.links)


def test_one_idle_interval_ends_a_session(week, problem, best):
    """Of three intervals in a row that serve a link, the middle one is taken out."""
    served, index = best.service, problem.interval
    inside = (served[:-2] != IDLE) & (served[:-2] == served[1:-1]) & (served[1:-1] == served[2:])
    inside &= index[2:] - index[:-2] == 2
    middle = int(np.flatnonzero(inside)[0]) + 1
    cut = served.copy()
    cut[middle] = IDLE
    whole, parts = (evaluate_finite_keys(week, problem, Schedule(x)) for x in (served, cut))
    assert len(parts.blocks) == len(whole.blocks) + 1
    assert int(index[middle]) in {item.last + 1 for item in parts.blocks}


def test_a_night_lasts_from_one_solar_noon_to_the_next(week, problem, best):
    found = evaluate_finite_keys(week.with_settings({"finite_key.block": "night"}), problem, best)
    longitude = {station.name: station.lon_deg for station in week.stations}
    nights = []
    for item in found.blocks:
        ahead = timedelta(hours=longitude[item.link] / 15 - 12)
        begin, end = (
            (week.grid.start_utc + ahead + timedelta(seconds=10 * at)).date()
            for at in (item.first, item.last)
        )
        assert begin == end
        nights.append((item.link, begin))
    assert len(nights) == len(set(nights))
    assert any(item.last - item.first > 360 for item in found.blocks)  # of several passes


def test_counts_are_those_of_the_key_rate(week):
    """Of the source's own signal intensity clicks and errors are those of ``key_details``."""
    source = week.source
    own = week.with_settings({"finite_key.intensities": [source.signal_intensity, 0.1, 0.0]})
    details = key_details(week).columns
    for name, counts in finite_counts(own).items():
        rows = details["link"] == name
        assert counts.interval.tolist() == details["interval"][rows].tolist()
        per_pulse = counts.detections[0] / own.finite_key.shares[0]
        sifted = details["sifted_bits"][rows] / (source.signal_share * source.sifting_factor)
        np.testing.assert_allclose(per_pulse, sifted, rtol=1e-12)
        qber = counts.errors[0] / counts.detections[0]
        np.testing.assert_allclose(qber, details["qber"][rows], rtol=1e-12)


def test_dead_time_takes_detections_of_every_intensity(week):
    slow = week.with_settings({"detector.dead_time_s": 1e-5})
    for fast, dead in zip(finite_counts(week).values(), finite_counts(slow).values(), strict=True):
        ratio = dead.detections / fast.detections
        assert (ratio < 1.0).all()
        # An interval adds up seconds of different rates, so the shares are only nearly the same.
        np.testing.assert_allclose(ratio, np.broadcast_to(ratio[0], ratio.shape), rtol=5e-3)
        np.testing.assert_allclose(ratio, dead.errors / fast.errors, rtol=5e-3)


def test_contacts_that_the_scenario_does_not_have_add_nothing(week, problem, best):
    """As where a schedule was made from older elements, and served by others."""
    shadow = week.with_settings({"visibility.minimum_elevation_deg": 40})
    for block in BLOCKS:
        scenario = shadow.with_settings({"finite_key.block": block})
        counts = finite_counts(scenario)
        left = best.service.copy()
        for n, link in enumerate(problem.links):
            out = ~np.isin(problem.interval, counts[link.name].interval)
            left[(left == n) & out] = IDLE
        whole, part = (
            evaluate_finite_keys(scenario, problem, Schedule(service)).evaluation.delivered
            for service in (best.service, left)
        )
        assert whole == part
        assert sum(part) > 0


def test_finite_keys_need_the_table(problem, best):
    plain = qo.load_scenario("micius-china-2016")
    with pytest.raises(InputError, match="finite_key: got nothing, expected a table"):
        evaluate_finite_keys(plain, problem, best)


def test_the_table_is_part_of_the_digest_only_where_it_is(week):
    plain = qo.load_scenario("micius-china-2016")
    assert week.digest != plain.digest
    assert week.with_settings({"finite_key": None}).digest == plain.digest


@pytest.fixture
def schedule(tmp_path, problem, best, monkeypatch):
    from qkdopt.study.schedule_file import write_schedule

    monkeypatch.chdir(tmp_path)
    write_schedule(problem, best.service.tolist(), "mine.csv")
    return "mine.csv"


def test_evaluate_prints_finite_keys_beside_the_others(qkdopt, schedule):
    given = ("evaluate", "micius-china-2016", schedule, "--finite-key", "block=pass")
    found = qkdopt(*given, "--json").json["finite_key"]
    assert found["block"] == "pass"
    assert found["total"] == sum(block["bits"] for block in found["blocks"]) > 35_000_000
    assert found["asymptotic_total"] == 51_992_197
    assert "finite keys, by pass" in qkdopt(*given).out


@pytest.mark.parametrize(
    ("problem_name", "settings", "words"),
    [
        ("micius-china-2016", "block=pas", "finite_key.block: got pas, expected session or pass"),
        ("micius-china-2016", "blok=pass", "did you mean block?"),
        ("micius-china-2016", "block", "--finite-key: got block, expected key=value"),
        ("micius-china-2016", "eps_secrecy=2", "0 < eps_secrecy < 1"),
        ("micius-china-2016", "key_basis_share=1", "0 < key_basis_share < 1"),
        ("micius-china-2016", "bound=azuma", "finite_key.bound: got azuma"),
        ("micius-china-2016", "proof=wiesemann-one-decoy", "got 3 numbers, expected 2"),
        ("keys.csv", "block=pass", "expected a scenario or a published problem"),
        ("iberia-2025", "bound=chernoff", "finite_key.bound: got chernoff, expected no such key"),
        ("micius-china-2016", "pair_proof=lim-2021", "where no link is to a pair of stations"),
        ("micius-china-2016", "pair_check_share=2", "expected optimised or 0 < pair_check_share"),
    ],
)
def test_bad_settings_are_refused_in_one_line(qkdopt, schedule, problem_name, settings, words):
    answer = qkdopt("evaluate", problem_name, schedule, "--finite-key", settings)
    assert answer.code == 2
    assert words in answer.complaint
