"""NetCDF files that declare more than they hold: refused before anything is allocated."""

import os
import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import netCDF4
import numpy as np
import pytest

from cloud_files import START
from cpu_time import at_most
from qkdopt.errors import InputError
from qkdopt.physics.clouds import read_clouds
from qkdopt.physics.clouds.samples import Place
from qkdopt.tensor import KeyTensor
from qkdopt.timegrid import TimeGrid

GRID = TimeGrid(START, 10, 2 * 8640)
LAT, LON = np.linspace(50, 10, 161), np.linspace(70, 140, 281)


def key_file(path, links=2, intervals=3, **kind):
    with netCDF4.Dataset(path, "w") as file:
        file.format, file.version, file.interval_s, file.switch_s = "qkdopt-keys", 1, "10", "10"
        file.createDimension("link", links)
        file.createDimension("interval", intervals)
        file.createVariable("link", str, ("link",))[: min(links, 9)] = np.array(
            [f"L{n}" for n in range(min(links, 9))], dtype=object
        )
        file.createVariable("interval", "i8", ("interval",), chunksizes=(min(intervals, 1000),))[
            : min(intervals, 9)
        ] = np.arange(min(intervals, 9))
        bits = file.createVariable("key_bits", "i8", ("link", "interval"), **kind)
        if "zlib" not in kind:
            bits[:2, :3] = 7
    return path


@contextmanager
def memory(most_bytes):
    tracemalloc.start()
    try:
        yield
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < most_bytes


def refused(read, *words):
    with at_most(10), pytest.raises(InputError) as caught, memory(100 * 2**20):
        read()
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_file_itself_is_read(tmp_path):
    keys = KeyTensor.load(key_file(tmp_path / "k.nc"))
    assert keys.bits.tolist() == [[7, 7, 7]] * 2
    assert keys.links == ("L0", "L1")


@pytest.mark.parametrize(
    ("shape", "kind", "words"),
    [
        ((10**5, 10**4), {"chunksizes": (1, 100)}, "key_bits: got 100,000 x 10,000 values"),
        ((2, 10**12), {"chunksizes": (1, 100)}, "interval: got 1,000,000,000,000 values"),
        ((9, 10**7), {"chunksizes": (1, 100)}, "key_bits: got 9 x 10,000,000 values"),
        ((9, 4 * 10**6), {"chunksizes": (9, 4 * 10**6), "zlib": True}, "pieces of 9 x 4,000,000"),
    ],
    ids=["links", "intervals", "cells", "pieces"],
)
def test_key_tensors_that_declare_too_much(tmp_path, shape, kind, words):
    path = key_file(tmp_path / "k.nc", *shape, **kind)
    assert path.stat().st_size < 10**7
    with pytest.raises(InputError, match=words):
        KeyTensor.load(path)
    refused(lambda: KeyTensor.load(path), "k.nc")


def test_types_and_groups_that_a_file_makes_up(tmp_path):
    path = key_file(tmp_path / "k.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.createVLType("i8", "list")
        file.createVariable("more", file.vltypes["list"], ("link",))
    refused(lambda: KeyTensor.load(path), "k.nc: more", "a type of its own")
    with netCDF4.Dataset(key_file(path), "a") as file:
        file.createGroup("inner")
    refused(lambda: KeyTensor.load(path), "groups inner")


@pytest.mark.parametrize("name", ["format", "version", "interval_s", "start_utc", "provenance"])
@pytest.mark.parametrize("value", [np.array([1, 2]), "1e-999999999", "[" * 5000, np.nan])
def test_attributes_of_other_kinds(tmp_path, name, value):
    path = key_file(tmp_path / "k.nc")
    with netCDF4.Dataset(path, "a") as file:
        file.setncattr(name, value)
    refused(lambda: KeyTensor.load(path), "k.nc")


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of Unix")
def test_what_is_no_regular_file(tmp_path):
    for kind in ("csv", "nc"):
        os.mkfifo(tmp_path / f"pipe.{kind}")
        (tmp_path / f"zero.{kind}").symlink_to("/dev/zero")
        for name in ("pipe", "zero"):
            refused(lambda path=tmp_path / f"{name}.{kind}": KeyTensor.load(path), "got")


def test_damaged_values_are_one_line(tmp_path):
    path = key_file(tmp_path / "k.nc", 9, 4000, zlib=True, chunksizes=(9, 4000))
    with netCDF4.Dataset(path, "a") as file:
        file["key_bits"][:] = np.random.default_rng(1).integers(0, 2**40, (9, 4000))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    refused(lambda: KeyTensor.load(path), "k.nc", "unreadable file")


def cover_file(path, first, hours, *, lat=LAT, lon=LON, pieces=None):
    """Write a file of ERA5's layout whose hours are all missing, but for those of the horizon."""
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("valid_time", hours), ("latitude", lat.size), ("longitude", lon.size)):
            file.createDimension(name, size)
        file.createVariable("latitude", "f4", ("latitude",))[:] = lat
        file.createVariable("longitude", "f4", ("longitude",))[:] = lon
        clock = file.createVariable("valid_time", "i8", ("valid_time",))
        clock.units, clock.calendar = "seconds since 1970-01-01", "proleptic_gregorian"
        seconds = np.arange(hours, dtype=np.int64) * 3600 + round(first.timestamp())
        clock[:] = seconds
        dims = ("valid_time", "latitude", "longitude")
        pieces = pieces or (24, lat.size, lon.size)
        cover = file.createVariable("tcc", "f4", dims, fill_value=np.float32(np.nan), zlib=True,
                                    chunksizes=pieces)  # fmt: skip
        begin = round((START - first) / timedelta(hours=1))
        if 0 <= begin < hours:
            cover[begin : begin + 48] = np.linspace(0, 1, 48)[:, None, None]
    return path


def places(count):
    rng = np.random.default_rng(2)
    at = zip(rng.uniform(12, 48, count), rng.uniform(72, 138, count), strict=True)
    return tuple(Place(f"P{n}", lat, lon) for n, (lat, lon) in enumerate(at))


def test_sixty_years_are_clipped_to_the_horizon(tmp_path):
    first = datetime(1957, 1, 1, tzinfo=UTC)
    path = cover_file(tmp_path / "c.nc", first, 60 * 8766)
    with memory(200 * 2**20):
        found = read_clouds(["c.nc"], "era5", places(100), GRID, folder=tmp_path, where="x",
                            missing="clear")  # fmt: skip
    assert found.start_utc == START
    assert found.code.shape == (48, 100)
    assert found.code[:, 7] == pytest.approx(150 * np.linspace(0, 1, 48), abs=1e-4)
    assert path.stat().st_size < 20 * 10**6


def test_a_file_of_other_years_says_which(tmp_path):
    first = datetime(1957, 1, 1, tzinfo=UTC)
    cover_file(tmp_path / "c.nc", first, 10 * 8766)
    with pytest.raises(InputError, match=r"1957-01-01.* to 1967-.* expected codes from 2016"):
        read_clouds(["c.nc"], "era5", places(2), GRID, folder=tmp_path, where="x", missing="clear")


def test_grids_that_declare_too_much(tmp_path):
    lat, lon = np.linspace(50, 10, 3), np.linspace(70, 140, 3)
    cover_file(tmp_path / "c.nc", START, 10**5, lat=lat, lon=lon, pieces=(10**5, 3, 3))
    with netCDF4.Dataset(tmp_path / "c.nc", "a") as file:
        file.createDimension("number", 10**6)
        dims = ("number", "valid_time", "latitude", "longitude")
        file.renameVariable("tcc", "old")
        file.createVariable("tcc", "f4", dims, chunksizes=(1, 1, 3, 3))

    def read():
        read_clouds(["c.nc"], "era5", places(3), GRID, folder=tmp_path, where="x")

    refused(read, "c.nc: tcc", "1,000,000 x")
    with netCDF4.Dataset(tmp_path / "c.nc", "a") as file:
        file.createDimension("wide", 10**12)
        file.createVariable("wide", "f4", ("wide",), chunksizes=(100,))
    refused(read, "c.nc: wide", "1,000,000,000,000 values")


def test_two_instants_far_apart_in_a_table_cost_nothing(tmp_path):
    rows = ["1957-01-01T00:00:00Z,0,0", "1957-01-01T00:00:01Z,0,0", "2016-09-19T00:00:00Z,5,5",
            "2016-09-19T12:00:00Z,6,6", "2059-01-01T00:00:00Z,0,0"]  # fmt: skip
    (tmp_path / "c.csv").write_text("\n".join(["time_utc,P0,P1", *rows]))
    with memory(20 * 2**20):
        found = read_clouds(["c.csv"], "csv", places(2), GRID, folder=tmp_path, where="x",
                            missing="previous")  # fmt: skip
    assert found.step_s == 43200
    assert found.code.tolist() == [[5, 5], [6, 6], [6, 6], [6, 6]]


def test_steps_of_a_second_over_ten_years_are_too_many(tmp_path):
    rows = ["2016-09-19T00:00:00Z,0,0", "2016-09-19T00:00:01Z,0,0"]
    (tmp_path / "c.csv").write_text("\n".join(["time_utc,P0,P1", *rows]))
    long = TimeGrid(START, 10, 3650 * 8640)
    with pytest.raises(InputError, match="315,360,000 steps of 1 s for 2 stations"):
        read_clouds(["c.csv"], "csv", places(2), long, folder=tmp_path, where="x",
                    missing="previous")  # fmt: skip
