"""Tiny contact problems, and every schedule of them by enumeration."""

import json
from decimal import Decimal

from hypothesis import strategies as st

from qkdopt.contact import ContactProblem, Passes, Targets

GAP_S = 60


def contact_problem(passes, targets, gap_s=GAP_S):
    """Build from rows (node, start, end, volume) and (node, priority, operation)."""
    node, start, end, volume = zip(*passes, strict=True) if passes else ((), (), (), ())
    at, priority, operation = zip(*targets, strict=True) if targets else ((), (), ())
    return ContactProblem(
        gap_s=Decimal(gap_s),
        nodes=tuple(f"node {n}" for n in range(max((*node, *at), default=0) + 1)),
        passes=Passes(
            id=tuple(f"p{p}" for p in range(len(passes))),
            node=node,
            start_s=tuple(map(Decimal, start)),
            end_s=tuple(map(Decimal, end)),
            volume=tuple(Decimal(str(x)) for x in volume),
        ),
        targets=Targets(
            id=tuple(f"t{t}" for t in range(len(targets))),
            node=at,
            priority=tuple(Decimal(str(x)) for x in priority),
            operation=operation,
        ),
    )


@st.composite
def tiny_contacts(draw):
    """Draw up to 6 passes over 3 nodes and 5 targets: ties, zeros, no length, exact contact."""
    nodes = st.integers(0, 2)
    passes = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, 8)) * 30
        end = start + draw(st.integers(0, 4)) * 30
        volume = draw(st.sampled_from(["0", "0.5", "1", "1.25", "2"]))
        passes.append((draw(nodes), start, end, volume))
    priorities = st.sampled_from(["0", "0.1", "0.25", "0.3", "1"])
    operations = st.sampled_from(["QKD", "OPTICAL_ONLY"])
    targets = draw(st.lists(st.tuples(nodes, priorities, operations), max_size=5))
    return contact_problem(passes, targets, draw(st.sampled_from([0, 30, 60])))


def worth(problem, p, t):
    """Say what a pair is worth, from the definition, in decimals; ``None`` if impossible."""
    volume, priority = problem.passes.volume[p], problem.targets.priority[t]
    if problem.passes.node[p] != problem.targets.node[t]:
        return None
    if problem.targets.operation[t] != "QKD":
        return priority
    return priority * (1 + volume) if volume > 0 else None


def fits(problem, p, q):
    """Whether one of two passes starts at least the gap after the end of the other."""
    start, end = problem.passes.start_s, problem.passes.end_s
    return any(start[b] - end[a] >= problem.gap_s for a, b in ((p, q), (q, p)))


def every_schedule(problem):
    """Yield every schedule as a tuple of pairs."""

    def extend(p, pairs):
        if p == len(problem.passes.id):
            yield tuple(pairs)
            return
        yield from extend(p + 1, pairs)
        if all(fits(problem, p, q) for q, _ in pairs):
            taken = {t for _, t in pairs}
            for t in range(len(problem.targets.id)):
                if t not in taken and worth(problem, p, t) is not None:
                    yield from extend(p + 1, [*pairs, (p, t)])

    yield from extend(0, [])


def best_by_enumeration(problem):
    """Return the largest value, as a decimal."""
    return max(
        sum((worth(problem, p, t) for p, t in s), Decimal(0)) for s in every_schedule(problem)
    )


# A ring of six: 0-1, 2-3, 4-5 exclude each other in time; 1-2, 3-4, 5-0 share their only target.
RING = contact_problem(
    [
        (0, 0, 100, "0"),
        (1, 50, 150, "0"),
        (1, 300, 400, "0"),
        (2, 350, 450, "0"),
        (2, 600, 700, "0"),
        (0, 650, 750, "0"),
    ],
    [(0, "1", "OPTICAL_ONLY"), (1, "1", "OPTICAL_ONLY"), (2, "1", "OPTICAL_ONLY")],
)

KAMKE = [
    {
        "problem_instance_id": "small",
        "coverage_start": "2024-01-15T00:00:00",
        "coverage_end": "2024-01-16T00:00:00",
        "satellite_passes": [
            {
                "id": 294,
                "nodeId": 75,
                "startTime": "2024-01-15T00:27:35",
                "endTime": "2024-01-15T00:34:40",
                "achievableKeyVolume": 482829.986463937,
                "orbitId": 0,
            },
            {
                "id": 375,
                "nodeId": 95,
                "startTime": "2024-01-15T00:35:40",
                "endTime": "2024-01-15T00:41:05",
                "achievableKeyVolume": 0.0,
                "orbitId": 0,
            },
            {
                "id": 92,
                "nodeId": 75,
                "startTime": "2024-01-15T00:35:00",
                "endTime": "2024-01-15T00:38:00",
                "achievableKeyVolume": 321464.6900838832,
                "orbitId": 0,
            },
        ],
        "service_targets": [
            {
                "id": 0,
                "applicationId": 0,
                "priority": 0.78,
                "nodeId": 75,
                "requestedOperation": "QKD",
            },
            {
                "id": 1,
                "applicationId": 0,
                "priority": 0.51,
                "nodeId": 95,
                "requestedOperation": "OPTICAL_ONLY",
            },
            {
                "id": 2,
                "applicationId": 1,
                "priority": 0.99,
                "nodeId": 95,
                "requestedOperation": "QKD",
            },
            {
                "id": 3,
                "applicationId": 2,
                "priority": 0.5,
                "nodeId": 7,
                "requestedOperation": "QKD",
            },
        ],
    }
]


def kamke_text(change=None):
    """Return the small instance as text, after ``change`` has been applied to a copy."""
    instance = json.loads(json.dumps(KAMKE))
    if change is not None:
        change(instance[0])
    return json.dumps(instance, indent=4)
