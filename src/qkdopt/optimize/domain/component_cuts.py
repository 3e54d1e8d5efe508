"""Odd cuts of a component: a bound below that of all linear rows, and schedules from its cells.

The cells that the linear programmes served in any round are few, and so are those through which
paths lose little at prices with cuts. Good schedules are among them: HiGHS finds the best one
(relaxation induced neighbourhoods), then among more cells.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import highspy
import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.deadline import Deadline
from qkdopt.optimize.domain.component_program import ComponentProgram
from qkdopt.optimize.domain.odd_cuts import OddCut, OddCuts
from qkdopt.optimize.domain.receiver_prices import ReceiverPrices
from qkdopt.optimize.domain.sparse_cells import SparseCells

_MOST_CELLS = 20_000
_MOST_CUTS = 60  # of a round
_ROUNDS, _SERVED = 40, 1e-6
_FEW, _LEAST_LOSS = 0.2, 0.02  # of the gap: what paths lose through few cells
_LEAST_PROGRESS, _SLOW = 0.01, 3  # of the gap, in so many rounds
_FIRST_MIP_S, _LONGEST_MIP_S = 10.0, 40.0  # twice as long where that was not enough


class _Relaxed(NamedTuple):
    """Prices of slots and cuts, and cells that were ever served, and are now served in part."""

    price: Floats
    support: Integers
    mixed: Integers


class ComponentCuts:
    """The cuts of a component, each a slot more that some cells use.

    Attributes
    ----------
    sparse
        The component with its cuts.
    cuts
        In order; later ones may consist of earlier ones.
    """

    def __init__(self, sparse: SparseCells, time: Integers) -> None:
        self._plain, self.sparse = sparse, sparse
        self.cuts: list[OddCut] = []
        self._separation = OddCuts(sparse, time)
        self._longest_s, self._loss = _FIRST_MIP_S, 0.0

    def padded(self, price: Floats) -> Floats:
        """Return prices of slots, followed by 0 for cuts that are younger than they."""
        return np.append(price, np.zeros(self.sparse.shared.station.size - price.size))

    def improve(
        self,
        prices: ReceiverPrices,
        unit: float,
        done: Callable[[], bool],
        remaining: Callable[[], float],
    ) -> tuple[ReceiverPrices, Integers]:
        """Return better prices and schedule, with prices of cuts; and cells served in part."""
        mixed, cells = np.zeros(0, np.int64), np.flatnonzero(prices.gain > 0.0)
        if prices.gap[0] <= unit or done() or cells.size > _MOST_CELLS:
            return prices, mixed
        found = self._rounds(prices, cells, unit, done, remaining)
        if found is None:
            return prices, mixed
        prices = self._with_cuts(prices)
        prices.take_prices(self.padded(found.price))
        self._search(prices, found.support, unit, remaining)
        return prices, found.mixed

    def _rounds(
        self,
        prices: ReceiverPrices,
        cells: Integers,
        unit: float,
        done: Callable[[], bool],
        remaining: Callable[[], float],
    ) -> _Relaxed | None:
        """Add cuts as long as they lower the bound."""
        program = _CutProgram(self.sparse, cells, prices.gain)
        program.begin(prices.useful_cells(0, _FEW * float(prices.gap[0])), remaining())
        support, relaxed, gaps = np.zeros(0, np.int64), None, list[float]()
        for _ in range(_ROUNDS):
            value = program.optimum(remaining())
            if value is None:
                break
            x = program.services(prices.gain.size)
            support = np.union1d(support, np.flatnonzero(x > _SERVED))
            half = np.flatnonzero(np.abs(x - np.round(x)) > _SERVED)
            half = half[np.argsort(np.abs(x[half] - 0.5), kind="stable")]
            relaxed = _Relaxed(program.prices(), support, half)
            gaps.append(value - float(prices.value[0]))
            slow = gaps[-1] > (1.0 - _LEAST_PROGRESS) * gaps[max(len(gaps) - 1 - _SLOW, 0)]
            if not half.size or done() or gaps[-1] <= unit or (slow and len(gaps) > _SLOW):
                break
            found = self._separation.violated(x, self.cuts, _MOST_CUTS)
            if not found:
                break
            self.cuts += found
            program.add(found)
        return relaxed

    def _with_cuts(self, prices: ReceiverPrices) -> ReceiverPrices:
        """Return the same prices and schedule in the component with all cuts."""
        self.sparse = with_cuts(self._plain, self.cuts)
        found = ReceiverPrices(
            self.sparse, np.random.default_rng(0), prices.parameters,
            price=self.padded(prices.price),
        )  # fmt: skip
        found.at(prices.gain)
        found.take(prices.served)
        return found

    def _search(
        self, prices: ReceiverPrices, support: Integers, unit: float, remaining: Callable[[], float]
    ) -> None:
        """Take the best schedule among some cells and those through which paths lose little.

        From call to call these are more, or there is more time.
        """
        if self._loss >= 1.0 or prices.gap[0] <= unit:
            return
        cells = np.union1d(support, prices.served[prices.served >= 0])
        if self._loss:
            cells = np.union1d(cells, prices.useful_cells(0, self._loss * float(prices.gap[0])))
        program = ComponentProgram(self._plain, cells, prices.gain, cells[:0])
        found = program.schedule(min(remaining(), self._longest_s))
        if found is not None and found.chosen is not None:
            best = np.full(prices.served.size, -1, np.int64)
            best[self._plain.cells.row[found.chosen]] = found.chosen
            if self._plain.obeyed(best):
                prices.take(best)
        if program.deadline.expired():
            self._longest_s = min(2.0 * self._longest_s, _LONGEST_MIP_S)
        else:
            self._loss = max(2.0 * self._loss, _LEAST_LOSS)


class _CutProgram(ComponentProgram):
    """A linear programme to which cuts are added; HiGHS goes on from where it was."""

    def __init__(self, sparse: SparseCells, cells: Integers, gain: Floats) -> None:
        super().__init__(sparse, cells, gain, cells[:0])
        self._place = {int(cell): i for i, cell in enumerate(cells.tolist())}
        self._slots = sparse.shared.station.size
        self._later: list[int] = []
        self._solver = self.solver(float("inf"))
        self._solver.passModel(self.model())

    def begin(self, few: Integers, time_limit: float) -> None:
        """Solve while only few cells may be served: HiGHS is sooner done with all from there."""
        closed = np.flatnonzero(~np.isin(self._cells, few)).astype(np.int32)
        none = np.zeros(closed.size)
        self._solver.changeColsBounds(none.size, closed, none, none)
        self.optimum(time_limit)
        self._solver.changeColsBounds(none.size, closed, none, none + 1.0)

    def optimum(self, time_limit: float) -> float | None:
        """Solve; return the value, ``None`` where there is none in time."""
        self.deadline = Deadline(time_limit)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return float(self._solver.getInfo().objective_function_value) * self._unit

    def services(self, size: int) -> Floats:
        """Return how much each cell of the component is served, shape ``(C,)``."""
        x = np.zeros(size)
        x[self._cells] = np.array(self._solver.getSolution().col_value)[: self._cells.size]
        return x

    def prices(self) -> Floats:
        """Return the duals of slots, then those of cuts that were added."""
        dual = np.abs(np.array(self._solver.getSolution().row_dual)) * self._unit
        price = np.zeros(self._slots + len(self._later))
        for k, rows in self._slot_rows.items():
            price[k] = dual[rows].sum()
        price[self._slots :] = dual[self._later]
        return price

    def add(self, cuts: Sequence[OddCut]) -> None:
        """Add cuts."""
        for cut in cuts:
            counts = {self._place[c]: n for c, n in cut.counts.items() if c in self._place}
            columns = np.array([*counts], np.int32)
            self._later.append(self._solver.getNumRow())
            self._solver.addRow(
                -highspy.kHighsInf, float(cut.most), columns.size, columns,
                np.array([*counts.values()], float),
            )  # fmt: skip


def with_cuts(sparse: SparseCells, cuts: Sequence[OddCut]) -> SparseCells:
    """Return a component in which each cut is a slot more, of a station of its own."""
    shared, cells = sparse.shared, sparse.cells
    first, slots = int(shared.station.max(initial=-1)) + 1, shared.station.size
    counted = [(c, slots + i) for i, cut in enumerate(cuts) for c, n in cut.counts.items()
               for _ in range(n)]  # fmt: skip
    new = np.array(counted, np.int64).reshape(-1, 2)
    using = np.append(np.repeat(np.arange(cells.row.size), np.diff(cells.use_first)), new[:, 0])
    order = np.argsort(using, kind="stable")
    zeros = np.zeros(len(cuts), np.int64)
    own = replace(
        shared,
        station=np.append(shared.station, first + np.arange(len(cuts))),
        interval=np.append(shared.interval, zeros),
        satellite=np.append(shared.satellite, zeros - 1),
        receivers=np.append(shared.receivers, [cut.most for cut in cuts]).astype(np.int64),
        tau=np.append(shared.tau, zeros),
    )
    more = cells._replace(
        use_first=np.searchsorted(using[order], np.arange(cells.row.size + 1)),
        use_slot=np.append(cells.use_slot, new[:, 1])[order],
    )
    return sparse.with_receivers(own, more)
