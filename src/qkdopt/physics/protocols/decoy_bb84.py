"""Decoy-state BB84 with a weak coherent source: signal, one weak decoy and vacuum.

The GLLP key rate with the bounds of X. Ma, B. Qi, Y. Zhao and H.-K. Lo, "Practical decoy
state for quantum key distribution", Phys. Rev. A 72, 012326 (2005), in the asymptotic limit
of infinitely many pulses. A pulse of ``n`` photons clicks with ``Y0 + 1 - (1 - eta)^n``;
dark counts are wrong half the time. Clicks of both detectors at once are left out: against a
linear programme over photon numbers that has them, the rate is too high by at most 8e-4 bits per
click at a loss of 12 dB or less, detector included, by 2e-6 up to 20 dB and by nothing beyond
(400 drawn settings: ``pytest -m slow tests/test_decoy_bound.py -rP``). All functions are
vectorised over the transmittance, shape ``(T,)`` (or any other), and return ``nan`` where it is
``nan``.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.physics.link.by_station import ByStation, by_station, settings_by_station
from qkdopt.physics.protocols.detection import Background, blinding_share
from qkdopt.physics.protocols.observables import Observables
from qkdopt.physics.scenario import Scenario

_BACKGROUND_ERROR = 0.5


def binary_entropy(probability: Floats) -> Floats:
    """Return ``-p log2 p - (1 - p) log2 (1 - p)``; 0 at both ends, ``nan`` outside [0, 1]."""
    p = np.asarray(probability, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = -(p * np.log2(p) + (1.0 - p) * np.log1p(-p) / np.log(2.0))
    return np.where((p == 0.0) | (p == 1.0), 0.0, bits)


def gain(transmittance: Floats, intensity: float, background_yield: float | Floats) -> Floats:
    """Return ``Q = Y0 + 1 - exp(-eta mu)``, the share of pulses that make a click.

    Parameters
    ----------
    transmittance
        ``eta``, detector included, from 0 to 1.
    intensity
        Mean number of photons in a pulse, >= 0.
    background_yield
        ``Y0``: probability of a click without a photon.
    """
    return background_yield - np.expm1(-intensity * np.asarray(transmittance))


def error_rate(
    transmittance: Floats,
    intensity: float,
    background_yield: float | Floats,
    misalignment_error: float | Floats,
) -> Floats:
    """Return ``E``, the share of clicks that are wrong, from 0 to 1.

    ``E Q = Y0/2 + e_d (1 - exp(-eta mu))``. Where nothing ever clicks it is ``e_d``, the
    limit of a weak signal without background.
    """
    arrived = -np.expm1(-intensity * np.asarray(transmittance))
    wrong = _BACKGROUND_ERROR * background_yield + misalignment_error * arrived
    clicks = background_yield + arrived
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = np.where(clicks == 0.0, misalignment_error, wrong / clicks)
    return share


def single_photon_yield_bound(
    transmittance: Floats,
    signal_intensity: float,
    decoy_intensity: float,
    background_yield: float | Floats,
) -> Floats:
    """Return a lower bound on ``Y1``, the yield of pulses with exactly one photon.

    ``mu/(mu nu - nu^2) [Q_nu e^nu - Q_mu e^mu nu^2/mu^2 - (mu^2 - nu^2)/mu^2 Y0]`` with the
    terms in ``Y0`` and in ``eta`` collected, so that nothing cancels where both are tiny.
    At least 0.
    """
    mu, nu = signal_intensity, decoy_intensity
    eta = np.asarray(transmittance)
    ratio = (nu / mu) ** 2
    background = background_yield * (np.expm1(nu) - ratio * np.expm1(mu))
    photons = -np.exp(nu) * np.expm1(-nu * eta) + ratio * np.exp(mu) * np.expm1(-mu * eta)
    bound: Floats = np.maximum(mu / (nu * (mu - nu)) * (background + photons), 0.0)
    return bound


def single_photon_error_bound(
    transmittance: Floats,
    signal_intensity: float,
    decoy_intensity: float,
    background_yield: float | Floats,
    misalignment_error: float | Floats,
) -> Floats:
    """Return an upper bound on ``e1``, the error rate of single photons, from 0 to 1/2.

    ``(E_nu Q_nu e^nu - Y0/2) / (Y1 nu)``; 1/2 where the bound on ``Y1`` is 0.
    """
    nu = decoy_intensity
    yield_bound = single_photon_yield_bound(
        transmittance, signal_intensity, decoy_intensity, background_yield
    )
    wrong = _BACKGROUND_ERROR * background_yield * np.expm1(nu) - (
        misalignment_error * np.exp(nu) * np.expm1(-nu * np.asarray(transmittance))
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        bound = np.where(yield_bound == 0.0, _BACKGROUND_ERROR, wrong / (yield_bound * nu))
    return np.clip(bound, 0.0, _BACKGROUND_ERROR)


@dataclass(frozen=True, kw_only=True)
class DecoyBB84(ByStation):
    """A source and detectors that run decoy-state BB84.

    What may differ from sample to sample, as between stations or with the light of the sky, may
    be an array that broadcasts with the transmittance: attributes whose type says so. From a
    scenario they are arrays over its stations, of which :meth:`at` takes that of each sample.

    Attributes
    ----------
    pulse_rate_hz
        Pulses in a second, of all intensities.
    signal_share
        Share of pulses of signal intensity; only these make key.
    sifting_factor
        ``q``: share of clicks in matching bases.
    error_correction_efficiency
        ``f_e >= 1``: bits spent on error correction over the Shannon limit.
    misalignment_error
        ``e_d``: share of photons that arrive at the wrong detector.
    background_yield
        ``Y0``: clicks without a photon, per pulse.
    vacuum_share
        Share of pulses without light. All that are neither signal nor vacuum are decoys.
    dead_time_s
        Time after a registered click in which a detector registers none; see :meth:`live_share`.
    blinding_share
        Share of all clicks after which it is blind: its own, or 1 where each blinds the station.
    saturation_rate_hz
        Most clicks in a second that its electronics take.
    background
        Of what ``background_yield`` depends on the Sun; ``None`` where it does not. It is then
        that of the darkest night, until :meth:`under` some Sun.
    """

    pulse_rate_hz: float
    signal_intensity: float
    decoy_intensity: float
    signal_share: float
    sifting_factor: float
    error_correction_efficiency: float
    misalignment_error: float | Floats
    background_yield: float | Floats
    vacuum_share: float = 0.0
    dead_time_s: float | Floats = 0.0
    blinding_share: float | Floats = 1.0
    saturation_rate_hz: float | Floats = np.inf
    background: Background | None = None

    @classmethod
    def of(cls, scenario: Scenario) -> Self:
        """Take the parameters from a scenario; the light of the sky adds to Y0."""
        source, here = scenario.source, settings_by_station(scenario)
        detectors = [item.detector for item in here]
        background = Background.of(here)
        return cls(
            pulse_rate_hz=source.pulse_rate_hz,
            signal_intensity=source.signal_intensity,
            decoy_intensity=source.decoy_intensity,
            signal_share=source.signal_share,
            sifting_factor=source.sifting,
            error_correction_efficiency=source.error_correction_efficiency,
            misalignment_error=by_station([item.source.misalignment_error for item in here]),
            background_yield=by_station(background.at_night(len(here))),
            vacuum_share=source.vacuum_share or 0.0,
            dead_time_s=by_station([item.dead_time_s for item in detectors]),
            blinding_share=by_station([blinding_share(source, item) for item in detectors]),
            saturation_rate_hz=by_station(
                [item.saturation_rate_hz or np.inf for item in detectors]
            ),
            background=background if background.sky.vary else None,
        )

    def under(self, sun_elevation_rad: Floats) -> Self:
        """Return it with the background under a Sun of these elevations [rad], shape ``(S,)``.

        Of a station for each sample: see :meth:`at`.
        """
        if self.background is None:
            return self
        return replace(self, background_yield=self.background.under(sun_elevation_rad))

    def key_rate_per_pulse(self, transmittance: Floats) -> Floats:
        """Return secret bits per signal pulse, >= 0.

        ``q {-Q_mu f_e h2(E_mu) + Y1 mu e^-mu [1 - h2(e1)]}`` with the bounds on ``Y1``, ``e1``.
        """
        settings = (self.signal_intensity, self.decoy_intensity, self.background_yield)
        single_yield = single_photon_yield_bound(transmittance, *settings)
        single_error = single_photon_error_bound(transmittance, *settings, self.misalignment_error)
        return self._rate(transmittance, single_yield, single_error)

    def infinite_decoy_key_rate_per_pulse(self, transmittance: Floats) -> Floats:
        """Return the rate if ``Y1`` and ``e1`` were known exactly: never below the above."""
        eta = np.asarray(transmittance)
        single_yield = self.background_yield + eta
        # A pulse of one photon follows the law of a weak pulse: clicks of the background and
        # of the photon add up.
        wrong = _BACKGROUND_ERROR * self.background_yield + self.misalignment_error * eta
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(single_yield == 0.0, _BACKGROUND_ERROR, wrong / single_yield)
        return self._rate(eta, single_yield, np.clip(error, 0.0, _BACKGROUND_ERROR))

    def key_rate_bits_per_s(self, transmittance: Floats) -> Floats:
        """Return secret bits per second, >= 0."""
        rate = self.pulse_rate_hz * self.signal_share * self.key_rate_per_pulse(transmittance)
        if np.any(self.dead_time_s) or np.any(np.isfinite(self.saturation_rate_hz)):
            rate = rate * self.live_share(self.click_rate_hz(transmittance))
        return rate

    def observables(self, transmittance: Floats) -> Observables:
        """Return registered clicks, sifted bits of the signal pulses, their errors and the key.

        The key is that of :meth:`key_rate_bits_per_s` to the bit. A click of a signal pulse is
        kept with probability ``sifting_factor``: ``pulse_rate signal_share q Q_mu`` sifted bits
        in a second, ``E_mu`` of them wrong, both times the share of time that the station is
        live.
        """
        mu, background = self.signal_intensity, self.background_yield
        live = self.live_share(self.click_rate_hz(transmittance))
        signals_hz = self.pulse_rate_hz * self.signal_share * gain(transmittance, mu, background)
        errors = error_rate(transmittance, mu, background, self.misalignment_error)
        return Observables(
            click_rate_hz=self.click_rate_hz(transmittance) * live,
            sifted_rate_hz=self.sifting_factor * signals_hz * live,
            qber=errors,
            key_rate_bits_per_s=self.key_rate_bits_per_s(transmittance),
        )

    def click_rate_hz(self, transmittance: Floats) -> Floats:
        """Return clicks per second of all pulses, dark counts and sky, were there no dead time."""
        decoys = 1.0 - self.signal_share - self.vacuum_share
        per_pulse = (
            self.signal_share * gain(transmittance, self.signal_intensity, self.background_yield)
            + decoys * gain(transmittance, self.decoy_intensity, self.background_yield)
            + self.vacuum_share * self.background_yield
        )
        return self.pulse_rate_hz * per_pulse

    def live_share(self, clicks_hz: Floats) -> Floats:
        """Return the share of so many clicks per second that the station registers.

        Not paralysable: of ``R`` clicks a second that would blind a detector ``m`` are
        registered, each of which leaves it blind for ``tau``, so ``m = R (1 - m tau)`` and
        ``m/R = 1/(1 + R tau)``. ``R`` is the rate of all pulses, dark counts and sky times
        ``blinding_share``: either the clicks of the busiest detector, by which all are judged, or
        those of the whole station, where every click has all detectors ignored. Only the latter
        keeps bits independent of which detectors are blind (D. J. Rogers et al., "Detector
        dead-time effects and paralyzability in high-speed quantum key distribution", New J.
        Phys. 9, 319 (2007)). Of what is left, the electronics take ``saturation_rate_hz`` at most
        and lose the rest at random. All intensities lose the same share, so gains and error
        rates stay.
        """
        live = 1.0 / (1.0 + clicks_hz * self.blinding_share * self.dead_time_s)
        registered_hz = clicks_hz * live
        with np.errstate(divide="ignore", invalid="ignore"):
            taken = self.saturation_rate_hz / registered_hz
        return live * np.where(registered_hz > self.saturation_rate_hz, taken, 1.0)

    def _rate(self, transmittance: Floats, single_yield: Floats, single_error: Floats) -> Floats:
        mu = self.signal_intensity
        clicks = gain(transmittance, mu, self.background_yield)
        errors = error_rate(transmittance, mu, self.background_yield, self.misalignment_error)
        spent = clicks * self.error_correction_efficiency * binary_entropy(errors)
        secret = single_yield * mu * np.exp(-mu) * (1.0 - binary_entropy(single_error))
        rate: Floats = self.sifting_factor * np.maximum(secret - spent, 0.0)
        return rate
