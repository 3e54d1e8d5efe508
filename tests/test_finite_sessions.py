"""From a scenario's finite keys to sessions: key lengths, tensors and their files, problems."""

import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.cli import main
from qkdopt.errors import InputError, LimitError
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.study import problem_of
from qkdopt.study.finite_keys import evaluate_finite_keys
from qkdopt.tensor import sessions as tensor_sessions

WEEK = "micius-china-2016"


@pytest.fixture(scope="module")
def week():
    return qo.load_scenario(WEEK).with_settings({"finite_key.block": "session"})


@pytest.fixture(scope="module")
def keys(week):
    return qo.compute_keys(week)


@pytest.fixture(scope="module")
def problem(week, keys):
    return problem_of(week, keys)


def test_the_week_has_75_383_sessions_and_its_usual_bits(keys):
    assert keys.sessions.first.size == 111
    assert keys.sessions.bits.size == 75_383
    plain = qo.compute_keys(qo.load_scenario(WEEK))
    assert plain.sessions is None
    assert np.array_equal(plain.bits, keys.bits)


def test_the_best_schedule_by_sessions_is_that_of_our_prototype(problem):
    """A separate program gave 35,462,202 bits under the settings of SatQuMA."""
    outcome = qo.solve(problem, qo.GeneralDelivery())
    assert outcome.optimal
    assert outcome.value == 35_462_202


@pytest.mark.parametrize("seed", range(4))
def test_tables_have_the_bits_of_the_evaluation(week, problem, seed):
    """Drawn services, short and long, with idle intervals between some."""
    rng = np.random.default_rng(seed)
    service = np.full(problem.interval.size, IDLE)
    for a in range(service.size):
        able = np.flatnonzero(problem.bits[:, a])
        stays = a > 0 and service[a - 1] in able and rng.random() < 0.9
        service[a] = service[a - 1] if stays else rng.choice(able)
    service[rng.random(service.size) < 0.05] = IDLE
    schedule = Schedule(service)
    found = evaluate_finite_keys(week, problem, schedule)
    assert schedule.delivered(problem) == found.evaluation.delivered
    served = problem.sessions.served(service)
    order = np.lexsort((served.first, served.link))
    assert served.bits[order].tolist() == [block.bits for block in found.blocks]


def test_key_grows_with_the_session_and_never_exceeds_the_asymptotic_one(keys):
    """Of one contact, the sessions that begin in its first interval."""
    sessions = keys.sessions
    for c, (first, size) in enumerate(sessions.spans()):
        begins = sessions.triangles()[c][:size] if c % 10 == 0 else []
        most = np.cumsum(keys.bits[sessions.link[c], first : first + size]).tolist()
        assert all(small <= large for small, large in pairwise(begins))
        assert all(bits <= top for bits, top in zip(begins, most, strict=False))


def test_files_and_other_processes_keep_sessions(keys, tmp_path):
    path = tmp_path / "keys.nc"
    keys.save(path)
    for again in (qo.KeyTensor.load(path), pickle.loads(pickle.dumps(keys))):
        assert again.sessions.triangles() == keys.sessions.triangles()
        assert np.array_equal(again.sessions.contact, keys.sessions.contact)
        assert np.array_equal(again.bits, keys.bits)
    assert "keys of 75,383 sessions" in repr(keys)
    with pytest.raises(InputError, match=r"keys\.csv: got keys of whole sessions, expected a file"):
        keys.save(tmp_path / "keys.csv")


def test_netcdf_without_the_right_sessions_is_refused(keys, tmp_path):
    path = tmp_path / "keys.nc"
    keys.dataset.isel(session=slice(1, None)).to_netcdf(path)
    with pytest.raises(InputError, match=r"session_bits: got 'shape \(75382,\)', expected shape"):
        qo.KeyTensor.load(path)
    keys.dataset.drop_vars("session_bits").to_netcdf(path)
    with pytest.raises(InputError, match="variable session_bits: got nothing"):
        qo.KeyTensor.load(path)


def test_only_sessions_change_the_problem(week, problem):
    assert problem.version == 2
    assert [link.name for link in problem.links] == [link.name for link in week.links]
    for block in ("pass", "night", "horizon"):
        other = problem_of(week.with_settings({"finite_key.block": block}))
        assert not other.in_sessions
        assert other.sha256 == problem_of(qo.load_scenario(WEEK)).sha256


def test_several_satellites_have_sessions_each():
    given = qo.load_scenario("train-europe-2025").with_settings({"finite_key.block": "session"})
    given = replace(given, satellites=given.satellites[:2])
    problem = problem_of(given)
    assert all(item.sessions is not None for item in problem.satellites)
    alone = next(iter(given.each_satellite()))
    own = qo.compute_keys(alone).sessions
    assert problem.satellites[0].sessions.triangles() == own.triangles()


def test_too_many_sessions_are_refused(week, monkeypatch):
    monkeypatch.setattr(tensor_sessions, "MOST_SESSIONS", 1000)
    with pytest.raises(LimitError, match=r"finite_key\.block: got 75,383 sessions in contacts of"):
        qo.compute_keys(week)


def test_commands_say_what_is_counted(tmp_path, capsys):
    scenario = tmp_path / "scenario.toml"
    text = (qo.library.problem_folder(WEEK) / "scenario.toml").read_text()
    scenario.write_text(f'{text}\n[finite_key]\nblock = "night"\n')
    assert main(["check", str(scenario)]) == 0
    words = "finite keys: a block is a night, proof lim-2014; evaluated only"
    assert words in capsys.readouterr().out
    assert main(["solve", str(scenario)]) == 0
    assert "ASYMPTOTIC KEYS: schedules are made for blocks without end" in capsys.readouterr().out


def test_no_split_of_a_session_brings_more(keys):
    sessions = keys.sessions
    for c, (_, size) in enumerate(sessions.spans()):
        key = np.zeros((size, size), np.int64)
        key[np.triu_indices(size)] = sessions.bits[sessions.offset[c] : sessions.offset[c + 1]]
        for m in range(1, size):
            assert (key[:m, m - 1, np.newaxis] + key[m, m:] <= key[:m, m:]).all()


def test_keys_of_sessions_grow_with_them_and_stay_below_asymptotic_bits(keys):
    sessions = keys.sessions
    assert (sessions.increments >= 0).all()
    contact = np.repeat(np.arange(sessions.first.size), np.diff(sessions.offset))
    link = sessions.link[contact]
    sums = np.cumsum(np.pad(keys.bits, ((0, 0), (1, 0))), axis=1)
    first = np.concatenate(
        [f + np.repeat(np.arange(n), n - np.arange(n)) for f, n in sessions.spans()]
    )
    asymptotic = sums[link, sessions.last + 1] - sums[link, first]
    assert (sessions.bits <= asymptotic).all()
