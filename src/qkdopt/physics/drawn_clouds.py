"""Ensembles of drawn skies: seeded Gaussian fields, mapped to cloud codes."""

import numpy as np

from qkdopt.effort import check_effort
from qkdopt.errors import InputError
from qkdopt.physics.clouds import CloudEnsemble
from qkdopt.physics.clouds.ensemble import MOST_MEMBERS
from qkdopt.physics.clouds.fields import DEFAULT_CORRELATION, Correlation, latent_fields
from qkdopt.physics.clouds.marginals import Marginal, codes_from_latent, marginal_of
from qkdopt.physics.clouds.steps import MOST_CODES
from qkdopt.physics.scenario import Scenario

_FRESH = 2**31  # beyond the number of any member


def draw_clouds(
    scenario: Scenario,
    marginal: Marginal | str = "mild",
    members: int = 100,
    seed: int = 0,
    *,
    step_s: int = 600,
    correlation: Correlation = DEFAULT_CORRELATION,
    fresh: bool = False,
) -> CloudEnsemble:
    """Return an ensemble of SYNTHETIC skies over a scenario's stations and horizon.

    Gaussian fields whose correlation falls with time and distance, each value mapped to a whole
    code by its quantile. The numbers are assumptions, not measured.

    Parameters
    ----------
    marginal
        How often the sky is clear and overcast: ``mild`` (50 % and 5 %), ``heavy`` (30 % and 35 %),
        two shares such as ``"0.3,0.35"``, or a
        :class:`~qkdopt.physics.clouds.marginals.Marginal`.
    members
        How many, at most 10,000. Each has a stream of random numbers of its own: member 3 of 5 is
        member 3 of 500.
    seed
        From 0 to 2,147,483,647; the same seed gives the same codes.
    step_s
        Time for which a code holds [s].
    correlation
        Lengths in time and space: 8 h and 500 km by default.
    fresh
        Whether they come from a second stream of the seed: skies that a plan for the first meets.

    Raises
    ------
    InputError
        For arguments outside these ranges, and more than 67,108,864 codes.
    """
    check_effort(seed=seed)
    if isinstance(marginal, str):
        marginal = marginal_of(marginal)
    if not 1 <= members <= MOST_MEMBERS:
        raise InputError("members", members, f"1 to {MOST_MEMBERS:,}")
    if not 1 <= step_s <= scenario.grid.duration_s:
        raise InputError("step_s", step_s, f"1 to {scenario.grid.duration_s:,}, the horizon")
    steps, places = -(-scenario.grid.duration_s // step_s), scenario.places
    if members * steps * len(places) > MOST_CODES:
        came = f"{members:,} members, {steps:,} steps and {len(places):,} stations"
        raise InputError("clouds", came, f"at most {MOST_CODES:,} codes")
    stream = np.random.SeedSequence(seed, spawn_key=(_FRESH,) if fresh else ())
    fields = latent_fields(places, steps, step_s, stream, members, correlation)
    shares = f"{marginal.clear:.12g} clear, {marginal.overcast:.12g} overcast"
    lengths = f"{correlation.time_h:.12g} h, {correlation.distance_km:.12g} km"
    drawn = f"{members} drawn from seed {seed}{', fresh' * fresh}"
    source = f"{drawn}: {shares}, {lengths} (assumptions)"
    codes = codes_from_latent(fields, marginal)
    return CloudEnsemble(scenario.grid.start_utc, step_s, codes, source, synthetic=True)
