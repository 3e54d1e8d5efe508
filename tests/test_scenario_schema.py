"""The published schema of scenario files: fresh, met by every scenario, as strict as it can be."""

import datetime
import json
import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from physics_scenarios import scenario, tables
from qkdopt.errors import QkdoptError
from qkdopt.library import models_folder
from qkdopt.physics import parse_scenario
from qkdopt.physics.scenario.loader import _KEYS
from qkdopt.physics.scenario.schema import scenario_schema

TEXT = (files("qkdopt") / "schemas" / "scenario.schema.json").read_text("utf-8")
SCENARIO = Draft202012Validator(json.loads(TEXT))


def as_json(value):
    match value:
        case dict():
            return {key: as_json(item) for key, item in value.items()}
        case list() | tuple():
            return [as_json(item) for item in value]
        case Decimal():
            return float(value)
        case datetime.datetime():
            return value.isoformat()
    return value


def test_the_file_is_fresh():
    assert json.loads(TEXT) == scenario_schema(), "python -m qkdopt.physics.scenario.schema"
    Draft202012Validator.check_schema(scenario_schema())
    assert set(SCENARIO.schema["properties"]) == set(_KEYS)


def test_every_published_scenario_fits():
    paths = sorted(models_folder().glob("*/scenario.toml"))
    assert paths
    template = files("qkdopt") / "physics" / "scenario" / "template.toml"
    for path in (*paths, template):
        SCENARIO.validate(as_json(tomllib.loads(path.read_text("utf-8"))))


@pytest.mark.parametrize(
    "changes",
    [
        {"source": {"protocol": "b92"}},
        {"source": {"pulse_rate_hz": 0}},
        {"source": {"pulse_rate": 1}},
        {"detector": {"efficiency": 1.5}},
        {"detector": {"efficiency": "0.5"}},
        {"detector": {"detectors_per_basis": 3}},
        {"optics": {"wavelength_nm": 1}},
        {"atmosphere": {"cloud_model": "fog"}},
        {"visibility": {"darkness": []}},
        {"visibility": {"darkness": ["dusk"]}},
        {"visibility": {"minimum_elevation_deg": 90}},
        {"station": []},
        {"station": [{"name": "A", "lat_deg": 91, "lon_deg": 0}]},
        {"station": [{"name": "A", "lat_deg": 1}]},
        {"station": [{"name": "A", "lat_deg": 1, "lon_deg": 0, "weight": "3"}]},
        {"link": []},
        {"link": [{"name": "A"}]},
        {"losses": {"pointing_jitter_urad": -1}},
        {"losses": {"turbulence": "kolmogorov"}},
        {"clouds": {"format": "grib"}},
        {"horizon": {"start_utc": tables()["horizon"]["start_utc"]}},
        {"horizon": {**tables()["horizon"], "interval_s": 0}},
        {"horizon": {**tables()["horizon"], "ut1_minus_utc_s": 2}},
        {"satellite": []},
        {"satellite": [{"name": "A"}]},
        {"plugin": {"protocol": {}}},
        {"plugin": {"solver": {}}},
        {"version": 2},
        {"weather": {}},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_by_the_loader(changes):
    SCENARIO.validate(as_json(tables()))
    document = tables(**changes)
    assert not SCENARIO.is_valid(as_json(document))
    with pytest.raises(QkdoptError):
        parse_scenario(document)


def test_what_is_loaded_fits():
    for changes in (
        {"source": {"signal_intensity": 0.6}},
        {"losses": {"pointing_jitter_urad": 1, "turbulence": "hufnagel-valley"}},
        {"link": [{"name": "x", "station": "Urumqi"}]},
        {"detector": {"background_yield": 1e-6}},
        {"link": [{"stations": ["Urumqi", "Shanghai"]}], "entanglement": {}},
    ):
        scenario(**changes)
        SCENARIO.validate(as_json(tables(**changes)))


def settings(schema, place=""):
    """Yield place and schema of every key of every table."""
    for key, value in schema.get("properties", {}).items():
        yield f"{place}.{key}", value
        yield from settings(value, f"{place}.{key}")
    items = [schema["items"]] if "items" in schema else []
    for inner in (*items, *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from settings(inner, place)


SETTINGS = [
    (place, value)
    for place, value in settings({"properties": scenario_schema()["properties"]})
    if not {"properties", "$ref"} & value.keys()
    if not {"properties", "anyOf", "oneOf"} & value.get("items", {}).keys()
    if not place.startswith((".plugin", ".format", ".version"))
]


def is_number(value):
    options = value.get("anyOf", [value])
    return any(option.get("type") in ("number", "integer") for option in options)


@pytest.mark.parametrize(("place", "value"), SETTINGS, ids=[place for place, _ in SETTINGS])
def test_every_key_says_what_it_is_in_which_unit_and_whence_its_default_comes(place, value):
    assert value.get("description"), place
    assert not is_number(value) or value.get("unit"), place
    assert "default" not in value or value.get("source"), place
