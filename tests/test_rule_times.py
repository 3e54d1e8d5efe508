"""Rules in instants, dates and weekdays: by hand, at midnight, half intervals, and refused."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from command_line import TWO_CITIES
from cpu_time import at_most
from qkdopt.optimize.operations_file import RuleNames, operations_from_table, read_operations
from qkdopt.optimize.rule_times import RuleClock

LINKS = ("Urumqi", "Lhasa", "Urumqi-Lhasa")
STATIONS = (("Urumqi",), ("Lhasa",), ("Urumqi", "Lhasa"))
NOON = datetime(2016, 9, 19, 12, tzinfo=UTC)  # a Monday
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def forbidden(text, *, length=3600, start=NOON, active=range(400), stations=STATIONS):
    """Return the cells that a rule forbids; hours from Monday noon unless it says otherwise."""
    import tomllib

    table = tomllib.loads(f"[[forbidden]]\n{text}", parse_float=Decimal)
    clock = RuleClock(Decimal(length), start, active)
    names = RuleNames(LINKS, stations)
    return list(operations_from_table(table, names, clock, Decimal(10), "rules.toml").forbidden)


def hours(first, beyond, link=-1):
    return [(link, t) for t in range(first, beyond)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # Tuesday begins 12 h after Monday noon and ends 24 h later; the next one a week on.
        ('weekdays = ["Tuesday"]', hours(12, 36) + hours(180, 204) + hours(348, 372)),
        ('weekdays = ["monday"]', hours(0, 12) + hours(156, 180) + hours(324, 348)),
        ('dates = ["2016-09-20"]', hours(12, 36)),
        ("dates = [2016-09-20]", hours(12, 36)),
        ('dates = ["2016-09-20", "2016-09-21", "2016-09-20"]', hours(12, 60)),
        ('dates = ["2015-09-20", "2017-01-01"]', []),
        # Tuesday in China begins at 16:00 UTC on Monday, in New York's summer at 04:00 on Tuesday.
        ('dates = [2016-09-20]\nutc_offset = "+08:00"', hours(4, 28)),
        ('dates = [2016-09-20]\nutc_offset = "-04:00"', hours(16, 40)),
        # From Monday 15:00 to 17:00; an instant of another clock is the same instant.
        ("from_utc = 2016-09-19T15:00:00Z\nuntil_utc = 2016-09-19T17:00:00Z", hours(3, 5)),
        ("from_utc = 2016-09-19T23:00:00+08:00\nuntil_utc = 2016-09-19T17:00:00Z", hours(3, 5)),
        ('from_utc = "2016-09-19T15:00:00Z"\nuntil_utc = "2016-09-19T17:00:00Z"', hours(3, 5)),
        # Half hours: what overlaps is closed, what only touches is not.
        ("from_utc = 2016-09-19T15:59:59Z\nuntil_utc = 2016-09-19T17:00:01Z", hours(3, 6)),
        ("from_utc = 2016-09-01T00:00:00Z\nuntil_utc = 2016-09-19T12:00:00Z", []),
        ("from_utc = 2016-09-01T00:00:00Z\nuntil_utc = 2016-09-19T12:00:01Z", hours(0, 1)),
    ],
)
def test_by_hand(rule, expected):
    assert forbidden(f'link = "all"\n{rule}') == expected


def test_intervals_that_straddle_midnight_belong_to_both_days():
    # Intervals of 7 h from Monday noon: 12-19, 19-02 (both days), 02-09, 09-16, 16-23, 23-06.
    assert forbidden('link = "all"\ndates = [2016-09-20]', length=25200) == hours(1, 6)
    assert forbidden('link = "all"\ndates = [2016-09-19]', length=25200) == hours(0, 2)
    # Intervals that end at midnight sharp do not touch the next day.
    assert forbidden('link = "all"\ndates = [2016-09-20]', length=43200) == hours(1, 3)


def test_links_stations_and_all():
    rule = "from_utc = 2016-09-19T12:00:00Z\nuntil_utc = 2016-09-19T13:00:00Z"
    assert forbidden(f'link = "Urumqi"\n{rule}') == [(0, 0)]
    assert forbidden(f'station = "Urumqi"\n{rule}') == [(0, 0), (2, 0)]
    assert forbidden(f'station = "Lhasa"\n{rule}') == [(1, 0), (2, 0)]
    # Without stations links are stations of their own.
    assert forbidden(f'station = "Urumqi"\n{rule}', stations=None) == [(0, 0)]
    assert forbidden('station = "Urumqi"\ninterval = 7') == [(0, 7), (2, 7)]
    assert forbidden('station = "Urumqi"\nfrom_s = 0\nuntil_s = 3600') == [(0, 0), (2, 0)]


def test_only_active_intervals_are_listed():
    week = range(0, 10**8, 500)
    found = forbidden('link = "all"\nweekdays = ["Tuesday"]', length=10, active=week)
    assert len(found) == pytest.approx(len(week) / 7, rel=0.02)
    every = "from_utc = 2016-01-01T00:00:00Z\nuntil_utc = 2026-01-01T00:00:00Z"
    assert forbidden(f'link = "all"\n{every}', length=1, active=[5, 2**40]) == [(-1, 5)]
    assert forbidden('link = "all"\nweekdays = ["Monday"]', active=[]) == []


@given(
    st.integers(0, 10**6),
    st.integers(1, 100_000),
    st.integers(0, 3 * 10**5),
    st.sampled_from(WEEKDAYS),
)
def test_weekdays_are_those_of_the_calendar(offset_s, length, index, name):
    start = NOON + timedelta(seconds=offset_s)
    rule = f'link = "all"\nweekdays = ["{name}"]'
    begins = start + timedelta(seconds=index * length)
    touched, at = set(), begins
    while at < begins + timedelta(seconds=length):
        touched.add(at.strftime("%A"))
        at = datetime(at.year, at.month, at.day, tzinfo=UTC) + timedelta(days=1)
    closed = forbidden(rule, length=length, start=start, active=[index])
    assert closed == ([(-1, index)] if name in touched else [])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('weekdays = ["Tue"]', "forbidden[0].weekdays[0]: got Tue, expected an English weekday"),
        ("weekdays = []", "forbidden[0].weekdays: got"),
        ('weekdays = "Tuesday"', "forbidden[0].weekdays: got Tuesday, expected a list of weekdays"),
        ("dates = []", "forbidden[0].dates: got"),
        ('dates = ["20.9.2016"]', "forbidden[0].dates[0]: got '20.9.2016', expected a list"),
        ('dates = ["2016-02-30"]', "forbidden[0].dates[0]: got '2016-02-30', expected a day that"),
        ("dates = [2016-09-20T00:00:00Z]", "forbidden[0].dates[0]: got"),
        ("dates = [9999-12-31]", "forbidden[0].dates[0]: got '9999-12-31', expected a year"),
        ('dates = [2016-09-20]\nutc_offset = "+25:00"', "forbidden[0].utc_offset: got '+25:00'"),
        ("dates = [2016-09-20]\nutc_offset = 8", "forbidden[0].utc_offset: got 8"),
        ("dates = [2016-09-20]\nfrom_s = 3", "forbidden[0]: got"),
        ('interval = 3\nutc_offset = "+08:00"', "forbidden[0]: got"),
        ("from_utc = 2016-09-19T15:00:00Z", "forbidden[0]: got"),
        (
            "from_utc = 2016-09-19T15:00:00Z\nuntil_utc = 2016-09-19T15:00:00Z",
            "forbidden[0].until_utc: got",
        ),
        (
            "from_utc = 2016-09-19T15:00:00\nuntil_utc = 2016-09-19T16:00:00Z",
            "forbidden[0].from_utc: got '2016-09-19 15:00:00', expected an instant in UTC",
        ),
        ("from_utc = 3\nuntil_utc = 4", "forbidden[0].from_utc: got '3'"),
    ],
)
def test_bad_rules_are_one_clear_line(rule, message):
    with pytest.raises(qo.QkdoptError) as caught:
        forbidden(f'link = "all"\n{rule}')
    assert f"rules.toml: {message}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_stations_and_locked_stations():
    with pytest.raises(qo.QkdoptError, match="station: got Lasa, expected one of Urumqi, Lhasa"):
        forbidden('station = "Lasa"\ninterval = 3')
    table = {"locked": [{"station": "Lhasa", "interval": 3}]}
    with pytest.raises(qo.QkdoptError, match="station: got 'a station', expected a link, or none"):
        operations_from_table(table, LINKS, Decimal(10), Decimal(10))


@pytest.mark.parametrize(
    ("rule", "member"),
    [
        ('weekdays = ["Tuesday"]', "weekdays"),
        ("dates = [2016-09-20]", "dates"),
        ("from_utc = 2016-09-19T15:00:00Z\nuntil_utc = 2016-09-19T17:00:00Z", "from_utc"),
    ],
)
def test_a_problem_without_a_start_needs_one(rule, member):
    message = rf"forbidden\[0\].{member}: got a problem that does not .* expected start_utc = "
    with pytest.raises(qo.QkdoptError, match=message):
        forbidden(f'link = "all"\n{rule}', start=None)


def test_the_rules_may_say_when_interval_0_begins(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(
        'start_utc = 2016-09-19T12:00:00Z\n[[forbidden]]\nlink = "all"\nweekdays = ["Tuesday"]\n'
    )
    unknown = RuleClock(Decimal(3600), None, range(48))
    assert read_operations(path, LINKS, unknown, Decimal(10)).forbidden == tuple(hours(12, 36))
    same = replace(unknown, start_utc=NOON)
    assert read_operations(path, LINKS, same, Decimal(10)).forbidden == tuple(hours(12, 36))
    other = replace(unknown, start_utc=NOON + timedelta(hours=1))
    with pytest.raises(qo.QkdoptError, match=r"start_utc: got .* expected the problem's own"):
        read_operations(path, LINKS, other, Decimal(10))


def test_many_long_rules_are_refused_at_once():
    rules = {"forbidden": [{"link": "all", "from_s": 0, "until_s": 10**7}] * 100}
    with at_most(5):
        with pytest.raises(qo.QkdoptError, match="intervals', expected at most 1,000,000"):
            operations_from_table(rules, LINKS, Decimal(1), Decimal(10))
        rules = {"forbidden": [{"link": "all", "from_s": 0, "until_s": 9 * 10**5}] * 100}
        with pytest.raises(qo.QkdoptError, match="1,800,000 intervals', expected at most 1,00"):
            operations_from_table(rules, LINKS, Decimal(1), Decimal(10))


def test_idle_days(tmp_path):
    rules = {"locked": [{"link": "none", "dates": ["2016-09-20"]}]}
    clock = RuleClock(Decimal(43_200), NOON, [0, 2, 5])
    assert operations_from_table(rules, LINKS, clock, Decimal(10)).locked == ((-1, 2),)


KEYS = """# qkdopt {"start_utc": "2016-09-19T23:59:40+00:00"}
interval,A,B
0,5,0
1,4,6
2,0,7
3,0,9
"""


def test_on_the_command_line(qkdopt, tmp_path):
    # Interval 2 begins at midnight: on Tuesday the last two are closed for B, so A's 9 are left.
    (tmp_path / "keys.csv").write_text(KEYS)
    (tmp_path / "bare.csv").write_text("".join(KEYS.splitlines(keepends=True)[1:]))
    rules = '[[forbidden]]\nlink = "B"\nweekdays = ["Tuesday"]\n'
    (tmp_path / "rules.toml").write_text(rules)
    answer = qkdopt("solve", "keys.csv", "--options", "rules.toml", "-o", "c.json", "--json")
    assert answer.code == 0, answer.err
    assert json.loads((tmp_path / "c.json").read_text())["problem"]["options"] == {
        "forbidden": [[1, 2], [1, 3]]
    }
    answer = qkdopt("solve", "bare.csv", "--options", "rules.toml")
    assert answer.code == 2
    assert "rules.toml: forbidden[0].weekdays: got a problem that does not say" in answer.err
    assert answer.err.count("\n") == 1
    (tmp_path / "rules.toml").write_text(f"start_utc = 2016-09-19T23:59:40Z\n{rules}")
    for keys in ("bare.csv", "c.json"):
        answer = qkdopt("solve", keys, "--options", "rules.toml", "-o", "d.json", "--json")
        assert answer.code == 0, answer.err
        again = json.loads((tmp_path / "d.json").read_text())
        assert again["problem"]["options"] == {"forbidden": [[1, 2], [1, 3]]}


def test_a_published_problem_takes_its_start_from_the_scenario(qkdopt, tmp_path):
    (tmp_path / "rules.toml").write_text('[[forbidden]]\nstation = "Urumqi"\ndates = [2016-09-20]')
    given = ("micius-china-2016", "--options", "rules.toml", "-o", "c.json", "--json")
    answer = qkdopt("solve", *given)
    assert answer.code == 0, answer.err
    document = json.loads((tmp_path / "c.json").read_text())
    scenario = qo.load_scenario("micius-china-2016")
    names = [link["name"] for link in document["problem"]["links"]]
    days = {
        scenario.grid.interval_start(t).strftime("%Y-%m-%d")
        for n, t in document["problem"]["options"]["forbidden"]
        if n == names.index("Urumqi")
    }
    assert days == {"2016-09-20"}
    assert qkdopt("verify", "c.json").code == 0


def test_in_a_scenario(qkdopt, tmp_path):
    from qkdopt.study import operations_of

    rules = '[[operations.forbidden]]\nstation = "Shanghai"\nweekdays = ["Monday"]'
    path = tmp_path / "scenario.toml"
    path.write_text(f"{TWO_CITIES}\n{rules}")
    # Half a day from noon on Monday, of 10 s each: all of it.
    listed = operations_of(qo.load_scenario(path)).forbidden
    assert listed == tuple((1, t) for t in range(4320))
    assert "operations: forbidden" in qkdopt("check", path).out
    answer = qkdopt("run", path, "-o", "results")
    assert answer.code == 0, answer.err
    for name in ("gd", "pd"):
        document = json.loads((tmp_path / "results" / f"{name}.json").read_text())
        assert 1 not in document["schedule"]
        interval = document["problem"]["interval"]
        assert document["problem"]["options"]["forbidden"] == [[1, t] for t in interval]
    # The second run takes everything over: dates in the table have a digest, too.
    again = qkdopt("run", path, "-o", "results")
    assert again.code == 0, again.err
