"""The protocol of a scenario's links to one station: built in, or from another package."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import PluginError
from qkdopt.physics.orbit import AccessSamples
from qkdopt.physics.orbit.sun import SunElevations
from qkdopt.physics.protocols.decoy_bb84 import DecoyBB84
from qkdopt.physics.protocols.observables import Observables
from qkdopt.physics.scenario import Scenario
from qkdopt.plugins import words_of


class StationProtocol(Protocol):
    """A protocol: from transmittance to secret bits."""

    def key_rate_bits_per_s(self, transmittance: Floats) -> Floats:
        """Return secret bits per second, finite and >= 0; ``nan`` where the argument is.

        Called from several threads at once, with the overall transmittance (detector
        included, from 0 to 1) in any shape; the result has that shape.
        """


@dataclass(frozen=True)
class CheckedProtocol:
    """A protocol from another package with checked values."""

    name: str
    protocol: StationProtocol

    def key_rate_bits_per_s(self, transmittance: Floats) -> Floats:
        """Return the protocol's key rate.

        Raises
        ------
        PluginError
            When it raises, has another shape, or is negative or infinite.
        """
        expected = f"finite rates >= 0 of shape {np.shape(transmittance)}"
        try:
            rate = np.asarray(self.protocol.key_rate_bits_per_s(transmittance), dtype=np.float64)
        except Exception as error:  # any exception of foreign code
            raise PluginError(f"protocol {self.name} failed: {words_of(error)}") from error
        if rate.shape != np.shape(transmittance):
            raise PluginError(f"protocol {self.name}: got shape {rate.shape}, expected {expected}")
        wrong = ~((rate >= 0) & np.isfinite(rate)) & ~np.isnan(transmittance)
        if wrong.any():
            raise PluginError(f"protocol {self.name}: got {rate[wrong][0]:g}, expected {expected}")
        return rate

    def observables(self, transmittance: Floats) -> Observables:
        """Return its key rate; clicks, sifted bits and errors are not known: ``nan``."""
        unknown = np.full(np.shape(transmittance), np.nan)
        return Observables(
            click_rate_hz=unknown,
            sifted_rate_hz=unknown,
            qber=unknown,
            key_rate_bits_per_s=self.key_rate_bits_per_s(transmittance),
        )


def station_protocol(scenario: Scenario) -> DecoyBB84 | CheckedProtocol:
    """Return the protocol of the table ``[plugin.protocol]``, else decoy-state BB84."""
    if scenario.plugins is None or scenario.plugins.protocol is None:
        return DecoyBB84.of(scenario)
    found = scenario.plugins.protocol
    return CheckedProtocol(found.name, found.make())


def protocol_by_sample(
    scenario: Scenario,
) -> Callable[[AccessSamples], DecoyBB84 | CheckedProtocol]:
    """Return what gives the protocol at the station, and under the Sun, of each sample."""
    protocol = station_protocol(scenario)
    if isinstance(protocol, CheckedProtocol):
        return lambda samples: protocol
    if protocol.background is None:
        return lambda samples: protocol.at(samples.station)
    sun = SunElevations(scenario)
    return lambda samples: protocol.at(samples.station).under(
        sun.at(samples.station, samples.second)
    )
