"""The documentation's site in a real browser: accessible, self-contained, nothing sticks out.

``QKDOPT_DOCS`` names a built site; without it one is built here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs_blocks import ROOT

pytestmark = pytest.mark.browser

PAGES = (
    "index", "get-started/optimisers", "formulations", "reference/python", "notebooks/quick-tour",
    "reproduction-micius", "plugging-in", "physics/keys", "reference/scenario",
)  # fmt: skip
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    built = os.environ.get("QKDOPT_DOCS")
    if built:
        return Path(built)
    pytest.importorskip("sphinx")
    pytest.importorskip("furo")
    place = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "docs", str(place)]
    subprocess.run(build, cwd=ROOT, check=True, timeout=300)
    return place


@pytest.fixture(scope="module", params=["light", "dark phone"])
def open_page(request, site):
    from playwright.sync_api import sync_playwright

    binary = os.environ.get("QKDOPT_CHROMIUM") or shutil.which("chromium")
    assert binary, "no chromium on the path; name one in QKDOPT_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        width, scheme = (1280, "light") if request.param == "light" else (390, "dark")
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True
        )

        def opened(name):
            page = context.new_page()
            page.asked, page.complaints = [], []
            page.on("request", lambda asked: page.asked.append(asked.url))
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            page.goto((site / f"{name}.html").as_uri())
            return page

        yield opened
        browser.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(open_page, name):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(name)
    found = Axe().run(page).response["violations"]
    serious = [
        f"{item['id']}: {node['target']} {node['html'][:160]}"
        for item in found
        if item["impact"] in SERIOUS
        for node in item["nodes"]
    ]
    assert serious == []
    assert page.complaints == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in page.asked)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()
