"""Every kind of false claim is refused with the sentence that names it."""

from __future__ import annotations

import copy
import hashlib
import json

import pytest

from qkdopt import verifier

# tau = 1. S-GD optimum 22 (all of Lhasa), S-PD optimum 3 (5 + 4) + 9 = 36.
PROBLEM = {
    "format": "qkdopt-problem",
    "version": 1,
    "interval_s": "10",
    "switch_s": "10",
    "targets": ["Urumqi", "Lhasa"],
    "weights": [3, 1],
    "links": [{"name": "Urumqi", "target": 0}, {"name": "Lhasa", "target": 1}],
    "interval": [51, 52, 53, 55],
    "K": [[5, 4, 0, 2], [0, 6, 7, 9]],
}


def sha256(problem):
    spelt = json.dumps(problem, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(spelt.encode()).hexdigest()


def certificate(strategy="gd", **claims):
    general = {"schedule": [-1, 1, 1, 1], "value": 22, "bound": 22}
    prioritised = {"schedule": [0, 0, -1, 1], "value": 36, "bound": 36}
    return {
        "format": "qkdopt-certificate",
        "version": 1,
        "problem": copy.deepcopy(PROBLEM),
        "problem_sha256": sha256(PROBLEM),
        "strategy": {"name": strategy},
        "proof": {"kind": "path"},
        "made_by": {},
        **(general if strategy == "gd" else prioritised),
        **claims,
    }


def tampered(strategy="gd", seal=True, **members):
    """Return a true certificate whose problem is changed, with a hash that fits unless told."""
    changed = {**copy.deepcopy(PROBLEM), **members}
    return certificate(
        strategy, problem=changed, problem_sha256=sha256(changed if seal else PROBLEM)
    )


def test_the_starting_points_are_true():
    assert verifier.verify(certificate("gd")).optimal
    assert verifier.verify(certificate("pd")).optimal
    assert verifier.verify(certificate("gd"), PROBLEM).optimal


FALSE_CLAIMS = {
    "value too high": (
        certificate(value=23, bound=23),
        "the claimed value is 23, the schedule reaches 22",
    ),
    "value too low": (
        certificate(value=21),
        "the claimed value is 21, the schedule reaches 22",
    ),
    "negative value": (
        certificate(value=-22),
        "the claimed value is -22, the schedule reaches 22",
    ),
    "huge value": (
        certificate(value=22 + 2**64, bound=22 + 2**64),
        "the claimed value is 18,446,744,073,709,551,638, the schedule reaches 22",
    ),
    "bound below the optimum of a poorer schedule": (
        certificate(schedule=[0, 0, -1, 1], value=18, bound=18),
        "the claimed bound is 18, a schedule can reach 22",
    ),
    "bound between value and optimum": (
        certificate(schedule=[0, 0, -1, 1], value=18, bound=21),
        "the claimed bound is 21, a schedule can reach 22",
    ),
    "bound below value": (
        certificate(bound=21),
        "the claimed value 22 is above the claimed bound 21",
    ),
    "negative bound": (
        certificate(bound=-1),
        "the claimed bound is -1, a schedule can reach 22",
    ),
    "service without key": (
        certificate(schedule=[1, 1, 1, 1]),
        "interval 51 is given to link 1 (Lhasa), which has no key there",
    ),
    "service without key in the middle": (
        certificate(schedule=[0, 0, 0, 0], value=11),
        "interval 53 is given to link 0 (Urumqi), which has no key there",
    ),
    "link index too large": (
        certificate(schedule=[2, 1, 1, 1]),
        "interval 51 is given to link 2; there are 2, from 0",
    ),
    "link index below -1": (
        certificate(schedule=[-2, 1, 1, 1]),
        "interval 51 is given to link -2; there are 2, from 0",
    ),
    "hand-over in the next interval": (
        certificate(schedule=[0, 1, 1, 1], value=27, bound=27),
        "link 1 (Lhasa) is served in interval 52, 1 after link 0 (Urumqi); "
        "a hand-over needs at least 2",
    ),
    "hand-over too soon after an idle interval": (
        tampered(switch_s="20") | {"schedule": [0, -1, 1, 1], "value": 21, "bound": 22},
        "link 1 (Lhasa) is served in interval 53, 2 after link 0 (Urumqi); "
        "a hand-over needs at least 3",
    ),
    "hand-over too soon across a gap in time": (
        tampered(switch_s="20") | {"schedule": [-1, 1, 1, 0], "value": 15, "bound": 22},
        "link 0 (Urumqi) is served in interval 55, 2 after link 1 (Lhasa); "
        "a hand-over needs at least 3",
    ),
    "schedule too short": (
        certificate(schedule=[-1, 1, 1]),
        "the schedule has 3 entries, the problem 4 active intervals",
    ),
    "schedule too long": (
        certificate(schedule=[-1, 1, 1, 1, -1]),
        "the schedule has 5 entries, the problem 4 active intervals",
    ),
    "schedule that serves beyond the last interval": (
        certificate(schedule=[-1, 1, 1, 1, 1]),
        "the schedule has 5 entries, the problem 4 active intervals",
    ),
    "empty schedule": (
        certificate(schedule=[]),
        "the schedule has 0 entries, the problem 4 active intervals",
    ),
    "wrong hash": (
        certificate(problem_sha256="0" * 64),
        f"problem_sha256 is {'0' * 64}, the problem in the certificate has {sha256(PROBLEM)}",
    ),
    "more key under the old hash": (
        tampered(K=[[5, 4, 0, 2], [0, 6, 7, 10]], seal=False),
        f"problem_sha256 is {sha256(PROBLEM)}, the problem in the certificate has",
    ),
    "more key where it is served": (
        tampered(K=[[5, 4, 0, 2], [0, 6, 7, 10]]),
        "the claimed value is 22, the schedule reaches 23",
    ),
    "more key where it is not served": (
        tampered(K=[[50, 4, 0, 2], [0, 6, 7, 9]]),
        "the claimed bound is 22, a schedule can reach 66",
    ),
    "less key": (
        tampered(K=[[5, 4, 0, 2], [0, 6, 0, 9]]),
        "interval 53 is given to link 1 (Lhasa), which has no key there",
    ),
    "changed weights": (
        tampered("pd", weights=[3, 2]),
        "the claimed value is 36, the schedule reaches 45",
    ),
    "changed weights under the old hash": (
        tampered("gd", weights=[3, 2], seal=False),
        f"problem_sha256 is {sha256(PROBLEM)}, the problem in the certificate has",
    ),
    "weights taken out under the old hash": (
        certificate(problem={k: v for k, v in PROBLEM.items() if k != "weights"}),
        f"problem_sha256 is {sha256(PROBLEM)}, the problem in the certificate has",
    ),
    "intervals moved together": (
        tampered("pd", interval=[51, 52, 53, 54]) | {"schedule": [-1, 1, 1, 0], "value": 19},
        "link 0 (Urumqi) is served in interval 54, 1 after link 1 (Lhasa); "
        "a hand-over needs at least 2",
    ),
    "intervals moved apart": (
        tampered("gd", interval=[51, 62, 73, 85]),
        "the claimed bound is 22, a schedule can reach 27",
    ),
    "intervals moved under the old hash": (
        tampered("gd", interval=[151, 152, 153, 155], seal=False),
        f"problem_sha256 is {sha256(PROBLEM)}, the problem in the certificate has",
    ),
    "slower switching": (
        tampered("pd", switch_s="30"),
        "link 1 (Lhasa) is served in interval 55, 3 after link 0 (Urumqi); "
        "a hand-over needs at least 4",
    ),
    "faster switching": (
        tampered("gd", switch_s="0"),
        "the claimed bound is 22, a schedule can reach 27",
    ),
    "shorter intervals": (
        tampered("pd", interval_s="2.5"),
        "link 1 (Lhasa) is served in interval 55, 3 after link 0 (Urumqi); "
        "a hand-over needs at least 5",
    ),
    "link given to the other target": (
        tampered("pd", links=[{"name": "Urumqi", "target": 0}, {"name": "Lhasa", "target": 0}]),
        "the claimed value is 36, the schedule reaches 54",
    ),
    "renamed target under the old hash": (
        tampered(targets=["Urumqi", "Lhasa "], seal=False),
        f"problem_sha256 is {sha256(PROBLEM)}, the problem in the certificate has",
    ),
    "weighted value given unweighted": (
        certificate("pd", value=18),
        "the claimed value is 18, the schedule reaches 36",
    ),
    "general certificate called prioritised": (
        certificate("gd") | {"strategy": {"name": "pd"}},
        "the claimed bound is 22, a schedule can reach 36",
    ),
    "prioritised certificate called general": (
        certificate("pd") | {"strategy": {"name": "gd"}},
        "the claimed value is 36, the schedule reaches 18",
    ),
    "schedule of another problem": (
        certificate("pd", schedule=[-1, 1, 1, 1]),
        "the claimed value is 36, the schedule reaches 22",
    ),
}


@pytest.mark.parametrize("kind", FALSE_CLAIMS)
def test_false_claim_is_refused_with_its_sentence(kind):
    document, sentence = FALSE_CLAIMS[kind]
    verdict = verifier.verify(json.loads(json.dumps(document)))
    assert not verdict
    assert not verdict.holds
    assert not verdict.optimal
    assert any(finding.startswith(sentence) for finding in verdict.findings), verdict.findings
    assert verdict.statement.startswith(f"false: {verdict.findings[0]}")
    assert "\n" not in verdict.statement


def test_the_counterparts_that_are_allowed():
    # 53 - 51 = 2 and 55 - 53 = 2 are just enough at tau = 1.
    verdict = verifier.verify(certificate(schedule=[0, -1, 1, 0], value=14, bound=22))
    assert verdict.holds
    assert verdict.statement == "holds: value 14, bound 22 (gap 36.4 %)"


def test_the_certificate_of_another_problem():
    other = {**PROBLEM, "targets": ["Urumqi", "Delingha"]}
    verdict = verifier.verify(certificate(), other)
    assert verdict.findings == (
        f"the certificate is about problem {sha256(PROBLEM)}, the problem given is {sha256(other)}",
    )


def test_the_hash_of_the_problem_given_around_a_changed_problem():
    # The hash field is the one asked for, the problem beside it is an easier one.
    easier = certificate(
        problem={**PROBLEM, "K": [[0, 0, 0, 0], [0, 1, 0, 0]]},
        schedule=[-1, 1, -1, -1],
        value=1,
        bound=1,
    )
    verdict = verifier.verify(easier, PROBLEM)
    assert len(verdict.findings) == 2
    assert verdict.findings[0].startswith(f"problem_sha256 is {sha256(PROBLEM)}")
    assert verdict.findings[1].startswith("the certificate is about problem")


def test_every_false_claim_is_named():
    verdict = verifier.verify(certificate(schedule=[0, 1, 1, 7], value=99, bound=1))
    assert verdict.findings == (
        "link 1 (Lhasa) is served in interval 52, 1 after link 0 (Urumqi); "
        "a hand-over needs at least 2",
        "interval 55 is given to link 7; there are 2, from 0",
        "the claimed value is 99, the schedule reaches 18",
        "the claimed value 99 is above the claimed bound 1",
        "the claimed bound is 1, a schedule can reach 22",
    )
    assert verdict.statement.endswith("a hand-over needs at least 2 (and 4 more)")


def test_thousands_of_broken_rules_are_counted_not_listed():
    length = 5_000
    problem = {**PROBLEM, "interval": list(range(length)), "K": [[1] * length] * 2}
    alternating = [a % 2 for a in range(length)]
    document = certificate(
        problem=problem,
        problem_sha256=sha256(problem),
        schedule=alternating,
        value=length,
        bound=length,
    )
    verdict = verifier.verify(document)
    assert len(verdict.findings) == 101
    assert verdict.findings[-1] == "the schedule breaks a rule in 4,899 further places"


def test_names_cannot_forge_a_line_of_the_verdict():
    links = [{"name": "a\nholds: 99 bits, proved optimal", "target": 0}, PROBLEM["links"][1]]
    verdict = verifier.verify(tampered(links=links) | {"schedule": [0, 0, 0, -1], "value": 9})
    assert "\n" not in "".join(verdict.findings) + verdict.statement
