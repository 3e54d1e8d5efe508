"""Rows for cloud scenarios; every formulation has the same.

``M`` scenarios of probability ``pi_k`` with bits ``K_k[n, a]``, rewards ``R_k``, and a risk of
``alpha`` and ``share`` (:mod:`qkdopt.optimize.risk`), after Rockafellar and Uryasev (2000):

    maximise  (1 - share) sum_k pi_k R_k + share (eta - sum_k pi_k short[k] / alpha)
    tail      short[k] >= eta - R_k, short[k] >= 0                              for every k

with ``pi_k / alpha`` at most 1: no scenario weighs more than all of the tail, and coefficients
stay small.

Of gd and pd ``R_k = sum c_n K_k[n, a] x[n, a]``; of others, and with lower bounds, it is the
objective of :mod:`qkdopt.optimize.formulations.linear` with activities, ``use`` and ``floor`` for
each scenario, in ``sky[k]``.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import pyomo.environ as pyo

from qkdopt.optimize.formulations.templates import Row, Term, Terms, linear_sum
from qkdopt.optimize.risk import Risk


def add_risk(
    model: pyo.ConcreteModel, risk: Risk, probability: Sequence[Fraction], rewards: Sequence[Terms]
) -> Terms:
    """Return what is to be maximised, with ``tail`` where some scenarios count more than others.

    Parameters
    ----------
    probability, rewards
        Of each scenario, both shape ``(M,)``.
    """
    share = Fraction(0) if risk.is_linear else Fraction(risk.share)
    mean = _mean([(1 - share) * pi for pi in probability], rewards)
    if not share:
        return mean
    scenarios = range(len(probability))
    eta = model.eta = pyo.Var()
    short = model.short = pyo.Var(scenarios, domain=pyo.NonNegativeReals)

    def tail(model: pyo.ConcreteModel, k: int) -> Row:
        return linear_sum([(1, short[k]), (-1, eta), *rewards[k]]) >= 0

    model.tail = pyo.Constraint(scenarios, rule=tail)
    costs: Terms = [
        (-share * min(pi / Fraction(risk.alpha), Fraction(1)), short[k])
        for k, pi in enumerate(probability)
    ]
    return [*mean, (share, eta), *costs]


def _mean(weights: Sequence[Fraction], rewards: Sequence[Terms]) -> Terms:
    """Return the weighted sum of rewards, each variable once, with exact coefficients."""
    unit = lcm(*(weight.denominator for weight in weights))
    total: dict[int, Term] = {}
    for weight, terms in zip(weights, rewards, strict=True):
        whole = int(weight * unit)
        for number, variable in terms if whole else ():
            before, _ = total.get(id(variable), (0, variable))
            total[id(variable)] = before + whole * number, variable
    return [(Fraction(number) / unit, variable) for number, variable in total.values() if number]
