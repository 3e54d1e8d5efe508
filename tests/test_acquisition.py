"""Acquisition: the first seconds of each contact bring no key, wherever blocks begin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physics_scenarios import TABLES, edited_tle, scenario
from qkdopt.errors import InputError
from qkdopt.physics import compute_keys, passes
from qkdopt.physics.orbit import Access, access
from qkdopt.physics.orbit.acquisition import acquired

URUMQI, SHANGHAI = TABLES["station"]
GEOSTATIONARY = edited_tle(no_kozai=2 * np.pi / 1436.07, ecco=1e-4, inclo=1e-4)


def test_by_hand():
    # Station 0 from 10 to 13 and again from 15; station 1 from 12. Two and three seconds each.
    second = np.array([10, 11, 12, 12, 13, 13, 14, 15, 15, 16, 17])
    station = np.array([0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0])
    wait_s = np.array([2, 3])
    kept = acquired(second, station, wait_s, 0)
    assert list(zip(second[kept], station[kept], strict=True)) == [
        (12, 0),
        (13, 0),
        (15, 1),
        (17, 0),
    ]
    assert list(second[acquired(second, station, wait_s, 13)]) == [13, 15, 17]
    assert acquired(second[:0], station[:0], wait_s, 0).size == 0


@pytest.mark.parametrize("wait_s", [1, 7.5, 40, 3600])
def test_passes_lose_their_beginning(wait_s):
    whole = passes(scenario())
    left = passes(scenario(visibility={"acquisition_s": wait_s}))
    seconds = int(np.ceil(wait_s))
    expected = [
        (one.station, one.start_s + seconds, one.end_s) for one in whole if one.duration_s > seconds
    ]
    found = sorted((one.station, one.start_s, one.end_s) for one in left)
    assert found == sorted(expected)


@pytest.mark.parametrize("wait_s", [5, 10, 23, 90])
@pytest.mark.parametrize("block_s", [10, 30, 200])
def test_contacts_that_straddle_blocks(monkeypatch, wait_s, block_s):
    found = scenario(visibility={"acquisition_s": wait_s, "darkness": ["none"]})
    expected = passes(found)
    keys = compute_keys(found)
    monkeypatch.setattr(access, "_BLOCK_S", block_s)
    assert max(end - begin for begin, end in Access(found).blocks()) == block_s
    # The nodes of the orbit's interpolation move with the blocks: centimetres.
    assert [(one.station, one.start_s, one.end_s) for one in passes(found)] == [
        (one.station, one.start_s, one.end_s) for one in expected
    ]
    again = compute_keys(found)
    assert np.array_equal(again.interval, keys.interval)
    assert np.abs(again.bits - keys.bits).max() <= 1


def test_keys_are_those_of_the_other_seconds():
    tables = {"visibility": {"darkness": ["none"]}, "station": [URUMQI]}
    whole = compute_keys(scenario(**tables))
    tables["visibility"]["acquisition_s"] = 10
    left = compute_keys(scenario(**tables))
    bits = dict(zip(whole.interval.tolist(), whole.bits[0].tolist(), strict=True))
    kept = dict(zip(left.interval.tolist(), left.bits[0].tolist(), strict=True))
    starts = {one.start_s // 10 for one in passes(scenario(**tables))}
    for interval, own in kept.items():
        assert own <= bits[interval]
        if interval not in starts:
            assert own == bits[interval]
    assert sum(kept.values()) < sum(bits.values())


def test_a_contact_under_way_at_the_start_begins_there():
    found = scenario(
        satellite=[{"name": "it", "tle": GEOSTATIONARY}],
        visibility={"acquisition_s": 25, "darkness": ["none"], "minimum_elevation_deg": 1},
        station=[{"name": "below", "lat_deg": 0, "lon_deg": lon} | {"name": f"at {lon}"}
                 for lon in range(-180, 180, 30)],
    )  # fmt: skip
    lasting = [one for one in passes(found) if one.end_s == found.grid.duration_s]
    assert {one.start_s for one in lasting} == {25}


@given(st.integers(0, 400), st.integers(0, 400))
def test_longer_acquisition_never_gives_more(one, other):
    short, long = sorted((one, other))
    second = np.repeat(np.arange(500), 2)
    station = np.tile([0, 1], 500)
    rng = np.random.default_rng(one)
    seen = rng.random(1000) < 0.99
    kept = acquired(second[seen], station[seen], np.array([short, short]), 0)
    fewer = acquired(second[seen], station[seen], np.array([long, short]), 0)
    assert not (fewer & ~kept).any()
    if short == 0:
        assert kept.all()


def test_a_station_can_acquire_at_its_own_pace():
    slow = {**SHANGHAI, "visibility": {"acquisition_s": 30}}
    mixed = passes(scenario(station=[URUMQI, slow]))
    both = passes(scenario(visibility={"acquisition_s": 30}))
    none = passes(scenario())
    for name, like in (("Urumqi", none), ("Shanghai", both)):
        assert [one for one in mixed if one.station == name] == [
            one for one in like if one.station == name
        ]


def test_no_acquisition_changes_no_digest():
    assert scenario(visibility={"acquisition_s": 0}).digest == scenario().digest
    assert scenario(visibility={"acquisition_s": 1}).digest != scenario().digest


@pytest.mark.parametrize("wait_s", [-1, 3601, "5"])
def test_what_is_no_time_is_refused(wait_s):
    with pytest.raises(InputError, match=r"acquisition_s.*0 <= acquisition_s <= 3600"):
        scenario(visibility={"acquisition_s": wait_s})
