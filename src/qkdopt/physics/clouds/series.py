"""A finished cloud series: one code for every station in every step of the horizon."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.errors import InputError


@dataclass(frozen=True, eq=False)
class CloudSeries:
    """Cloud codes of all stations, each valid from its instant for one step.

    Attributes
    ----------
    start_utc
        Instant at which the first step begins.
    step_s
        Length of a step [s].
    code
        From 0 (clear) to 150 (blocks everything), shape ``(T, N)``, stations in the order of
        the scenario.
    source
        Format, mapping from product to code, and rule for missing data, in one line.
    synthetic
        Whether the codes are invented.
    """

    start_utc: datetime
    step_s: int
    code: Floats
    source: str
    synthetic: bool = False

    def __post_init__(self) -> None:
        """Make the codes read-only, since they are identified by the digest."""
        self.code.flags.writeable = False

    def codes_at(self, start_utc: datetime, second: Integers, station: Integers) -> Floats:
        """Return the codes in the middle of each second, shape ``(S,)``.

        Parameters
        ----------
        start_utc
            Instant from which seconds are counted.
        second
            Seconds after it, shape ``(S,)``.
        station
            Position of the station, shape ``(S,)``.

        Raises
        ------
        InputError
            For an instant that the series does not cover.
        """
        offset_s = (start_utc - self.start_utc).total_seconds()
        step = np.floor((offset_s + second + 0.5) / self.step_s).astype(np.int64)
        if step.size and not (step.min() >= 0 and step.max() < self.code.shape[-2]):
            came = f"a horizon from {start_utc.isoformat()}"
            raise InputError("clouds", came, "a horizon within the cloud series")
        return self.code[..., step, station]

    @property
    def label(self) -> str:
        """What outputs say about the series."""
        return f"{'SYNTHETIC, ' if self.synthetic else ''}{self.source}"

    def canonical(self) -> dict[str, object]:
        """Return what counts for the digest of a scenario."""
        codes = np.ascontiguousarray(self.code, dtype="<f8").tobytes()
        return {
            "start_utc": self.start_utc.isoformat(),
            "step_s": self.step_s,
            "shape": list(self.code.shape),
            "sha256": hashlib.sha256(codes).hexdigest(),
            "label": self.label,
        }
