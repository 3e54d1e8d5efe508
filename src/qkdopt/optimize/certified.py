"""From a schedule to the certificate of its problem's version, and back."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from qkdopt.certificates import Certificate
from qkdopt.certificates.certificate import FURTHER
from qkdopt.certificates.paths import path_of
from qkdopt.certificates.proof_names import proof_in_version, strategy_in_version
from qkdopt.optimize.layout import Layout
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.schedule import Schedule


def certificate_of(
    problem: SchedulingProblem,
    strategy: Mapping[str, object],
    schedule: Schedule,
    *,
    value: object,
    bound: object,
    proof: Mapping[str, object],
    made_by: Mapping[str, object],
    further: Mapping[str, object] = MappingProxyType({}),
    layout: Layout | None = None,
) -> Certificate:
    """Return the certificate of a claim, in the problem's version.

    Parameters
    ----------
    strategy, proof
        As certificates of version 1 state them; names are translated where the problem has
        version 2.
    further
        Members that only some strategies have, as the certificate has them.
    layout
        Where several satellites were laid out as one: how. ``problem`` is theirs then, schedule
        and proof those of the one.
    """
    stated: list[Any] = schedule.to_list()
    name = "" if problem.in_scenarios else str(strategy["name"])  # there is no second objective
    if layout is not None:
        proof = proof_in_version(proof, 2, name, layout=layout)
        strategy = strategy_in_version(strategy, 2)
        stated = layout.paths(schedule.service)
    elif problem.version > 1:
        interval = problem.interval.tolist()
        proof = proof_in_version(proof, problem.version, name, interval)
        strategy = strategy_in_version(strategy, problem.version)
        stated = [path_of(stated, interval)]
    return Certificate.create(
        problem=problem.document(),
        strategy=dict(strategy),
        schedule=stated,
        value=value,
        bound=bound,
        proof=dict(proof),
        made_by=dict(made_by),
        further=further,
    )


def certificate_in_version(certificate: Certificate, version: int) -> Certificate:
    """Return the same claims about the same problem, in version 1 or 2.

    Raises
    ------
    InputError
        For several satellites in version 1, and a certificate that cannot be read.
    """
    if certificate.version == version:
        return certificate
    document = certificate.document
    problem = problem_from_document(document["problem"], "certificate: problem")
    strategy, proof = document["strategy"], document["proof"]
    if version == 1:
        proof = proof_in_version(proof, 1, certificate.strategy, problem.interval.tolist())
        strategy = strategy_in_version(strategy, 1)
    return certificate_of(
        problem.as_version(version),
        strategy,
        Schedule.create(list(certificate.schedule)),
        value=certificate.value,
        bound=certificate.bound,
        proof=proof,
        made_by=document["made_by"],
        further={key: document[key] for key in FURTHER if key in document},
    )
