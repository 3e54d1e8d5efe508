"""Problems whose keys are of sessions: drawn, and enumerated straight from the rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import ceil
from random import Random
from typing import Any

from verifier_version_2 import runs, stations_can

MOST_SCHEDULES = {1: 2000, 2: 80}  # of each satellite, by how many there are

Cells = tuple[tuple[int, int], ...]  # of one satellite: interval and link


def session_problem(
    seed: int, satellites: int = 1, rules: bool = False, kind: int | None = None
) -> dict[str, Any]:
    """Return a drawn problem; ``kind`` 0 has tables of any numbers, 1 and 2 superadditive ones."""
    rng = Random(seed)
    n_stations = rng.randint(1, 3 if satellites == 1 else 2)
    links = [
        {"name": f"L{s}{i}", "satellite": s, "stations": [i], "target": rng.randint(0, 1)}
        for s in range(satellites)
        for i in range(n_stations)
        if i == 0 or rng.random() < 0.8
    ]
    times = sorted(rng.sample(range(10 if satellites == 1 else 6), rng.randint(2, 6)))
    if satellites == 1 and rng.random() < 0.5:
        times = [*range(rng.randint(3, 9))]
    cells = {(t, n) for t in times for n in range(len(links)) if rng.random() < 0.75}
    cells |= {(times[0], 0)}
    while any(
        schedules_of(cells, links, s) > MOST_SCHEDULES[satellites] for s in range(satellites)
    ):
        cells.remove(rng.choice(sorted(cells - {(times[0], 0)})))
    kind = rng.randint(0, 2) if kind is None else kind
    contacts, sessions = [], []
    for n in range(len(links)):
        for first, last in runs([t for t in times if (t, n) in cells]):
            bits = [rng.randint(1, 9) for _ in range(first, last + 1)]
            sessions.append([len(contacts), triangle(bits, kind, rng)])
            contacts.append({"link": n, "first": first, "bits": bits})
    problem: dict[str, Any] = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [
            {"name": f"A{s}", "switch_s": str(10 * rng.randint(0, 3))} for s in range(satellites)
        ],
        "stations": [
            {"name": f"S{i}", "receivers": rng.randint(1, 2), "switch_s": str(rng.choice((0, 10)))}
            for i in range(n_stations)
        ],
        "targets": [{"name": "T0", "weight": 2}, {"name": "T1", "weight": 1}],
        "links": links,
        "contacts": contacts,
        "sessions": sessions,
    }
    for s, satellite in enumerate(problem["satellites"] if rules else ()):
        own = {t for t, n in cells if links[n]["satellite"] == s}
        idle = {t for t in range(12) if t not in own and rng.random() < 0.1}
        if idle:
            satellite["active"] = runs(sorted(own | idle))
    if rules and (options := drawn_options(rng, links, sorted(cells), satellites)):
        problem["options"] = options
    return problem


def triangle(bits: list[int], kind: int, rng: Random) -> list[int]:
    """Return drawn key lengths: of any size, above sums and convex, or a part above a threshold."""
    pairs = [(i, j) for i in range(len(bits)) for j in range(i, len(bits))]
    if not kind:
        return [rng.randint(0, 12) for _ in pairs]
    sums = [sum(bits[i : j + 1]) for i, j in pairs]
    return [max(0, x - 6) if kind == 1 else x * x // 8 for x in sums]


def schedules_of(cells: set[tuple[int, int]], links: list[dict[str, Any]], s: int) -> int:
    number = 1
    for t in {t for t, _ in cells}:
        number *= 1 + sum(u == t and links[n]["satellite"] == s for u, n in cells)
    return number


def drawn_options(
    rng: Random, links: list[dict[str, Any]], cells: list[tuple[int, int]], satellites: int
) -> dict[str, Any]:
    """Return drawn operations: each with some probability."""

    def some(p: float = 0.3) -> bool:
        return rng.random() < p

    options: dict[str, Any] = {}
    own = [[n for n, x in enumerate(links) if x["satellite"] == s] for s in range(satellites)]
    for rule in ("forbidden", "locked"):
        if some():
            drawn = rng.sample(cells, min(len(cells), rng.randint(1, 2)))
            options[rule] = [
                [links[n]["satellite"], n if some(0.7) else -1, t] for t, n in sorted(drawn)
            ]
    numbers = {"max_handovers_per_pass": 2, "max_handovers": 2}
    seconds = {"minimum_dwell_s": (10, 30), "max_service_s_per_pass": (20, 50)}
    for rule, most in numbers.items():
        if some():
            options[rule] = [[s, rng.randint(0, most)] for s in range(satellites)]
    for rule, (least, largest) in seconds.items():
        if some():
            options[rule] = [[s, str(rng.randint(least, largest))] for s in range(satellites)]
    if some():
        options["switch_matrix_s"] = [
            [s, [[str(0 if n == m else 10 * rng.randint(0, 3)) for m in row] for n in row]]
            for s, row in enumerate(own)
        ]
    if some(0.2) and min(map(len, own)) > 1:
        first = rng.randint(0, 5)
        run = [0, 1, first, first + rng.randint(0, 3), rng.randint(0, 2)]
        options["slew"] = [[s, [run]] for s in range(satellites)]
    return options


def rule(problem: dict[str, Any], name: str, s: int) -> Any:
    """Return what an operation says about a satellite, ``None`` where it is off."""
    return next((x[1] for x in problem.get("options", {}).get(name, ()) if x[0] == s), None)


def soonest(problem: dict[str, Any], s: int, n: int, m: int, time: int) -> int:
    """Return from when on link ``m`` may be served after link ``n``, served last at a time."""
    own = [k for k, x in enumerate(problem["links"]) if x["satellite"] == s]
    matrix, slew = rule(problem, "switch_matrix_s", s), rule(problem, "slew", s)
    seconds = problem["satellites"][s]["switch_s"]
    if matrix is not None:
        seconds = matrix[own.index(n)][own.index(m)]
    tau = ceil(int(seconds) / 10)
    found = [time + 1 + tau]
    for i, j, first, last, idle in slew or ():
        if (own[i], own[j]) == (n, m):
            found += [c + 1 + min(idle, tau) for c in range(max(first, time), last + 1)]
    return min(found)


def allowed(problem: dict[str, Any], s: int, path: Cells, times: list[int]) -> bool:
    """Say whether a path keeps rule 3 and all operations of its satellite."""
    services = [[t for t, _ in own] for _, own in itertools.groupby(path, lambda x: x[1])]
    links = [n for n, _ in itertools.groupby(n for _, n in path)]
    turns = list(itertools.pairwise(zip(links, services, strict=True)))
    if any(after[0] < soonest(problem, s, n, m, before[-1]) for (n, before), (m, after) in turns):
        return False
    options, at = problem.get("options", {}), dict(path)
    if any(x == s and at.get(t, -1) in ({n} if n >= 0 else {*at.values()} - {-1})
           for x, n, t in options.get("forbidden", ()) if t in at):  # fmt: skip
        return False
    if any(x == s and at.get(t, -1) != n for x, n, t in options.get("locked", ())):
        return False
    dwell = rule(problem, "minimum_dwell_s", s)
    if dwell and any(len(own) < ceil(int(dwell) / 10) for own in services):
        return False
    passes = {t: k for k, (a, b) in enumerate(runs(times)) for t in range(a, b + 1)}
    within: dict[int, int] = {}
    for (_, before), (_, after) in turns:
        if passes[before[-1]] == passes[after[0]]:
            within[passes[after[0]]] = within.get(passes[after[0]], 0) + 1
    duty = [sum(passes[t] == k for t, _ in path) for k in {*passes.values()}]
    per_pass, most = rule(problem, "max_handovers_per_pass", s), rule(problem, "max_handovers", s)
    service = rule(problem, "max_service_s_per_pass", s)
    return not (
        (per_pass is not None and max(within.values(), default=0) > per_pass)
        or (most is not None and len(turns) > most)
        or (service is not None and max(duty, default=0) > int(service) // 10)
    )


def paths_of(problem: dict[str, Any], s: int) -> list[Cells]:
    """Return every path of a satellite that its own rules allow."""
    cells: dict[int, list[int]] = {}
    for x in problem["contacts"]:
        if problem["links"][x["link"]]["satellite"] == s:
            for t in range(x["first"], x["first"] + len(x["bits"])):
                cells.setdefault(t, []).append(x["link"])
    active = problem["satellites"][s].get("active") or runs(sorted(cells))
    times = [t for first, last in active for t in range(first, last + 1)]
    found = []
    for chosen in itertools.product(*([None, *cells.get(t, ())] for t in times)):
        path = tuple((t, n) for t, n in zip(times, chosen, strict=True) if n is not None)
        if allowed(problem, s, path, times):
            found.append(path)
    return found


def sessions_in(path: Cells) -> list[tuple[int, int, int]]:
    """Return link, first and last interval of the sessions of a path."""
    found: list[tuple[int, int, int]] = []
    for t, n in path:
        if found and found[-1][0] == n and found[-1][2] == t - 1:
            found[-1] = (n, found[-1][1], t)
        else:
            found.append((n, t, t))
    return found


def bits_of_sessions(problem: dict[str, Any]) -> dict[tuple[int, int, int], int]:
    """Return the key length of every session by link, first and last interval."""
    found = {}
    for c, table in problem["sessions"]:
        contact, keys = problem["contacts"][c], iter(table)
        first, size = contact["first"], len(contact["bits"])
        for i in range(size):
            for j in range(i, size):
                found[contact["link"], first + i, first + j] = next(keys)
    return found


def delivered(problem: dict[str, Any], paths: tuple[Cells, ...]) -> list[int]:
    """Return the bits of every target."""
    bits, found = bits_of_sessions(problem), [0] * len(problem["targets"])
    for n, first, last in itertools.chain.from_iterable(map(sessions_in, paths)):
        found[problem["links"][n]["target"]] += bits[n, first, last]
    return found


def every_schedule(problem: dict[str, Any]) -> Iterator[tuple[Cells, ...]]:
    """Yield every allowed schedule."""
    own = [paths_of(problem, s) for s in range(len(problem["satellites"]))]
    for paths in itertools.product(*own):
        if len(own) == 1 or stations_can(problem, paths):
            yield paths


def stated(paths: tuple[Cells, ...]) -> list[list[list[int]]]:
    """Return paths as a certificate states them."""
    return [list(map(list, sessions_in(path))) for path in paths]
