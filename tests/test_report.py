"""The report as a file: complete, self-contained, and nothing in it runs that should not."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import qkdopt as qo
from command_line import KEYS
from drawing import problem_of
from pair_scenarios import pairs
from physics_scenarios import START, scenario
from qkdopt.errors import InputError
from qkdopt.physics.orbit import Access
from qkdopt.physics.orbit.view_geometry import view_geometry
from qkdopt.report import ReportParts, render_report, report_document, rows
from report_pages import HOSTILE, page_parts

LARGEST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def parts():
    return page_parts()


@pytest.fixture(scope="module")
def document(parts):
    return report_document(parts)


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def elements(html):
    parser = Elements()
    parser.feed(html)
    return parser.found


def test_the_page_asks_for_nothing_beyond_itself(document):
    html = render_report(document)
    assert len(html.encode()) < LARGEST_BYTES
    for tag, attributes in elements(html):
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
    assert "@import" not in html
    assert not re.search(r"url\(\s*['\"]?https?:", html)


def test_names_stay_text():
    html = render_report(report_document(page_parts(city=HOSTILE)))
    assert HOSTILE not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    kinds = [attributes.get("type") for tag, attributes in elements(html) if tag == "script"]
    plain = render_report(report_document(page_parts()))
    assert len(kinds) == sum(tag == "script" for tag, _ in elements(plain))


def test_its_numbers_are_those_of_the_judge(parts, document):
    assert document["problem"]["sha256"] == parts.problem.sha256
    for strategy in document["strategies"]:
        verdict = qo.verify(parts.certificates[strategy["file"]], parts.problem)
        assert strategy["holds"]
        assert strategy["optimal"]
        assert tuple(strategy["delivered"].values()) == verdict.delivered
        assert strategy["total"] == sum(verdict.delivered)
    html = render_report(document)
    for strategy in document["strategies"]:
        assert f"{strategy['total']:,}" in html


def test_cells_are_the_tensor_and_its_regrets(parts, document):
    cells, problem = document["cells"], parts.problem
    bits = np.zeros_like(problem.bits)
    bits[cells["link"], cells["a"]] = cells["bits"]
    assert np.array_equal(bits, problem.bits)
    # What an optimal schedule serves costs nothing.
    costs = dict(
        zip(zip(cells["link"], cells["a"], strict=True), cells["costs"]["gd"], strict=False)
    )
    service = document["strategies"][0]["service"]
    assert all(costs[n, a] == 0 for a, n in enumerate(service) if n >= 0)


def test_geometry_is_that_of_the_key_tensor(parts, document):
    given, cells = parts.scenario, document["cells"]
    index = parts.problem.interval[cells["a"]]
    known = {}
    for block in Access(given).blocks():
        samples = Access(given).samples(block)
        rows = zip(
            samples.second, samples.station, samples.elevation_rad, samples.range_m, strict=True
        )
        known |= {(int(second), int(n)): (el, r) for second, n, el, r in rows}
    compared = 0
    for k, (m, n) in enumerate(zip(index.tolist(), cells["link"], strict=True)):
        # The middle of a 10 s interval lies between the samples of its seconds 4 and 5.
        nearby = [known.get((10 * m + second, n)) for second in (4, 5)]
        if None in nearby:
            continue
        elevation = np.degrees(np.mean([el for el, _ in nearby]))
        assert cells["elevation_deg"][k] == pytest.approx(elevation, abs=0.02)
        compared += 1
    assert compared > 50


def test_cells_show_the_details_of_keys(parts, document):
    cells, details = document["cells"], qo.key_details(parts.scenario).columns
    links = [link.name for link in parts.problem.links]
    rows = {
        (links.index(link), interval): row
        for row, (link, interval) in enumerate(
            zip(details["link"], details["interval"].tolist(), strict=True)
        )
    }
    index = parts.problem.interval[cells["a"]].tolist()
    place = [rows[key] for key in zip(cells["link"], index, strict=True)]
    assert details["secret_bits"][place].tolist() == cells["bits"]
    for shown, name, digits in (
        ("elevation_deg", "elevation_deg", 2), ("azimuth_deg", "azimuth_deg", 2),
        ("sun_elevation_deg", "sun_elevation_deg", 2), ("loss_db", "loss_total_db", 2),
        ("click_rate_hz", "click_rate_hz", 1), ("sifted_bits", "sifted_bits", 1),
        ("qber", "qber", 5), ("range_m", "range_m", 0), ("contact_s", "contact_s", 0),
    ):  # fmt: skip
        np.testing.assert_allclose(cells[shown], details[name][place], atol=0.51 * 10**-digits)
    terms = [
        column * (len(index) if len(column) == 1 else 1) for column in cells["losses_db"].values()
    ]
    np.testing.assert_allclose(np.sum(terms, axis=0), cells["loss_db"], atol=0.05)
    assert len(cells["losses_db"]["detector"]) == 1


def test_cells_of_pairs_show_the_lower_end_and_both_losses():
    given = pairs(horizon={"start_utc": START, "duration_days": 1})
    keys = qo.compute_keys(given)
    made = report_document(
        ReportParts(title="pairs", problem=qo.SchedulingProblem.from_keys(keys), scenario=given)
    )
    details, cells = qo.key_details(given).columns, made["cells"]
    kept = np.flatnonzero(details["secret_bits"])
    order = np.lexsort((details["link"][kept].astype(str), details["interval"][kept]))
    rows = kept[order]
    lower = np.minimum(details["elevation_deg"], details["second_elevation_deg"])[rows]
    both = (details["loss_total_db"] + details["second_loss_total_db"])[rows]
    assert sorted(cells["elevation_deg"]) == pytest.approx(sorted(lower.tolist()), abs=0.006)
    assert sorted(cells["loss_db"]) == pytest.approx(sorted(both.tolist()), abs=0.006)


def test_the_point_below_is_below():
    # A station right under the satellite sees it near the zenith; elsewhere it is lower.
    given = scenario()
    found = view_geometry(given, np.array([3000]))
    lat, lon = np.degrees(found.latitude_rad[0]), np.degrees(found.longitude_rad[0])
    below = scenario(station=[{"name": "below", "lat_deg": float(lat), "lon_deg": float(lon)}])
    seen = view_geometry(below, np.array([3000]))
    assert np.degrees(seen.elevation_rad[0, 0]) > 89.7
    assert (found.elevation_rad[:, 0] < seen.elevation_rad[0, 0]).all()
    assert seen.range_m[0, 0] == pytest.approx(505e3, abs=25e3)


def test_tables_from_elsewhere_have_no_map_and_no_calendar():
    problem = problem_of([[5, 4, 0, 0], [0, 6, 7, 9]], [51, 52, 53, 54], 1, None)
    certificate = qo.solve(problem, qo.GeneralDelivery()).certificate
    made = report_document(
        ReportParts(title="mine", problem=problem, certificates={"gd.json": certificate})
    )
    assert "stations" not in made
    assert made["start_utc"] is None
    assert 'id="map"' not in render_report(made)


def test_an_empty_problem_still_has_a_page():
    keys = qo.KeyTensor.create(np.zeros((1, 0), np.int64), [], ["Xi'an"])
    problem = qo.SchedulingProblem.from_keys(keys)
    certificate = qo.solve(problem, qo.GeneralDelivery()).certificate
    made = report_document(
        ReportParts(title="empty", problem=problem, certificates={"gd.json": certificate})
    )
    assert made["axis"]["passes"] == []
    assert "Xi&#39;an" in render_report(made)


def test_long_horizons_show_the_first_passes_and_say_so(monkeypatch, parts, document):
    first_pass = document["axis"]["passes"][0]
    monkeypatch.setattr(rows, "MOST_CELLS", 1)
    short = report_document(parts)
    assert short["axis"]["passes"] == [first_pass]
    assert short["axis"]["all_passes"] == len(document["axis"]["passes"])
    assert short["strategies"][0]["total"] == document["strategies"][0]["total"]
    assert "the first ones are shown" in render_report(short)


def test_a_false_claim_is_shown_as_false(parts):
    lie = parts.certificates["gd.json"].to_dict()
    lie["value"] += 1
    false = report_document(
        page_parts(certificates={"gd.json": qo.Certificate.from_json(json.dumps(lie))})
    )
    assert not false["strategies"][0]["holds"]
    assert "CLAIM IS FALSE" in render_report(false)


def test_the_command_takes_certificates_and_folders(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    qkdopt("solve", "keys.csv", "--strategy", "gd", "-o", "gd.json")
    answer = qkdopt("report", "gd.json")
    assert answer.code == 0
    assert "22" in (qkdopt.folder / "report.html").read_text()
    assert "expected the folder of a finished qkdopt run" in qkdopt("report", ".").complaint
    (qkdopt.folder / "report.json").write_text('{"format": "other"}')
    assert "qkdopt-report" in qkdopt("report", ".").complaint


def test_certificates_of_two_problems_are_refused(qkdopt):
    qkdopt.write("keys.csv", KEYS)
    qkdopt("solve", "keys.csv", "--strategy", "gd", "-o", "gd.json")
    qkdopt("solve", "keys.csv", "--strategy", "gd", "--switch-seconds", "20", "-o", "slow.json")
    assert "another problem" in qkdopt("report", "gd.json", "slow.json").complaint


def test_documents_of_another_version_are_refused(tmp_path, document):
    from qkdopt.report import read_report_document

    (tmp_path / "report.json").write_text(json.dumps(document | {"version": 99}))
    with pytest.raises(InputError, match="version"):
        read_report_document(tmp_path / "report.json")
