"""Back-tests of re-planning: what is flown stays, stock is what came, nobody passes a bound."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from command_line import TWO_CITIES
from qkdopt.errors import InputError
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.strategies import BalancedDelivery, GeneralDelivery, TargetedDelivery
from qkdopt.physics import compute_keys, load_scenario
from qkdopt.physics.clouds import CloudSeries
from qkdopt.physics.clouds.fields import DEFAULT_CORRELATION
from qkdopt.physics.clouds.forecast import ForecastModel, Skill
from qkdopt.physics.clouds.marginals import MARGINALS
from qkdopt.study.operations import problem_of
from qkdopt.study.rolling.bounds import Cuts, least_bound
from qkdopt.study.rolling.cloudy_keys import cloudy_keys, code_shares
from qkdopt.study.rolling.document import MonthFolder
from qkdopt.study.rolling.flight import State, fly
from qkdopt.study.rolling.goals import Members, goal_of, in_time, rest_of
from qkdopt.study.rolling.issues import Issues
from qkdopt.study.rolling.month import BackTest
from qkdopt.study.rolling.policies import POLICIES
from qkdopt.study.rolling.run import DrawnSkies, Planning, rolling
from qkdopt.study.rolling.skies import DrawnMonths

EVERY = tuple(policy.name for policy in POLICIES)
THREE = TWO_CITIES.replace("duration_days = 0.5", "duration_days = 3").replace(
    "[[station]]",
    '[[station]]\nname = "Chengdu"\nlat_deg = 30.66667\nlon_deg = 104.06667\nweight = 1592\n'
    "[[station]]",
    1,
)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    path = tmp_path_factory.mktemp("rolling") / "three.toml"
    path.write_text(THREE)
    return load_scenario(path)


@pytest.fixture(scope="module")
def keys(scenario):
    return cloudy_keys(scenario)


@pytest.fixture(scope="module")
def whole(scenario, keys):
    return problem_of(scenario, keys.clear)


@pytest.fixture(scope="module")
def issues(scenario, keys):
    return Issues.of(scenario.grid, keys)


SKIES = DrawnSkies("heavy", "good", 3)
FEW = Planning(policies=EVERY, members=15, planned_on=5, seed=3)


@pytest.fixture(scope="module")
def found(scenario):
    return rolling(scenario, SKIES, FEW)


def test_keys_under_a_sky_are_those_that_are_computed_for_it(scenario, keys):
    random = np.random.default_rng(0)
    steps = -(-scenario.grid.duration_s // 600)
    codes = random.integers(0, 151, (steps, len(scenario.stations)))
    sky = CloudSeries(scenario.grid.start_utc, 600, codes.astype(float), "drawn")
    expected = compute_keys(scenario.with_clouds(sky))
    bits = keys.bits(codes[keys.time_s // 600])
    at = np.searchsorted(keys.clear.interval, expected.interval)
    assert (bits[:, at] == expected.bits).all()
    assert bits.sum() == expected.bits.sum()
    several = random.integers(0, 151, (7, keys.time_s.size, len(scenario.stations)))
    mean = np.mean([keys.bits(code) for code in several], axis=0)
    assert keys.expected(code_shares(several)) == pytest.approx(mean)
    first = keys.time_s.size // 2
    rest = keys.after(first).expected(code_shares(several[:, first:]))
    assert rest == pytest.approx(mean[:, -rest.shape[1] :])


def test_issues_share_out_the_horizon(issues, keys):
    assert issues.begin[0] == 0
    assert issues.begin[-1] == keys.step.size
    assert (np.diff(issues.begin) > 0).all()
    for issue in range(issues.count):
        when_s = keys.clear.interval[issues.flown(issue)] * 10
        ahead_s = when_s - issues.issue_s[issue]
        assert ahead_s.min() >= 0
        assert ahead_s.max() < 86_400
        assert issues.issue_s[issue] % 86_400 == 0  # the horizon begins at 12:00


def test_what_is_flown_stays_and_stock_is_what_came(whole, issues, keys):
    random = np.random.default_rng(1)
    real = keys.bits(random.integers(0, 151, (keys.time_s.size, len(whole.links))))
    goal, seen, plans = goal_of(BalancedDelivery(), whole), [], []

    def planned(state):
        begin = int(issues.begin[state.issue])
        bits = random.integers(0, 2, real[:, begin:].shape) * real[:, begin:]
        plan = goal.plan(rest_of(whole, begin, state, bits), np.random.default_rng(0))
        seen.append(state)
        plans.append((begin, plan.copy()))
        return plan

    flight = fly(whole, issues, real, planned)
    for state in seen:  # the stock of each plan: the schedule replayed up to there
        before = flight.service[: issues.begin[state.issue]]
        at = np.flatnonzero(before != IDLE)
        got = np.zeros(len(whole.targets), np.int64)
        np.add.at(got, before[at], real[before[at], at])
        assert state.stock == tuple(got.tolist())
    for issue, (begin, plan) in enumerate(plans):  # each night is that of its own plan
        flown = issues.flown(issue)
        assert (flight.service[flown] == plan[flown.start - begin : flown.stop - begin]).all()
    schedule = Schedule(flight.service)
    assert schedule.is_legal(whole)
    delivered = schedule.delivered(whole.with_satellite(bits=np.asfortranarray(real)))
    assert tuple(flight.stock[-1].tolist()) == delivered


def test_a_new_plan_leaves_time_for_the_hand_over(whole):
    last = int(whole.interval[9])
    state = State(1, (0,) * len(whole.targets), 0, last)
    bits = np.ones((len(whole.links), whole.interval.size - 10), np.int64)
    free = in_time(whole, 10, state, bits)
    soon = whole.interval[10:] - last <= whole.tau
    assert soon.any()
    assert (free[1:, soon] == 0).all()
    assert (free[0] == 1).all()
    assert (free[:, ~soon] == 1).all()


def test_values_are_those_of_the_schedules_in_the_files(found, whole, tmp_path):
    goal = goal_of(BalancedDelivery(), whole)
    for month in found.months:
        for own in month.policies.values():
            assert own.value == goal.value(whole, own.delivered) == own.values[-1]
            assert own.values == sorted(own.values)
            service = np.full(whole.interval.size, IDLE)
            for link, first, last in own.paths:
                run = (whole.interval >= first) & (whole.interval <= last)
                assert run.sum() == last - first + 1
                service[run] = link
            assert Schedule(service).is_legal(whole)


def test_nobody_passes_the_clairvoyant(found):
    for name in EVERY:
        assert (found.values(name) <= found.clairvoyant).all()
    assert found.within_bounds


def test_the_clairvoyant_s_bound_is_the_engine_s(whole, keys):
    random = np.random.default_rng(2)
    goal = goal_of(BalancedDelivery(), whole)
    for _ in range(5):
        real = keys.bits(random.integers(0, 151, (keys.time_s.size, len(whole.links))))
        problem = rest_of(whole, 0, State(0, (0,) * len(whole.targets)), real)
        value = MaxMinObjective.create(problem).value(
            Schedule(goal.plan(problem, random)).delivered(problem)
        )
        engine = float(lagrangian_bound(MaxMinObjective.create(problem)).value)
        bound = goal.bound(whole, real, np.zeros(real.shape)).value
        assert value <= bound * (1 + 1e-9)
        assert bound == pytest.approx(engine, rel=1e-4)


def test_a_penalty_of_mean_0_keeps_every_plan_below_the_bound_in_the_mean(whole, keys):
    """Two equally likely skies, one plan before they are known: never above the mean bound."""
    random = np.random.default_rng(4)
    share = np.array([w / sum(whole.weights) for w in whole.weights])
    goal = goal_of(BalancedDelivery(), whole)
    for _ in range(4):
        skies = random.integers(0, 151, (2, keys.time_s.size, len(whole.links)))
        bits = [keys.bits(code) for code in skies]
        mean = np.mean(bits, axis=0)
        prices = goal.bound(whole, bits[0], np.zeros(mean.shape)).prices * random.uniform(0, 2)
        bounds = [
            least_bound(Cuts(whole, own, prices[:, None] * (mean - own)), share).value
            for own in bits
        ]
        state = State(0, (0,) * len(whole.targets))
        problem = rest_of(whole, 0, state, np.floor(mean))
        for plan in (
            goal.plan(problem, random),
            goal.plan_on_members(problem, Members(np.array(bits), np.array(bits)), random),
        ):
            at = np.flatnonzero(plan != IDLE)
            reached = []
            for own in bits:
                got = np.zeros(len(whole.targets), np.int64)
                np.add.at(got, plan[at], own[plan[at], at])
                reached.append(goal.value(whole, got.tolist()))
            assert np.mean(reached) <= np.mean(bounds) * (1 + 1e-9)


def test_what_serving_gains_besides_counts_like_bits_at_a_price(whole, keys):
    random = np.random.default_rng(5)
    bits = keys.bits(random.integers(0, 151, (keys.time_s.size, len(whole.links))))
    own, more = random.uniform(0, 1, (2, len(whole.targets)))
    both = Cuts(whole, bits, np.zeros(bits.shape)).priced(own + more)
    assert Cuts(whole, bits, more[:, None] * bits).priced(own).value == pytest.approx(both.value)


def test_whoever_knows_the_next_day_has_no_other_mean_than_what_comes(
    scenario, whole, keys, issues
):
    """The mean when an interval is decided is that of the issue before it, no earlier one."""
    skill = Skill((1.0, 0.5, 0.2))
    model = ForecastModel(scenario.places, keys.time_s, issues.issue_s, skill, DEFAULT_CORRELATION)
    months = DrawnMonths(model, MARGINALS["heavy"], 3)
    test = BackTest(whole, keys, issues, months, BalancedDelivery(), 3, 5, 5, POLICIES)
    sky = months.sky(0)
    assert test.expected_when_decided(sky) == pytest.approx(keys.bits(sky.real), abs=1e-6)
    assert keys.expected(sky.law(0)) != pytest.approx(keys.bits(sky.real), rel=0.1)


def test_for_the_total_no_policy_beats_daily_plans_on_the_mean(scenario):
    months = rolling(scenario, replace(SKIES, months=6), replace(FEW, strategy=GeneralDelivery()))
    daily = months.values("daily")
    assert (months.values("scenarios") == daily).all()  # the mean says all
    assert (months.values("greedy") == daily).all()  # and nights are separate
    # Its mean is the penalised bound's, since the penalty has mean 0: within its error.
    assert months.penalised is not None
    apart = months.penalised - daily
    assert abs(apart.mean()) <= 3.0 * apart.std(ddof=1) / np.sqrt(apart.size) + 2.0


@pytest.mark.slow
def test_same_seed_same_bytes_whatever_the_processes(scenario):
    two, some = replace(SKIES, months=2), replace(FEW, policies=("daily", "static"))
    one = rolling(scenario, two, some)
    assert json.dumps(rolling(scenario, two, some, processes=2).document()) == json.dumps(
        one.document()
    )
    other = rolling(scenario, replace(SKIES, months=1), replace(some, seed=4))
    assert other.months[0] != one.months[0]


def test_more_months_leave_the_first_ones_as_they_are(scenario, found):
    fewer = rolling(scenario, replace(SKIES, months=2), FEW)
    assert fewer.months == found.months[:2]


SOME = replace(FEW, policies=("static", "daily"))
TWO = replace(SKIES, months=2)


class Enough(Exception):
    """The run is cut short."""


class Cut(MonthFolder):
    def keep(self, name, item, found):
        super().keep(name, item, found)
        raise Enough


@pytest.fixture(scope="module")
def kept(scenario, tmp_path_factory):
    """Return two months and the folder that keeps them."""
    folder = tmp_path_factory.mktemp("kept")
    return rolling(scenario, TWO, SOME, keeper=keeper_of(folder)), folder


def keeper_of(folder, kind=MonthFolder):
    return kind(folder, "rolling.json", {"a": "b"}, {}, fresh=False)


def test_a_run_that_was_cut_short_goes_on_to_the_same(scenario, kept, tmp_path):
    whole = kept[0].document()
    with pytest.raises(Enough):
        rolling(scenario, TWO, SOME, keeper=keeper_of(tmp_path, Cut))
    assert len(list((tmp_path / "months").glob("*.json"))) == 1
    keeper = keeper_of(tmp_path)
    assert rolling(scenario, TWO, SOME, keeper=keeper).document() == whole
    assert keeper.reused == ["month-000"]
    path = tmp_path / "months" / "month-001.json"
    path.write_text(path.read_text().replace('"clairvoyant"', '"clairvoyent"'))
    keeper = keeper_of(tmp_path)
    assert rolling(scenario, TWO, SOME, keeper=keeper).document() == whole
    assert keeper.reused == ["month-000"]  # what was changed is flown again


def test_a_policy_more_is_flown_beside_those_of_before(scenario, kept):
    before, folder = kept
    more = replace(SOME, policies=("static", "daily", "greedy"))
    after = rolling(scenario, TWO, more, keeper=keeper_of(folder))
    assert after.document() == rolling(scenario, TWO, more).document()
    for name in SOME.policies:
        assert (after.values(name) == before.values(name)).all()


def test_fans_hold_the_members_values(found):
    first, *others = found.months
    assert [fan.issue for fan in first.fans] == sorted({0, 1, 2})
    assert all(not month.fans for month in others)
    for fan in first.fans:
        low, middle, high = np.array(fan.values).T
        assert (low <= middle).all()
        assert (middle <= high).all()
        assert low[0] == high[0] == first.policies["daily"].values[fan.issue]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"policies": ("daly",)}, "policy: got daly, expected one of clear-sky"),
        ({"policies": ()}, "policy: got none"),
        ({"strategy": TargetedDelivery("0.01")}, "strategy: got td, expected balanced, gd or pd"),
        ({"members": 0}, "members: got 0"),
        ({"planned_on": 10_000}, "planned_on: got 10000"),
        ({"seed": -1}, "seed: got -1"),
    ],
)
def test_plans_that_do_not_fit_are_refused(scenario, changes, words):
    with pytest.raises(InputError) as caught:
        rolling(scenario, SKIES, replace(FEW, **changes))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("skies", "words"),
    [
        (DrawnSkies("cloudy"), "marginal: got cloudy"),
        (DrawnSkies(skill="best"), "skill: got best"),
        (DrawnSkies(months=0), "months: got 0"),
        ((), "forecasts: got no files"),
        (("a.nc",), "clouds: got none, expected the clouds that really came"),
    ],
)
def test_skies_that_do_not_fit_are_refused(scenario, skies, words):
    with pytest.raises(InputError) as caught:
        rolling(scenario, skies, FEW)
    assert words in str(caught.value)


def test_rules_are_refused_by_name(scenario):
    ruled = scenario.with_settings({"operations.max_handovers": 3})
    with pytest.raises(InputError, match="rules max_handovers"):
        rolling(ruled, SKIES, FEW)


@pytest.fixture(scope="module")
def with_files(scenario, issues, tmp_path_factory):
    """The scenario under a sky of a file, and a forecast of three members for each day."""
    folder, random = tmp_path_factory.mktemp("forecasts"), np.random.default_rng(5)
    start = scenario.grid.start_utc
    hours = [start + timedelta(hours=h) for h in range(73)]
    names = [station.name for station in scenario.stations]
    real = random.integers(0, 151, (73, len(names)))
    rows = [
        f"{t:%Y-%m-%dT%H:%M:%SZ}," + ",".join(map(str, own))
        for t, own in zip(hours, real, strict=True)
    ]
    (folder / "real.csv").write_text("\n".join([",".join(["time_utc", *names]), *rows]) + "\n")
    files = []
    for issue_s in issues.issue_s.tolist():
        first = max(0, issue_s // 3600)
        lines = ["member,time_utc,station,code"]
        for member in range(3):
            for hour in range(first, 73):
                for n, name in enumerate(names):
                    code = int(np.clip(real[hour, n] + 20 * (member - 1), 0, 150))
                    lines.append(f"{member},{hours[hour]:%Y-%m-%dT%H:%M:%SZ},{name},{code}")
        day = f"{start + timedelta(seconds=issue_s):%Y-%m-%d}"
        files.append(folder / f"forecast-{day}.csv")
        files[-1].write_text("\n".join(lines) + "\n")
    table = '[clouds]\nformat = "csv"\nfile = "real.csv"\nmissing = "refuse"\n'
    (folder / "three.toml").write_text(THREE + table)
    return load_scenario(folder / "three.toml"), files


def test_a_month_of_files(with_files):
    scenario, files = with_files
    found = rolling(scenario, files, FEW)
    assert found.within_bounds
    assert found.penalised is None  # files need not be calibrated, and there is one month
    (month,) = found.months
    daily = month.policies["daily"].value
    assert 0 < daily <= month.clairvoyant
    form = found.form()
    assert form.policies[0].value.standard_error is None
    # Three members, 20 below, at and 20 above what came: the fair CRPS of 0 < code < 150 is 0.
    assert form.scores[0].crps < 1.5
    assert form.assumptions == []


def test_days_without_a_forecast_are_refused(with_files):
    scenario, files = with_files
    with pytest.raises(InputError, match=r"2016-09-20: got no file, expected one file"):
        rolling(scenario, [file for file in files if "09-20" not in file.name], FEW)
    with pytest.raises(InputError, match=r"2016-09-19: got .* and .*, expected one file"):
        rolling(scenario, [*files, files[0]], FEW)
    late = files[0].with_name("late-2016-09-19.csv")
    late.write_text(files[1].read_text())
    with pytest.raises(InputError, match="no code at 2016-09-19T12:00:00Z"):
        rolling(scenario, [late, *files[1:]], FEW)


def test_the_command_writes_its_folder(qkdopt, scenario):
    qkdopt.write("three.toml", THREE)
    words = ["rolling", "three.toml", "--months", "2", "--members", "9", "--policy", "daily"]
    first = qkdopt(*words, "--policy", "static", "-o", "out")
    assert first.code == 0, first.err
    assert "ASSUMED sky: 0.3 of the time clear" in first.out
    names = {path.name for path in (qkdopt.folder / "out").iterdir()}
    assert names == {"rolling.json", "rolling.csv", "rolling.png", "resume.json", "months"}
    document = (qkdopt.folder / "out" / "rolling.json").read_bytes()
    again = qkdopt(*words, "--policy", "static", "-o", "out")
    assert "Reused from an earlier run: 2 months" in again.out
    assert (qkdopt.folder / "out" / "rolling.json").read_bytes() == document
    complaint = qkdopt(*words, "--marginal", "grey").complaint
    assert complaint.startswith("marginal: got grey, expected mild or heavy, or two shares")
    (qkdopt.folder / "mine").mkdir()
    (qkdopt.folder / "mine" / "rolling.csv").write_text("mine")
    assert "not known to be of qkdopt" in qkdopt(*words, "-o", "mine").complaint
