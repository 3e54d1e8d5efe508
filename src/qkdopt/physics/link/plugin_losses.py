"""Loss terms from other packages: their protocol, and a check of their values."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.errors import PluginError
from qkdopt.physics.scenario import Scenario
from qkdopt.plugins import words_of


class LossTerm(Protocol):
    """A loss term: one more factor of the transmittance of a downlink to one station."""

    def transmittance(self, range_m: Floats, elevation_rad: Floats) -> Floats:
        """Return the share of photons that pass, from 0 to 1; ``nan`` where there is no pass.

        Called from several threads at once, with slant range [m] and elevation [rad] of any
        common shape; the result has that shape.
        """


@dataclass(frozen=True)
class CheckedLoss:
    """A loss term with checked values."""

    name: str
    term: LossTerm

    def transmittance(self, range_m: Floats, elevation_rad: Floats) -> Floats:
        """Return the term's transmittance.

        Raises
        ------
        PluginError
            When it raises, has another shape, or is not from 0 to 1 where there is a pass.
        """
        expected = f"transmittances from 0 to 1 of shape {np.shape(range_m)}"
        try:
            share = np.asarray(self.term.transmittance(range_m, elevation_rad), dtype=np.float64)
        except Exception as error:  # any exception of foreign code
            raise PluginError(f"loss {self.name} failed: {words_of(error)}") from error
        if share.shape != np.shape(range_m):
            raise PluginError(f"loss {self.name}: got shape {share.shape}, expected {expected}")
        wrong = ~((share >= 0) & (share <= 1)) & ~np.isnan(range_m)
        if wrong.any():
            raise PluginError(f"loss {self.name}: got {share[wrong][0]:g}, expected {expected}")
        return share


def plugin_losses(scenario: Scenario) -> tuple[CheckedLoss, ...]:
    """Return the loss terms of the table ``[plugin]``."""
    if scenario.plugins is None:
        return ()
    return tuple(CheckedLoss(item.name, item.make()) for item in scenario.plugins.losses)
