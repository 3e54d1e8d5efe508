"""What several satellites are written as: each output says what the schedule says."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from icalendar import Calendar
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

import qkdopt as qo
from drawing import problem_of
from qkdopt.cli import main
from qkdopt.errors import InputError
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.physics.orbit import propagate, teme_to_earth_fixed
from qkdopt.plots import satellites_panels
from qkdopt.plots.satellites_timeline import satellites_timeline
from qkdopt.plots.timeline_plan import STRONG
from qkdopt.report import ReportParts, read_report_document, render_report, report_document, rows
from qkdopt.report.page import _interval
from qkdopt.report.words import scenario_words
from qkdopt.study.station_use import busiest, station_uses
from satellite_scenarios import THREE_SATELLITES

NAMES = ["Micius", "T-1", "T-2"]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Return the folder of a run, beside which the scenario lies."""
    place = tmp_path_factory.mktemp("several")
    (place / "three.toml").write_text(THREE_SATELLITES, encoding="utf-8")
    command = ["run", str(place / "three.toml"), "-o", str(place / "out"), "--time-limit", "3"]
    assert main([*command, "--json"]) == 0
    return place / "out"


@pytest.fixture(scope="module")
def problem(ran):
    return qo.load_problem(ran / "problem.json.gz")


@pytest.fixture(scope="module")
def services(ran):
    """Return (satellite, link, first, last, bits), joined by hand from the table of S-GD."""
    with (ran / "schedule-gd.csv").open(encoding="utf-8") as file:
        table = [(row["satellite"], row["link"], int(row["interval"]), int(row["bits"]))
                 for row in csv.DictReader(file)]  # fmt: skip
    joined = []
    for satellite, link, index, bits in table:
        if joined and joined[-1][:2] == (satellite, link) and joined[-1][3] == index - 1:
            *_, first, _, before = joined.pop()
            joined.append((satellite, link, first, index, before + bits))
        else:
            joined.append((satellite, link, index, index, bits))
    assert {satellite for satellite, *_ in joined} == set(NAMES)
    return joined


@pytest.fixture
def export(ran, tmp_path, capsys):
    """Return an export of S-GD as text."""

    def run(kind, ending, *more):
        target = tmp_path / f"x.{ending}"
        scenario = ran.parent / "three.toml"
        command = ["export", ran / "gd.json", f"--{kind}", "--scenario", scenario, "-o", target]
        assert main([str(part) for part in (*command, *more)]) == 0, capsys.readouterr().err
        return target.read_text(encoding="utf-8")

    return run


def cells_by_hand(ran):
    """Return which satellites could serve each (station, interval), from the document."""
    document = json.loads(gzip.decompress((ran / "problem.json.gz").read_bytes()))
    seen = defaultdict(set)
    for contact in document["contacts"]:
        link = document["links"][contact["link"]]
        for t in range(contact["first"], contact["first"] + len(contact["bits"])):
            for end in link["stations"]:
                seen[end, t].add(link["satellite"])
    return document, seen


def test_contested_minutes_are_those_of_a_count_by_hand(ran, problem):
    document, seen = cells_by_hand(ran)
    report = json.loads((ran / "report.json").read_text(encoding="utf-8"))
    assert [at["name"] for at in report["network"]["stations"]] == ["Urumqi", "Chengdu"]
    contested = []
    for n, (use, at) in enumerate(
        zip(station_uses(problem), report["network"]["stations"], strict=True)
    ):
        counts = {t: len(who) for (end, t), who in seen.items() if end == n}
        over = [t for t, who in counts.items() if who > document["stations"][n]["receivers"]]
        assert use.interval[use.contested].tolist() == sorted(over)
        assert at["contested_min"] == pytest.approx(len(over) / 6)
        assert at["reachable_min"] == pytest.approx(len(counts) / 6)
        assert at["most_at_once"] == max(counts.values())
        runs = [t for first, last in at["contested"] for t in range(first, last + 1)]
        assert runs == sorted(over)
        contested.append(len(over))
    assert contested[0] > 0  # two of the train over one receiver
    assert contested[1] == 0  # two receivers


def test_who_shares_what_adds_up_to_the_delivered_bits(ran, problem, services):
    report = json.loads((ran / "report.json").read_text(encoding="utf-8"))
    gd = report["strategies"][0]
    bits = Counter()
    for satellite, link, *_, delivered in services:
        bits[link.removeprefix(f"{satellite}-"), satellite] += delivered
    for n, station in enumerate(["Urumqi", "Chengdu"]):
        assert gd["by_station"][n] == [bits[station, satellite] for satellite in NAMES]
        assert sum(gd["by_station"][n]) == gd["delivered"][station]
    intervals = Counter()
    for satellite, link, first, last, _ in services:
        intervals[link.removeprefix(f"{satellite}-")] += last - first + 1
    assert gd["served_min"] == pytest.approx([intervals[n] / 6 for n in ("Urumqi", "Chengdu")])
    columns = gd["services"]
    names = [link.name for link in problem.links]
    assert [
        (names[link], first, last, delivered)
        for link, first, last, delivered in zip(
            columns["link"], columns["first"], columns["last"], columns["bits"], strict=True
        )
    ] == [service[1:] for service in services]


def test_the_table_of_stations_says_the_same(ran, services):
    report = json.loads((ran / "report.json").read_text(encoding="utf-8"))
    with (ran / "stations-gd.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [(row["station"], row["satellite"]) for row in table] == [
        (station, satellite) for station in ("Urumqi", "Chengdu") for satellite in NAMES
    ]
    by_station = report["strategies"][0]["by_station"]
    assert [int(row["bits"]) for row in table] == [bits for line in by_station for bits in line]
    for row in table:
        name = f"{row['satellite']}-{row['station']}"
        own = sum(s[3] - s[2] + 1 for s in services if s[1] == name)
        assert float(row["served_min"]) == pytest.approx(own / 6, abs=1e-3)
        (at,) = (at for at in report["network"]["stations"] if at["name"] == row["station"])
        assert int(row["receivers"]) == at["receivers"]
        for fact in ("reachable_min", "contested_min"):
            assert float(row[fact]) == pytest.approx(at[fact], abs=1e-3)


def test_cells_passes_and_services_of_the_page_are_the_problems(ran, problem):
    report = read_report_document(ran / "report.json")
    cells, axis = report["cells"], report["axis"]
    whose = [s for s, (a, b) in zip(axis["satellite"], axis["passes"], strict=True)
             for _ in range(a, b + 1)]  # fmt: skip
    found = Counter()
    for a, n, bits in zip(cells["a"], cells["link"], cells["bits"], strict=True):
        assert problem.links[n].satellite == whose[a]
        found[n, axis["interval"][a]] += bits
    wanted = {
        (n, int(t)): int(bits)
        for s, satellite in enumerate(problem.satellites)
        for row, n in enumerate(problem.links_of(s))
        for t, bits in zip(satellite.interval, satellite.bits[row], strict=True)
        if bits
    }
    assert found == wanted
    for item in report["strategies"]:
        total = sum(wanted[n, axis["interval"][a]] for a, n in enumerate(item["service"]) if n >= 0)
        assert total == item["total"]
    # A pass ends where its satellite has no key for more than ten minutes.
    for s in range(3):
        own = [ends for whom, ends in zip(axis["satellite"], axis["passes"], strict=True)
               if whom == s]  # fmt: skip
        intervals = [[axis["interval"][a] for a in ends] for ends in own]
        assert all(after[0] - before[1] > 60 for before, after in pairwise(intervals))


def test_geometry_is_that_of_each_satellite(ran):
    report = json.loads((ran / "report.json").read_text(encoding="utf-8"))
    given = qo.load_scenario(ran.parent / "three.toml")
    cells, axis = report["cells"], report["axis"]
    for s, alone in enumerate(given.each_satellite()):
        problem = qo.SchedulingProblem.from_keys(qo.compute_keys(alone))
        parts = ReportParts(title="x", problem=problem, scenario=alone)
        single = report_document(parts)
        own = [k for k, n in enumerate(cells["link"]) if n // 2 == s]
        assert [axis["interval"][cells["a"][k]] for k in own] == [
            single["axis"]["interval"][a] for a in single["cells"]["a"]
        ]
        for column in ("bits", "elevation_deg", "loss_db"):
            assert [cells[column][k] for k in own] == single["cells"][column]
        tracks = [item for item, whose in zip(report["tracks"], axis["satellite"], strict=True)
                  if whose == s]  # fmt: skip
        assert [item["lines"] for item in tracks] == [item["lines"] for item in single["tracks"]]


def test_a_calendar_has_every_service_with_its_satellite(export, services):
    events = Calendar.from_ical(export("ical", "ics")).walk("VEVENT")
    found = sorted(
        (
            str(e["summary"]).removeprefix("QKD downlink: "),
            e.decoded("dtend") - e.decoded("dtstart"),
        )
        for e in events
    )
    assert found == sorted(
        (f"{satellite} to {link.removeprefix(satellite + '-')}",
         timedelta(seconds=10 * (last - first + 1)))
        for satellite, link, first, last, _ in services
    )  # fmt: skip
    assert len({str(event["uid"]) for event in events}) == len(services)


@pytest.mark.parametrize(
    ("option", "name", "belongs"),
    [("--satellite", "T-2", lambda s: s[0] == "T-2"),
     ("--station", "Urumqi", lambda s: s[1].endswith("-Urumqi"))],
)  # fmt: skip
def test_a_calendar_of_one_satellite_or_station(export, services, option, name, belongs):
    text = export("ical", "ics", option, name)
    events = Calendar.from_ical(text).walk("VEVENT")
    assert len(events) == sum(map(belongs, services)) > 0
    assert name in str(Calendar.from_ical(text)["x-wr-calname"])


def test_unknown_satellites_and_stations_are_refused(qkdopt, ran):
    scenario = ran.parent / "three.toml"
    command = ("export", ran / "gd.json", "--ical", "--scenario", scenario, "-o", "x.ics")
    expected = "--satellite: got 'T-3', expected one of Micius, T-1, T-2"
    assert expected in qkdopt(*command, "--satellite", "T-3").complaint
    assert "expected one of Urumqi, Chengdu" in qkdopt(*command, "--station", "Graz").complaint


def test_czml_has_every_satellite_where_it_is(export, ran, services):
    packets = {packet["id"]: packet for packet in json.loads(export("czml", "czml"))}
    given = qo.load_scenario(ran.parent / "three.toml")
    colours = set()
    for alone in given.each_satellite():
        packet = packets[f"satellite/{alone.satellite.name}"]
        colours.add(tuple(packet["point"]["color"]["rgba"]))
        row = packet["position"]["cartesian"][4 * 100 : 4 * 101]
        record = alone.satellite.elements.satrec("x")
        position_m, _, fractions = propagate(record, given.grid, np.array([row[0]]), "x")
        truth_m = teme_to_earth_fixed(position_m, given.grid.start_julian_date[0], fractions)[0]
        assert row[1:] == pytest.approx(truth_m, abs=0.1)
    assert len(colours) == 3
    beams = Counter()
    for name, packet in packets.items():
        if name.startswith("link/"):
            spans = packet["availability"]
            beams[packet["name"]] += 1 if isinstance(spans, str) else len(spans)
            whose = packet["polyline"]["positions"]["references"][0]
            line = packet["polyline"]["material"]["solidColor"]["color"]["rgba"]
            assert line == packets[whose.split("#")[0]]["point"]["color"]["rgba"]
            assert packet["name"].startswith(whose.removeprefix("satellite/").split("#")[0])
    assert beams == Counter(link for _, link, *_ in services)


def test_links_of_another_scenario_are_refused(qkdopt, ran):
    other = qkdopt.write("other.toml", THREE_SATELLITES.replace('"T"', '"U"'))
    command = ("export", ran / "gd.json", "--czml", "--scenario", other, "-o", "x.czml")
    assert "no link T-1-Urumqi" in qkdopt(*command).complaint


def test_the_picture_has_every_service_by_station_and_by_satellite(ran, problem, services):
    paths = qo.Certificate.load(ran / "gd.json").paths
    figure = satellites_timeline(problem, paths, title="three").get_figure()
    stations, satellites = figure.axes
    assert [t.get_text() for t in stations.get_yticklabels()] == ["Urumqi", "Chengdu (2 receivers)"]
    assert [t.get_text() for t in satellites.get_yticklabels()] == NAMES
    for ax in (stations, satellites):
        reachable, contested, served = (
            one for one in ax.collections if isinstance(one, PolyCollection)
        )
        assert len(served.get_paths()) == len(services)
        widths = sorted(p.vertices[:, 0].max() - p.vertices[:, 0].min() for p in served.get_paths())
        assert widths == pytest.approx(sorted(s[3] - s[2] + 1 for s in services))
        assert {to_hex(c).upper() for c in served.get_facecolors()} <= set(STRONG)
        assert len(reachable.get_paths()) > 0
        assert (len(contested.get_paths()) > 0) == (ax is stations)


def test_two_at_once_at_a_station_of_two_receivers_do_not_hide_each_other(ran, problem):
    paths = qo.Certificate.load(ran / "gd.json").paths
    ax = satellites_timeline(problem, paths)
    boxes = [path.get_extents() for path in ax.collections[2].get_paths()]
    for k, one in enumerate(boxes):
        for other in boxes[:k]:
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            up = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert min(across, up) < 1e-9


def test_the_picture_says_what_it_leaves_out(ran, problem, monkeypatch):
    paths = qo.Certificate.load(ran / "gd.json").paths
    monkeypatch.setattr(satellites_panels, "_MOST_ROWS", 2)
    monkeypatch.setattr("qkdopt.plots.satellites_timeline._MOST_SHOWN_S", 600.0)
    figure = satellites_timeline(problem, paths).get_figure()
    words = " ".join(text.get_text() for text in figure.texts)
    assert "2 of 3 satellites, with the most bits" in words
    assert "hours with key, those with the most bits" in words
    # 60 intervals are drawn, and no bar goes beyond them.
    (axis_end,) = {ax.get_xlim()[1] for ax in figure.axes}
    for ax in figure.axes:
        for path in ax.collections[2].get_paths():
            assert path.vertices[:, 0].max() <= axis_end


def test_busiest_are_the_largest_in_their_order():
    assert busiest(np.array([3, 0, 9, 5, 5]), 3) == [2, 3, 4]
    assert busiest(np.array([0, 0]), 3) == []


def test_the_folder_and_the_page_can_be_written_again(ran, tmp_path, capsys):
    assert main(["report", str(ran), "-o", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").read_text() == (ran / "report.html").read_text()
    capsys.readouterr()
    for kind, source in (("timeline", ran), ("timeline", ran / "td.json"), ("shares", ran)):
        target = tmp_path / "x.svg"
        assert main(["plot", kind, str(source), "-o", str(target)]) == 0
        assert target.read_text().count("<path") > 5
    assert {path.name for path in ran.iterdir()} >= {
        "timeline-gd.png", "timeline-pd.png", "timeline-td.png", "report.html", "report.json",
    }  # fmt: skip


def test_long_horizons_show_the_first_passes_of_all_satellites(ran, problem, monkeypatch):
    certificates = {"gd.json": qo.Certificate.load(ran / "gd.json")}
    parts = ReportParts(title="x", problem=problem, certificates=certificates)
    whole = report_document(parts)
    monkeypatch.setattr(rows, "MOST_CELLS", 200)
    short = report_document(parts)
    assert 1 <= len(short["axis"]["passes"]) < whole["axis"]["all_passes"]
    assert len(short["cells"]["a"]) <= 200
    begins = [whole["axis"]["interval"][a] for a, _ in whole["axis"]["passes"]]
    shown = [short["axis"]["interval"][a] for a, _ in short["axis"]["passes"]]
    assert sorted(shown) == sorted(begins)[: len(shown)]
    for key in ("total", "services", "by_station"):
        assert short["strategies"][0][key] == whole["strategies"][0][key]
    assert "totals count every pass" in render_report(short)


def test_a_false_claim_shows_no_service(ran, problem):
    lie = json.loads((ran / "gd.json").read_text(encoding="utf-8"))
    lie["value"] += 1
    false = qo.Certificate.from_json(json.dumps(lie))
    document = report_document(
        ReportParts(title="x", problem=problem, certificates={"gd.json": false})
    )
    assert not document["strategies"][0]["holds"]
    assert document["strategies"][0]["services"]["link"] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [('"link_satellite": [0', '"link_satellite": [3'), ('"served_min": [', '"served_min": [1, '),
     ('"by_station": [[', '"by_station": [[1], ['), ('"contested": [[', '"contested": [[-1, 0], ['),
     ('"satellite": [0', '"satellite": [0, 0'), ('"reachable": [[', '"reachable": [[9, 8], ['),
     ('"services": {"link": [', '"services": {"link": [99, ')],
)  # fmt: skip
def test_damaged_documents_are_refused(ran, tmp_path, old, new):
    text = (ran / "report.json").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "report.json").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"report\.json"):
        read_report_document(tmp_path / "report.json")


def test_a_front_of_several_satellites_is_verified_and_never_falls(qkdopt, ran):
    answer = qkdopt("front", ran / "problem.json.gz", "-o", "front", "--points", "4",
                    "--time-limit", "1", "--json")  # fmt: skip
    assert answer.code == 0
    values = [point["value"] for point in answer.json["points"]]
    assert values == sorted(values)
    assert values[-1] > 0
    assert answer.json["most"] == qo.Certificate.load(ran / "gd.json").value
    for path in (qkdopt.folder / "front").glob("td-*.json*"):
        certificate = qo.Certificate.load(path)
        assert qo.verify(certificate).holds
        assert len(certificate.paths) == 3
        problem_from_document(certificate.document["problem"], str(path))
    report = qkdopt("report", ran, "--front", "front", "-o", "page.html")
    assert report.code == 0


def test_one_satellite_in_the_list_is_the_report_of_one():
    one = problem_of([[5, 4, 0, 0], [0, 6, 7, 9]], [51, 52, 53, 54], 1, None)
    certificate = qo.solve(one, qo.GeneralDelivery()).certificate
    document = report_document(
        ReportParts(title="x", problem=one, certificates={"gd.json": certificate})
    )
    assert "network" not in document
    assert document["strategies"][0]["service"] == list(certificate.schedule)
    assert 'id="sharing"' not in render_report(document)


def test_what_sharing_costs_stands_on_the_page(qkdopt, ran):
    answer = qkdopt("sharing", ran / "problem.json.gz", "-o", "sharing.json", "--json")
    found = answer.json
    assert (qkdopt.folder / "sharing.json").read_text() == answer.out
    command = ("report", ran, "--sharing", "sharing.json", "-o", "page.html")
    assert qkdopt(*command).code == 0
    page = (qkdopt.folder / "page.html").read_text(encoding="utf-8")
    assert found["joint"]["value"] == qo.Certificate.load(ran / "gd.json").value
    assert f"Sharing receivers costs {found['cost'][0]:,} against" in page
    for one in found["without"].values():
        assert f">{one['worth'][0]:,}<" in page
    for one in found["one_more_receiver"].values():
        assert f">{one['gain'][0]:,}<" in page
    other = answer.out.replace(found["problem_sha256"], "0" * 64)
    qkdopt.write("sharing.json", other)
    assert "the report's problem" in qkdopt(*command).complaint
    qkdopt.write("sharing.json", answer.out.replace('"cost": [', '"cost": ["1/0", '))
    assert "sharing.json: cost" in qkdopt(*command).complaint


@pytest.mark.parametrize(
    ("ends", "words"),
    [(None, "-"), ([1234, 1234], "1,234"), ([-5, 7], "-5 to 7"), (["1/3", "-2/3"], "0.333333 to"),
     (["9" * 290 + "/1", 1], "e+290"), (["0.25", "0.25"], "0.25")],
)  # fmt: skip
def test_differences_are_numbers_and_ranges(ends, words):
    assert words in _interval(ends)


def test_hand_overs_by_geometry_take_at_most_so_long(problem):
    text = " ".join(scenario_words(problem, None))
    assert "A hand-over of a satellite takes 10 to 20 s." in text
    rules = Operations.create(slew=[(0, 1, 0, 5, 0)])
    first = replace(problem.satellites[0], operations=rules)
    quick = replace(problem, satellites=(first, *problem.satellites[1:]))
    assert "takes at most 10 to 20 s." in " ".join(scenario_words(quick, None))
