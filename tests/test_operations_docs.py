"""The page about operations says which solver carries what, as the registry has it."""

from pathlib import Path

import qkdopt as qo
from drawing import problem_of
from qkdopt.optimize.solvers.registry import SOLVERS, default_solver
from qkdopt.optimize.strategies import with_floors

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
GROUPS = (
    ((qo.GeneralDelivery(), qo.PrioritisedDelivery()), False),
    ((qo.GeneralDelivery(), qo.PrioritisedDelivery()), True),
    ((qo.TargetedDelivery("0.1"),), False),
    ((qo.LeastDivergence("0.5"),), False),
    ((qo.TargetedDelivery("0.1"), qo.LeastDivergence("0.5")), True),
    ((qo.FairDelivery(),), False),
    ((qo.BalancedDelivery(), qo.CappedDelivery(), qo.PairedDelivery()), False),
    ((qo.BalancedDelivery(), qo.CappedDelivery(), qo.PairedDelivery()), True),
)


def carriers(strategy, problem, every):
    able = [n for n, m in SOLVERS.items() if m.carries(strategy) and (every or m.operations)]
    first = default_solver(strategy, problem)
    return tuple(sorted(able, key=lambda name: name != first))


def row(strategies, floored):
    """Return a row of the table; the solver that is taken when none is named comes first."""
    asked = [with_floors(s, {"A": 1}) if floored else s for s in strategies]
    closing = problem_of([[1, 1]], [1, 2], 1, forbidden=[(0, 2)])
    other = problem_of([[1, 1]], [1, 2], 1, max_handovers=1)
    cells = []
    for problem, every in ((closing, True), (other, False)):
        found = {carriers(strategy, problem, every) for strategy in asked}
        assert len(found) == 1
        cells.append(", ".join(f"`{name}`" for name in found.pop()) or "refused")
    names = ", ".join(s.name for s in strategies) + (" with lower bounds" if floored else "")
    return f"| {names} | {' | '.join(cells)} |"


def test_the_table_of_solvers_is_the_registry():
    text = PAGE.read_text(encoding="utf-8")
    rows = [row(*group) for group in GROUPS]
    assert "\n".join(rows) in text, "\n".join(rows)
