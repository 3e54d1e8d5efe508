"""Orbital elements: every trap that public copies hold is refused by its name."""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from sgp4.api import Satrec
from sgp4.exporter import export_omm

from physics_scenarios import LINE_1, LINE_2, START, edited_tle, scenario, tables, with_checksum
from qkdopt.errors import InputError
from qkdopt.physics import (
    Scenario,
    ScenarioWarning,
    available_seconds,
    compute_keys,
    load_scenario,
    parse_scenario,
)
from qkdopt.physics.orbit import propagate

BOTH = f"{LINE_1}\n{LINE_2}"
ORBITS = Path(__file__).parent / "data" / "orbits"


def with_elements(folder: Path | str = ".", **satellite: object) -> Scenario:
    return parse_scenario(
        tables(satellite=[{"name": "Micius", **satellite}]), where="s.toml", folder=folder
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got nothing, expected one two-line element set"),
        ("  \n # only a comment", "got nothing"),
        (f"{LINE_1}0\n{LINE_2}", "line 1: got 'a line of 70 characters', expected 69 characters"),
        (f"{LINE_1}\n{LINE_2}0", "line 2: got 'a line of 70 characters'"),
        (f"{LINE_1[:68]}\n{LINE_2}", "line 1: got 'a line of 68 characters'"),
        (f"{LINE_1[:-1]}8\n{LINE_2}", "line 1: got 'checksum 8', expected checksum 7"),
        (BOTH.replace("97.3660", "97.4660"), "line 2: got 'checksum 6', expected checksum 7"),
        (f"{LINE_2}\n{LINE_1}", "line 1: got 'line number 2', expected line number 1"),
        (f"{LINE_1}\n{LINE_1}", "line 2: got 'line number 1', expected line number 2"),
        (LINE_1, "got 'half an element set', expected line 1 and line 2"),
        (f"{LINE_1} {LINE_2}", "lines 1 and 2 joined in one line"),
        (f"{LINE_1}\n{LINE_2}{LINE_2}", "two element sets joined in one line"),
        (f"{BOTH}\n{BOTH}", "got '2 element sets joined in one text', expected one, or a"),
        (
            f"{LINE_1}\n{with_checksum(LINE_2.replace('41731', '41732'))}",
            "line 2: got 'catalogue number 41732', expected 41731 as in line 1",
        ),
        (
            f"{LINE_1}\n{with_checksum(LINE_2.replace(' 97.3660', '197.3660'))}",
            "got 'inclination 197.3660', expected 0 <= inclination <= 180",
        ),
        (
            f"{LINE_1}\n{with_checksum(LINE_2.replace('0014904', '001x904'))}",
            "got 'eccentricity 001x904'",
        ),
        (BOTH.replace("97.3660", "97.366é"), "(plain ASCII)"),
        # Letters count as zero in the checksum, like the zero that O resembles.
        (BOTH.replace("10105-3", "1O105-3"), "got 'drag term 1O105-3'"),
        (BOTH.replace(".00002347", ".OOOO2347"), "got 'first derivative of mean motion .OOOO"),
        (BOTH.replace("00000-0", "O0000-0"), "got 'second derivative of mean motion O0000-0'"),
        (
            f"{with_checksum(LINE_1.replace('16266.', '16999.'))}\n{LINE_2}",
            "expected 1 <= day of the epoch <= 367",
        ),
        (
            f"{with_checksum(LINE_1.replace('16266.', '16000.'))}\n{LINE_2}",
            "expected 1 <= day of the epoch <= 367",
        ),
    ],
)
def test_traps(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        with_elements(tle=text)
    assert message in str(error.value)
    assert str(error.value).startswith("s.toml: satellite[0].tle: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", [BOTH, f"QSS (MICIUS)\n{BOTH}\n", f"\r\n  {LINE_1}\r\n{LINE_2} "])
def test_two_and_three_line_sets(text: str) -> None:
    assert with_elements(tle=text).satellites == with_elements(tle=BOTH).satellites


def test_file_and_choice_by_catalogue_number(tmp_path: Path) -> None:
    other = BOTH.replace("41731", "41732").splitlines()
    text = "\n".join([BOTH, *map(with_checksum, other)])
    (tmp_path / "sets.tle").write_text(text, encoding="ascii")
    chosen = with_elements(tmp_path, tle_file="sets.tle", catalogue_number=41732)
    assert chosen.satellites[0].elements.satrec("test").satnum == 41732
    with pytest.raises(InputError, match="2 element sets joined"):
        with_elements(tmp_path, tle_file="sets.tle")
    with pytest.raises(InputError, match="0 element sets of catalogue number 5"):
        with_elements(tmp_path, tle_file="sets.tle", catalogue_number=5)


def omm_fields() -> dict[str, str]:
    fields = export_omm(Satrec.twoline2rv(LINE_1, LINE_2), "QSS")
    return {key: str(value) for key, value in fields.items()}


def as_csv(*records: dict[str, str]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return stream.getvalue()


def as_xml(fields: dict[str, str]) -> str:
    mean = "EPOCH MEAN_MOTION ECCENTRICITY INCLINATION RA_OF_ASC_NODE ARG_OF_PERICENTER"
    mean_keys = [*mean.split(), "MEAN_ANOMALY"]
    meta_keys = ["OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM"]
    rest = [key for key in fields if key not in mean_keys and key not in meta_keys]

    def block(tag: str, keys: list[str]) -> str:
        inner = "".join(f"<{key}>{fields[key]}</{key}>" for key in keys if key in fields)
        return f"<{tag}>{inner}</{tag}>"

    data = block("meanElements", mean_keys) + block("tleParameters", rest)
    return (
        "<ndm><omm><body><segment>"
        + block("metadata", meta_keys)
        + f"<data>{data}</data></segment></body></omm></ndm>"
    )


def test_omm_in_every_form_gives_the_keys_of_the_two_lines(tmp_path: Path) -> None:
    expected = compute_keys(with_elements(tle=BOTH))
    fields = omm_fields()
    (tmp_path / "a.csv").write_text(as_csv(fields), encoding="utf-8")
    (tmp_path / "a.xml").write_text(as_xml(fields), encoding="utf-8")
    for given in (
        {"omm_file": "a.csv"},
        {"omm_file": "a.xml"},
        {"omm": as_csv(fields)},
        {"omm": as_xml(fields)},
    ):
        keys = compute_keys(with_elements(tmp_path, **given))
        np.testing.assert_array_equal(keys.interval, expected.interval)
        # The epoch is rounded to a microsecond, which is 8 mm.
        np.testing.assert_allclose(keys.bits, expected.bits, atol=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got nothing, expected an OMM record"),
        ("<ndm>", "unreadable OMM"),
        ("<ndm/>", "got nothing"),
        ("<ndm><segment/></ndm>", "unreadable OMM"),
        (as_csv({**omm_fields(), "REF_FRAME": "GCRF"}), "REF_FRAME: got GCRF, expected TEME"),
        (as_csv({**omm_fields(), "INCLINATION": "x"}), "expected OMM values"),
        (as_csv({**omm_fields(), "EPOCH": "2016"}), "expected OMM values"),
        (as_csv({**omm_fields(), "MEAN_MOTION": "nan"}), "got 'mean motion [rad/min] nan'"),
        (as_csv({**omm_fields(), "MEAN_MOTION": "-15"}), "got 'mean motion [rad/min] -0.06"),
        (as_csv({**omm_fields(), "INCLINATION": "500"}), "<= inclination [rad] <= 3.14159265"),
        (as_csv({**omm_fields(), "MEAN_ANOMALY": "inf"}), "got 'mean anomaly [rad] inf'"),
        (as_csv({**omm_fields(), "BSTAR": "nan"}), "got 'drag term nan'"),
        (as_csv({**omm_fields(), "EPOCH": "2999-01-01T00:00:00.0"}), "Julian date of the epoch"),
        (as_csv({**omm_fields(), "CENTER_NAME": "MARS"}), "CENTER_NAME: got MARS, expected EARTH"),
        (as_csv({**omm_fields(), "MEAN_ELEMENT_THEORY": "DSST"}), "got DSST, expected SGP4"),
        (as_csv({**omm_fields(), "NORAD_CAT_ID": "9" * 10}), "a whole number of up to nine digits"),
        (as_csv({**omm_fields(), "NORAD_CAT_ID": "-5"}), "NORAD_CAT_ID: got '-5'"),
        (as_csv({**omm_fields(), "NORAD_CAT_ID": "A1731"}), "NORAD_CAT_ID: got A1731"),
        (as_csv({**omm_fields(), "ECCENTRICITY": "1.5"}), "expected elements of a closed orbit"),
        (as_csv({k: v for k, v in omm_fields().items() if k != "BSTAR"}), "got 'no BSTAR'"),
        (as_csv(omm_fields(), omm_fields()), "2 element sets"),
    ],
)
def test_bad_omm(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        with_elements(omm=text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_decayed_orbit_is_named_with_its_instant() -> None:
    # At 150 km with strong drag the satellite comes down within the day; SGP4 then returns
    # ordinary numbers with code 6.
    doomed = scenario(satellite=[{"name": "Icarus", "tle": edited_tle(no_kozai=0.0718, bstar=0.5)}])
    for function in (compute_keys, available_seconds):
        with pytest.raises(InputError) as error:
            function(doomed)
        text = str(error.value)
        assert "scenario: Icarus: " in text
        assert "SGP4 error" in text
        assert "orbit at 2016-09-" in text
        assert "as perigee and apogee of the elements allow" in text


def test_error_codes_are_tested_at_every_sample() -> None:
    class Sometimes:
        """A real record that reports an error for one sample."""

        def __init__(self) -> None:
            self.record = Satrec.twoline2rv(LINE_1, LINE_2)

        def __getattr__(self, name: str) -> object:
            return getattr(self.record, name)

        def sgp4_array(self, *times: np.ndarray) -> tuple[np.ndarray, ...]:
            codes, position, velocity = self.record.sgp4_array(*times)
            codes[3] = 6
            return codes, position, velocity

    with pytest.raises(InputError, match=r"orbit at 2016-09-19T00:00:30Z: got .*SGP4 error 6"):
        propagate(Sometimes(), scenario().grid, 10.0 * np.arange(5), "s.toml: X")
    assert scenario().grid.start_utc == START


@pytest.mark.parametrize(
    "rate", [" .00002347", "0.00002347", "+.00002347", " 0.0000235", "-0.0000235", "   .000023"]
)
def test_rates_as_they_are_published(rate: str) -> None:
    # SGP4 does not use the first derivative: the keys are those of the usual spelling.
    line = with_checksum(LINE_1.replace(" .00002347", rate))
    read = with_elements(tle=f"{line}\n{LINE_2}").satellites[0].elements.satrec("test")
    known = Satrec.twoline2rv(LINE_1, LINE_2)
    # The record counts revolutions a day in radians per minute: 1440^2 / 2 pi.
    per_day = read.ndot * 1440**2 / (2 * np.pi)
    assert per_day == pytest.approx(float(rate), rel=1e-9)
    assert (read.bstar, read.no_kozai) == (known.bstar, known.no_kozai)


def test_a_published_file_with_a_zero_before_the_point(tmp_path: Path) -> None:
    with pytest.warns(ScenarioWarning, match="days away"):
        read = load_scenario(ORBITS / "zero-before-the-point.toml")
    assert read.satellites[0].elements.catalogue_number("test") == 45110


@pytest.mark.parametrize("number", ["339999", "340000", "799500766", "999999999"])
def test_omm_numbers_of_up_to_nine_digits(number: str) -> None:
    text = as_csv({**omm_fields(), "NORAD_CAT_ID": number})
    given = with_elements(omm=text, catalogue_number=int(number))
    assert given.satellites[0].elements.catalogue_number("test") == int(number)
    keys = compute_keys(given)
    assert keys.provenance["catalogue_number"] == number
    plain = compute_keys(with_elements(omm=as_csv(omm_fields())))
    np.testing.assert_array_equal(keys.bits, plain.bits)
    with pytest.raises(InputError, match="0 element sets of catalogue number 41731"):
        with_elements(omm=text, catalogue_number=41731)


def test_numbers_that_sgp4_cannot_hold_are_no_planned_orbits() -> None:
    fields = {**omm_fields(), "EPOCH": "2016-08-01T00:00:00.000000"}
    with pytest.warns(ScenarioWarning, match="days away from the farthest instant"):
        with_elements(omm=as_csv({**fields, "NORAD_CAT_ID": "799500766"}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with_elements(omm=as_csv({**fields, "NORAD_CAT_ID": "0"}))


def test_numbers_with_a_letter() -> None:
    # Alpha-5: A is 10, so A1731 is 101,731.
    lines = [with_checksum(line.replace("41731", "A1731")) for line in (LINE_1, LINE_2)]
    given = with_elements(tle="\n".join(lines))
    assert given.satellites[0].elements.catalogue_number("test") == 101_731
