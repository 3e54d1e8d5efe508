"""Heuristics have less of the work while they find nothing, and their share anew when they do."""

from fractions import Fraction

import pytest

from qkdopt.optimize.decomposition.primal_heuristics import WorkShares
from qkdopt.optimize.decomposition.turns import Turns

ELSEWHERE_S = 10.0  # branching and lists of plans


class Tree:
    """A large tree."""

    expanded, exhausted = 1000, False


def due(turns: Turns, work: WorkShares, *, near: bool) -> bool:
    return turns.due(work, Tree(), ELSEWHERE_S + turns.searched_s, near=near)


def turns_after(vain: int, work: WorkShares) -> Turns:
    turns = Turns()
    turns.begin(work, 0.0)
    turns.count(work, 0.0, better=True)
    for _ in range(vain):
        turns.count(work, 0.0, better=False)
    return turns


@pytest.mark.parametrize("near", [True, False])
def test_shares_fade_in_vain_and_begin_anew(near: bool) -> None:
    work = WorkShares(share=0.2, least_share=0.1, far_share=0.5)
    begun = 0.2 if near else 0.5
    turns = turns_after(0, work)
    turns.searched_s = ELSEWHERE_S * begun / (1.0 - begun) - 0.01
    assert due(turns, work, near=near)  # not yet their share
    for _ in range(200):
        turns.count(work, 0.0, better=False)
    assert not due(turns, work, near=near)
    turns.searched_s = ELSEWHERE_S * 0.1 / 0.9 - 0.01  # the least share stays
    assert due(turns, work, near=near)
    turns.count(work, 0.0, better=True)
    turns.searched_s = ELSEWHERE_S * begun / (1.0 - begun) - 0.01
    assert due(turns, work, near=near)


def test_a_large_gap_keeps_a_larger_share_for_some_time() -> None:
    work = WorkShares(share=0.2, least_share=0.1, far_share=0.5)
    turns = turns_after(10, work)
    turns.searched_s = 2.0
    assert due(turns, work, near=False)
    assert not due(turns, work, near=True)


def test_work_of_runs_is_counted() -> None:
    turns = turns_after(2, WorkShares())
    turns.count(WorkShares(), 1.5, better=True)
    assert (turns.runs, turns.searched_s) == (4, 1.5)
    turns.searched_s = ELSEWHERE_S * 0.2 / 0.8 + 0.01  # more than a fifth of all
    assert not due(turns, WorkShares(), near=True)


@pytest.mark.parametrize(
    ("before", "value", "much"),
    [(None, None, False), (None, 5, True), (50, 50, False), (50, 50.4, False), (50, 50.6, True)],
)
def test_an_incumbent_has_to_close_a_hundredth_of_the_gap(
    before: float | None, value: float | None, much: bool
) -> None:
    known = [None if x is None else Fraction(x) for x in (before, value)]
    assert WorkShares.is_much(*known, bound=100.0) == much
