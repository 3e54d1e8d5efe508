"""The light of the sky follows the Sun: curves, the model of Paranal, keys at dusk."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physics_scenarios import TABLES, scenario, tables
from qkdopt.errors import InputError
from qkdopt.physics import compute_keys, parse_scenario
from qkdopt.physics.link.twilight import SunCurve, paranal_twilight
from qkdopt.physics.orbit import Access
from qkdopt.physics.orbit.frames import geodetic_to_earth_fixed
from qkdopt.physics.orbit.sun import SunElevations, sun_elevation
from qkdopt.physics.protocols import DecoyBB84
from qkdopt.physics.protocols.stations import protocol_by_sample

URUMQI, SHANGHAI = TABLES["station"]
TELESCOPE = {"field_of_view_half_angle_urad": 50, "filter_bandwidth_nm": 3}
DUSK = {"darkness": ["station-night"], "station_sun_below_deg": -5}
POINTS = [[-5, 1e-2], [-18, 1e-6], [-12, 1e-5]]


def lit(radiance, visibility=DUSK, **changes):
    losses = {"sky_radiance_w_per_m2_sr_um": radiance, **TELESCOPE}
    return scenario(losses=losses, visibility=visibility, **changes)


def test_a_curve_by_hand():
    curve = SunCurve.of(POINTS)
    # Half-way between -18 and -12 in the logarithm: sqrt(1e-6 * 1e-5); constant beyond the ends.
    found = curve.at(np.radians([-15.0, -12.0, -40.0, 20.0, math.nan]))
    assert found[:4] == pytest.approx([3.16227766e-6, 1e-5, 1e-6, 1e-2])
    assert math.isnan(found[4])


def test_paranal_by_hand():
    # 95 deg of zenith distance: 10.93 mag in a square arc second of 2.3504e-11 sr; 2,416 Jy are
    # 2416e-26 * 2.998e8 / 0.64e-12 * 1e-6 = 1.13174e-8 W m^-2 um^-1: 1.13174e-8 * 10^-4.372 /
    # 2.3504e-11 = 0.020446. At -10 deg: 10.93 + 7.35 - 1.55 = 16.73 mag, 5.8 fainter.
    found = paranal_twilight().at(np.radians([-5.0, -10.0, -15.0, -30.0]))
    assert found[0] == pytest.approx(0.020446, rel=1e-3)
    assert found[0] / found[1] == pytest.approx(10 ** (0.4 * 5.8), rel=1e-9)
    assert found[2] == found[3]


@given(st.floats(-90, 90), st.floats(-90, 90))
def test_paranal_is_never_darker_under_a_higher_sun(one, other):
    low, high = paranal_twilight().at(np.radians(sorted((one, other))))
    assert low <= high * (1 + 1e-12)


def test_the_sun_over_stations_is_that_of_one_station():
    found = scenario()
    second = np.array([7200, 100, 100, 40000])
    station = np.array([1, 0, 1, 0])
    elevation = SunElevations(found).at(station, second)
    day, fraction = found.grid.start_julian_date
    for n, place in enumerate((SHANGHAI, URUMQI, SHANGHAI, URUMQI)):
        axes = geodetic_to_earth_fixed(
            math.radians(place["lat_deg"]), math.radians(place["lon_deg"]), place["alt_m"]
        )[1]
        fractions = fraction + (second[n : n + 1] + 0.5) / 86400
        assert elevation[n] == pytest.approx(sun_elevation(day, fractions, axes)[0], abs=1e-12)


def test_a_flat_curve_is_a_number():
    flat = compute_keys(lit([[-90, 1e-3], [90, 1e-3]]))
    number = compute_keys(lit(1e-3))
    assert np.array_equal(flat.interval, number.interval)
    assert np.abs(flat.bits - number.bits).max() <= 1
    assert not np.array_equal(number.bits, compute_keys(lit(1e-2)).bits)


def test_keys_lie_between_those_of_night_and_dusk():
    # Micius passes at midnight: a sky that is still fading then.
    dark, middle, bright = (
        compute_keys(lit(radiance)).bits.sum() for radiance in (1e-6, [[-90, 1e-6], [-5, 1]], 1)
    )
    assert bright < middle < dark


def test_each_sample_has_the_sky_of_its_sun():
    fading = [[-90, 1e-6], [-5, 1]]
    korla = {"name": "Korla", "lat_deg": 41.76, "lon_deg": 86.15}
    korla["losses"] = {"sky_radiance_w_per_m2_sr_um": 1e-4}
    found = lit(fading, station=[URUMQI, korla])
    access = Access(found)
    samples = next(it for it in map(access.samples, access.blocks()) if set(it.station) == {0, 1})
    sun = SunElevations(found).at(samples.station, samples.second)
    own = protocol_by_sample(found)(samples)
    for n in (0, int(np.flatnonzero(samples.station == 1)[0])):
        radiance = [SunCurve.of(fading).at(sun[n : n + 1])[0], 1e-4][samples.station[n]]
        alone = DecoyBB84.of(lit(float(radiance))).background_yield
        assert own.background_yield[n] == pytest.approx(alone, rel=1e-9)


def test_a_protocol_without_a_moment_has_the_darkest_sky():
    darkest = float(paranal_twilight().value[0])
    found = DecoyBB84.of(lit("paranal-twilight")).background_yield
    assert found == pytest.approx(DecoyBB84.of(lit(darkest)).background_yield)


def test_a_file_beside_the_scenario(tmp_path):

    text = "sun_elevation_deg,radiance_w_per_m2_sr_um\n-18,1e-6\n-12,1e-5\n-5,1e-2\n"
    (tmp_path / "sky.csv").write_text(text)
    losses = {"sky_radiance_w_per_m2_sr_um": "sky.csv", **TELESCOPE}
    found = parse_scenario(tables(losses=losses, visibility=DUSK), folder=tmp_path)
    assert np.array_equal(compute_keys(found).bits, compute_keys(lit(sorted(POINTS))).bits)


RADIANCE = "losses.sky_radiance_w_per_m2_sr_um"


@pytest.mark.parametrize(
    ("radiance", "visibility", "message"),
    [
        ("paranal-twilight", {}, f"{RADIANCE}: got the sky under a Sun of at most -5 deg, "
         "expected it up to -0.833 deg (station_sun_below_deg at Urumqi)"),
        (POINTS, {"darkness": ["none"]}, "expected it up to 90 deg (no station-night)"),
        ("paranal-twilights", DUSK,
         f"{RADIANCE}: paranal-twilights: file not found (nearest: paranal-twilight), expected"),
        ([[-5, 0]], DUSK, f"{RADIANCE}[0]: got 0"),
        ([[-95, 1e-6], [-5, 1e-3]], DUSK, "expected -90 <= sun_elevation_deg <= 90"),
        ([[-5, 1e-6], [-5, 1e-3]], DUSK, "got Sun elevation -5 deg twice"),
        ([[-5, 1e-6, 1]], DUSK, "expected [sun_elevation_deg, radiance_w_per_m2_sr_um]"),
        ([], DUSK, "1 to 10,000 points"),
        (-1, DUSK, RADIANCE),
        (True, DUSK, RADIANCE),
    ],
)  # fmt: skip
def test_a_sky_that_does_not_fit_is_refused_in_one_line(radiance, visibility, message):
    with pytest.raises(InputError) as refused:
        lit(radiance, visibility)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
