"""What a caller may ask of the genetic algorithm."""

import math
from dataclasses import dataclass, fields

from qkdopt.errors import InputError

USUAL_EVALUATIONS = 100_000
"""Individuals that are rated when neither their number nor the time is limited."""

_DECODED = ("columns", "prices", "intervals")
_SIZES = {
    "population": (4, 100_000),
    "tournament": (1, 1000),
    "divergence_tournament": (1, 1000),
    "run": (1, 1_000_000),
    "elite": (0, 100_000),
}


@dataclass(frozen=True, kw_only=True)
class GeneticSettings:
    """Sizes and rates; the paper prints none, so these are our choice.

    Attributes
    ----------
    population
        Individuals in each generation, 4 to 100,000.
    tournament
        Each parent is the fittest of so many drawn at random.
    divergence_tournament
        S-TD: of so many parents, the one of least divergence is taken.
    crossover
        Probability that a pair of parents exchanges the intervals between two random cuts.
    mutation
        Probability that a child is mutated.
    changes
        Intervals of a mutated child that are drawn anew, on average.
    run
        A drawn link goes to a run of 1 to ``run`` intervals.
    elite
        Best individuals that live on unchanged.
    decode
        ``hybrid``: what individuals are; ``columns`` of blocks, ``prices``, or ``intervals`` as in
        ``genetic``. ``None`` takes columns where they can be listed, else prices.
    polish
        ``hybrid``: rounds of local search after the generations; ``None`` for 6, or as many as
        fit into the time limit.
    evaluations
        Stop after so many individuals are rated; ``None`` for 100,000, or as many as fit into
        the time limit.
    target
        Stop at a schedule of this value; ``None`` for never.

    Raises
    ------
    InputError
        For sizes and probabilities out of range.
    """

    population: int = 50
    tournament: int = 3
    divergence_tournament: int = 5
    crossover: float = 0.9
    mutation: float = 0.9
    changes: float = 2.0
    run: int = 1
    elite: int = 2
    decode: str | None = None
    polish: int | None = None
    evaluations: int | None = None
    target: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for name, (least, most) in _SIZES.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise InputError(f"genetic: {name}", value, f"an integer from {least} to {most:,}")
        for name in ("crossover", "mutation"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise InputError(f"genetic: {name}", value, "a probability from 0 to 1")
        if not isinstance(self.changes, int | float) or not 0 < self.changes < math.inf:
            raise InputError("genetic: changes", self.changes, "a number > 0")
        if self.elite >= self.population:
            raise InputError("genetic: elite", self.elite, "fewer than the population")
        if self.decode not in (None, *_DECODED):
            raise InputError("genetic: decode", self.decode, f"one of {', '.join(_DECODED)}")
        for name, lowest in (("evaluations", 1), ("target", 1), ("polish", 0)):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value < lowest):
                raise InputError(f"genetic: {name}", value, f"an integer >= {lowest}, or None")

    def words(self) -> str:
        """Return what differs from the usual settings as text, ``population=100,run=15``."""
        chosen = {field.name: getattr(self, field.name) for field in fields(self)}
        usual = {field.name: field.default for field in fields(self)}
        return ",".join(f"{name}={value}" for name, value in chosen.items() if value != usual[name])

    def document(self) -> dict[str, object]:
        """Return the settings as a certificate states them: integers and decimal text."""
        stated = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value if isinstance(value, int) else str(value)
            for name, value in stated.items()
            if value is not None
        }
