"""Exported CZML in a real Cesium: it loads, stands where SGP4 is, and shows who is served when.

Cesium is 100 MB of JavaScript, so it is not installed for the tests:
``npm install cesium`` somewhere, and ``QKDOPT_CESIUM=.../node_modules/cesium/Build/Cesium``.
"""

import os
import shutil
import threading
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import qkdopt as qo
from physics_scenarios import START, scenario
from qkdopt.interop.czml import czml_text
from qkdopt.interop.services import services_of
from qkdopt.physics.orbit import propagate, teme_to_earth_fixed

CESIUM = os.environ.get("QKDOPT_CESIUM", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not Path(CESIUM, "Cesium.js").is_file(),
        reason="no Cesium: npm install cesium, and its Build/Cesium in QKDOPT_CESIUM",
    ),
]
PAGE = """<!doctype html><html lang="en"><title>CZML</title>
<script>window.CESIUM_BASE_URL = "/";</script><script src="/Cesium.js"></script>
<link rel="stylesheet" href="/Widgets/widgets.css"><div id="globe" style="height:600px"></div>"""
LOAD = """async (czml) => {
  window.source = await Cesium.CzmlDataSource.load(JSON.parse(czml));
  return source.entities.values.map((entity) => entity.id);
}"""
AT = """([id, instant]) => {
  const entity = source.entities.getById(id), when = Cesium.JulianDate.fromIso8601(instant);
  const point = (p) => p && [p.x, p.y, p.z];
  return {available: entity.isAvailable(when), position: point(entity.position?.getValue(when)),
          line: entity.polyline?.positions.getValue(when)?.map(point)};
}"""
SHOW = """async (instant) => {
  const viewer = new Cesium.Viewer("globe", {baseLayer: false, animation: false, timeline: false,
    baseLayerPicker: false, geocoder: false, requestRenderMode: false, skyBox: false,
    navigationHelpButton: false});
  viewer.scene.globe.baseColor = Cesium.Color.DARKSLATEGRAY;
  await viewer.dataSources.add(source);
  viewer.clock.currentTime = Cesium.JulianDate.fromIso8601(instant);
  viewer.clock.shouldAnimate = false;
  viewer.camera.setView({destination: Cesium.Cartesian3.fromDegrees(104, 20, 6e6)});
  await new Promise((done) => setTimeout(done, 3000));
  return viewer.scene.context.webgl2;
}"""


class Quiet(SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/czml.html":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def given():
    return scenario(
        horizon={"start_utc": START, "duration_days": 1},
        station=[
            {"name": "Urumqi", "lat_deg": 43.80096, "lon_deg": 87.60046, "weight": 1},
            {"name": "上海 <b>", "lat_deg": 31.22222, "lon_deg": 121.45806, "weight": 1},
        ],
    )


@pytest.fixture(scope="module")
def services(given):
    problem = qo.SchedulingProblem.from_keys(qo.compute_keys(given))
    paths = qo.solve(problem, qo.GeneralDelivery()).certificate.paths
    found = services_of(problem, paths, START)
    assert len(found) > 2
    return found


@pytest.fixture(scope="module")
def page(given, services):
    from playwright.sync_api import sync_playwright

    binary = os.environ.get("QKDOPT_CHROMIUM") or shutil.which("chromium")
    assert binary, "no chromium on the path; name one in QKDOPT_CHROMIUM"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=CESIUM))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    arguments = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader",
                 "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=arguments)
        opened = browser.new_page(viewport={"width": 1000, "height": 640})
        opened.complaints, opened.asked = [], []
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.on("request", lambda asked: opened.asked.append(asked.url))
        opened.goto(f"http://127.0.0.1:{server.server_port}/czml.html")
        opened.ids = opened.evaluate(LOAD, czml_text(given, services))
        yield opened
        browser.close()
    server.shutdown()
    server.server_close()


def text_of(instant):
    return instant.isoformat().replace("+00:00", "Z")


def true_position_m(given, seconds):
    record = given.satellites[0].elements.satrec("satellite")
    position_m, _, fractions = propagate(record, given.grid, np.array([seconds]), "satellite")
    return teme_to_earth_fixed(position_m, given.grid.start_julian_date[0], fractions)[0]


def test_every_packet_is_an_entity(page, given, services):
    served = {service.link for service in services}
    assert len(page.ids) == 1 + len(given.stations) + len(served)
    assert page.evaluate("source.name") == given.title
    assert page.evaluate("source.entities.getById('station/上海 <b>').name") == "上海 <b>"
    begin, end = page.evaluate(
        "[source.clock.startTime, source.clock.stopTime].map((t) => Cesium.JulianDate.toIso8601(t))"
    )
    assert begin.replace(".000", "") == text_of(given.grid.start_utc)
    assert end.replace(".000", "") == text_of(given.grid.end_utc)


@pytest.mark.parametrize("seconds", [0.0, 17.5, 3750.0, 40_000.25, 86_370.0, 86_400.0])
def test_it_flies_where_sgp4_says(page, given, seconds):
    instant = given.grid.start_utc + timedelta(seconds=seconds)
    found = page.evaluate(AT, ["satellite", text_of(instant)])
    assert found["available"]
    assert found["position"] == pytest.approx(true_position_m(given, seconds), abs=0.3)


def test_a_line_is_there_while_a_station_is_served(page, given, services):
    for service in services:
        name = f"link/{service.link}/{service.link}"
        middle = service.begin_utc + (service.end_utc - service.begin_utc) / 2
        found = page.evaluate(AT, [name, text_of(middle)])
        assert found["available"]
        at_s = (middle - given.grid.start_utc).total_seconds()
        satellite, station = found["line"]
        assert satellite == pytest.approx(true_position_m(given, at_s), abs=0.3)
        own = page.evaluate(AT, [f"station/{service.link}", text_of(middle)])["position"]
        assert station == pytest.approx(own, abs=1e-3)
        before = page.evaluate(AT, [name, text_of(service.begin_utc - timedelta(seconds=5))])
        assert not before["available"]


def test_it_is_drawn(page, services, tmp_path):
    middle = services[0].begin_utc + (services[0].end_utc - services[0].begin_utc) / 2
    assert page.evaluate(SHOW, text_of(middle))
    picture = page.screenshot(path=os.environ.get("QKDOPT_CESIUM_PICTURE", tmp_path / "czml.png"))
    assert len(picture) > 20_000
    assert page.complaints == []
    assert all(url.startswith(("http://127.0.0.1", "blob:", "data:")) for url in page.asked)
