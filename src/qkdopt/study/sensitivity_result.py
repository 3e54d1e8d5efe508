"""What a sensitivity study found: the optimum of each setting, and what differs from the base."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike

from qkdopt.files import write_text
from qkdopt.notebook import as_table
from qkdopt.plain_text import csv_line
from qkdopt.study.sharing_result import Difference, Optimum, difference, written


@dataclass(frozen=True)
class SensitivityRow:
    """The scenario with some settings, solved and verified.

    Attributes
    ----------
    settings
        Values by dotted path, as JSON writes them; empty for the base.
    scenario_sha256
        Digest of the scenario with them.
    optimum
        Certified value and bound, and the verifier's verdict.
    delivered
        Bits by target, by the verifier's count; empty where there is no schedule.
    stations
        Bits by station; those of a pair count at both of its ends.
    finite_bits
        Secret bits of all finite blocks of the schedule, where they are counted.
    """

    settings: Mapping[str, object]
    scenario_sha256: str
    optimum: Optimum
    delivered: Mapping[str, int]
    stations: Mapping[str, int]
    finite_bits: int | None = None

    @property
    def most(self) -> Fraction | None:
        """What a search maximises: bits of finite blocks where counted, or the certified value."""
        return self.optimum.least if self.finite_bits is None else Fraction(self.finite_bits)

    @property
    def words(self) -> str:
        """The settings in one line."""
        return ", ".join(f"{path} = {value_words(x)}" for path, x in self.settings.items())

    @property
    def total(self) -> int:
        """Bits of all targets together."""
        return sum(self.delivered.values())

    def differences(self, base: SensitivityRow) -> dict[str, int]:
        """Return by station what it gets more than in the base."""
        names = dict.fromkeys((*base.stations, *self.stations))
        return {name: self.stations.get(name, 0) - base.stations.get(name, 0) for name in names}


@dataclass(frozen=True, repr=False)
class Sensitivity:
    """A scenario beside those with other settings.

    Attributes
    ----------
    scenario
        Its title.
    strategy
        Its title, and as certificates name it (``strategy_name``).
    grid
        Whether the settings were combined; otherwise each was changed alone.
    points
        How many rows were asked for; there are fewer after an interruption.
    base
        The scenario as it is.
    rows
        Each setting, or combination, in the order in which they were given.
    """

    scenario: str
    strategy: str
    strategy_name: str
    grid: bool
    points: int
    base: SensitivityRow
    rows: tuple[SensitivityRow, ...]

    def __repr__(self) -> str:
        """Return how many rows there are, and the base."""
        base = self.base.optimum.value
        return f"Sensitivity({self.scenario!r}, {len(self.rows)} settings; base {base})"

    def _repr_html_(self) -> str:
        rows = [(row.words or "as it is", row.optimum.value) for row in (self.base, *self.rows)]
        return as_table(self.scenario, rows)

    @property
    def paths(self) -> tuple[str, ...]:
        """The settings that were changed, by dotted path."""
        return tuple(dict.fromkeys(path for row in self.rows for path in row.settings))

    @property
    def holds(self) -> bool:
        """Whether the verifier confirms every certificate."""
        found = [row.optimum for row in (self.base, *self.rows)]
        return all(one.verified for one in found if one.value is not None)

    def difference(self, row: SensitivityRow) -> Difference:
        """Return between which numbers the optimum of a row exceeds that of the base."""
        return difference(self.base.optimum.limits, row.optimum.limits, monotone=False)

    def share(self, row: SensitivityRow) -> float | None:
        """Return the certified value of a row less the base's, as a share of the base's."""
        least, base = row.optimum.least, self.base.optimum.least
        return None if least is None or not base else float((least - base) / abs(base))

    def document(self) -> dict[str, object]:
        """Return the study for a JSON file; intervals are ``[least, most]``."""
        return {
            "scenario": self.scenario,
            "scenario_sha256": self.base.scenario_sha256,
            "strategy": self.strategy_name,
            "grid": self.grid,
            "points": self.points,
            "verified": self.holds,
            "base": self._row(self.base),
            "rows": [self._row(row) for row in self.rows],
        }

    def _row(self, row: SensitivityRow) -> dict[str, object]:
        return {
            "settings": dict(row.settings), "scenario_sha256": row.scenario_sha256,
            **row.optimum.document(), "difference": written(self.difference(row)),
            "delivered": dict(row.delivered), "stations": dict(row.stations),
            "station_differences": row.differences(self.base),
            **({} if row.finite_bits is None else {"finite_bits": row.finite_bits}),
        }  # fmt: skip

    def table(self) -> str:
        """Return the rows as CSV text, the base first; of balanced delivery ``t`` is the value.

        Columns: each setting, value, bound, total [bit], whether verified and optimal, least and
        most of the difference from the base, bits by station with their differences, and those of
        finite blocks where they are counted.
        """
        paths, stations = self.paths, tuple(self.base.stations)
        facts = ("value", "bound", "total_bits", "verified", "optimal")
        limits = ("difference_least", "difference_most")
        columns = [f"{name}{end}" for name in stations for end in ("_bits", "_difference")]
        counted = [] if self.base.finite_bits is None else ["finite_bits"]
        lines = [csv_line([*paths, *facts, *limits, *columns, *counted])]
        for row in (self.base, *self.rows):
            one, more = row.optimum, row.differences(self.base)
            found = written(self.difference(row)) or [None, None]
            value, bound = written(one.limits) or [None, None]
            own = [bits for n in stations for bits in (row.stations.get(n, 0), more[n])]
            given = map(row.settings.get, paths)
            cells = [json.dumps(x) if isinstance(x, list | dict | bool) else x for x in given]
            claims = [value, bound, row.total, one.verified, one.optimal]
            finite = [row.finite_bits] if counted else []
            lines.append(csv_line([*cells, *claims, *found, *own, *finite]))
        return "\n".join(lines) + "\n"

    def to_csv(self, path: str | PathLike[str]) -> None:
        """Write :meth:`table` to a file."""
        write_text(path, self.table())


def value_words(value: object) -> str:
    """Return the value of a setting as a scenario file writes it, text without quotation marks."""
    return str(value) if isinstance(value, str | float) else json.dumps(value, ensure_ascii=False)
