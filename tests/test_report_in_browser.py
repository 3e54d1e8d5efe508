"""The report in a real browser: no error, no request, working controls, accessible."""

import os
import re
import shutil
from dataclasses import replace

import pytest

from qkdopt.report import render_report, report_document
from qkdopt.study import assumptions
from report_pages import HOSTILE, network_parts, page_parts

pytestmark = pytest.mark.browser

SIZES = {"narrow": (360, 740), "phone": (390, 844), "laptop": (1280, 800)}
FRONT = {
    "most": 10,
    "points": [
        {"kl_max": "0", "value": 5, "bound": 6, "divergence": 0.0, "knee": False},
        {"kl_max": "0.01", "value": 7, "bound": 7, "divergence": 0.0099, "knee": True},
        {"kl_max": "0.1", "value": 9, "bound": 9, "divergence": 0.1, "knee": False},
    ],
    "marks": [{"name": "S-GD", "value": 10, "divergence": 0.5}],
}
RUNS = [{"label": "genetic", "evaluations": [1, 10, 100], "best": [3, 5, 8], "bound": 10}]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    binary = os.environ.get("QKDOPT_CHROMIUM") or shutil.which("chromium")
    assert binary, "no chromium on the path; name one in QKDOPT_CHROMIUM"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def page_url(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    parts = page_parts(city=HOSTILE, front=FRONT, convergence=RUNS)
    assumed = assumptions(parts.scenario, effects=True)
    document = report_document(replace(parts, assumed=assumed))
    path.write_text(render_report(document), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def network_url(tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "report.html"
    path.write_text(render_report(report_document(network_parts(city=HOSTILE))), encoding="utf-8")
    return path.as_uri()


LOOKS = [*SIZES.items(), ("dark", (1280, 800))]


@pytest.fixture(params=LOOKS, ids=lambda item: item[0])
def page(request, browser, page_url):
    yield from opened_page(browser, page_url, *request.param)


@pytest.fixture(params=LOOKS, ids=lambda item: item[0])
def network(request, browser, network_url):
    yield from opened_page(browser, network_url, *request.param)


def opened_page(browser, url, name, size):
    context = browser.new_context(
        viewport=dict(zip(("width", "height"), size, strict=True)),
        color_scheme="dark" if name == "dark" else "light",
        offline=True,
    )
    opened = context.new_page()
    opened.complaints, opened.asked = [], []
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.on("dialog", lambda dialog: opened.complaints.append("a dialog opened"))
    opened.on("request", lambda asked: opened.asked.append(asked.url))
    opened.goto(url)
    opened.wait_for_selector("html[data-ready=true]")
    yield opened
    context.close()


def test_no_complaint_no_request_no_overflow(page, page_url):
    assert page.complaints == []
    assert [url for url in page.asked if not url.startswith(("data:", "blob:"))] == [page_url]
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    charts = ("map", "overview", "passchart", "sharechart", "frontchart", "convergencechart")
    for chart in (*charts, "detailschart", "tornadochart"):
        assert page.locator(f"#{chart} svg.marks").count() == 1


def test_controls_work_from_the_keyboard(page):
    marks = "() => document.querySelectorAll('#passchart svg.marks .role-mark path').length"
    assert page.evaluate(marks) > 0
    title = page.locator("#passname")
    assert title.inner_text().startswith("Pass 1:")
    page.locator("#next").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('passname').textContent.startsWith('Pass 2:')")
    page.locator("#strategy").select_option("S-PD")
    page.wait_for_function("document.getElementById('passname').textContent.endsWith('S-PD')")
    page.locator("#shade").select_option("gd")
    page.locator("#previous").click()
    page.wait_for_function("document.getElementById('passname').textContent.startsWith('Pass 1:')")
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") in ("dark", "light")
    assert page.complaints == []


def test_choosing_a_strategy_changes_what_is_drawn(page):
    before = page.locator("#overview svg.marks").inner_html()
    page.locator("#strategy").select_option("S-PD")
    page.wait_for_function("document.getElementById('passname').textContent.endsWith('S-PD')")
    assert page.locator("#overview svg.marks").inner_html() != before


def test_one_link_of_a_pass_beside_its_log(page):
    shown = page.locator("#detailschart svg.marks")
    before, rows = shown.inner_html(), page.locator("#seentable tbody tr")
    names = page.locator("#seen option").all_text_contents()
    count = rows.count()
    assert count > 5
    heads = page.locator("#seentable thead th").all_text_contents()
    for head in (
        "azimuth [deg]",
        "Sun [deg]",
        "geometric [dB]",
        "clicks [1/s]",
        "QBER",
        "secret bits",
    ):
        assert head in heads
    last = [
        row.split("\t")[-1] for row in rows.evaluate_all("all => all.map((row) => row.innerText)")
    ]
    assert all(int(bits.replace(",", "")) > 0 for bits in last if bits.strip())
    other = next(
        name for name in names if name != page.locator("#seen option:checked").inner_text()
    )
    page.locator("#seen").select_option(other)
    page.wait_for_function(
        "(before) => document.querySelector('#detailschart svg.marks')?.innerHTML !== before",
        arg=before,
    )
    page.locator("#next").click()
    page.wait_for_function("document.getElementById('passname').textContent.startsWith('Pass 2:')")
    assert page.complaints == []


def test_the_tornado_begins_with_the_largest_change(page):
    labels = texts(page, "tornadochart")
    assert any("aperture" in label or "divergence" in label for label in labels[-60:])
    changes = page.evaluate("""() => {
        const { assumptions } = JSON.parse(document.getElementById("report-data").textContent);
        const effects = assumptions.rows.flatMap((row) => row.effects);
        return effects.map((effect) => Math.abs(effect.change ?? 0));
    }""")
    bars = page.locator("#tornadochart svg.marks .mark-rect path").count()
    assert bars == sum(change >= 0.0005 for change in changes) > 5


def texts(page, chart):
    return page.locator(f"#{chart} svg.marks text").all_text_contents()


def test_the_timeline_says_which_day(page):
    found = " ".join(texts(page, "overview"))
    assert "Sep 20" in found or "Sep 21" in found or "Sep 19" in found
    assert re.search(r"\d\d:\d\d", found)


def test_shading_by_cost_changes_both_timelines(page):
    fills = """(chart) => [...document.querySelectorAll(`#${chart} svg.marks .mark-rect path`)]
        .map((mark) => mark.getAttribute("fill")).join()"""
    before = {chart: page.evaluate(fills, chart) for chart in ("overview", "passchart")}
    page.locator("#shade").select_option("pd")
    page.wait_for_function(f"(before) => ({fills})('overview') !== before", arg=before["overview"])
    page.wait_for_function(
        f"(before) => ({fills})('passchart') !== before", arg=before["passchart"]
    )


def test_where_nothing_costs_anything_the_legend_has_numbers(browser, tmp_path):
    document = report_document(page_parts())
    costs = document["cells"]["costs"]
    document["cells"]["costs"] = {name: [0] * len(column) for name, column in costs.items()}
    path = tmp_path / "report.html"
    path.write_text(render_report(document), encoding="utf-8")
    opened = browser.new_page()
    opened.goto(path.as_uri())
    opened.wait_for_selector("html[data-ready=true]")
    opened.locator("#shade").select_option("gd")
    opened.wait_for_function("document.querySelector('#overview svg.marks').innerHTML.length > 0")
    opened.wait_for_timeout(300)
    for chart in ("overview", "passchart"):
        found = texts(opened, chart)
        assert {"0", "1"} <= set(found)
        assert not [text for text in found if "NaN" in text or "undefined" in text]
    opened.close()


def test_ticks_do_not_touch_and_every_row_is_drawn(page):
    page.locator("#next").click()
    page.wait_for_function("document.getElementById('passname').textContent.startsWith('Pass 2:')")
    page.wait_for_timeout(300)
    inside = """(chart) => {
        const svg = document.querySelector(`#${chart} svg.marks`);
        const low = svg.querySelector("g").getBoundingClientRect().bottom;
        return low <= svg.getBoundingClientRect().bottom + 1;
    }"""
    gaps = """(chart) => {
        const boxes = [...document.querySelectorAll(`#${chart} svg.marks text`)]
          .filter((text) => /^(\\d\\d:\\d\\d:\\d\\d|\\d+%)$/.test(text.textContent))
          .filter((text) => text.getAttribute("opacity") !== "0")
          .map((text) => text.getBoundingClientRect()).sort((one, other) => one.left - other.left);
        return boxes.slice(1).map((box, k) => box.left - boxes[k].right);
    }"""
    for chart in ("overview", "passchart", "sharechart"):
        assert page.evaluate(inside, chart)
    for chart in ("passchart", "sharechart"):
        found = page.evaluate(gaps, chart)
        assert found or page.viewport_size["width"] < 500  # a single time may be all that fits
        assert min(found, default=4) >= 4
    wanted = page.locator("#sharechart svg.marks .mark-rect path[stroke='#ffffff']")
    assert wanted.count() == 2


def serious_faults(page):
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    return [v["id"] for v in violations if v["impact"] in ("serious", "critical")]


def test_axe_finds_nothing_serious(page):
    assert serious_faults(page) == []


def test_axe_finds_nothing_serious_with_several_satellites(network):
    network.locator("#sharing details summary").first.click()
    assert serious_faults(network) == []


def test_it_prints(browser, page_url, tmp_path):
    opened = browser.new_page()
    opened.goto(page_url)
    opened.wait_for_selector("html[data-ready=true]")
    pdf = opened.pdf(path=tmp_path / "report.pdf", format="A4")
    assert pdf.startswith(b"%PDF")
    opened.close()


def test_several_satellites_are_drawn_without_complaint(network, network_url):
    assert network.complaints == []
    assert [url for url in network.asked if not url.startswith(("data:", "blob:"))] == [network_url]
    assert (
        network.evaluate("document.documentElement.scrollWidth") <= network.viewport_size["width"]
    )
    for chart in ("map", "overview", "passchart", "sharingchart", "sharechart"):
        assert network.locator(f"#{chart} svg.marks").count() == 1
    for chart in ("map", "overview"):
        assert {"Micius", "T-1", "T-2"} <= set(texts(network, chart))


def test_controls_of_several_satellites_work(network):
    marks = """() => [...document.querySelectorAll('#overview svg.marks .mark-rect')]
        .at(-1).querySelectorAll('path').length"""
    count = network.evaluate(marks)
    assert count == 8  # services of S-GD, all within the first six hours
    assert "Urumqi" in texts(network, "overview")
    network.locator("#rows").select_option("satellites")
    network.wait_for_function(
        "[...document.querySelectorAll('#overview text')].some((t) => t.textContent === 'T-2')"
    )
    assert network.evaluate(marks) == count
    network.locator("#satellite").select_option("2")
    network.wait_for_function(
        "document.getElementById('passname').textContent.startsWith('T-2, pass 1:')"
    )
    network.locator("#next").focus()
    network.keyboard.press("Enter")
    network.wait_for_function(
        "document.getElementById('passname').textContent.startsWith('T-2, pass 2:')"
    )
    network.locator("#next").click()  # there is no third: it stays
    assert network.locator("#passname").inner_text().startswith("T-2, pass 2:")
    network.locator("#later").click()  # nor another page
    network.locator("#strategy").select_option("S-PD")
    network.wait_for_function("document.getElementById('passname').textContent.endsWith('S-PD')")
    network.locator("#theme").click()
    network.locator("#sharing details summary").first.click()
    cells = network.locator("#matrix tbody tr.total td").all_text_contents()
    assert len(cells) == 4
    numbers = [int(text.replace(",", "")) for text in cells]
    assert sum(numbers[:3]) == numbers[3] > 0
    assert network.complaints == []
