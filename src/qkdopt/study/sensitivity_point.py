"""One scenario of a sensitivity study: solved and verified, or taken from a certificate."""

import warnings
from collections.abc import Mapping

from qkdopt.certificates import Certificate, Ended, Outcome
from qkdopt.certificates.proof_names import strategy_in_version
from qkdopt.errors import QkdoptError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.served_runs import served_runs
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.solvers import solve
from qkdopt.optimize.strategy import Strategy
from qkdopt.physics import Scenario, ScenarioWarning
from qkdopt.physics.scenario.validation import plain
from qkdopt.study.operations import problem_of
from qkdopt.study.sensitivity_result import SensitivityRow
from qkdopt.study.sharing import proved
from qkdopt.study.sharing_result import Optimum


def solved_point(
    strategy: Strategy, seconds: float | None, seed: int, workers: int | None, scenario: Scenario
) -> tuple[SensitivityRow, Certificate | None]:
    """Return what is proved of a scenario, and the certificate, verified.

    Parameters
    ----------
    seconds
        Wall time for the search [s]; ``None`` for no limit.
    workers
        Threads for the key tensor; ``None`` for one on each core.

    Raises
    ------
    QkdoptError
        As :func:`qkdopt.compute_keys` and :func:`qkdopt.solve`.
    KeyboardInterrupt
        When the search was interrupted.
    """
    problem = problem_of(scenario, workers=workers)
    outcome = solve(problem, strategy, time_limit=seconds, seed=seed).uninterrupted()
    return _row(problem, scenario, proved(outcome, strategy)), outcome.certificate


def quiet_point(
    strategy: Strategy, seconds: float, seed: int, workers: int | None, scenario: Scenario
) -> tuple[SensitivityRow, Certificate | None]:
    """Return what :func:`solved_point` does; what the scenario warns of, its base did, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScenarioWarning)
        return solved_point(strategy, seconds, seed, workers, scenario)


def known_point(
    certificate: Certificate, scenario: Scenario, strategy: Strategy
) -> SensitivityRow | None:
    """Return what an earlier certificate of a scenario proves, verified again.

    ``None`` for another strategy, an interrupted search, and a certificate that does not hold.
    """
    try:
        document = certificate.document
        ended = Ended(document["made_by"]["ended"])
        same = strategy_in_version(document["strategy"], 1) == strategy.document()
        problem = problem_from_document(document["problem"], "certificate")
        outcome = Outcome(ended, certificate, certificate.value, certificate.bound)
        optimum = proved(outcome, strategy)
    except (QkdoptError, KeyError, TypeError, ValueError):
        return None
    whole = same and optimum.verified and ended is not Ended.INTERRUPTED
    return _row(problem, scenario, optimum) if whole else None


def as_json(value: object) -> object:
    """Return the value of a setting as JSON writes it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    return plain(value)


def _row(problem: SchedulingProblem, scenario: Scenario, optimum: Optimum) -> SensitivityRow:
    delivered = dict(zip(problem.targets, optimum.delivered, strict=False))
    stations = _by_station(problem, scenario, optimum)
    return SensitivityRow({}, scenario.digest, optimum, delivered, stations)


def _by_station(problem: SchedulingProblem, scenario: Scenario, optimum: Optimum) -> dict[str, int]:
    """Return the bits of each station that is linked; of a pair, both ends get them."""
    ends = {link.name: link.stations for link in scenario.links}  # version 1 does not know them
    several = len(problem.satellites) > 1
    of_link = [
        tuple(problem.stations[n].name for n in link.stations) if several else ends[link.name]
        for link in problem.links
    ]
    bits = {name: 0 for names in of_link for name in names}
    for run in served_runs(problem, optimum.paths) if optimum.paths else ():
        for name in of_link[run.link]:
            bits[name] += run.bits
    return bits
