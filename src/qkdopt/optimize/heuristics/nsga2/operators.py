"""Our individuals as pymoo sees them: drawn, crossed, mutated, repaired and rated in matrices."""

import numpy as np
from pymoo.core.crossover import Crossover
from pymoo.core.mutation import Mutation
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.core.sampling import Sampling

from qkdopt.optimize.heuristics.genetic.encoding import Encoding, Genes
from qkdopt.optimize.heuristics.genetic.fitness import FitnessFunction
from qkdopt.optimize.heuristics.genetic.record import Record

_FAR = 1e3  # nats: what counts as infinitely far


class TotalAndDivergence(Problem):  # type: ignore[misc]
    """Minimise ``-S`` and ``KL(E / S || q)``."""

    def __init__(
        self, encoding: Encoding, goal: FitnessFunction, size: int, record: Record
    ) -> None:
        """Remember every individual that is rated in ``record``; ``size`` genes each."""
        super().__init__(n_var=size, n_obj=2, n_constr=0)
        self.encoding, self.goal, self.record = encoding, goal, record

    def _evaluate(self, genes: Genes, out: dict[str, object], *_: object, **__: object) -> None:
        delivered = self.encoding.rated(genes)
        values, divergences = self.goal.values(delivered), self.goal.divergences(delivered)
        self.record.remember(genes, delivered, values, divergences)
        out["F"] = np.column_stack((-values.astype(float), np.minimum(divergences, _FAR)))


class Draw(Sampling):  # type: ignore[misc]
    """Random individuals."""

    def _do(self, problem: TotalAndDivergence, count: int, *_: object, **__: object) -> Genes:
        return problem.encoding.drawn(count)


class MakeLegal(Repair):  # type: ignore[misc]
    """The switching rule, written back into the genes."""

    def _do(self, problem: TotalAndDivergence, genes: Genes, **_: object) -> Genes:
        legal = np.ascontiguousarray(genes)
        problem.encoding.rated(legal)
        return legal


class Cross(Crossover):  # type: ignore[misc]
    """Two parents, two children."""

    def __init__(self, prob: float) -> None:
        """Cross with probability ``prob``."""
        super().__init__(2, 2, prob=prob)

    def _do(self, problem: TotalAndDivergence, parents: Genes, *_: object, **__: object) -> Genes:
        couples = parents.shape[1]
        rows = parents.reshape(2 * couples, -1).copy()
        problem.encoding.mate(rows, np.arange(2 * couples).reshape(2, couples).T.copy())
        return rows.reshape(parents.shape)


class Mutate(Mutation):  # type: ignore[misc]
    """Some genes anew."""

    def _do(self, problem: TotalAndDivergence, genes: Genes, *_: object, **__: object) -> Genes:
        changed = genes.copy()
        problem.encoding.mutate(changed, np.arange(len(changed)))
        return changed
