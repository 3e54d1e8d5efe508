"""Documents of version 2: those of version 1 said anew, and constellations drawn and enumerated."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from math import ceil
from typing import Any

from hypothesis import strategies as st

NAMES = {
    "td": ({"a": "y_share", "mu": "y_kl", "nu": "y_min"},),
    "least": ({"a": "y_share", "nu": "y_total", "floors": "y_min"},),
    "balanced": ({"lambda": "target", "floors": "y_min"}, {"nu": "y_min"}),
}
PARTS = {"balanced": ("t", "total")}


def sha256(document: Any) -> str:
    spelt = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(spelt.encode()).hexdigest()


def runs(times: list[int]) -> list[list[int]]:
    """Return first and last of the maximal runs of rising whole numbers."""
    found: list[list[int]] = []
    for t in times:
        if found and found[-1][1] == t - 1:
            found[-1][1] = t
        else:
            found.append([t, t])
    return found


def problem_2(old: dict[str, Any]) -> dict[str, Any]:
    """Return a problem of version 1 in version 2."""
    interval, K = old["interval"], old["K"]
    numbers = {"weights": "weight", "stock": "stock", "demand": "demand"}
    contacts = []
    for n, row in enumerate(K):
        bits = {t: k for t, k in zip(interval, row, strict=True) if k}
        for first, last in runs([*bits]):
            here = [bits[t] for t in range(first, last + 1)]
            contacts.append({"link": n, "first": first, "bits": here})
    satellite: dict[str, Any] = {"name": "satellite", "switch_s": old["switch_s"]}
    if any(not any(column) for column in zip(*K, strict=True)) or (not K and interval):
        satellite["active"] = runs(interval)
    new = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": old["interval_s"],
        "satellites": [satellite],
        "stations": [
            {"name": f"{n} {x['name']}", "receivers": 1, "switch_s": "0"}
            for n, x in enumerate(old["links"])
        ],
        "targets": [
            {"name": name, **{b: old[a][i] for a, b in numbers.items() if a in old}}
            for i, name in enumerate(old["targets"])
        ],
        "links": [
            {"name": f"{n} {x['name']}", "satellite": 0, "stations": [n], "target": x["target"]}
            for n, x in enumerate(old["links"])
        ],
        "contacts": contacts,
        **{name: old[name] for name in ("traffic", "information") if name in old},
    }
    if "options" in old:
        new["options"] = {
            rule: [[0, *pair] for pair in value]
            if rule in ("forbidden", "locked")
            else [[0, value]]
            for rule, value in old["options"].items()
        }
    return new


def certificate_2(old: dict[str, Any]) -> dict[str, Any]:
    """Return a certificate of version 1 in version 2."""
    problem, strategy = problem_2(old["problem"]), dict(old["strategy"])
    if "floors" in strategy:
        strategy["min_bits"] = strategy.pop("floors")
    interval = old["problem"]["interval"]
    path: list[list[int]] = []
    for t, n in zip(interval, old["schedule"], strict=False):
        if path and path[-1][0] == n and path[-1][2] == t - 1:
            path[-1][2] = t
        elif n != -1:
            path.append([n, t, t])
    new = {key: value for key, value in old.items() if key != "schedule"}
    return new | {
        "version": 2,
        "problem": problem,
        "problem_sha256": sha256(problem),
        "strategy": strategy,
        "paths": [path],
        "proof": proof_2(old["proof"], strategy["name"], interval),
    }


def assert_same_verdict(first: Any, second: Any) -> None:
    """Fail unless both versions of a certificate get one verdict."""
    assert first.findings == () or not second.holds
    for name in ("holds", "optimal", "value", "bound", "delivered", "recomputed_bound", "unit"):
        assert getattr(first, name) == getattr(second, name), name


def proof_2(old: dict[str, Any], strategy: str, interval: list[int]) -> dict[str, Any]:
    names = NAMES.get(strategy, ({"lambda": "target", "nu": "y_min"},))
    parts = PARTS.get(strategy, ("all",))

    def renamed(multipliers: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
        known = known | {"deliveries": "deliveries"}
        return {known[name]: x for name, x in multipliers.items() if name in known}

    def tree(stated: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
        if "prices" not in stated:  # one of two parts may be no tree
            return renamed(stated, known)
        leaves = [renamed(x, known) for x in stated["prices"]]
        if "plans" in stated:
            return {"plans": stated["plans"], "leaves": leaves}
        branches = [
            x if type(x) is int else [x[-1], interval[x[0]], interval[x[-2]]]
            for x in stated["tree"]
        ]
        return {"branches": branches, "leaves": leaves}

    if old["kind"] == "path":
        return {"kind": "path"}
    if old["kind"] == "prices":
        found = {part: renamed(old, known) for part, known in zip(parts, names, strict=True)}
        return {"kind": "multipliers", **found.get("all", found)}
    if parts == ("all",):
        return {"kind": "tree", **tree(old, names[0])}
    found = {part: tree(old[part], known) for part, known in zip(parts, names, strict=True)}
    return {"kind": "tree", **found}


# ------------------------------------------------------------------- several satellites


@st.composite
def constellations(draw: Any, most_satellites: int = 3, most_intervals: int = 3) -> dict[str, Any]:
    """Draw problems of a few satellites over one or two stations, with set-up times and pairs."""
    n_satellites = draw(st.integers(2, most_satellites))
    n_stations, n_intervals = draw(st.integers(1, 2)), draw(st.integers(1, most_intervals))
    seconds = st.sampled_from(["0", "4", "10", "20"])
    stations = [
        {"name": f"S{i}", "receivers": draw(st.integers(1, 2)), "switch_s": draw(seconds)}
        for i in range(n_stations)
    ]
    links, contacts = [], []
    for s in range(n_satellites):
        for where in [[i] for i in range(n_stations)] + [[0, 1]] * (n_stations == 2):
            if not draw(st.integers(0, 3 if len(where) > 1 else 4)):
                continue
            if len(where) > 1 and draw(st.booleans()):
                continue
            n = len(links)
            target = draw(st.integers(0, 1))
            links.append({"name": f"L{n}", "satellite": s, "stations": where, "target": target})
            bits = {t: draw(st.sampled_from([0, 1, 2, 5])) for t in range(n_intervals)}
            for first, last in runs([t for t, k in bits.items() if k]):
                here = [bits[t] for t in range(first, last + 1)]
                contacts.append({"link": n, "first": first, "bits": here})
    return {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": f"A{s}", "switch_s": draw(seconds)} for s in range(n_satellites)],
        "stations": stations,
        "targets": [{"name": "T0", "weight": 2}, {"name": "T1", "weight": 1}],
        "links": links,
        "contacts": contacts,
    }


Cells = tuple[tuple[int, int], ...]  # of one satellite: interval and link


def satellite_paths(problem: dict[str, Any], s: int) -> list[Cells]:
    """Return every path of a satellite on its own, straight from rules 1 to 3."""
    cells: dict[int, list[int]] = {}
    for x in problem["contacts"]:
        if problem["links"][x["link"]]["satellite"] == s:
            for t in range(x["first"], x["first"] + len(x["bits"])):
                cells.setdefault(t, []).append(x["link"])
    tau = ceil(int(problem["satellites"][s]["switch_s"]) / int(problem["interval_s"]))
    found = []
    for chosen in itertools.product(*([None, *cells[t]] for t in sorted(cells))):
        path = [(t, n) for t, n in zip(sorted(cells), chosen, strict=True) if n is not None]
        if all(a[1] == b[1] or b[0] - a[0] > tau for a, b in itertools.pairwise(path)):
            found.append(tuple(path))
    return found


def stations_can(problem: dict[str, Any], paths: tuple[Cells, ...]) -> bool:
    """Say whether the uses of every station can be dealt out to its receivers, by trying it."""
    for number, station in enumerate(problem["stations"]):
        tau = ceil(int(station["switch_s"]) / int(problem["interval_s"]))
        uses = sorted(
            (t, s)
            for s, path in enumerate(paths)
            for t, n in path
            if number in problem["links"][n]["stations"]
        )
        if not dealt(uses, [None] * station["receivers"], tau):
            return False
    return True


def dealt(uses: list[tuple[int, int]], last: list[tuple[int, int] | None], tau: int) -> bool:
    if not uses:
        return True
    (t, s), *rest = uses
    found = False
    for i, before in enumerate(last):
        if before is None or (before[1] == s and before[0] < t) or t - before[0] > tau:
            found = found or dealt(rest, [*last[:i], (t, s), *last[i + 1 :]], tau)
    return found


def every_constellation(problem: dict[str, Any]) -> Iterator[tuple[Cells, ...]]:
    """Yield every choice of a path for each satellite, whether stations can serve it or not."""
    n = len(problem["satellites"])
    yield from itertools.product(*(satellite_paths(problem, s) for s in range(n)))


def bits_of(problem: dict[str, Any]) -> dict[tuple[int, int], int]:
    return {
        (x["first"] + i, x["link"]): k for x in problem["contacts"] for i, k in enumerate(x["bits"])
    }


def stated_paths(paths: tuple[Cells, ...]) -> list[list[list[int]]]:
    """Return paths as a certificate states them."""
    found = []
    for path in paths:
        runs_of: list[list[int]] = []
        for t, n in path:
            if runs_of and runs_of[-1][0] == n and runs_of[-1][2] == t - 1:
                runs_of[-1][2] = t
            else:
                runs_of.append([n, t, t])
        found.append(runs_of)
    return found


def claim_2(problem: dict[str, Any], strategy: str, paths: Any, **more: Any) -> dict[str, Any]:
    return {
        "format": "qkdopt-certificate",
        "version": 2,
        "problem": problem,
        "problem_sha256": sha256(problem),
        "strategy": {"name": strategy},
        "paths": paths,
        "value": 0,
        "bound": 0,
        "proof": {"kind": "path"},
        "made_by": {},
        **more,
    }
