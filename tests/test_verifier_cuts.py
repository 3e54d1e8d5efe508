"""Cuts of components: by hand, forged, and against enumeration of random rows."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.cuts import read_cuts
from qkdopt.verifier.problem import read_problem
from test_verifier_components import fractional
from verifier_version_2 import claim_2

ROWS = [
    [[0, 0], [1, 1]],  # satellite A turns in one interval
    [[1, 1], [3, 1]],  # station Y
    [[3, 1], [2, 0]],  # satellite B
    [[2, 0], [4, 0]],  # station X
    [[4, 0], [0, 0]],
]


def read(cuts: Any, times: int = 1, **station: Any) -> Any:
    document = fractional(times)
    for each in document["stations"]:
        each.update(station)
    return read_cuts(cuts, "cuts", read_problem(document, "problem", Budget()))


def test_five_rows_in_a_ring_allow_two_services() -> None:
    (cut,) = read([{"rows": ROWS}])
    assert cut.most == 2
    assert cut.counts == {(0, 0): 1, (1, 1): 1, (3, 1): 1, (2, 0): 1, (4, 0): 1}


def test_receivers_and_earlier_cuts_count() -> None:
    first, second = read([{"rows": [ROWS[1]] * 3}, {"rows": [ROWS[1]], "cuts": [0, 0]}])
    assert (first.most, first.counts) == (1, {(1, 1): 1, (3, 1): 1})
    assert (second.most, second.counts) == (1, {(1, 1): 1, (3, 1): 1})
    (two,) = read([{"rows": [ROWS[1], ROWS[1]]}], receivers=2)
    assert two.most == 2


@pytest.mark.parametrize(
    "cuts",
    [
        [],
        [{}],
        [{"rows": [[]]}],
        [{"rows": [[[0, 0], [0, 0]]]}],  # twice the same
        [{"rows": [[[2, 0], [2, 0], [0, 0]]]}],
        [{"rows": [[[0, 0], [0, 1]]]}],  # one link, two intervals
        [{"rows": [[[0, 0], [1, 2]]]}],  # time to turn
        [{"rows": [[[0, 0], [2, 1]]]}],  # a station in two intervals
        [{"rows": [[[0, 0], [3, 0]]]}],  # neither satellite nor station in common
        [{"rows": [[[0, 0], [1, 0], [2, 0]]]}],
        [{"rows": [[[6, 0]]]}],
        [{"rows": [[[0, -1]]]}],
        [{"rows": [[[0, 0, 0]]]}],
        [{"rows": ROWS, "cuts": [0]}],  # itself
        [{"rows": ROWS, "cuts": [-1]}],
        [{"rows": ROWS, "most": 1}],
    ],
)
def test_other_rows_are_refused(cuts: Any) -> None:
    with pytest.raises(InputError):
        read(cuts)


@pytest.mark.parametrize(("receivers", "turn"), [(1, 0), (2, 0), (1, 1), (2, 1)])
def test_no_schedule_has_more(receivers: int, turn: int) -> None:
    """Random rows, accepted ones added up: no schedule of two satellites and stations has more."""
    random.seed(receivers + 2 * turn)
    document = fractional(1)
    for each in document["stations"]:
        each.update(receivers=receivers, switch_s=str(10 * turn))
    problem = read_problem(document, "problem", Budget())
    services = [[n, t] for n in range(6) for t in range(2)]
    rows = []
    while len(rows) < 60:
        row = random.sample(services, random.randint(1, 3))
        try:
            read_cuts([{"rows": [row]}], "cuts", problem)
        except InputError:
            continue
        rows.append(row)
    schedules = list(_schedules(receivers, turn))
    assert len(schedules) > 20
    tight = 0
    for _ in range(300):
        chosen = [random.choice(rows) for _ in range(random.randint(1, 9))]
        earlier = [{"rows": random.choices(rows, k=5)}, {"rows": chosen, "cuts": [0]}]
        for cut in read_cuts(earlier, "cuts", problem):
            most = max(sum(cut.counts.get(x, 0) for x in schedule) for schedule in schedules)
            assert most <= cut.most
            tight += most == cut.most
    assert tight > 5


def _schedules(receivers: int, turn: int) -> Any:
    """Yield the services of all schedules: no satellite turns within two intervals."""
    paths = [(n, m) for n in (None, 0, 1) for m in (None, 0, 1) if None in (n, m) or n == m]
    for chosen in product(paths, repeat=3):
        uses = [{(s, path[t]) for s, path in enumerate(chosen) if path[t] is not None}
                for t in range(2)]  # fmt: skip
        together = [uses[0] | uses[1]] if turn else uses
        if all(sum(n == own for _, n in use) <= receivers for use in together for own in (0, 1)):
            yield {(2 * s + n, t) for t in range(2) for s, n in uses[t]}


CUT_PROOF = {
    "blocks": [[s, 0, 1] for s in range(3)],
    "branches": [0],
}


def claim(leaf: dict[str, Any], cuts: Any, bound: int) -> Any:
    paths = [[], [[2, 0, 1]], [[5, 0, 1]]]
    own = {**CUT_PROOF, "leaves": [leaf], **({"cuts": cuts} if cuts else {})}
    proof = {"kind": "multipliers", "components": [own]}
    return claim_2(fractional(1), "gd", paths, value=190, bound=bound, proof=proof)


def verdict(document: Any) -> Any:
    return verifier.verify(document)


def test_prices_of_cuts_enter_the_bound() -> None:
    """The example of docs/certificates.md: seven rows, three services, each pays 10."""
    capacity = [[0, 0, 0, "20/1"], [0, 1, 1, "30/1"], [1, 0, 0, "20/1"], [1, 1, 1, "60/1"]]
    rows = [
        [[0, 1], [1, 1]], [[0, 1], [2, 1]], [[3, 0], [5, 0]], [[1, 1], [5, 1]],
        [[2, 1], [3, 0]], [[4, 0], [5, 0]], [[4, 0], [5, 1]],
    ]  # fmt: skip

    def shown(price: int) -> int:
        leaf = {"capacity": capacity, "cuts": [[0, f"{price}/1"]]}
        holds = (b for b in range(190, 400) if verdict(claim(leaf, [{"rows": rows}], b)).holds)
        return next(holds)

    assert shown(0) > shown(5) > shown(10) == 190
    assert shown(10) < shown(15) < shown(20)


@pytest.mark.parametrize(
    ("leaf", "cuts"),
    [
        ({"cuts": [[0, "1/1"]]}, None),
        ({"cuts": [[1, "1/1"]]}, [{"rows": ROWS}]),
        ({"cuts": [[0, "-1/1"]]}, [{"rows": ROWS}]),
        ({"cuts": [[0, 1]]}, [{"rows": ROWS}]),
        ({"cuts": []}, [{"rows": ROWS}]),
        ({"cuts": [["0", "1/1"]]}, [{"rows": ROWS}]),
    ],
)
def test_prices_of_no_cut_are_refused(leaf: dict[str, Any], cuts: Any) -> None:
    with pytest.raises(InputError):
        verdict(claim(leaf, cuts, 400))
