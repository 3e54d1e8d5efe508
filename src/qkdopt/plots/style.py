"""What all figures share: size, fonts that know the names of cities, files."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findSystemFonts, fontManager

from qkdopt.errors import FontWarning, InputError
from qkdopt.files import output_path

COLUMN_INCHES = 3.4
"""Width of one column of a journal's page."""

# Okabe and Ito's colours that the common kinds of colour blindness keep apart.
BLUE, RED, GREEN = "#0072B2", "#D55E00", "#009E73"
LINE = "#6b6b6b"

_HEIGHT = 0.72  # of the width
_DPI = 300
_ENDINGS = (".pdf", ".svg", ".png")
_MISSING = re.compile(r"Glyph (\d+) .*missing from")
_PLAIN_SHAPES = "Matplotlib currently does not support .* natively"  # said of some scripts to 3.10
_MOST_SHOWN = 40
_FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans CJK TC",
    "Noto Sans CJK KR",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "SimHei",
    "Hiragino Sans",
    "PingFang SC",
    "Arial Unicode MS",
    "Unifont",
)


@contextmanager
def font_fallback() -> Iterator[None]:
    """Draw and save with fonts for most scripts; characters that none has are drawn as boxes.

    Everything else is at matplotlib's own defaults, so that a figure is the same everywhere: no
    ``matplotlibrc`` of a folder or a user has a say. The settings of matplotlib are those of
    before when the context ends.

    Warns
    -----
    FontWarning
        Once, naming the characters that were drawn as boxes.
    """
    settings = {**_defaults(), "font.family": _families() or ["sans-serif"]}
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message=_MISSING.pattern)
        warnings.filterwarnings("ignore", message=_PLAIN_SHAPES)
        with mpl.rc_context(settings):
            yield
    missing = []
    for item in caught:
        if found := _MISSING.match(str(item.message)):
            missing.append(chr(int(found[1])))
        else:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
    if missing:
        some = " ".join(dict.fromkeys(missing))[:_MOST_SHOWN]
        words = f"no installed font has {some}: boxes are drawn (Noto has fonts for it)"
        warnings.warn(words, FontWarning, stacklevel=3)


def _defaults() -> dict[Any, object]:
    """Return the settings that matplotlib brings, without those of windows on a screen."""
    return {k: v for k, v in mpl.rcParamsDefault.items() if not str(k).startswith("backend")}


def _families() -> list[str]:
    """Return those of our fonts that are installed, also since matplotlib last looked."""
    known = {font.name for font in fontManager.ttflist}
    if not known.intersection(_FONTS[1:]):
        _look_again()
        known = {font.name for font in fontManager.ttflist}
    return [name for name in _FONTS if name in known]


@cache
def _look_again() -> None:
    """Add the fonts that were installed after matplotlib wrote its list of them."""
    listed = {font.fname for font in fontManager.ttflist}
    for path in set(findSystemFonts()) - listed:
        with suppress(Exception):  # ignore font files that cannot be read
            fontManager.addfont(path)


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw and save as fits a column of a paper, with :func:`font_fallback`."""
    settings: dict[Any, object] = {
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "legend.frameon": False,
        "legend.fontsize": 7,
        "pdf.fonttype": 42,  # text stays text
        "svg.fonttype": "none",
        "svg.hashsalt": "qkdopt",
    }
    with font_fallback(), mpl.rc_context(settings):
        yield


def above_legend(ax: Axes) -> None:
    """Put the legend above the axes in one row, where it hides nothing."""
    ax.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, columnspacing=1.1, handlelength=1.4,
        handletextpad=0.5, borderaxespad=0.2,
    )  # fmt: skip


def column_axes() -> Axes:
    """Return the axes of a new figure as wide as a column (without pyplot)."""
    size = (COLUMN_INCHES, COLUMN_INCHES * _HEIGHT)
    return Figure(figsize=size, layout="constrained").add_subplot()


def save(path: str | PathLike[str], ax: Axes) -> None:
    """Write the figure of some axes, ``.pdf``, ``.svg`` or ``.png``, atomically.

    Raises
    ------
    InputError
        For another ending.
    OutputError
        When the file cannot be written.
    """
    check_ending(path)
    figure = ax.get_figure(root=True)
    dates = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    metadata = dates.get(Path(path).suffix.lower(), {})
    with figure_style(), output_path(path) as temporary:
        figure.savefig(temporary, dpi=_DPI, metadata=metadata)  # type: ignore[union-attr]


def save_as_drawn(path: str | PathLike[str], ax: Axes, dpi: int = 150) -> None:
    """Write the figure of some axes in the style that they have, atomically.

    ``dpi`` are dots per inch of ``.png``; the ending may be any that matplotlib knows.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    with output_path(path) as temporary:
        ax.get_figure(root=True).savefig(temporary, dpi=dpi)  # type: ignore[union-attr]


def check_ending(path: str | PathLike[str]) -> None:
    """Refuse a file that is not a picture."""
    suffix = Path(path).suffix
    if suffix.lower() not in _ENDINGS:
        raise InputError(str(path), suffix or "no ending", f"one of {', '.join(_ENDINGS)}")
