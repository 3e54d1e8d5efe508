"""One solve: everything that decides what it does, and its name."""

from collections.abc import Mapping

from qkdopt.bench.configuration import SolverConfiguration
from qkdopt.bench.instances import Instance
from qkdopt.bench.plan import Plan
from qkdopt.bench.record_document import JobDocument
from qkdopt.certificates import digest
from qkdopt.optimize.strategy_names import strategy_written


class Job(JobDocument):
    """An instance, a strategy, a solver configuration, a seed and limits; see ``Group``."""

    @property
    def key(self) -> str:
        """The same for the same work: a hash of all fields but the grace."""
        fields = {name: str(value) for name, value in self if name != "grace_s"}
        fields["contender"] = fields.pop("solver")  # as in the first records, whose keys stay
        return digest(fields)


def jobs_of(plan: Plan, instances: Mapping[str, Instance]) -> list[Job]:
    """Return the jobs of a plan in its order, each once."""
    jobs: dict[str, Job] = {}
    for group in plan.group:
        configurations = [SolverConfiguration.parse(text) for text in group.solvers]
        for name in group.instances:
            for strategy in group.strategies:
                for configuration in configurations:
                    shared = instances[name].shared
                    if not configuration.carries(strategy_written(strategy), shared=shared):
                        continue
                    own = configuration.genetic is not None and configuration.genetic.evaluations
                    evaluations = None if own or not configuration.population else group.evaluations
                    for seed in range(group.seeds if configuration.seeded else 1):
                        job = Job(
                            instance=name,
                            problem_sha256=instances[name].sha256,
                            strategy=strategy,
                            solver=configuration.name,
                            seed=seed,
                            time_limit_s=group.time_limit_s,
                            grace_s=group.grace_s,
                            memory_mb=group.memory_mb,
                            threads=group.threads,
                            evaluations=evaluations,
                        )
                        jobs.setdefault(job.key, job)
    return list(jobs.values())
