"""Several possible skies over one horizon: the members of an ensemble."""

from collections.abc import Iterator
from dataclasses import dataclass

from qkdopt.physics.clouds.series import CloudSeries

MOST_MEMBERS = 10_000
"""Most members of an ensemble."""


@dataclass(frozen=True, eq=False)
class CloudEnsemble(CloudSeries):
    """Cloud codes of all stations in each of ``M`` members, on common steps.

    Attributes
    ----------
    code
        From 0 (clear) to 150 (blocks everything), shape ``(M, T, N)``, read-only.
    """

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.code)

    def member(self, k: int) -> CloudSeries:
        """Return one member as a known sky."""
        label = f"member {k} of {self.source}"
        return CloudSeries(self.start_utc, self.step_s, self.code[k], label, self.synthetic)

    def each(self) -> Iterator[CloudSeries]:
        """Yield the members in order."""
        yield from map(self.member, range(len(self)))

    def mean(self) -> CloudSeries:
        """Return the mean of all members, code by code: what a plan for one sky would take."""
        label = f"mean of {len(self)} members of {self.source}"
        return CloudSeries(self.start_utc, self.step_s, self.code.mean(0), label, self.synthetic)
