"""Delivered shares of the keys beside the target shares."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from qkdopt.plots import style
from qkdopt.plots.timeline_labels import shown
from qkdopt.study import Evaluation

_COLOURS = (style.BLUE, style.RED, style.GREEN, "#CC79A7")
_ROOM = 0.8  # of a row that the bars fill
_ROW_INCHES, _ROUND_INCHES = 0.24, 0.8


def draw_shares(evaluations: Mapping[str, Evaluation], ax: Axes | None = None) -> Axes:
    """Draw the shares that targets get, one bar for each strategy; return the axes.

    Parameters
    ----------
    evaluations
        By label; all of the same targets.
    ax
        Axes to draw into; ``None`` makes a figure of column width.
    """
    first = next(iter(evaluations.values()))
    rows = np.arange(len(first.targets), dtype=np.float64)
    height = _ROOM / max(1, len(evaluations))
    with style.figure_style():
        if ax is None:
            ax = style.column_axes()
            needed = _ROUND_INCHES + _ROW_INCHES * len(first.targets)
            ax.get_figure(root=True).set_size_inches(style.COLUMN_INCHES, needed)  # type: ignore[union-attr]
        for position, (label, evaluation) in enumerate(evaluations.items()):
            shares = evaluation.shares or (0.0,) * len(first.targets)
            middle = rows - _ROOM / 2 + (position + 0.5) * height
            colour = _COLOURS[position % len(_COLOURS)]
            ax.barh(middle, [100 * s for s in shares], height, color=colour, label=shown(label))
        if first.weight_shares is not None:
            ax.plot(
                [100 * share for share in first.weight_shares], rows, ls="", marker="|", ms=11,
                mew=1.6, color="black", label="target", zorder=3,
                path_effects=[withStroke(linewidth=3.6, foreground="white")],
            )  # fmt: skip
        ax.set_yticks(rows, [shown(name) for name in first.targets])
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlabel("share of the delivered bits [%]")
        ax.set_xlim(left=0)
        style.above_legend(ax)
    return ax
