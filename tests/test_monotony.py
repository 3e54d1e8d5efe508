"""More time never ends worse: a longer run goes the way of a shorter one, and farther.

The clock is one that ticks whenever it is read, so limits are exact numbers of looks at it, and
nothing depends on the machine.
"""

from fractions import Fraction

import numpy as np
import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt.deadline import Deadline
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.solvers import SOLVERS
from qkdopt.optimize.strategies import with_floors

TICKS = (1, 3, 10, 30, 60, 100, 180, 300, 500, 800, 1300)
FEW_TICKS = (1, 3, 10, 30, 100, 300, 800)  # a third of the work; other seeds take all


class Ticking:
    """A clock that is one later whenever it is read."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        self.now += 1
        return float(self.now)


def shared_passes(links, passes, length, seed, unit=1):
    """Return a problem whose passes are shared by all links."""
    rng = np.random.default_rng(seed)
    up = np.sin(np.linspace(0.2, 2.9, length))
    peak = rng.integers(200, 9000, (links, passes, 1))
    bits = (peak * up * (0.7 + 0.6 * rng.random((links, passes, length)))).astype(int)
    interval = np.add.outer(500 * np.arange(passes), np.arange(length)).ravel()
    weights = rng.integers(1, 30, links).tolist()
    bits //= unit
    return problem_of(bits.reshape(links, -1).tolist(), interval.tolist(), 2, weights)


def found_after(ticks, problem, strategy, solver, **options):
    deadline = Deadline(ticks, Ticking())
    return solver(problem, strategy, SolverOptions(seed=3, deadline=deadline, **options))


def worth(problem, strategy, schedule):
    """Return what is to grow: (t, total) of balanced delivery, else the value."""
    delivered = schedule.delivered(problem)
    if isinstance(strategy, qo.TargetedDelivery):
        return (sum(delivered),)
    return objective_of(problem, strategy).value(delivered), sum(delivered)


STRATEGIES = {
    "td": qo.TargetedDelivery("0.001"),
    "td exact": qo.TargetedDelivery("0"),
    "balanced": qo.BalancedDelivery(),
    "balanced with a floor": with_floors(qo.BalancedDelivery(), {"B": 20_000}),
    "capped": qo.CappedDelivery({"A": 60_000, "B": 50_000, "C": 40_000, "D": 90_000}),
}


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 3))])
@pytest.mark.parametrize("name", STRATEGIES)
def test_more_time_never_ends_worse(name, seed):
    # Exact matches are found where the bits are few.
    exact, strategy = name == "td exact", STRATEGIES[name]
    problem = shared_passes(4, 6, 20, seed, unit=100 if exact else 1)
    values = []
    taken = FEW_TICKS if seed == 1 else TICKS
    for ticks in taken[:5] if exact else taken:
        found = found_after(ticks, problem, strategy, SOLVERS["decomposition"].run)
        if found.schedule is not None:
            value = worth(problem, strategy, found.schedule)
            values.append(value if name.startswith("balanced") else value[:1])
        else:
            assert not values
    assert len(values) > 3
    assert values == sorted(values)
    if name in ("td", "balanced"):
        assert values[0] < values[-1]


@pytest.mark.parametrize("name", ["td", "balanced"])
def test_more_time_never_ends_worse_where_satellites_share_receivers(name):
    weights = dict(zip("ABCD", (1, 2, 3, 4), strict=True))
    keys = [
        qo.KeyTensor.create(one.bits, one.interval, list("ABCD"), weights=weights)
        for one in (shared_passes(4, 6, 12, seed) for seed in (1, 2, 3))
    ]
    together = qo.SchedulingProblem.from_satellites(dict(zip("XYZ", keys, strict=True)))
    strategies = {"td": qo.TargetedDelivery("0.01"), "balanced": qo.BalancedDelivery()}
    problem, strategy = laid_out(together).problem, strategies[name]
    assert problem.receivers is not None
    values = []
    for ticks in FEW_TICKS:
        found = found_after(ticks, problem, strategy, SOLVERS["decomposition"].run)
        values.append(worth(problem, strategy, found.schedule) if found.schedule else (0,))
    assert values == sorted(values)
    assert values[FEW_TICKS.index(300)] > (0,)


def test_the_hybrid_never_ends_worse():
    problem, strategy = shared_passes(4, 6, 20, 5), qo.TargetedDelivery("0.01")
    settings = GeneticSettings(population=20)
    values = [
        sum(
            found_after(
                ticks, problem, strategy, SOLVERS["hybrid"].run, genetic=settings
            ).schedule.delivered(problem)
        )
        for ticks in FEW_TICKS
    ]
    assert values == sorted(values)


def test_incumbents_of_both_aims_never_fall_along_a_run():
    problem, told = shared_passes(4, 6, 20, 7), []
    outcome = qo.solve(
        problem, qo.TargetedDelivery("0.001"), time_limit=1.5,
        progress=lambda seconds, value, bound: told.append((seconds, value, bound)),
    )  # fmt: skip
    values = [value for _, value, _ in told if value is not None]
    bounds = [bound for _, _, bound in told if bound is not None]
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)
    assert outcome.value >= values[-1]


def test_a_stop_in_the_first_aim_is_one_in_the_second():
    # After the stop nothing but the bounds that a certificate needs is computed.
    problem = shared_passes(5, 8, 20, 4)
    deadline = Deadline(None)
    told = []

    def stop(seconds, worth, bound):
        told.append(worth)
        deadline.request_stop()

    options = SolverOptions(seed=3, deadline=deadline, progress=stop)
    found = SOLVERS["decomposition"].run(problem, qo.BalancedDelivery(), options)
    assert found.ended is qo.Ended.INTERRUPTED
    assert found.schedule.is_legal(problem)
    assert Fraction(found.bound["t"]) >= objective_of(problem, qo.BalancedDelivery()).value(
        found.schedule.delivered(problem)
    )
    assert len(told) < 10
