"""The papers that can be reproduced: text of their pages, computation and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from qkdopt.reproduce.iberia import compute_iberia
from qkdopt.reproduce.iberia_findings import findings
from qkdopt.reproduce.iberia_rows import iberia_rows
from qkdopt.reproduce.micius import compute_micius
from qkdopt.reproduce.micius_rows import micius_rows
from qkdopt.reproduce.rows import Row

if TYPE_CHECKING:
    from qkdopt.reproduce.drawing import Drawing

_MICIUS = (
    "Generated; do not edit. Regenerate with `{command}` (about {minutes:.0f} min on two cores). "
    "All rows are also in `{rows}`.",
    "In the scheduling paper the Micius satellite delivers keys to 11 Chinese cities in the "
    "week from 2016-09-19. *Paper*: values printed in its text; *not printed*: its text has no "
    "value, at most a picture. *Ours*: the published problems `micius-china-2016` (clear sky) "
    "and `micius-china-2016-clouds`, whose clouds are **synthetic**: a seeded random series "
    "conditioned on the paper's facts, not a measurement. **No parameter is fitted**; where "
    "devices, weights and clouds of the paper are unknown, ours are assumptions named in each "
    "`scenario.toml`, and the absolute numbers differ accordingly.",
    "S-GD and S-PD schedules are proved optimal. Each S-TD schedule has a bound; *gap* is its "
    "largest possible distance from the optimum. {verdict}",
)

_IBERIA = (
    "Generated; do not edit. Regenerate with `{command}` (about {minutes:.0f} min on two cores). "
    "All rows are also in `{rows}`.",
    "In the entanglement paper one satellite distributes entangled photon pairs between Madrid "
    "and each of Bilbao, Barcelona and Lisbon in June 2025. *Paper*: values printed in its text; "
    "*not printed*: its text has no value, at most a picture. *Ours*: the published problem "
    "`iberia-2025`. **No parameter is fitted.** The paper prints neither wavelength, dark "
    "counts, window, detectors, elevation mask nor the position of its orbit, and its weather "
    "data are not available: ours are assumptions named in `scenario.toml`. In particular the "
    "orbit is **constructed**, links work only while both stations are in darkness, and the "
    "paper's shares of successful passes are **applied unchanged** where a row states it, "
    "although they include more than weather.",
    "A bit of a pair is one bit that its two stations share; a key is 256 bits. *Attempts* and "
    "*pairs* are two interpretations of the paper's source rate: windows in which the source is "
    "pumped, at the best brightness, or pairs emitted per second into windows of 1 ns. Schedules "
    "for one satellite are certified; no schedule exceeds the *bound*. {verdict}",
)


class Results(Protocol):
    """What a paper's computation leaves.

    Attributes
    ----------
    seconds
        Wall time [s].
    """

    seconds: float

    @property
    def unverified(self) -> list[str]:
        """Names of the certificates that the verifier refuses."""


_Results = TypeVar("_Results", bound=Results)


@dataclass(frozen=True)
class Paper(Generic[_Results]):
    """A published paper.

    Attributes
    ----------
    name
        As the command takes it.
    about, title
        In the document of rows, and over the page.
    introduction
        Paragraphs; those of ``findings`` follow, made of the results.
    compute, rows
        From settings to results, and from results to rows.
    """

    name: str
    about: str
    title: str
    introduction: Sequence[str]
    compute: Callable[..., _Results]
    rows: Callable[[_Results], list[Row]]
    findings: Callable[[_Results], Sequence[str]] = lambda results: ()

    def figures(self) -> Mapping[str, Drawing[_Results]]:
        """Return what :mod:`qkdopt.reproduce.drawing` draws; loads matplotlib."""
        found: Mapping[str, Drawing[_Results]] = import_module(
            f"qkdopt.reproduce.{self.name}_figures"
        ).FIGURES
        return found


PAPERS: Mapping[str, Paper[Any]] = {
    "micius": Paper(
        "micius",
        "scheduling of the Micius satellite over 11 Chinese cities, September 2016",
        "The scheduling paper, reproduced",
        _MICIUS,
        compute_micius,
        micius_rows,
    ),
    "iberia": Paper(
        "iberia",
        "entanglement between Madrid and three Iberian cities, June 2025",
        "The entanglement paper, reproduced",
        _IBERIA,
        compute_iberia,
        iberia_rows,
        findings,
    ),
}
