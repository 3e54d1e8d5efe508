"""Child process of :mod:`qkdopt.mip.cp_sat`: arrays in, arrays out; no HiGHS, no Pyomo."""

import json
import sys
import time
from typing import Any

import numpy as np

from qkdopt.arrays import Floats

SOLUTION = "solution"  # begins a line with objective and bound

_FAR = 2**40  # in place of an infinite bound of a column


def main(given: str, left: str, settings: str) -> None:
    """Read the model from one file, write the result to another."""
    from ortools.sat.python import cp_model

    with np.load(given) as arrays:
        model, variables = _model(cp_model, dict(arrays))
    solver = cp_model.CpSolver()
    for name, value in json.loads(settings).items():
        if value is not None:
            setattr(solver.parameters, name, value)
    solver.parameters.relative_gap_limit = 0.0
    solver.parameters.absolute_gap_limit = 0.0
    began = time.perf_counter()
    status = solver.solve(model, _printer(cp_model))
    solve_s = time.perf_counter() - began
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    np.savez(
        left,
        values=np.array([solver.value(v) for v in variables] if found else [], np.int64),
        status=np.array(solver.status_name(status)),
        least=np.array(solver.best_objective_bound),
        branches=np.array(solver.num_branches),
        solve_s=np.array(solve_s),
    )


def _printer(cp_model: Any) -> Any:
    class Printer(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            print(SOLUTION, self.objective_value, self.best_objective_bound, flush=True)

    return Printer()


def _model(cp_model: Any, form: dict[str, Any]) -> tuple[Any, list[Any]]:
    model = cp_model.CpModel()
    lower, upper = _whole(form["column_lower"]), _whole(form["column_upper"])
    variables = [model.new_int_var(low, high, "") for low, high in zip(lower, upper, strict=True)]
    start, index = form["start"].tolist(), form["index"].tolist()
    value = _whole(form["value"])
    bounds = zip(_whole(form["row_lower"]), _whole(form["row_upper"]), strict=True)
    for row, (low, high) in enumerate(bounds):
        here = slice(start[row], start[row + 1])
        expression = cp_model.LinearExpr.weighted_sum(
            [variables[column] for column in index[here]], value[here]
        )
        model.add_linear_constraint(expression, low, high)
    model.minimize(cp_model.LinearExpr.weighted_sum(variables, _whole(form["cost"])))
    return model, variables


def _whole(numbers: Floats) -> list[int]:
    """Return numbers as integers; infinite ones as far ones."""
    finite = np.where(np.isfinite(numbers), numbers, np.sign(numbers) * _FAR)
    return [int(number) for number in finite.tolist()]


if __name__ == "__main__":
    main(*sys.argv[1:])
