"""How the figures of a reproduction are drawn: at the width of a column."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qkdopt.files import output_path
from qkdopt.plots.style import font_fallback

_WIDTH_INCHES, _DPI = 3.5, 220
SMALL = 6.5
"""Size of the letters."""

_Results = TypeVar("_Results")
Drawing: TypeAlias = tuple[Callable[[_Results, Axes], None], float, str, str]
"""What draws, height in inches, the figure's name in the paper, what one sees."""


def save(results: _Results, figures: Mapping[str, Drawing[_Results]], folder: Path) -> None:
    """Write every figure as PNG into a folder that exists."""
    with font_fallback():
        for name, (draw, height_inches, _, _) in figures.items():
            figure = Figure(figsize=(_WIDTH_INCHES, height_inches), layout="constrained", dpi=_DPI)
            axes = figure.add_subplot()
            axes.tick_params(labelsize=SMALL, length=2)
            for item in (axes.xaxis.label, axes.yaxis.label):
                item.set_fontsize(SMALL + 0.5)
            axes.spines[["top", "right"]].set_visible(False)
            draw(results, axes)
            with output_path(folder / f"{name}.png") as path:
                figure.savefig(path, metadata={"Software": "qkdopt"})


def legend(ax: Axes, **options: Any) -> None:
    """Draw the legend in small letters, without a frame."""
    usual: dict[str, object] = {"fontsize": SMALL - 0.5, "frameon": False, "handlelength": 1.4}
    ax.legend(**(usual | options))
