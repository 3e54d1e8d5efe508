"""What a run by generations has found so far, and whether it is over."""

from dataclasses import dataclass, field

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.certificates import Ended, Generation, ended_at
from qkdopt.deadline import Deadline
from qkdopt.optimize.exchange.genetic_settings import USUAL_EVALUATIONS, GeneticSettings
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.heuristics.genetic.encoding import Genes
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction


@dataclass(eq=False)
class Evolution:
    """What there is so far; complete at every moment, so that it can be stopped at any.

    Attributes
    ----------
    best
        Genes of the best allowed individual, or ``None``.
    value, divergence
        Its value, 0 without one, and its ``KL(E / S || q)`` [nats].
    leader
        Genes of the fittest individual of the last generation.
    nearest
        Least divergence of any individual that delivers something [nats].
    evaluations
        Individuals rated.
    history
        One line for each generation.
    """

    best: Genes | None = None
    value: int = 0
    divergence: float = float("inf")
    leader: Genes | None = None
    nearest: float = float("inf")
    evaluations: int = 0
    ended: Ended = Ended.FINISHED
    history: list[Generation] = field(default_factory=list)


class Record:
    """Keeps the incumbent and the history, and knows the limits.

    Attributes
    ----------
    found
        See :class:`Evolution`.
    """

    def __init__(
        self,
        goal: FitnessFunction,
        settings: GeneticSettings,
        options: SolverOptions,
        deadline: Deadline,
        bound: int | None,
    ) -> None:
        """Begin with nothing; ``deadline`` is when generations end."""
        self.goal, self.found = goal, Evolution()
        self._options, self.deadline, self._bound = options, deadline, bound
        enough = [value for value in (settings.target, bound) if value is not None]
        self._enough = min(enough, default=None)
        self._most = settings.evaluations
        if self._most is None and deadline.limit_s is None:
            self._most = USUAL_EVALUATIONS

    def remember(
        self, genes: Genes, delivered: Integers, values: Integers, divergences: Floats
    ) -> None:
        """Count individuals that were just rated, and keep the best if it is the best so far.

        Genes by row, shape ``(P, size)``; bits by target ``(P, T)``; values and divergences
        ``(P,)``.
        """
        found = self.found
        found.evaluations += len(genes)
        if self.goal.wanted is not None:
            found.nearest = min(found.nearest, float(divergences.min(initial=np.inf)))
        better = np.flatnonzero(self.goal.near(divergences) & (values > found.value))
        for place in better[np.argsort(-values[better], kind="stable")].tolist():
            if self.goal.allows(delivered[place]):
                found.best, found.value = genes[place].copy(), int(values[place])
                found.divergence = float(divergences[place])
                self._tell()
                return

    def note(self, values: Floats, divergences: Floats, leader: Genes) -> None:
        """Write the history's line of a generation: its values and divergences, shape ``(P,)``."""
        found = self.found
        found.leader = leader
        found.history.append(
            Generation(
                evaluations=found.evaluations,
                seconds=self.deadline.elapsed(),
                best=found.value,
                divergence=_finite(found.divergence),
                mean=float(values.mean()),
                least_divergence=_finite(float(divergences.min())),
            )
        )

    def over(self) -> bool:
        """Say whether a limit is reached, and write down which."""
        found = self.found
        if self._enough is not None and found.best is not None and found.value >= self._enough:
            found.ended = Ended.FINISHED
        elif self.deadline.expired():
            found.ended = ended_at(self.deadline)
        elif self._most is not None and found.evaluations >= self._most:
            found.ended = Ended.ITERATION_LIMIT
        else:
            return False
        return True

    def _tell(self) -> None:
        if self._options.progress is not None:
            seconds = self.deadline.elapsed()
            bound = None if self._bound is None else float(self._bound)
            self._options.progress(seconds, float(self.found.value), bound)


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None
