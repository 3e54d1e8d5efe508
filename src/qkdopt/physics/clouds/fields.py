"""Gaussian fields over stations and time: the random skies behind drawn cloud codes.

Mean 0, variance 1; correlation ``exp(-dt / T) exp(-dx / D)``, ``dx`` along the great circle.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.physics.clouds.samples import Place

_SPHERE_KM = 6371.0
_SECONDS_PER_HOUR = 3600.0
_RIDGE = 1e-12  # lets two stations stand at one place


@dataclass(frozen=True)
class Correlation:
    """How far a random sky is like itself: it falls to 1/e over each of these.

    The defaults are an assumption, that of the published problem `micius-china-2016-clouds`.

    Attributes
    ----------
    time_h
        In time [h].
    distance_km
        In distance [km].

    Raises
    ------
    InputError
        For what is not finite and above 0.
    """

    time_h: float = 8.0
    distance_km: float = 500.0

    def __post_init__(self) -> None:
        """Refuse lengths that are none."""
        for name in ("time_h", "distance_km"):
            value = getattr(self, name)
            if not 0.0 < value < math.inf:
                raise InputError(f"correlation: {name}", value, "a number above 0")


DEFAULT_CORRELATION = Correlation()


def latent_fields(
    places: Sequence[Place],
    steps: int,
    step_s: float,
    seed: int | np.random.SeedSequence,
    members: int = 1,
    correlation: Correlation = DEFAULT_CORRELATION,
) -> Floats:
    """Return independent fields, shape ``(members, steps, places)``; same seed, same numbers.

    In time the recursion ``z' = r z + sqrt(1 - r^2) e`` with ``r = exp(-step / T)``, which is
    exact for this correlation; in space the Cholesky factor. Each member has a stream of its own,
    :meth:`numpy.random.SeedSequence.spawn`, so it does not depend on how many there are.

    Parameters
    ----------
    step_s
        Time between two steps [s].
    seed
        A whole number, or a sequence of seeds, which must not have spawned before.
    """
    if not isinstance(seed, np.random.SeedSequence):
        seed = np.random.SeedSequence(seed)
    distances = np.exp(-distances_km(places) / correlation.distance_km)
    factor = np.linalg.cholesky(distances + _RIDGE * np.eye(len(places)))
    keep = math.exp(-step_s / (_SECONDS_PER_HOUR * correlation.time_h))
    fresh = math.sqrt(1.0 - keep**2)
    fields = np.empty((members, steps, len(places)))
    for field, stream in zip(fields, seed.spawn(members), strict=True):
        field[:] = np.random.default_rng(stream).standard_normal(field.shape) @ factor.T
    fields[:, 1:] *= fresh
    for step in range(1, steps):
        fields[:, step] += keep * fields[:, step - 1]
    return fields


def distances_km(places: Sequence[Place]) -> Floats:
    """Return distances along the great circle on a sphere of 6,371 km, shape ``(N, N)``."""
    lat, lon = (np.radians([getattr(p, key) for p in places]) for key in ("lat_deg", "lon_deg"))
    unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    chord = np.linalg.norm(unit[:, None] - unit, axis=-1)
    distances: Floats = 2.0 * _SPHERE_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))
    return distances
