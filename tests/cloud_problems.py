"""Small problems in cloud scenarios, as documents."""

import json

import numpy as np

import qkdopt as qo

TARGETS = ("A", "B")
WEIGHTS = {"A": 3, "B": 1}


def cloud_tensor(scenarios, seed=0, intervals=8, targets=TARGETS):
    """A tensor of links in consecutive intervals, with drawn bits in each scenario."""
    bits = np.random.default_rng(seed).integers(0, 900, (scenarios, len(targets), intervals))
    keys = qo.KeyTensor.create(
        np.ones(bits.shape[1:], int), range(50, 50 + intervals), targets,
        weights={name: WEIGHTS.get(name, 1) for name in targets},
    )  # fmt: skip
    return keys.in_scenarios(bits)


def cloud_problem(scenarios, seed=0, **shape):
    """A problem in drawn scenarios."""
    return qo.SchedulingProblem.from_keys(cloud_tensor(scenarios, seed, **shape))


def cloud_file(scenarios, seed=0, **shape):
    """The text of a problem file in drawn scenarios."""
    return json.dumps(cloud_problem(scenarios, seed, **shape).document())
