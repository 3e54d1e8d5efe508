"""A formulation in arrays whose gradient cuts on the divergence grow from round to round."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array, vstack

from qkdopt.arrays import Floats
from qkdopt.mip.standard_form import StandardForm, compile_model
from qkdopt.optimize.formulations import formulation_named, read_schedule
from qkdopt.optimize.objectives.shares import TargetShares
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategy_names import default_strategy


class CutLoop:
    """The schedules of a formulation that meet the lower bounds; weight 0 gets nothing.

    Attributes
    ----------
    form
        What HiGHS is given: maximise ``S``, until a caller changes its costs.
    bits
        ``E = bits @ columns``, shape ``(T, columns)``.
    """

    def __init__(self, shares: TargetShares, formulation: str, floors: Sequence[int] = ()) -> None:
        """Build the formulation; ``floors`` are lower bounds by counted target."""
        from qkdopt.optimize.formulations.linear import deliveries

        problem, position = shares.delivery.problem, shares.delivery.position
        self.shares = shares
        self.model = formulation_named(formulation).build(problem, default_strategy())
        for (n, _), variable in self.model.x.items():
            if position[n] < 0:
                variable.fix(0)
        self.form: StandardForm = compile_model(self.model)
        place = {id(column): j for j, column in enumerate(self.form.columns)}
        self.bits = np.zeros((shares.delivery.targets, len(place)))
        for n, bits, variable in deliveries(self.model, problem):
            if position[n] >= 0 and id(variable) in place:
                self.bits[position[n], place[id(variable)]] = bits
        for n, least in enumerate(floors):
            if least:
                self.add_row(self.bits[n], least, np.inf)

    def add_row(self, row: Floats, lower: float, upper: float) -> None:
        """Add a row over the columns, between its limits."""
        scale = max(1.0, float(np.abs(row).max(initial=0.0)))
        self.form = replace(
            self.form,
            matrix=vstack([self.form.matrix, csc_array(row[np.newaxis, :] / scale)], format="csc"),
            row_lower=np.append(self.form.row_lower, lower / scale),
            row_upper=np.append(self.form.row_upper, upper / scale),
            rows=[*self.form.rows, None],
        )

    def cut(self, slope: Floats) -> None:
        """Add ``sum_n slope_n E_n <= 0``."""
        self.add_row(slope @ self.bits, -np.inf, 0.0)

    def schedule(self, values: Floats) -> Schedule:
        """Return the schedule that column values state."""
        self.form.set_values(values)
        return read_schedule(self.shares.delivery.problem, self.model)
