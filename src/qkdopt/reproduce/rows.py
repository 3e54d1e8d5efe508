"""One number of a paper beside ours."""

import math
from dataclasses import dataclass

NOT_PRINTED = "not printed"
_LARGE = 1000.0


@dataclass(frozen=True)
class Row:
    """A quantity, the paper's value where its text prints it, ours, and why they differ.

    Attributes
    ----------
    figure
        ``Fig. 3a``, ``Table 1``.
    unit
        ``kbit``, ``min``, ``dB``; empty for a count or a ratio.
    paper
        ``None`` where the text prints no value; text for a statement (``at least 5``).
    note
        Reason of a deviation where known, or what else the reader must know.
    """

    figure: str
    quantity: str
    unit: str
    paper: float | str | None
    ours: float | str
    note: str = ""

    @property
    def deviation(self) -> float | None:
        """Ours over the paper's value, minus 1, or the difference for decibels.

        ``None`` without two numbers, or over 0.
        """
        if isinstance(self.paper, str) or isinstance(self.ours, str) or not self.paper:
            return None
        return self.ours - self.paper if self.unit == "dB" else self.ours / self.paper - 1.0

    def document(self) -> dict[str, object]:
        """Return the row for a JSON file."""
        return {
            "figure": self.figure,
            "quantity": self.quantity,
            "unit": self.unit,
            "paper": NOT_PRINTED if self.paper is None else self.paper,
            "ours": self.ours,
            "deviation": self.deviation,
            "note": self.note,
        }

    def cells(self) -> tuple[str, ...]:
        """Return the row for a Markdown table: quantity, paper, ours, deviation, note."""
        quantity = f"{self.quantity} [{self.unit}]" if self.unit else self.quantity
        deviation = ""
        if self.deviation is not None:
            decibels = self.unit == "dB"
            deviation = f"{self.deviation:+.1f} dB" if decibels else f"{self.deviation:+.1%}"
        return quantity, _text(self.paper), _text(self.ours), deviation, self.note


def _text(value: float | str | None) -> str:
    if value is None:
        return NOT_PRINTED
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= _LARGE or value == round(value) else f"{value:.4g}"
