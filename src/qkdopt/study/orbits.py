"""Orbit studies: the same scenario at other altitudes and with other telescopes.

low = qo.load_scenario("micius-china-2016")
high = from_orbit(low, 2_500)
wide = with_optics(high, divergence_urad=3, receiver_diameter_m=2)
available_by_rule(high), loss_range(wide), study_orbits(cases, processes=2)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from qkdopt.arrays import Floats
from qkdopt.errors import InputError
from qkdopt.physics import Scenario, available_seconds, compute_keys
from qkdopt.physics.link import DownlinkBudget, aperture_transmittance
from qkdopt.physics.orbit import Access, at_altitude, geostationary
from qkdopt.study.processes import over_processes
from qkdopt.tensor import KeyTensor

DARKNESS_RULES = ("station-night", "any-night", "umbra")
Altitude: TypeAlias = float | Literal["own", "geostationary"]
"""Altitude [km], the satellite's own orbit, or the geostationary one."""

_GEOSTATIONARY_LONGITUDE_DEG = 105.0


def from_orbit(
    scenario: Scenario, altitude: Altitude, *, longitude_deg: float = _GEOSTATIONARY_LONGITUDE_DEG
) -> Scenario:
    """Return the scenario with its satellite at another altitude [km].

    Everything but the mean motion stays; the geostationary orbit is equatorial over
    ``longitude_deg``.
    """
    if altitude == "own":
        return scenario
    satellite = scenario.satellite
    where = f"{scenario.origin}: {satellite.name}"
    if altitude == "geostationary":
        elements = geostationary(satellite.elements, longitude_deg, where)
    elif isinstance(altitude, str):
        raise InputError("altitude", altitude, "kilometres, own or geostationary")
    else:
        elements = at_altitude(satellite.elements, altitude, where)
    return replace(scenario, satellites=(replace(satellite, elements=elements),))


def with_optics(
    scenario: Scenario,
    *,
    divergence_urad: float | None = None,
    receiver_diameter_m: float | None = None,
) -> Scenario:
    """Return the scenario with another half-angle divergence [urad] or receiver [m]."""
    given = {
        "divergence_half_angle_urad": divergence_urad,
        "receiver_diameter_m": receiver_diameter_m,
    }
    update = {name: value for name, value in given.items() if value is not None}
    for name, value in update.items():
        if not value > 0:
            raise InputError(name, value, f"0 < {name}")
    return replace(scenario, optics=scenario.optics.model_copy(update=update))


def with_darkness(scenario: Scenario, rule: str) -> Scenario:
    """Return the scenario under one darkness rule."""
    visibility = scenario.visibility.model_copy(update={"darkness": (rule,)})
    return replace(scenario, visibility=visibility)


def available_by_rule(scenario: Scenario, rules: Sequence[str] = DARKNESS_RULES) -> dict[str, int]:
    """Return by rule the seconds in which at least one station is accessible."""
    return {rule: available_seconds(with_darkness(scenario, rule)).union_s for rule in rules}


@dataclass(frozen=True)
class LossRange:
    """Losses over all accessible seconds and stations [dB], detector included."""

    least_db: float
    median_db: float
    greatest_db: float


def loss_range(scenario: Scenario) -> LossRange | None:
    """Return the range of overall losses, or ``None`` where nothing is ever accessible.

    Of links to one station. Seconds in which a cloud blocks everything are left out.
    """
    budget = DownlinkBudget.of(scenario)
    linked = [scenario.positions(link)[0] for link in scenario.station_links]
    access = Access(scenario)
    parts = [np.zeros(0)]
    for samples in access.over_blocks(lambda samples, block: samples):
        own = np.isin(samples.station, linked)
        codes = scenario.cloud_codes(samples.station[own], samples.second[own])
        path = budget.at(samples.station[own])
        eta = path.transmittance(samples.range_m[own], samples.elevation_rad[own], codes)
        parts.append(-10.0 * np.log10(eta[eta > 0.0]))
    loss_db = np.concatenate(parts)
    if not loss_db.size:
        return None
    least, median, greatest = np.quantile(loss_db, [0.0, 0.5, 1.0]).tolist()
    return LossRange(least, median, greatest)


def geometric_loss_db(
    altitude_km: ArrayLike, divergence_urad: float, receiver_diameter_m: float
) -> Floats:
    """Return the geometric loss [dB] from the zenith, same shape as the altitudes."""
    range_m = 1e3 * np.asarray(altitude_km, dtype=np.float64)
    share = aperture_transmittance(range_m, 1e-6 * divergence_urad, receiver_diameter_m)
    return -10.0 * np.log10(share)


@dataclass(frozen=True)
class OrbitCase:
    """One orbit and one telescope; ``None`` keeps the scenario's."""

    altitude: Altitude = "own"
    divergence_urad: float | None = None
    receiver_diameter_m: float | None = None

    def of(self, scenario: Scenario) -> Scenario:
        """Return the scenario of this case."""
        return with_optics(
            from_orbit(scenario, self.altitude),
            divergence_urad=self.divergence_urad,
            receiver_diameter_m=self.receiver_diameter_m,
        )


@dataclass(frozen=True)
class OrbitResult:
    """What one case gives: keys, available seconds under the scenario's rules, losses."""

    case: OrbitCase
    keys: KeyTensor
    available_s: int
    losses: LossRange | None


def study_orbits(
    scenario: Scenario,
    cases: Sequence[OrbitCase],
    *,
    processes: int | None = None,
    done: Callable[[int], None] | None = None,
) -> list[OrbitResult]:
    """Return keys, available time and losses of every case, in order.

    Parameters
    ----------
    processes
        How many cases at once; all cores by default.
    done
        Called with the number of finished cases.
    """
    return over_processes(partial(_study, scenario), cases, processes=processes, done=done)


def _study(scenario: Scenario, case: OrbitCase) -> OrbitResult:
    found = case.of(scenario)
    keys = compute_keys(found, workers=1)
    return OrbitResult(case, keys, available_seconds(found, workers=1).union_s, loss_range(found))
