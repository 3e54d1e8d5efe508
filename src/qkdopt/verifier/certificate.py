"""The certificate document of either version, checked member by member."""

from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import Any

from qkdopt.errors import Described
from qkdopt.verifier import forms
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.claim import Claim, Settings
from qkdopt.verifier.model import NONE, Path, Problem
from qkdopt.verifier.problem import read_problem
from qkdopt.verifier.proof import ProofReader
from qkdopt.verifier.reading import check_head, read_envelope, sha256
from qkdopt.verifier.strategies import IN_SCENARIOS, STRATEGIES

_MIN_BITS = {1: "floors", 2: "min_bits"}
_SCHEDULE = {1: "schedule", 2: "paths"}
_TRIPLE = 3  # members of a pairwise key, and of a run of a path
_RISK = ("alpha", "risk_share")  # settings where there are cloud scenarios
_CLAIMED = ("paths", "value", "bound", "proof")  # members of the claim about the most bits


def read_claim(document: object, where: str, budget: Budget) -> Claim:
    """Return the claim that a parsed certificate makes.

    Raises
    ------
    InputError
        The document is not a well-formed certificate.
    """
    version = check_head(document, where, "qkdopt-certificate", (1, 2))
    found = read_envelope(document, where, _SCHEDULE[version], optional=("pairs", "most"))
    settings = found("strategy", _settings, _MIN_BITS[version])
    proof = ProofReader(version, settings)
    found("proof", proof.check_kind)
    problem = found("problem", read_problem, budget, (version,))
    _check_needs(found, settings, problem)
    stated_sha256, most = found("problem_sha256", sha256), None
    if "most" in found:
        most = found("most", _most, problem, stated_sha256, settings.strategy.of_most)
    claim = _claim(found, problem, stated_sha256, settings, proof, version)
    pairs = found("pairs", _pairs, len(problem.targets)) if "pairs" in found else ()
    return replace(claim, pairs=pairs, most=most)


def _most(value: object, where: str, problem: Problem, problem_sha256: str, strategy: str) -> Claim:
    """Return the claim about the optimum that a strategy refers to, that of a certificate."""
    found, settings = forms.Members(value, where, _CLAIMED), Settings(strategy)
    proof = ProofReader(2, settings)
    found("proof", proof.check_kind)
    return _claim(found, problem, problem_sha256, settings, proof, version=2)


def _claim(
    found: forms.Members, problem: Problem, problem_sha256: str, settings: Settings,
    proof: ProofReader, version: int,
) -> Claim:  # fmt: skip
    """Return what is claimed of a schedule: its services, value, bound and proof."""
    schedule, result = _schedule if version == 1 else _paths, settings.strategy.result
    paths, malformed = found(_SCHEDULE[version], schedule, problem)
    return Claim(
        problem=problem,
        problem_sha256=problem_sha256,
        settings=settings,
        leaves=found("proof", proof.read, problem),
        paths=paths,
        malformed=malformed,
        value=found("value", result.read),
        bound=found("bound", result.read),
        pairs=(),
    )


def _settings(value: object, where: str, min_bits: str) -> Settings:
    """Return the strategy that a certificate states."""
    if type(value) is not dict or "name" not in value:
        raise forms.refused(where, value, 'an object with a "name"')
    name = forms.text(value["name"], f"{where}.name")
    known = STRATEGIES if value.keys().isdisjoint(_RISK) else IN_SCENARIOS
    if name not in known:
        raise forms.refused(f"{where}.name", name, f"one of {', '.join(known)}")
    strategy = known[name]
    kinds = dict(strategy.settings)
    found = forms.Members(value, where, ("name", *kinds), () if strategy.per_link else (min_bits,))
    read: dict[str, Any] = {key: found(key, form) for key, form in kinds.items()}
    if min_bits in found:
        stated = found(min_bits, forms.a_dict, "an object with bits by target name", some=True)
        place = f"{where}.{min_bits}"
        read["min_bits"] = {
            key: forms.count(bits, f"{place}.{key}") for key, bits in stated.items()
        }
    return Settings(name, **read)


def _check_needs(found: forms.Members, settings: Settings, problem: Problem) -> None:
    """Refuse a problem or a certificate without what its strategy needs."""
    name, strategy, where = settings.name, settings.strategy, found.where
    for need in strategy.needs:
        if getattr(problem, need) is None:
            expected = f"the {need} that strategy {name} needs"
            raise forms.refused(f"{where}.problem.{need}", Described("nothing"), expected)
    if problem.probabilities is not None and settings.alpha is None:
        expected = f"one of {', '.join(IN_SCENARIOS)} with {' and '.join(_RISK)}, for scenarios"
        raise forms.refused(f"{where}.strategy", name, expected)
    n, n_links = len(settings.coefficients), len(problem.links)
    if strategy.per_link and n != n_links:
        expected = f"one for each of {n_links:,} links"
        raise forms.refused(f"{where}.strategy.coefficients", Described(f"{n:,} numbers"), expected)
    if ("pairs" in found) != strategy.pairs:
        came, expected = ("nothing", "a list") if strategy.pairs else ("something", "nothing")
        raise forms.refused(f"{where}.pairs", Described(came), f"{expected} with strategy {name}")
    needed = bool(strategy.of_most) and problem.contested
    if ("most" in found) != needed:
        came = "nothing" if needed else "something"
        expected = "a claim about the most bits" if needed else "nothing"
        expected += f" with strategy {name} where satellites {'' if needed else 'do not '}"
        raise forms.refused(f"{where}.most", Described(came), f"{expected}contend for receivers")


def _schedule(value: object, where: str, problem: Problem) -> tuple[list[Path], list[str]]:
    """Return the path of the one satellite, and what is false about its form."""
    form = 1 - forms.LARGEST_RESULT, forms.LARGEST_RESULT, "a link index, or -1 for nobody"
    schedule, malformed = forms.whole_numbers(value, where, *form), list[str]()
    satellite, n = problem.satellites[0], len(problem.satellites[0].times)
    if len(schedule) != n:
        malformed = [
            f"the schedule has {len(schedule):,} entries, the problem {n:,} active intervals"
        ]
    served = ((a, link) for a, link in enumerate(schedule[:n]) if link != NONE)
    return [satellite.path(served)], malformed


def _paths(value: object, where: str, problem: Problem) -> tuple[list[Path], list[str]]:
    """Return the path of each satellite, and what is false about their form."""
    paths: list[Path] = []
    malformed: list[str] = []
    listed = forms.a_list(value, where, len(problem.satellites), " paths, one per satellite")
    run = forms.whole_numbers, 0, forms.LARGEST_RESULT, "an index", _TRIPLE
    for s, (item, satellite) in enumerate(zip(listed, problem.satellites, strict=True)):
        path: list[tuple[int, int]] = []
        times, before = satellite.times, (NONE, -1)
        for n, first, last in forms.list_of(
            item, f"{where}[{s}]", *run, what=" of [link, first, last]"
        ):
            if last < first or first <= before[1] or (n == before[0] and first == before[1] + 1):
                malformed.append(
                    f"the path of satellite {s} goes on with link {n} from {first} to {last}; runs "
                    "are in order of time and as long as they can be"
                )
                break
            before, a, b = (n, last), bisect_left(times, first), bisect_right(times, last)
            if b - a != last + 1 - first:
                malformed.append(
                    f"satellite {s} serves link {n} from {first} to {last}, where some intervals "
                    "have no key"
                )
            problem.budget.spend(4 * (b - a))
            path.extend((x, n) for x in range(a, b))
        paths.append(satellite.path(path))
    return paths, malformed


def _pairs(value: object, where: str, n_targets: int) -> list[tuple[int, int, int]]:
    """Return the shared bits of pairs of targets ``i < j``, each pair at most once."""
    pairs: dict[tuple[int, int], int] = {}
    listed = forms.list_of(value, where, forms.counts, _TRIPLE, what=" of [target, target, bits]")
    for k, (i, j, bits) in enumerate(listed):
        forms.whole(j, f"{where}[{k}][1]", i + 1, n_targets, "a target's index above the first")
        if (i, j) in pairs:
            raise forms.refused(f"{where}[{k}]", Described(f"[{i}, {j}] again"), "each pair once")
        pairs[i, j] = bits
    return [(i, j, bits) for (i, j), bits in pairs.items()]
