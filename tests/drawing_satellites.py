"""Tiny problems of several satellites drawn by hypothesis, and their schedules by trying all."""

from itertools import pairwise, product

import numpy as np
from hypothesis import strategies as st

from drawing import BITS
from qkdopt.optimize.problem_file import problem_from_document

STATIONS = ("Aveiro", "Beja")
ENDS = ((0,), (1,), (0, 1))


@st.composite
def constellations(draw, most_satellites=3, most_cells=15, most_turn=2, most_tau=3):
    """Draw 2 or 3 satellites over two stations, some links to both, some satellites without any.

    At most ``most_cells`` services have bits.
    """
    satellites = [
        {"name": f"S{s}", "switch_s": str(10 * draw(st.integers(0, most_tau)))}
        for s in range(draw(st.integers(2, most_satellites)))
    ]
    stations = [
        {
            "name": name,
            "receivers": draw(st.integers(1, 3)),
            "switch_s": str(10 * draw(st.sampled_from([0, 0, *range(1, most_turn + 1)]))),
        }
        for name in STATIONS
    ]
    ends = [ENDS[e] for e in sorted(draw(st.sets(st.integers(0, 2), min_size=1)))]
    targets = [
        {"name": " and ".join(STATIONS[n] for n in stated), "weight": draw(st.integers(1, 4))}
        for stated in ends
    ]
    links, contacts, left = [], [], most_cells
    for s in range(len(satellites)):
        for target, stated in enumerate(ends):
            row = draw(st.lists(BITS, min_size=6, max_size=6))
            cells = [(t, bits) for t, bits in enumerate(row) if bits][:left]
            left -= len(cells)
            if cells:
                contacts += _contacts(len(links), cells)
                links.append(
                    {
                        "name": f"S{s} {targets[target]['name']}",
                        "satellite": s,
                        "stations": list(stated),
                        "target": target,
                    }
                )
    document = {
        "format": "qkdopt-problem", "version": 2, "interval_s": "10", "satellites": satellites,
        "stations": stations, "targets": targets, "links": links, "contacts": contacts,
    }  # fmt: skip
    return problem_from_document(document)


def _contacts(link, cells):
    found = []
    for t, bits in cells:
        if found and found[-1]["first"] + len(found[-1]["bits"]) == t:
            found[-1]["bits"].append(bits)
        else:
            found.append({"link": link, "first": t, "bits": [bits]})
    return found


def legal_totals(problem):
    """Yield what each legal set of paths delivers to the targets, by the rules as written."""
    paths = [list(_paths_of(problem, s)) for s in range(len(problem.satellites))]
    for chosen in product(*paths):
        if _received(problem, chosen):
            totals = [0] * len(problem.targets)
            for s, path in enumerate(chosen):
                satellite, own = problem.satellites[s], list(problem.links_of(s))
                for t, n in path:
                    a = int(np.searchsorted(satellite.interval, t))
                    totals[problem.links[n].target] += int(satellite.bits[own.index(n), a])
            yield tuple(totals)


def _paths_of(problem, s):
    satellite, own = problem.satellites[s], list(problem.links_of(s))
    tau = -(-int(satellite.switch_s) // int(problem.interval_s))
    choices = [
        [None, *(own[i] for i in np.flatnonzero(satellite.bits[:, a]).tolist())]
        for a in range(satellite.interval.size)
    ]
    for services in product(*choices):
        path = [
            (t, n)
            for t, n in zip(satellite.interval.tolist(), services, strict=True)
            if n is not None
        ]
        if all(n == m or u - t > tau for (t, n), (u, m) in pairwise(path)):
            yield path


def _received(problem, paths):
    for number, station in enumerate(problem.stations):
        tau = -(-int(station.switch_s) // int(problem.interval_s))
        served = [
            (t, s)
            for s, path in enumerate(paths)
            for t, n in path
            if number in problem.links[n].stations
        ]
        for begin in {t for t, _ in served}:
            window = {s for t, s in served if begin <= t <= begin + tau}
            if len(window) > station.receivers:
                return False
    return True
