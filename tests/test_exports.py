"""Schedules for other programs: calendars, CZML; and the scenario that ``new`` writes."""

import json
import os
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from icalendar import Calendar
from scipy.interpolate import BarycentricInterpolator

import qkdopt as qo
from command_line import TWO_CITIES
from drawing import problem_of
from physics_scenarios import START
from qkdopt.interop.calendar import calendar_text
from qkdopt.interop.services import services_of
from qkdopt.physics.orbit import propagate, teme_to_earth_fixed


@pytest.fixture
def solved(qkdopt):
    qkdopt.write("scenario.toml", TWO_CITIES)
    assert qkdopt("solve", "scenario.toml", "--strategy", "gd", "-o", "gd.json").code == 0
    return qo.Certificate.load(qkdopt.folder / "gd.json")


def test_services_join_what_touches_and_nothing_else():
    problem = problem_of([[5, 4, 0, 3, 1], [0, 6, 7, 0, 0]], [51, 52, 54, 60, 61], 0, None)
    found = services_of(problem, [[[0, 51, 51], [1, 52, 52], [1, 54, 54], [0, 60, 61]]], START)
    assert [(s.link, s.bits) for s in found] == [
        (problem.links[0].name, 5),
        (problem.links[1].name, 6),
        (problem.links[1].name, 7),  # interval 53 idles between
        (problem.links[0].name, 4),
    ]
    assert found[0].begin_utc == START + timedelta(seconds=510)
    assert found[-1].end_utc - found[-1].begin_utc == timedelta(seconds=20)


def test_a_calendar_has_every_second_of_service(qkdopt, solved):
    answer = qkdopt("export", "gd.json", "--ical", "--scenario", "scenario.toml", "-o", "gd.ics")
    assert answer.code == 0
    text = (qkdopt.folder / "gd.ics").read_bytes()
    events = Calendar.from_ical(text).walk("VEVENT")
    length = sum((e.decoded("dtend") - e.decoded("dtstart") for e in events), timedelta())
    assert length == timedelta(seconds=10 * sum(n >= 0 for n in solved.schedule))
    assert {str(event["location"]) for event in events} == {"Urumqi", "Shanghai"}
    assert len({str(event["uid"]) for event in events}) == len(events)
    # The same again is the same file, so that a second import replaces the first.
    qkdopt("export", "gd.json", "--ical", "--scenario", "scenario.toml", "-o", "again.ics")
    assert (qkdopt.folder / "again.ics").read_bytes() == text


def test_a_calendars_stamp_is_when_the_schedule_was_made(qkdopt, solved, monkeypatch):
    command = ("export", "gd.json", "--ical", "--scenario", "scenario.toml", "-o", "gd.ics")

    def stamps():
        assert qkdopt(*command).code == 0
        calendar = Calendar.from_ical((qkdopt.folder / "gd.ics").read_bytes())
        return {event["dtstamp"].to_ical().decode() for event in calendar.walk("VEVENT")}

    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    os.utime(qkdopt.folder / "gd.json", (1_700_000_000.75, 1_700_000_000.75))
    assert stamps() == {"20231114T221320Z"}  # by date -u -d @1700000000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    assert stamps() == {"20200913T122640Z"}
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert "SOURCE_DATE_EPOCH: got soon" in qkdopt(*command).complaint


def test_names_cannot_break_a_calendar():
    problem = problem_of([[5]], [0], 0, None)
    hostile = "City\r\nEND:VCALENDAR\r\nX;,\\"
    service = services_of(problem, [[[0, 0, 0]]], START)[0]
    broken = replace(service, link=hostile, satellite=hostile, stations=(hostile,))
    event = Calendar.from_ical(calendar_text([broken], "t", "i")).walk("VEVENT")
    assert len(event) == 1
    assert str(event[0]["location"]) == "City\\r\\nEND:VCALENDAR\\r\\nX;,\\"


def test_czml_follows_the_orbit_and_the_schedule(qkdopt, solved):
    answer = qkdopt("export", "gd.json", "--czml", "--scenario", "scenario.toml", "-o", "gd.czml")
    assert answer.code == 0
    packets = {p["id"]: p for p in json.loads((qkdopt.folder / "gd.czml").read_text())}
    assert next(iter(packets)) == "document"
    given = qo.load_scenario(qkdopt.folder / "scenario.toml")
    rows = np.array(packets["satellite"]["position"]["cartesian"]).reshape(-1, 4)
    assert rows[-1, 0] >= given.grid.duration_s
    # Half-way between two samples the polynomial through six is where SGP4 is.
    seconds = np.array([3750.0])
    record = given.satellites[0].elements.satrec("satellite")
    position_m, _, fractions = propagate(record, given.grid, seconds, "satellite")
    truth_m = teme_to_earth_fixed(position_m, given.grid.start_julian_date[0], fractions)
    six = rows[60:66]
    found_m = BarycentricInterpolator(six[:, 0], six[:, 1:])(seconds)
    assert found_m == pytest.approx(truth_m, abs=0.2)
    spans = packets["link/Urumqi/Urumqi"]["availability"]
    assert len([spans] if isinstance(spans, str) else spans) >= 1


@pytest.mark.parametrize("kind", ["ical", "czml"])
def test_dates_need_a_scenario_that_fits(qkdopt, solved, kind):
    ending = {"ical": "ics", "czml": "czml"}[kind]
    complaint = qkdopt("export", "gd.json", f"--{kind}", "-o", f"a.{ending}").complaint
    assert "no --scenario" in complaint
    qkdopt.write("other.toml", TWO_CITIES.replace("Urumqi", "Lhasa"))
    arguments = ("export", "gd.json", f"--{kind}", "--scenario", "other.toml")
    assert "no link Urumqi" in qkdopt(*arguments, "-o", f"a.{ending}").complaint
    assert f".{ending}" in qkdopt(*arguments, "-o", "a.txt").complaint


def test_a_new_scenario_runs_as_it_is(qkdopt):
    assert qkdopt("new", "mein Netz").code == 0
    given = qo.load_scenario(qkdopt.folder / "mein Netz")
    assert given.name == "mein Netz"
    keys = qo.compute_keys(given)
    assert set(keys.links) == {"Beijing", "Shanghai", "Wuhan", "Urumqi"}
    assert (keys.bits.sum(axis=1) > 0).all()
    assert keys.weights is not None


def test_new_overwrites_nothing(qkdopt):
    qkdopt("new", "mine")
    assert "nothing is overwritten" in qkdopt("new", "mine").complaint
    assert "without quotes" in qkdopt("new", 'a"b').complaint
