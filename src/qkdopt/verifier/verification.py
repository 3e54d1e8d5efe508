"""The whole verification: read the claim, recompute it, compare."""

from collections.abc import Iterator
from itertools import islice

from qkdopt.verifier.budget import Budget
from qkdopt.verifier.certificate import read_claim
from qkdopt.verifier.claim import Claim
from qkdopt.verifier.contact.problem import PROBLEM_FORMAT, read_contact_problem
from qkdopt.verifier.contact.verification import FORMAT, verify_contact
from qkdopt.verifier.evaluation import evaluate
from qkdopt.verifier.problem import read_problem
from qkdopt.verifier.reading import false_identity
from qkdopt.verifier.rules import violations
from qkdopt.verifier.verdict import Verdict

_STEPS_PER_SENTENCE = 40
MOST_VIOLATIONS = 100
"""So many broken rules are named, the rest are counted."""


def verify(
    document: object,
    problem: object | None = None,
    *,
    time_limit: float | None = None,
    began: float | None = None,
) -> Verdict:
    """Return whether everything that a certificate claims is true.

    Parameters
    ----------
    document
        A certificate as `json.loads` or `qkdopt.verifier.read` returns it.
    problem
        A problem document that the certificate has to be about, or ``None`` to verify the
        certificate for the problem in it.
    time_limit
        Seconds after which it is given up; ``None`` leaves it to the count of steps.
    began
        When the time began, by `time.monotonic`; now by default.

    Returns
    -------
    Verdict
        False claims are findings in it, never exceptions.

    Raises
    ------
    InputError
        Either document is malformed: there is no claim to verify.
    LimitError
        It takes more than `qkdopt.verifier.budget` allows, or than ``time_limit``: nothing is said
        about the claims then, neither that they are true nor that they are false.
    """
    budget = Budget(time_limit, began)
    if type(document) is dict and document.get("format") == FORMAT:
        return verify_contact(document, problem, budget)
    claim = read_claim(document, "certificate", budget)
    other = None if problem is None else read_problem(problem, "problem", budget).sha256
    value, bound, false = _judged(claim)
    findings = (*false_identity(claim.problem_sha256, claim.problem.sha256, other), *false)
    if claim.most is not None:
        findings += tuple(f"of the most bits: {x}" for x in _judged(claim.most)[2])
    strategy = claim.settings.strategy
    result = strategy.result
    return Verdict(
        holds=not findings,
        optimal=not findings and result.meet(claim.value, claim.bound),
        value=result.written(value, up=False),
        bound=result.written(claim.bound, up=True),
        delivered=() if claim.probabilities else claim.delivered,
        recomputed_bound=result.written(bound, up=True),
        findings=findings,
        unit=strategy.unit,
        delivered_by_scenario=claim.delivered_by_scenario,
    )


def problem_sha256(document: object) -> str:
    """Return the hash of a problem document of intervals or of contacts, after checking it.

    Raises
    ------
    InputError
        The document is not a well-formed problem.
    """
    if type(document) is dict and document.get("format") == PROBLEM_FORMAT:
        return read_contact_problem(document, "problem").sha256
    return read_problem(document, "problem").sha256


def _judged(claim: Claim) -> tuple[object, object, list[str]]:
    """Return the true value, the bound that is shown, and what is false about a claim."""
    broken = [*claim.malformed, *_broken_rules(claim)]
    value, bound, false = evaluate(claim)
    return value, bound, broken + false


def _broken_rules(claim: Claim) -> Iterator[str]:
    claim.problem.budget.spend(_STEPS_PER_SENTENCE * sum(map(len, claim.paths)))
    broken = violations(claim.problem, claim.paths)
    yield from islice(broken, MOST_VIOLATIONS)
    if further := sum(1 for _ in broken):
        yield f"the schedule breaks a rule in {further:,} further places"
