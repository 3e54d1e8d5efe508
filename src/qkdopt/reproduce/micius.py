"""The scheduling paper (Micius over 11 Chinese cities, 2016): all of its numbers and figures.

Nothing is tuned: parameters are those of the two published problems, and a deviation is
reported with its reason where one is known.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.physics import Pass, compute_keys, load_scenario, passes
from qkdopt.physics.link import DownlinkBudget, atmospheric_transmittance
from qkdopt.physics.orbit import Access
from qkdopt.physics.protocols import DecoyBB84
from qkdopt.reproduce.jobs import GD, PD, TD, Delivery, OrbitTable, ScheduleJob, TableJob, work
from qkdopt.study.orbits import Altitude, OrbitCase
from qkdopt.study.processes import over_processes

CLEAR, CLOUDY = "micius-china-2016", "micius-china-2016-clouds"
COMMON_CITIES = ("Wuhan", "Chengdu", "Xi'an")
DIVERGENCES_URAD = (1.0, 3.0, 5.0, 10.0)
ALTITUDES_KM: tuple[Altitude, ...] = ("own", 2500.0, 5000.0)
_FIGURE_4_DIAMETER_M = 2.0
_FRONT = ("0.097", "0.03", "0.01", "0.003")
_COMMON = (datetime(2016, 9, 23, 16, 34, 20, tzinfo=UTC), datetime(2016, 9, 23, 16, 39, tzinfo=UTC))
_MOST_LOSS_DB = 80.0


@dataclass(frozen=True)
class Budget:
    """Losses of one city while three cities are in view together [dB], shape ``(T,)``.

    Attributes
    ----------
    second
        After the start of the common view.
    total_db
        Receiver optics and detector included.
    device_db
        The part of receiver optics and detector.
    cloud_db
        The part that clouds add.
    full_angle_db
        The greatest total if the divergence were the full angle.
    """

    city: str
    second: Integers
    total_db: Floats
    device_db: float
    cloud_db: float
    full_angle_db: float


@dataclass
class MiciusResults:
    """Everything that the rows and the figures are made of."""

    passes: tuple[Pass, ...]
    start_utc: datetime
    budgets: tuple[Budget, ...]
    cities: tuple[str, ...]
    bits_by_day: dict[str, Integers]
    deliveries: dict[tuple[str, str, str], Delivery]
    figure_4: dict[tuple[Altitude, float], Delivery]
    geostationary: Delivery
    tables: dict[Altitude, OrbitTable]
    pulses: float
    tolerable_loss_db: dict[str, float]
    seconds: float = 0.0

    @property
    def unverified(self) -> list[str]:
        """Schedules that the verifier does not confirm, by name."""
        every = [*self.deliveries.values(), *self.figure_4.values(), self.geostationary]
        return [f"{d.job.problem}, {d.job.strategy}" for d in every if not d.verified]


def compute_micius(
    *,
    seconds_per_schedule: float = 20.0,
    processes: int | None = None,
    notify: Callable[[float], None] = lambda done: None,
) -> MiciusResults:
    """Compute everything; S-TD schedules take ``seconds_per_schedule`` of wall time each.

    Parameters
    ----------
    processes
        How many schedules at once; all cores by default.
    notify
        Told the share that is done, from 0 to 1.
    """
    began = time.perf_counter()
    jobs = _jobs(seconds_per_schedule)
    done = over_processes(
        work, jobs, processes=processes, done=lambda count: notify(count / (len(jobs) + 1))
    )
    deliveries: dict[tuple[str, str, str], Delivery] = {}
    figure_4: dict[tuple[Altitude, float], Delivery] = {}
    tables: dict[Altitude, OrbitTable] = {}
    for job, result in zip(jobs, done, strict=True):
        if isinstance(result, OrbitTable):
            tables[result.case.altitude] = result
        elif isinstance(job, ScheduleJob) and job.case.divergence_urad is not None:
            figure_4[job.case.altitude, job.case.divergence_urad] = result
        elif isinstance(job, ScheduleJob):
            deliveries[job.problem, job.strategy, job.kl_max] = result
    clear = load_scenario(CLEAR)
    results = MiciusResults(
        passes=passes(clear),
        start_utc=clear.grid.start_utc,
        budgets=_budgets(),
        cities=tuple(item.name for item in clear.stations),
        bits_by_day={name: _bits_by_day(name) for name in (CLEAR, CLOUDY)},
        deliveries=deliveries,
        geostationary=figure_4.pop(("geostationary", 1.0)),
        figure_4=figure_4,
        tables=tables,
        pulses=clear.source.pulse_rate_hz * clear.grid.duration_s,
        tolerable_loss_db=_tolerable_loss_db(),
    )
    results.seconds = time.perf_counter() - began
    notify(1.0)
    return results


def _jobs(seconds: float) -> list[ScheduleJob | TableJob]:
    """Return all jobs, the longest first."""
    found: list[ScheduleJob | TableJob] = [
        ScheduleJob(CLEAR, TD, "0.01", OrbitCase(altitude, urad, _FIGURE_4_DIAMETER_M), seconds)
        for altitude in ALTITUDES_KM
        for urad in DIVERGENCES_URAD
    ]
    found += [ScheduleJob(CLEAR, TD, kl_max, seconds=seconds) for kl_max in _FRONT]
    found += [ScheduleJob(CLOUDY, TD, kl_max, seconds=seconds) for kl_max in ("0.097", "0.01")]
    found += [
        TableJob(CLEAR, OrbitCase(altitude, None, _FIGURE_4_DIAMETER_M), DIVERGENCES_URAD)
        for altitude in (*ALTITUDES_KM, "geostationary")
    ]
    found += [ScheduleJob(name, goal) for name in (CLEAR, CLOUDY) for goal in (GD, PD)]
    far = OrbitCase("geostationary", 1.0, _FIGURE_4_DIAMETER_M)
    return [*found, ScheduleJob(CLEAR, GD, case=far)]


def _bits_by_day(name: str) -> Integers:
    """Return the bits that each city could get on each day without the others, ``(N, days)``."""
    scenario = load_scenario(name)
    keys = compute_keys(scenario)
    day = keys.interval * scenario.grid.interval_s // 86_400
    days = scenario.grid.duration_s // 86_400
    columns = [keys.bits[:, day == d].sum(axis=1) for d in range(days)]
    return np.stack(columns, axis=1)


def _budgets() -> tuple[Budget, ...]:
    """Return the losses while Wuhan, Chengdu and Xi'an are in view together on the 23rd."""
    scenario = load_scenario(CLOUDY)
    budget, access = DownlinkBudget.of(scenario), Access(scenario)
    first, last = (round((t - scenario.grid.start_utc).total_seconds()) for t in _COMMON)
    samples = access.samples((first, last))
    names = [item.name for item in scenario.stations]
    half_rad = budget.divergence_half_angle_rad / 2.0
    half_as_wide = replace(budget, divergence_half_angle_rad=half_rad)
    found = []
    for city in COMMON_CITIES:
        own = samples.station == names.index(city)
        second, elevation = samples.second[own], samples.elevation_rad[own]
        code = scenario.cloud_codes(samples.station[own], second)
        eta = budget.transmittance(samples.range_m[own], elevation, code)
        clouds = atmospheric_transmittance(elevation, budget.air, code, budget.cloud_model)
        cloud_db = -10 * np.log10(clouds / atmospheric_transmittance(elevation, budget.air))
        devices = budget.receiver_optics_transmittance * budget.detector_efficiency
        device_db = float(-10 * np.log10(devices))
        narrow = half_as_wide.transmittance(samples.range_m[own], elevation, code)
        full_angle_db = float((-10 * np.log10(narrow)).max())
        total_db, most_db = -10 * np.log10(eta), float(cloud_db.max())
        found.append(Budget(city, second - first, total_db, device_db, most_db, full_angle_db))
    return tuple(found)


def _tolerable_loss_db() -> dict[str, float]:
    """Return the greatest loss with a key: at our background, and at 2e-5."""
    protocol = DecoyBB84.of(load_scenario(CLEAR))
    loss_db = np.arange(0.0, _MOST_LOSS_DB, 0.01)
    found = {}
    for label, background in (("ours", protocol.background_yield), ("2e-5", 2e-5)):
        own = replace(protocol, background_yield=background)
        rate = own.key_rate_per_pulse(10 ** (-loss_db / 10))
        found[label] = float(loss_db[rate > 0].max())
    return found
