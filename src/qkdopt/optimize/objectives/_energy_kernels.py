"""What searches maximise: energies of delivered bits, compiled for the type of their data.

The data are a named tuple of arrays by target, shape ``(T,)``; its type chooses the version of
two functions. A further energy is a named tuple and its versions of them; fields are read before
a loop, because numba counts a reference whenever one is.
"""

from typing import NamedTuple

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.compiled import by_type
from qkdopt.optimize.objectives._share_kernels import entropy_term

Data = tuple[object, ...]
"""A named tuple of some energy."""


class Cuts(NamedTuple):
    """The least of the cuts ``slope[c] . bits + constant[c]``, less penalties of missing bits.

    Attributes
    ----------
    slope, constant
        Shapes ``(C, T)`` and ``(C,)``.
    lower, rate
        Lower bounds of the targets, and the penalty of a bit that is missing.
    """

    slope: Floats
    constant: Floats
    lower: Floats
    rate: Floats


class Rewards(NamedTuple):
    """What bits earn up to a cap, less penalties of missing bits.

    Attributes
    ----------
    goal, rate
        Bits sought for each target, and the penalty of one that is missing.
    lower
        Lower bounds: with fewer bits a schedule has no value.
    earn, cap
        What a bit of each target earns up to a cap.
    share, stock
        Where some ``share`` is positive, the value is the smallest ``(bits + stock) / share``,
        otherwise what bits earn.
    """

    goal: Floats
    rate: Floats
    lower: Floats
    earn: Floats
    cap: Floats
    share: Floats
    stock: Floats


class DistantGoals(NamedTuple):
    """The same, but penalties count by their Euclidean norm, so the largest matter most."""

    rewards: Rewards


class Shares(NamedTuple):
    """The total ``S``, less penalties of excess divergence and of missing bits.

    The excess is ``S (KL(E / S || q) - kl_max) = sum E ln(E / q) - S ln S - kl_max S`` [bits].

    Attributes
    ----------
    wanted
        ``q > 0``.
    kl_max, penalty
        Largest divergence [nats], and what a bit of excess costs.
    lower, rate
        Lower bounds of the targets, and the penalty of a bit that is missing.
    """

    wanted: Floats
    kl_max: float
    penalty: float
    lower: Floats
    rate: Floats


@by_type
def energy(data: Data, bits: Floats, terms: Floats, old_bits: Floats, old: Floats) -> float:
    """Return the energy of delivered bits, to be maximised.

    ``terms`` gets what the version keeps of each target, from ``old`` where bits are the same.
    """
    raise NotImplementedError(type(data).__name__)


@by_type
def value(data: Data, bits: Floats, energy_there: float) -> float:
    """Return the value of a schedule by its bits and energy, ``-inf`` if it is not allowed."""
    raise NotImplementedError(type(data).__name__)


@energy.register
def _energy_of_cuts(
    data: Cuts, bits: Floats, terms: Floats, old_bits: Floats, old: Floats
) -> float:
    slope, constant, lower, rate = data
    least, missing = np.inf, 0.0
    for c in range(constant.size):
        at = constant[c]
        for n in range(bits.size):
            at += slope[c, n] * bits[n]
        least = min(least, at)
    for n in range(bits.size):
        missing += rate[n] * max(0.0, lower[n] - bits[n])
    return least - missing


@value.register
def _value_of_cuts(data: Cuts, bits: Floats, energy_there: float) -> float:
    lower = data.lower
    for n in range(bits.size):
        if bits[n] < lower[n]:
            return -np.inf
    return energy_there


@energy.register
def _energy_of_rewards(
    data: Rewards, bits: Floats, terms: Floats, old_bits: Floats, old: Floats
) -> float:
    goal, rate, _, earn, cap, _, _ = data
    total = 0.0
    for n in range(bits.size):
        missing = rate[n] * max(0.0, goal[n] - bits[n])
        total += earn[n] * min(bits[n], cap[n]) - missing
    return total


@value.register
def _value_of_rewards(data: Rewards, bits: Floats, energy_there: float) -> float:
    _, _, lower, earn, cap, share, stock = data
    common, total = np.inf, 0.0
    for n in range(bits.size):
        if bits[n] < lower[n]:
            return -np.inf
        if share[n] > 0.0:
            common = min(common, (bits[n] + stock[n]) / share[n])
        total += earn[n] * min(bits[n], cap[n])
    return common if common < np.inf else total


@energy.register
def _energy_of_distant_goals(
    data: DistantGoals, bits: Floats, terms: Floats, old_bits: Floats, old: Floats
) -> float:
    goal, rate, _, earn, cap, _, _ = data.rewards
    total, squares = 0.0, 0.0
    for n in range(bits.size):
        total += earn[n] * min(bits[n], cap[n])
        squares += (rate[n] * max(0.0, goal[n] - bits[n])) ** 2
    return float(total - np.sqrt(squares))


@value.register
def _value_near_goals(data: DistantGoals, bits: Floats, energy_there: float) -> float:
    return value(data.rewards, bits, energy_there)


@energy.register
def _energy_of_shares(
    data: Shares, bits: Floats, terms: Floats, old_bits: Floats, old: Floats
) -> float:
    wanted, kl_max, penalty, lower, rate = data
    total, logarithms, missing = 0.0, 0.0, 0.0
    for n in range(bits.size):
        same = bits[n] == old_bits[n]
        terms[n] = old[n] if same else entropy_term(bits[n], wanted[n])
        total += bits[n]
        logarithms += terms[n]
        missing += rate[n] * max(0.0, lower[n] - bits[n])
    if not total > 0.0:
        return -np.inf
    excess = logarithms - entropy_term(total, 1.0) - kl_max * total
    return float(total - penalty * max(0.0, excess) - missing)


@value.register
def _value_of_shares(data: Shares, bits: Floats, energy_there: float) -> float:
    total = 0.0
    for n in range(bits.size):
        total += bits[n]
    return total if energy_there >= total else -np.inf
