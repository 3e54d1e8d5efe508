import sys
from datetime import UTC, datetime

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from drawing import problem_of
from qkdopt.errors import OutputError
from qkdopt.plots.compressed_time import compressed_time
from qkdopt.plots.timeline import save_timeline, timeline
from qkdopt.tensor import KeyTensor

START = datetime(2016, 9, 19, 16, tzinfo=UTC)


def keys(start_utc=START):
    # Two passes of one night, 11 minutes without key between them, and one of the next night.
    interval = [0, 1, 3, 70, 71, 8640]
    bits = [[5, 4, 0, 9, 0, 0], [0, 6, 7, 0, 20_000, 3]]
    return KeyTensor.create(bits, interval, ["Urumqi", "Xi'an"], start_utc=start_utc)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_time_is_to_scale_within_a_pass_and_cut_between_passes():
    axis = compressed_time(np.array([0, 1, 3, 70, 71, 8640]), 10.0)
    assert axis.passes == ((0, 2), (3, 4), (5, 5))
    assert axis.nights == ((0, 1), (2, 2))
    # Interval 2 is idle and keeps its place; 66 idle ones shrink to 1, the day to 2.
    assert axis.left.tolist() == [0, 1, 3, 5, 6, 9]
    assert axis.length == 10
    assert compressed_time(np.zeros(0, np.int64), 10.0).passes == ()


def test_it_draws_into_the_axes_it_is_given():
    loaded = "matplotlib.pyplot" in sys.modules
    ax = Figure().subplots()
    assert timeline(keys(), {"S-GD": [0, 0, 1, 0, -1, 1]}, ax) is ax
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Urumqi", "Xi'an"]
    assert ("matplotlib.pyplot" in sys.modules) is loaded


def test_bars_are_the_services():
    ax = timeline(keys(), {"S-GD": [0, 0, 1, 0, -1, 1], "S-PD": [-1] * 6})
    bars = [c for c in ax.collections if isinstance(c, PolyCollection) and c.get_label() == "S-GD"]
    spans = [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in bars[0].get_paths()]
    assert spans == [(0, 2), (3, 4), (5, 6), (9, 10)]
    empty = [c for c in ax.collections if c.get_label() == "S-PD"]
    assert empty[0].get_paths() == []


def test_labels_say_when_and_how_much():
    ax = timeline(keys(), {"S-GD": [0, 0, 1, -1, 1, -1]}, title="my week")
    assert {"my week", "19 Sep 2016", "20 Sep", "9 bit", "20 kbit"} <= set(texts(ax))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["16:00", "16:11", "16:00"]
    assert "UTC" in ax.get_xlabel()
    without = timeline(keys(start_utc=None), {})
    assert [label.get_text() for label in without.get_xticklabels()] == ["0", "70", "8,640"]
    assert "interval index" in without.get_xlabel()


def test_nothing_to_deliver_is_a_picture_too(tmp_path):
    problem = problem_of([[0, 0]], [1, 2], 1)
    save_timeline(tmp_path / "empty.png", problem, {"S-GD": []})
    assert (tmp_path / "empty.png").read_bytes().startswith(b"\x89PNG")
    assert "No key can be delivered." in texts(timeline(problem, {}))


def test_a_year_of_passes_is_not_labelled_one_by_one():
    interval = [night * 8640 + 600 * p + k for night in range(60) for p in range(3) for k in (0, 1)]
    many = KeyTensor.create(np.ones((1, len(interval)), int), interval, ["A"], start_utc=START)
    ax = timeline(many, {})
    assert 0 < len(ax.get_xticks()) <= 36
    assert len(texts(ax)) <= 24


def test_it_is_written_whole_or_not_at_all(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        save_timeline(tmp_path / "no" / "x.png", keys(), {})
    assert list(tmp_path.iterdir()) == []


def test_totals_beside_lanes_are_keys_of_sessions():
    tensor = KeyTensor.create([[5, 4, 3]], [1, 2, 3], ["Graz"])
    ax = timeline(tensor.in_sessions([[1, 6, 9, 2, 4, 1]]), {"all": [0, 0, 0], "apart": [0, -1, 0]})
    assert {"9 bit", "2 bit"} <= set(texts(ax))
