"""What-if studies: a tornado of settings changed alone, a map or a list of combinations."""

from os import PathLike

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from qkdopt.plots.style import BLUE, LINE, RED, figure_style, save
from qkdopt.study.sensitivity_result import Sensitivity, SensitivityRow, value_words

_INCHES, _ROW_INCHES, _LEAST_INCHES = 6.4, 0.28, 2.2
_MOST_ROWS, _MAP_KEYS = 60, 2
_DARK = 0.6


def save_sensitivity(path: str | PathLike[str], found: Sensitivity) -> None:
    """Write the picture of a study: a tornado, a map of two settings, or a list of rows.

    Parameters
    ----------
    path
        ``.png``, ``.pdf`` or ``.svg``.
    """
    is_map = found.grid and len(found.paths) == _MAP_KEYS
    draw = draw_map if is_map else draw_rows if found.grid else draw_tornado
    shown = len(found.rows) if draw is draw_rows else len(found.paths)
    height = max(_LEAST_INCHES, 1.1 + _ROW_INCHES * min(shown, _MOST_ROWS) * (2 if is_map else 1))
    with figure_style():
        ax = Figure(figsize=(_INCHES, height), layout="constrained").add_subplot()
        draw(found, ax)
        ax.set_title(f"{found.scenario}: {found.strategy}", loc="left")
        save(path, ax)


def draw_tornado(found: Sensitivity, ax: Axes) -> None:
    """Draw a bar for each setting, from its least to its greatest effect; the widest on top."""
    spans = {path: _of_path(found, path) for path in found.paths}
    order = sorted(spans, key=lambda path: _width(spans[path]))[-_MOST_ROWS:]
    for place, path in enumerate(order):
        ends = sorted(
            dict.fromkeys((spans[path][0], spans[path][-1])), key=lambda end: -abs(end[0])
        )
        for share, _ in ends:
            ax.barh(place, share, color=BLUE if share >= 0 else RED, height=0.6)
        (far, words), (near, others) = ends[0], ends[-1]
        if far * near > 0 and words != others:
            _label(ax, far, place, f"{others} to {words}")
        else:
            for share, text in ends:
                if share or len(ends) == 1:
                    _label(ax, share, place, text)
    ax.set_yticks(range(len(order)), order)
    _dress(ax)


def draw_rows(found: Sensitivity, ax: Axes) -> None:
    """Draw a bar for each combination, from the largest to the smallest total."""
    rows = sorted(found.rows, key=lambda row: found.share(row) or 0.0)[-_MOST_ROWS:]
    for place, row in enumerate(rows):
        share = found.share(row) or 0.0
        ax.barh(place, share, color=BLUE if share >= 0 else RED, height=0.6)
    words = [", ".join(map(value_words, row.settings.values())) for row in rows]
    ax.set_yticks(range(len(rows)), words)
    ax.set_ylabel(", ".join(found.paths))
    _dress(ax)


def draw_map(found: Sensitivity, ax: Axes) -> None:
    """Draw a map of two settings; each cell says how the total differs from the base."""
    across, up = found.paths
    columns, lines = _values(found.rows, across), _values(found.rows, up)
    shares = np.full((len(lines), len(columns)), np.nan)
    for row in found.rows:
        cell = (
            lines.index(value_words(row.settings[up])),
            columns.index(value_words(row.settings[across])),
        )
        share = found.share(row)
        shares[cell] = np.nan if share is None else share
    most = max(np.nanmax(np.abs(shares)), 1e-9) if np.isfinite(shares).any() else 1.0
    ax.imshow(shares, cmap="RdBu", vmin=-most, vmax=most, aspect="auto", origin="lower")
    for (line, column), share in np.ndenumerate(shares):
        text = "no schedule" if np.isnan(share) else f"{share:+.1%}"
        dark = abs(share) > _DARK * most
        ax.text(column, line, text, ha="center", va="center", color="white" if dark else "black")
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(lines)), lines)
    ax.set_xlabel(across)
    ax.set_ylabel(up)


def _of_path(found: Sensitivity, path: str) -> list[tuple[float, str]]:
    """Return the effects of a setting's values and the values, the least effect first."""
    rows = [row for row in found.rows if path in row.settings]
    pairs = [(found.share(row), value_words(row.settings[path])) for row in rows]
    known = [(share, value) for share, value in pairs if share is not None]
    return sorted(known, key=lambda pair: pair[0]) or [(0.0, "")]


def _width(span: list[tuple[float, str]]) -> float:
    shares = [0.0, *(share for share, _ in span)]
    return max(shares) - min(shares)


def _label(ax: Axes, share: float, place: int, text: str) -> None:
    right = share >= 0
    ax.annotate(
        text, (share, place), (3 if right else -3, 0), textcoords="offset points",
        ha="left" if right else "right", va="center", fontsize=7,
    )  # fmt: skip


def _values(rows: tuple[SensitivityRow, ...], path: str) -> list[str]:
    return list(dict.fromkeys(value_words(row.settings[path]) for row in rows))


def _dress(ax: Axes) -> None:
    ax.axvline(0.0, color=LINE, lw=0.8)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:+.0%}" if share else "0"))
    ax.set_xlabel("certified value against the scenario as it is")
    ax.margins(x=0.15)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
