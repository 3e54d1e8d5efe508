"""Problems with cloud scenarios, drawn and enumerated by their definition.

Nothing of the verifier is in here.  The risk is that of Rockafellar and Uryasev (2000): the mean of
the worst ``alpha`` is the largest ``eta - sum pi max(0, eta - R) / alpha``, at some ``eta = R``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

from verifier_version_2 import claim_2, every_constellation, stated_paths, stations_can

STRATEGIES = ("gd", "pd", "balanced", "capped")
ALPHAS, SHARES = ("0.1", "0.25", "0.4", "0.5", "0.7", "1"), ("0", "0.3", "0.5", "1")

Rows = list[list[int]]  # by scenario and target


def text(x: Fraction | int) -> str:
    return f"{Fraction(x).numerator}/{Fraction(x).denominator}"


def clouded(clear: dict[str, Any], random: Random, most_scenarios: int = 4) -> dict[str, Any]:
    """Return a drawn problem of version 2 in several scenarios, its targets with all numbers."""
    count = random.randint(1, most_scenarios)
    shares = [random.choice((1, 1, 2, 3)) for _ in range(count)]
    contacts = []
    for x in clear["contacts"]:
        columns = [[random.choice((0, 0, 1, 2, 3)) * k for _ in range(count)] for k in x["bits"]]
        for column, k in zip(columns, x["bits"], strict=True):
            if not any(column):
                column[random.randrange(count)] = k
        contacts.append(x | {"bits": [list(row) for row in zip(*columns, strict=True)]})
    numbers = {"weight": (0, 1, 2, 3), "stock": (0, 0, 1, 4), "demand": (0, 2, 5, 9)}
    targets = [
        x | {key: random.choice(some) for key, some in numbers.items()} for x in clear["targets"]
    ]
    targets[0]["weight"] = random.randint(1, 3)
    probabilities = [text(Fraction(x, sum(shares))) for x in shares]
    return clear | {
        "targets": targets,
        "contacts": contacts,
        "scenarios": {"probabilities": probabilities},
    }


def one_satellite(problem: dict[str, Any]) -> dict[str, Any]:
    """Return the problem with all links those of one satellite."""
    links = [x | {"satellite": 0} for x in problem["links"]]
    return problem | {"satellites": problem["satellites"][:1], "links": links}


def active(problem: dict[str, Any], s: int) -> list[int]:
    """Return the intervals in which a satellite has bits in some scenario."""
    return [
        x["first"] + a
        for x in problem["contacts"]
        if problem["links"][x["link"]]["satellite"] == s
        for a in range(len(x["bits"][0]))
    ]


def delivered(problem: dict[str, Any], paths: Any) -> Rows:
    """Return the bits of each scenario and target, cell by cell."""
    chances = problem["scenarios"]["probabilities"]
    rows = [[0] * len(problem["targets"]) for _ in chances]
    cells = [cell for path in paths for cell in path]
    for x in problem["contacts"]:
        target = problem["links"][x["link"]]["target"]
        for row, bits in zip(rows, x["bits"], strict=True):
            for t, k in enumerate(bits, x["first"]):
                row[target] += k * cells.count((t, x["link"]))
    return rows


def reward(problem: dict[str, Any], strategy: str, bits: list[int]) -> Fraction:
    """Return what the bits of one scenario are worth."""
    targets = problem["targets"]
    if strategy == "gd":
        return Fraction(sum(bits))
    if strategy == "pd":
        return Fraction(sum(x["weight"] * e for x, e in zip(targets, bits, strict=True)))
    if strategy == "capped":
        return Fraction(sum(min(x["demand"], e) for x, e in zip(targets, bits, strict=True)))
    every = sum(x["weight"] for x in targets)
    return min(
        Fraction((x["stock"] + e) * every, x["weight"])
        for x, e in zip(targets, bits, strict=True)
        if x["weight"]
    )


def at_risk(rewards: list[Fraction], chances: list[Fraction], alpha: str, share: str) -> Fraction:
    """Return ``(1 - share)`` times what is expected plus ``share`` times the worst ``alpha``."""
    worst = max(
        eta
        - sum(p * max(Fraction(0), eta - r) for p, r in zip(chances, rewards, strict=True))
        / Fraction(alpha)
        for eta in rewards
    )
    expected = sum(p * r for p, r in zip(chances, rewards, strict=True))
    return (1 - Fraction(share)) * expected + Fraction(share) * worst


def value(problem: dict[str, Any], strategy: dict[str, Any], paths: Any) -> Fraction:
    """Return what a schedule is worth."""
    rewards = [reward(problem, strategy["name"], row) for row in delivered(problem, paths)]
    chances = list(map(Fraction, problem["scenarios"]["probabilities"]))
    return at_risk(rewards, chances, strategy["alpha"], strategy["risk_share"])


def every_schedule(clear: dict[str, Any]) -> Iterator[Any]:
    """Yield every schedule that keeps the rules, of the problem with bits in one sky."""
    for paths in every_constellation(clear):
        if stations_can(clear, paths):
            yield paths


def enough(problem: dict[str, Any], strategy: dict[str, Any], paths: Any) -> bool:
    """Say whether every scenario brings the lower bounds."""
    names = [x["name"] for x in problem["targets"]]
    least = [strategy.get("min_bits", {}).get(name, 0) for name in names]
    rows = delivered(problem, paths)
    return all(e >= x for row in rows for e, x in zip(row, least, strict=True))


def limits(problem: dict[str, Any], alpha: str, share: str) -> list[tuple[Fraction, Fraction]]:
    """Return between what the weight of each scenario lies."""
    found = []
    for p in map(Fraction, problem["scenarios"]["probabilities"]):
        least = (1 - Fraction(share)) * p
        found.append((least, least + Fraction(share) * p / Fraction(alpha)))
    return found


def corners(problem: dict[str, Any], alpha: str, share: str) -> list[list[Fraction]]:
    """Return the corners of all weights: what is left is given in some order."""
    between = limits(problem, alpha, share)
    found = []
    for order in itertools.permutations(range(len(between))):
        weights = [low for low, _ in between]
        left = 1 - sum(weights)
        for k in order:
            more = min(left, between[k][1] - weights[k])
            weights[k] += more
            left -= more
        found.append(weights)
    return found


def weights(problem: dict[str, Any], strategy: dict[str, Any], random: Random) -> list[Fraction]:
    """Return weights that are allowed: a corner, or some point between two of them."""
    every = corners(problem, strategy["alpha"], strategy["risk_share"])
    one, two, mix = random.choice(every), random.choice(every), Fraction(random.randint(0, 4), 4)
    return [mix * x + (1 - mix) * y for x, y in zip(one, two, strict=True)]


def multipliers(
    problem: dict[str, Any], strategy: dict[str, Any], random: Random
) -> dict[str, Any]:
    """Return multipliers of a strategy that are allowed."""
    chosen, targets = weights(problem, strategy, random), problem["targets"]
    every = sum(x["weight"] for x in targets)
    found: dict[str, Any] = {}
    if strategy["name"] != "balanced":
        found["scenario"] = list(map(text, chosen))
    if strategy["name"] == "capped":
        some = [Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1)]
        found["target"] = [[text(p * random.choice(some)) for _ in targets] for p in chosen]
    if strategy["name"] == "balanced":
        found["target"] = []
        for p in chosen:
            parts = [random.randint(0, 3) * bool(x["weight"]) for x in targets]
            parts[0] += not any(parts)
            whole = Fraction(sum(parts))
            row = zip(parts, targets, strict=True)
            found["target"].append(
                [text(p * s / whole * every / x["weight"]) if s else "0/1" for s, x in row]
            )
    if "min_bits" in strategy:
        some = [Fraction(0), Fraction(1, 4), Fraction(2)]
        found["y_min"] = [[text(random.choice(some)) for _ in targets] for _ in chosen]
    return found


def certificate(problem: dict[str, Any], strategy: dict[str, Any], paths: Any) -> dict[str, Any]:
    """Return a claim about a schedule, with its value, a bound of the same, and no proof."""
    reached = text(value(problem, strategy, paths))
    claim = claim_2(problem, strategy["name"], stated_paths(paths), value=reached, bound=reached)
    return claim | {"strategy": strategy}


def by_hand() -> dict[str, Any]:
    """Return the certificate of docs/certificates.md."""
    problem = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": "A", "switch_s": "10"}],
        "stations": [
            {"name": "Urumqi", "receivers": 1, "switch_s": "0"},
            {"name": "Lhasa", "receivers": 1, "switch_s": "0"},
        ],
        "targets": [
            {"name": "Urumqi", "weight": 1, "stock": 0, "demand": 7},
            {"name": "Lhasa", "weight": 1, "stock": 2, "demand": 5},
        ],
        "links": [
            {"name": "A-Urumqi", "satellite": 0, "stations": [0], "target": 0},
            {"name": "A-Lhasa", "satellite": 0, "stations": [1], "target": 1},
        ],
        "contacts": [
            {"link": 0, "first": 51, "bits": [[2, 5], [0, 2]]},
            {"link": 0, "first": 55, "bits": [[4], [0]]},
            {"link": 1, "first": 52, "bits": [[2, 6], [6, 8]]},
            {"link": 1, "first": 55, "bits": [[5], [6]]},
        ],
        "scenarios": {"probabilities": ["1/2", "1/2"]},
    }
    strategy = {"name": "gd", "alpha": "0.5", "risk_share": "0.5"}
    paths = [((52, 1), (53, 1), (55, 1))]
    proof = {"kind": "multipliers", "scenario": ["3/4", "1/4"]}
    return certificate(problem, strategy, paths) | {"proof": proof}
