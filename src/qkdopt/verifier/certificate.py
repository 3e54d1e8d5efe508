"""The certificate document of either version, checked member by member."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.claim import Claim, Settings
from qkdopt.verifier.document import check_head, read_envelope
from qkdopt.verifier.fields import (
    Described,
    count,
    counts,
    describe,
    list_of,
    members,
    text,
    whole,
    whole_numbers,
)
from qkdopt.verifier.model import NONE, Path, Problem
from qkdopt.verifier.problem import read_problem
from qkdopt.verifier.proof import ProofReader, kinds
from qkdopt.verifier.results import LARGEST_RESULT, read_limited_decimal
from qkdopt.verifier.strategies import STRATEGIES

__all__ = ["read_claim"]

_MIN_BITS = {1: "floors", 2: "min_bits"}
_SCHEDULE = {1: "schedule", 2: "paths"}
_TRIPLE = 3  # members of a pairwise key, and of a run of a path


def read_claim(document: object, where: str, budget: Budget | None = None) -> Claim:
    """Return the claim that a parsed certificate makes.

    Raises
    ------
    InputError
        The document is not a well-formed certificate.
    """
    version = check_head(document, where, "qkdopt-certificate", (1, 2))
    found = read_envelope(document, where, _SCHEDULE[version], ("pairs",))
    settings = _settings(found["strategy"], f"{where}.strategy", version)
    name, bounded = settings.name, bool(settings.min_bits)
    _check_kind(found["proof"], f"{where}.proof", name, kinds(version, name, bounded=bounded))
    problem = read_problem(found["problem"], f"{where}.problem", budget, (version,))
    _check_needs(found, where, settings, problem)
    proof = ProofReader(problem, version, name, bounded)
    schedule, place = found[_SCHEDULE[version]], f"{where}.{_SCHEDULE[version]}"
    read_schedule = _schedule if version == 1 else _paths
    paths, malformed = read_schedule(schedule, place, problem)
    return Claim(
        problem=problem,
        problem_sha256=found["problem_sha256"],
        settings=settings,
        leaves=proof.read(found["proof"], f"{where}.proof"),
        paths=paths,
        malformed=tuple(malformed),
        value=STRATEGIES[name].result.read(found["value"], f"{where}.value"),
        bound=STRATEGIES[name].result.read(found["bound"], f"{where}.bound"),
        pairs=_pairs(found.get("pairs", []), f"{where}.pairs", len(problem.targets)),
    )


def _settings(value: object, where: str, version: int) -> Settings:
    """Return the strategy that a certificate states."""
    if type(value) is not dict or "name" not in value:
        raise InputError(where, describe(value), 'an object with a "name"')
    name = text(value["name"], f"{where}.name")
    if name not in STRATEGIES:
        raise InputError(f"{where}.name", describe(name), f"one of {', '.join(STRATEGIES)}")
    min_bits = _MIN_BITS[version]
    optional = () if STRATEGIES[name].per_link else (min_bits,)
    found = members(value, where, ("name", *STRATEGIES[name].settings), optional)
    read: dict[str, Any] = {}
    for key in STRATEGIES[name].settings:
        place = f"{where}.{key}"
        if key == "coefficients":
            read[key] = counts(found[key], place)
            continue
        what = "nats" if key == "kl_max" else "a share"
        read[key] = read_limited_decimal(found[key], place, what)
        if key == "fraction" and read[key] > 1:
            raise InputError(place, describe(found[key]), "at most 1")
    if min_bits in found:
        stated, place = found[min_bits], f"{where}.{min_bits}"
        if type(stated) is not dict or not stated:
            raise InputError(place, describe(stated), "an object with bits by target name")
        read["min_bits"] = {
            target: count(bits, f"{place}.{target}") for target, bits in stated.items()
        }
    return Settings(name, **read)


def _check_kind(value: object, where: str, strategy: str, known: tuple[str, ...]) -> None:
    if type(value) is not dict or "kind" not in value:
        expected = 'a JSON object with a "kind"' if type(value) is dict else "a JSON object"
        raise InputError(where, describe(value), expected)
    if value["kind"] not in known:
        expected = " or ".join(f'"{kind}"' for kind in known)
        expected = f"{expected}, the proof of strategy {strategy}"
        raise InputError(f"{where}.kind", describe(value["kind"]), expected)


def _check_needs(found: dict[str, Any], where: str, settings: Settings, problem: Problem) -> None:
    """Refuse a problem or a certificate without what its strategy needs."""
    strategy = settings.name
    for name in STRATEGIES[strategy].needs:
        if getattr(problem, name) is None:
            expected = f"the {name} that strategy {strategy} needs"
            raise InputError(f"{where}.problem.{name}", Described("nothing"), expected)
    n, n_links = len(settings.coefficients), len(problem.links)
    if STRATEGIES[strategy].per_link and n != n_links:
        expected = f"one for each of {n_links:,} links"
        raise InputError(f"{where}.strategy.coefficients", Described(f"{n:,} numbers"), expected)
    if ("pairs" in found) != (strategy == "paired"):
        came, expected = ("something", "nothing") if "pairs" in found else ("nothing", "a list")
        raise InputError(f"{where}.pairs", Described(came), f"{expected} with strategy {strategy}")
    if strategy == "least" and problem.shared:
        expected = "another strategy where satellites share a station"
        raise InputError(f"{where}.strategy.name", "least", expected)


def _schedule(value: object, where: str, problem: Problem) -> tuple[list[Path], list[str]]:
    """Return the path of the one satellite, and what is false about its form."""
    least, expected = 1 - LARGEST_RESULT, "a link index, or -1 for nobody"
    schedule = whole_numbers(value, where, None, least, LARGEST_RESULT, expected)
    n = len(problem.satellites[0].times)
    malformed = []
    if len(schedule) != n:
        malformed = [
            f"the schedule has {len(schedule):,} entries, the problem {n:,} active intervals"
        ]
    served = ((a, link) for a, link in enumerate(schedule[:n]) if link != NONE)
    return [problem.satellites[0].path(served)], malformed


def _paths(value: object, where: str, problem: Problem) -> tuple[list[Path], list[str]]:
    """Return the path of each satellite, and what is false about their form."""
    paths: list[Path] = []
    malformed: list[str] = []
    listed = list_of(value, where, len(problem.satellites), " paths, one per satellite")
    for s, item in enumerate(listed):
        path: list[tuple[int, int]] = []
        times, before = problem.satellites[s].times, (NONE, -1)
        for i, run in enumerate(list_of(item, f"{where}[{s}]", what=" of [link, first, last]")):
            at = f"{where}[{s}][{i}]"
            n, first, last = whole_numbers(run, at, _TRIPLE, 0, LARGEST_RESULT, "an index")
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
        paths.append(problem.satellites[s].path(path))
    return paths, malformed


def _pairs(value: object, where: str, n_targets: int) -> tuple[tuple[int, int, int], ...]:
    """Return the shared bits of pairs of targets ``i < j``, each pair at most once."""
    pairs: dict[tuple[int, int], int] = {}
    for k, item in enumerate(list_of(value, where, what=" of [target, target, bits]")):
        i, j, bits = counts(item, f"{where}[{k}]", _TRIPLE)
        whole(j, f"{where}[{k}][1]", i + 1, n_targets, "a target's index above the first")
        if (i, j) in pairs:
            raise InputError(f"{where}[{k}]", Described(f"[{i}, {j}] again"), "each pair once")
        pairs[i, j] = bits
    return tuple((i, j, bits) for (i, j), bits in pairs.items())
