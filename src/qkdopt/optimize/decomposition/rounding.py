"""A first schedule from the primal of a relaxation: rounded by a longest path, then completed."""

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.domain.receiver_prices import ReceiverPrices
from qkdopt.optimize.domain.sparse_cells import SparseCells
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.strategies import Strategy

_UNSERVED = 0.01  # of the bits that the relaxation does not serve: they fill what it leaves


def rounded(problem: SchedulingProblem, strategy: Strategy, shares: Floats) -> Schedule | None:
    """Return a schedule near a relaxation's, ``None`` where what is found breaks a rule.

    It serves cells for their bits times the shares, as far as the rules and receivers allow:
    where the shares are a schedule, it is this one, or one that delivers more.

    Parameters
    ----------
    problem
        Of one satellite, or of several that are laid out as one.
    shares
        How far each interval serves each link, from 0 to 1, shape ``(A, N)``.
    """
    delivery = objective_of(problem, strategy).delivery
    schedule = Schedule(_service(delivery, shares))
    return schedule if schedule.is_legal(problem) else None


def _service(delivery: Delivery, shares: Floats) -> Integers:
    """Return a schedule of great gain, shape ``(A,)``."""
    problem, gains = delivery.problem, delivery.problem.bits.T * (shares + _UNSERVED)
    if problem.receivers is None:
        return PricingProblem(Blocks.create(delivery)).at_gains(gains).service
    sparse = SparseCells.create(delivery)
    if problem.operations:  # the best of all satellites, without those for whom none is left
        used = sparse.served(PricingProblem(Blocks.create(delivery)).at_gains(gains).service)
        return sparse.service(sparse.without_conflicts(used, np.zeros(used.size, bool)))
    cells = sparse.cells.row, sparse.cells.column
    prices = ReceiverPrices(sparse, np.random.default_rng(0))
    served = prices.schedule_at(sparse.bits * shares[cells])  # first nothing else
    prices.at(gains[cells])
    prices.take(served)
    prices.schedules()
    prices.schedules(prices.price)
    return sparse.service(prices.served)
