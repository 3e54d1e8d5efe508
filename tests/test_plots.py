"""Figures for papers: axes in and out, units on every axis, three kinds of files."""

import json
import warnings
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

import qkdopt as qo
from command_line import TWO_CITIES
from drawing import problem_of
from physics_scenarios import scenario
from qkdopt.errors import FontWarning, InputError
from qkdopt.physics import passes
from qkdopt.plots import style
from qkdopt.plots.convergence import draw_convergence
from qkdopt.plots.front import draw_front
from qkdopt.plots.passes import draw_pass
from qkdopt.plots.rate import draw_rate
from qkdopt.plots.shares import draw_shares
from qkdopt.plots.style import COLUMN_INCHES, save
from qkdopt.plots.timeline import save_timeline
from qkdopt.study import evaluate
from qkdopt.study.front import Front, FrontPoint, Mark

PROBLEM = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 5], 1, [3, 1])


def convergence(ax=None):
    outcome = qo.solve(PROBLEM, qo.GeneralDelivery(), solver="genetic", time_limit=0.2)
    return draw_convergence(outcome, ax)


def shares(ax=None):
    return draw_shares({"S-GD": evaluate(("A", "Ürümqi $x$"), (3, 1), (9, 22))}, ax)


FIGURES = {
    "pass": lambda ax=None: draw_pass(scenario(), passes(scenario())[0], ax),
    "rate": lambda ax=None: draw_rate(scenario(), ax),
    "loss": lambda ax=None: draw_rate(scenario(), ax, against="loss"),
    "shares": shares,
    "convergence": convergence,
}


@pytest.mark.parametrize("name", FIGURES)
def test_axes_in_and_out_with_units(name, tmp_path):
    before = dict(mpl.rcParams)
    own = Figure().add_subplot()
    assert FIGURES[name](own) is own
    ax = FIGURES[name]()
    assert ax.get_figure().get_size_inches()[0] == COLUMN_INCHES
    for one in ax.get_figure().axes:
        for label in (one.get_xlabel(), one.get_ylabel()):
            assert label == "" or "[" in label or label == "individuals rated"
    assert ax.get_xlabel()
    for ending, start in ((".pdf", b"%PDF"), (".svg", b"<?xml"), (".png", b"\x89PNG")):
        save(tmp_path / f"x{ending}", ax)
        assert (tmp_path / f"x{ending}").read_bytes().startswith(start)
    assert dict(mpl.rcParams) == before


def test_the_same_figure_is_the_same_file(tmp_path):
    for ending in ("svg", "pdf"):
        save(tmp_path / f"a.{ending}", shares())
        save(tmp_path / f"b.{ending}", shares())
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


@pytest.mark.parametrize("name", sorted(FIGURES.keys() - {"convergence"}))  # that one is timed
def test_a_figure_is_the_same_whatever_the_settings_of_matplotlib(name, tmp_path):
    save(tmp_path / "a.svg", FIGURES[name]())
    loud = {"lines.linewidth": 9, "axes.facecolor": "red", "font.size": 30, "text.usetex": True}
    with mpl.rc_context(loud):
        save(tmp_path / "b.svg", FIGURES[name]())
        save_timeline(tmp_path / "loud.svg", PROBLEM, {"S-GD": [0, 0, -1, 1]})
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert "ff0000" not in (tmp_path / "loud.svg").read_text("utf-8")


def test_what_is_drawn_is_what_was_computed():
    ax = FIGURES["pass"]()
    passage = passes(scenario())[0]
    line = ax.get_lines()[0]
    assert line.get_ydata().max() == pytest.approx(np.degrees(passage.maximum_elevation_rad))
    loss = ax.get_figure().axes[1].get_lines()[0].get_ydata()
    # The loss is least where the satellite is highest.
    assert abs(int(np.argmin(loss)) - int(np.argmax(line.get_ydata()))) <= 1
    bars = shares().patches
    assert [round(bar.get_width(), 3) for bar in bars] == [29.032, 70.968]
    rate = FIGURES["loss"]().get_lines()[0].get_ydata()
    assert (np.diff(rate[np.isfinite(rate)]) < 0).all()


def test_names_in_any_script_are_drawn_or_warned_of_once(tmp_path):
    keys = qo.KeyTensor.create([[5, 4], [0, 6]], [1, 2], ["Ürümqi 乌鲁木齐", "मुंबई"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        save_timeline(tmp_path / "t.png", keys, {"S-GD": [0, 0]}, title="北京")
    assert [item.category for item in caught] in ([], [FontWarning])
    assert (tmp_path / "t.png").is_file()


def test_refusals():
    with pytest.raises(InputError, match=r"x\.txt: got '\.txt', expected one of \.pdf"):
        save("x.txt", shares())
    with pytest.raises(InputError, match="history: got none"):
        draw_convergence(qo.solve(PROBLEM, qo.GeneralDelivery()))


def test_on_the_command_line(qkdopt):
    qkdopt.write("s.toml", TWO_CITIES)
    certificate = qo.solve(PROBLEM, qo.GeneralDelivery()).certificate
    certificate.save(qkdopt.folder / "gd.json")
    front = {
        "most": 22,
        "points": [
            {"kl_max": k, "value": v, "bound": 22, "divergence": 0.1}
            for k, v in (("0", 0), ("0.01", 9), ("0.1", 20), ("1", 22))
        ],
        "marks": [{"name": "S-GD", "value": 22, "divergence": 0.9}],
    }
    qkdopt.write("front.json", json.dumps(front))
    for kind, source in (
        ("timeline", "gd.json"), ("shares", "gd.json"), ("shares", "."), ("front", "."),
        ("pass", "s.toml"), ("rate", "s.toml"),
    ):  # fmt: skip
        answer = qkdopt("plot", kind, source, "-o", f"{kind}.svg")
        assert (answer.code, answer.out) == (0, f"Written: {kind}.svg\n")
        assert (qkdopt.folder / f"{kind}.svg").read_text("utf-8").startswith("<?xml")
    assert qkdopt("plot", "pie", ".", "-o", "x.pdf").complaint.startswith("KIND: got pie")
    assert "Shanghai" in qkdopt("plot", "pass", "s.toml", "--station", "X", "-o", "x.pdf").complaint
    assert (
        "--number" in qkdopt("plot", "pass", "s.toml", "--number", "999", "-o", "x.pdf").complaint
    )
    assert (
        "--against" in qkdopt("plot", "rate", "s.toml", "--against", "x", "-o", "x.pdf").complaint
    )
    qkdopt.write("front.json", '{"points": [{}]}')
    assert (
        "front.json: most: got nothing"
        in qkdopt("plot", "front", "front.json", "-o", "x.pdf").complaint
    )


def test_characters_without_a_font_are_one_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(style, "_families", lambda: ["DejaVu Sans"])
    ax = draw_shares({"S-GD": evaluate(("A", "北京 $x$"), (3, 1), (9, 22))})
    with pytest.warns(FontWarning, match="no installed font has 北 京: boxes") as caught:
        save(tmp_path / "x.png", ax)
    assert len(caught) == 1


def test_a_font_installed_later_is_found(monkeypatch):
    latin = [font for font in style.fontManager.ttflist if font.name == "DejaVu Sans"]
    added = []
    manager = SimpleNamespace(ttflist=latin, addfont=added.append)
    monkeypatch.setattr(style, "fontManager", manager)
    monkeypatch.setattr(style, "findSystemFonts", lambda: ["/fonts/new.ttc"])
    style._look_again.cache_clear()
    assert style._families() == ["DejaVu Sans"]
    assert added == ["/fonts/new.ttc"]
    style._look_again.cache_clear()


def test_the_front_claims_nothing_between_its_points():
    nobody = qo.Certificate({})
    points = [
        FrontPoint(kl, v, None, b, nobody) for kl, v, b in (("0.01", 60, 70), ("0.1", 80, 90))
    ]
    ax = Figure().add_subplot()
    draw_front(Front(tuple(points), (Mark("S-GD", 100, 0.5, nobody),), 100), ax)
    proved, found, _ = ax.get_lines()[:3]
    assert proved.get_drawstyle() == "steps-pre"  # up to 0.1 only 0.9 is proved
    assert list(proved.get_ydata()) == [0.7, 0.7, 0.9, 1.0]
    assert found.get_drawstyle() == "steps-post"
    assert list(found.get_ydata()) == [0.6, 0.8, 0.8]


def test_a_front_without_marks_is_drawn_up_to_its_last_point():
    points = (FrontPoint("0.01", 60, None, 70, qo.Certificate({})),)
    ax = Figure().add_subplot()
    draw_front(Front(points, (), 100), ax)
    assert ax.get_xlim()[1] > 0.01
