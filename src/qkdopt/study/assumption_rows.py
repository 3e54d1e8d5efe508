"""Rows of the table of what totals assume, as they stand in JSON files."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """Another value of an assumption.

    Attributes
    ----------
    value, why
        What it could be, and why.
    total, bound
        The certified value then, and the bound that nobody exceeds; ``None`` where they were not
        computed, or where nothing could be.
    change
        ``total`` over that of the scenario as it is, less 1.
    note
        Why there is no total.
    """

    value: str
    why: str
    settings: Mapping[str, object]
    note: str = ""
    total: int | None = None
    bound: int | None = None
    change: float | None = None

    def document(self) -> dict[str, object]:
        """Return the effect as it stands in JSON files; what is not known is absent."""
        known = {name: x for name, x in vars(self).items() if x is not None and x != ""}
        return {name: x for name, x in known.items() if name != "settings"}


@dataclass(frozen=True)
class AssumptionRow:
    """One assumption: key, words, value in use with its unit, basis, and alternatives.

    ``own`` names stations and satellites that have a value of their own.
    """

    key: str
    words: str
    value: str
    unit: str = ""
    basis: str = ""
    own: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()

    def document(self) -> dict[str, object]:
        """Return the row as it stands in JSON files."""
        effects = [effect.document() for effect in self.effects]
        return vars(self) | {"own": list(self.own), "effects": effects}


@dataclass(frozen=True)
class AssumedTotals:
    """The assumptions of a scenario; with effects, the total of a strategy that they move.

    Attributes
    ----------
    strategy
        In words, or empty where no effect was computed.
    total, bound
        The certified value of that strategy for the scenario as it is, and its bound.
    """

    rows: tuple[AssumptionRow, ...]
    strategy: str = ""
    total: int | None = None
    bound: int | None = None

    def document(self) -> dict[str, object]:
        """Return the table as it stands in ``summary.json`` and ``report.json``."""
        rows = [row.document() for row in self.rows]
        if self.total is None:
            return {"rows": rows}
        return {
            "strategy": self.strategy, "total": self.total, "bound": self.bound, "rows": rows,
        }  # fmt: skip
