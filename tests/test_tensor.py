"""Key tensors: both file formats both ways, and every kind of bad table."""

import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qkdopt.errors import InputError, OutputError
from qkdopt.tensor import KeyTensor, exact_weights


def small_tensor(**changes):
    arguments = {
        "bits": [[5, 0, 7], [1, 9, 0]],
        "interval": [1, 2, 7],
        "links": ["Xi'an, east", 'the "B"'],
        "interval_s": "2.5",
        "switch_s": 10,
        "weights": {"Xi'an, east": "1.5", 'the "B"': 2},
        "start_utc": datetime(2016, 9, 19, tzinfo=UTC),
        "provenance": {"note": "drawn by hand: α"},
    }
    return KeyTensor.create(**(arguments | changes))


def assert_equal(one, other):
    assert (one.bits == other.bits).all()
    assert (one.interval == other.interval).all()
    for name in ("links", "interval_s", "switch_s", "weights", "start_utc", "provenance"):
        assert getattr(one, name) == getattr(other, name), name


@pytest.mark.parametrize("ending", ["nc", "csv"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"weights": None, "start_utc": None, "provenance": None},
        {"bits": [[], []], "interval": []},
        {"bits": [[2**61, 0, 1], [0, 0, 0]]},
    ],
    ids=["full", "bare", "empty", "large"],
)
def test_files_give_back_what_was_written(tmp_path, ending, changes):
    keys = small_tensor(**changes)
    keys.save(tmp_path / f"keys.{ending}")
    assert_equal(KeyTensor.load(tmp_path / f"keys.{ending}"), keys)
    assert [path.name for path in tmp_path.iterdir()] == [f"keys.{ending}"]


@given(bits=arrays(np.int64, (2, 4), elements=st.integers(0, 2**61)))
def test_csv_is_exact(tmp_path_factory, bits):
    path = tmp_path_factory.mktemp("csv") / "keys.csv"
    keys = small_tensor(bits=bits, interval=[0, 3, 4, 9])
    keys.save(path)
    assert (KeyTensor.load(path).bits == bits).all()


def test_a_table_from_elsewhere_needs_no_facts(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("# my own\n\ninterval,A,B\n# between\n3, 10, 0\n4,0,20\n")
    keys = KeyTensor.load(path)
    assert keys.bits.tolist() == [[10, 0], [0, 20]]
    assert keys.interval.tolist() == [3, 4]
    assert (keys.interval_s, keys.switch_s, keys.weights) == (Decimal(10), Decimal(10), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a header interval,<link>"),
        ("time,A\n1,2\n", ":1: got 'time,A', expected a header interval,<link>"),
        ("interval\n1\n", "expected a header interval,<link>"),
        ('interval,A\n1,"5\n', ":2: got 'unexpected end of data', expected comma-separated"),
        ("interval," + "A" * 200_000 + "\n", ":1: got 'field larger than field limit"),
        ("interval,A\n1,-5\n", ":2: column A: got '-5', expected a whole number of bits >= 0"),
        ("interval,A\n1,2.5\n", ":2: column A: got '2.5'"),
        ("interval,A\n1,nan\n", ":2: column A: got nan"),
        ("interval,A\n1,\n", ":2: column A: got nothing"),
        ("interval,A\n1,9999999999999999999\n", ":2: column A: got '9999999999999999999'"),
        ("interval,A\n-1,2\n", ":2: column interval: got '-1'"),
        ("interval,A\n3,2\n2,1\n", ":3: column interval: got 2, expected an index above"),
        ("interval,A\n3,2\n3,1\n", ":3: column interval: got 3, expected an index above"),
        ("interval,A,B\n3,2\n", ":2: got '2 columns', expected 3 columns"),
        ("interval,A,A\n3,2,1\n", "links[1]: got A, expected names that are all different"),
        ("interval,A,\n3,2,1\n", "links[1]: got '', expected a name"),
        ('interval,A,"\x1b[31mB"\n3,2,1\n', "expected a name that can be printed"),
        ("# qkdopt {]\ninterval,A\n", ":1: got '# qkdopt {]', expected a JSON object"),
        ('# qkdopt {"speed": 1}\ninterval,A\n', "qkdopt facts: got speed, expected one of"),
        ('# qkdopt {"interval_s": "0"}\ninterval,A\n', "interval_s: got '0', expected"),
        ('# qkdopt {"switch_s": "-1"}\ninterval,A\n', "switch_s: got '-1', expected"),
        ('# qkdopt {"weights": {"B": 1}}\ninterval,A\n', "weights: got B, expected weights of A"),
        ('# qkdopt {"weights": {"A": 0}}\ninterval,A\n', "weights: got 'only zeros'"),
        ('# qkdopt {"start_utc": "soon"}\ninterval,A\n', "start_utc: got soon"),
    ],
)
def test_bad_csv_is_one_clear_line(tmp_path, text, message):
    path = tmp_path / "keys.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        KeyTensor.load(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bits": [[5, -1, 7], [1, 9, 0]]}, "bits[0, 1]: got -1, expected whole numbers >= 0"),
        ({"bits": [[5, 0.5, 7], [1, 9, 0]]}, "bits[0, 1]: got 0.5"),
        ({"bits": [[5, np.nan, 7], [1, 9, 0]]}, "bits[0, 1]: got nan"),
        ({"bits": [[5, np.inf, 7], [1, 9, 0]]}, "bits[0, 1]: got inf"),
        ({"bits": [[2**63, 0, 0], [0, 0, 0]]}, "bits[0, 0]"),
        ({"bits": [["x", "y", "z"]] * 2}, "whole numbers"),
        ({"bits": [[5, 0, 7]]}, "shape (1, 3)"),
        ({"interval": [1, 7, 2]}, "interval[2]: got 2, expected an index above"),
        ({"interval": [1, 1, 2]}, "interval[1]: got 1, expected an index above"),
        ({"interval": [1, 2, 2**61]}, "expected an index below 2^61"),
        ({"interval": [-1, 1, 2]}, "interval[0]: got -1"),
        ({"links": []}, "links: got none"),
        ({"links": ["A", "B\nC"]}, "links[1]: got 'B\\nC', expected a name that can be printed"),
        ({"links": ["A", " B"]}, "links[1]: got ' B', expected a name without outer spaces"),
        ({"bits": [[1, 2, 3], [1]]}, "bits: got 'rows of different lengths', expected a table"),
        ({"interval_s": 0}, "interval_s: got 0"),
        ({"switch_s": "nan"}, "switch_s: got nan"),
        ({"switch_s": "ten"}, "switch_s: got ten"),
    ],
)
def test_bad_arrays_are_one_clear_line(changes, message):
    with pytest.raises(InputError) as caught:
        small_tensor(**changes)
    assert message in str(caught.value)


def test_arrays_cannot_be_changed_afterwards():
    mine = np.array([[5, 0, 7], [1, 9, 0]], order="F")
    keys = small_tensor(bits=mine)
    mine[0, 0] = 99
    assert keys.bits[0, 0] == 5
    with pytest.raises(ValueError, match="read-only"):
        keys.bits[0, 0] = 1


def test_the_dataset_shares_memory_and_names_its_units():
    keys = small_tensor()
    assert keys.dataset["key_bits"].attrs["units"] == "bit"
    assert np.shares_memory(keys.dataset["key_bits"].values, keys.bits)
    assert "time" not in small_tensor(interval=[1, 2, 2**60]).dataset  # beyond the year 2262
    assert keys.dataset["time"].values[0] == np.datetime64("2016-09-19T00:00:02.500")


@pytest.mark.parametrize("content", [b"", b"not netcdf", b"\x89HDF\r\n\x1a\n" + bytes(64)])
def test_what_is_no_netcdf_is_one_clear_line(tmp_path, content):
    path = tmp_path / "keys.nc"
    path.write_bytes(content)
    with pytest.raises(InputError, match="a NetCDF key tensor"):
        KeyTensor.load(path)


def test_netcdf_with_other_content_is_refused(tmp_path):
    import xarray as xr

    path = tmp_path / "keys.nc"
    xr.Dataset({"key_bits": ("x", [1])}).to_netcdf(path)
    with pytest.raises(InputError, match="expected qkdopt-keys 1"):
        KeyTensor.load(path)


def test_missing_files_and_unknown_endings(tmp_path):
    with pytest.raises(InputError, match="file not found"):
        KeyTensor.load(tmp_path / "absent.nc")
    with pytest.raises(InputError, match=r"ends in \.nc or \.csv"):
        small_tensor().save(tmp_path / "keys.xlsx")
    with pytest.raises(OutputError, match="cannot write"):
        small_tensor().save(tmp_path / "absent" / "keys.nc")


def test_weights_are_scaled_by_one_power_of_ten():
    assert exact_weights({"A": "883.21", "B": 352, "C": 0.5}, ["A", "B", "C"], "w") == [
        88321,
        35200,
        50,
    ]
    assert exact_weights({"B": 2, "A": "1e3"}, ["A", "B"], "w") == [1000, 2]


@pytest.mark.parametrize("bad", ["nan", "inf", "-1", "ten", "", None, True, 10**19, "1e-13"])
def test_bad_weights_are_refused(bad):
    with pytest.raises(InputError, match="w"):
        exact_weights({"A": bad, "B": 1}, ["A", "B"], "w")


def test_large_weights_with_many_decimals_are_kept_or_refused_but_never_lost(tmp_path):
    keys = small_tensor(weights={"Xi'an, east": "352.12345678901", 'the "B"': 1})
    keys.save(tmp_path / "keys.csv")
    assert KeyTensor.load(tmp_path / "keys.csv").weights == (35212345678901, 10**11)
    with pytest.raises(InputError, match=r"beside a weight of 12 decimals"):
        exact_weights({"A": 10**12, "B": "0.000000000001"}, ["A", "B"], "w")


def test_an_instant_without_zone_is_utc(monkeypatch):
    east = timezone(timedelta(hours=8))
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    naive = small_tensor(start_utc=datetime(2016, 9, 19))
    monkeypatch.undo()
    time.tzset()
    elsewhere = small_tensor(start_utc=datetime(2016, 9, 19, 8, tzinfo=east))
    assert naive.start_utc == elsewhere.start_utc == datetime(2016, 9, 19, tzinfo=UTC)
