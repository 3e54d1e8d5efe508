"""Other settings in the report: those of its own scenario, and of no other."""

import json
from pathlib import Path

import pytest

from command_line import TWO_CITIES
from qkdopt.errors import InputError
from qkdopt.report import read_report_document
from qkdopt.report.further import add_what_if


@pytest.fixture
def studied(qkdopt):
    """Run a scenario, and study it with other hand-over times; return report and study."""
    scenario = qkdopt.write("scenario.toml", TWO_CITIES)
    assert qkdopt("run", scenario, "-o", "run", "--time-limit", "1").code == 0
    assert qkdopt("what-if", scenario, "--set", "switch_s=0,30", "-o", "other").code == 0
    return Path("run/report.json"), Path("other")


def test_the_report_shows_each_setting(qkdopt, studied):
    assert qkdopt("report", "run", "--what-if", "other").code == 0
    page = Path("run/report.html").read_text()
    for row in json.loads((studied[1] / "what-if.json").read_text())["rows"]:
        assert f"<code>switch_s</code> = {row['settings']['switch_s']}" in page
        assert f"{row['value']:,}" in page
    assert 'href="#what_if"' in page


def test_a_study_in_the_folder_of_the_run_is_found(qkdopt, studied):
    (studied[1] / "what-if.json").rename("run/what-if.json")
    assert qkdopt("report", "run").code == 0
    assert "<h2>What if</h2>" in Path("run/report.html").read_text()


def test_the_document_with_a_study_is_a_report(studied):
    document = read_report_document(studied[0])
    add_what_if(document, studied[1])
    studied[0].write_text(json.dumps(document))
    assert read_report_document(studied[0])["what_if"]["base"]["settings"] == {}


def test_a_study_of_another_scenario_is_refused_in_one_line(qkdopt, studied):
    other = qkdopt.write(
        "other.toml", TWO_CITIES.replace("[horizon]\n", "[horizon]\nswitch_s = 20\n")
    )
    assert qkdopt("what-if", other, "--set", "switch_s=0", "-o", "foreign").code == 0
    answer = qkdopt("report", "run", "--what-if", "foreign")
    assert answer.code == 2
    assert "what-if.json: scenario_sha256: got the scenario" in answer.complaint
    assert "expected the report's scenario" in answer.complaint


def test_a_report_of_certificates_has_no_scenario_to_compare(studied):
    document = read_report_document(studied[0])
    del document["provenance"]["scenario_sha256"]
    with pytest.raises(InputError, match="expected a report that was made from a scenario"):
        add_what_if(document, studied[1])
