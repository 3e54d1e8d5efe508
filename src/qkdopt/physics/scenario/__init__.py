"""Scenarios: satellites, stations, devices, sky and horizon, all validated."""

from qkdopt.physics.scenario.devices import Detector, Optics, Source
from qkdopt.physics.scenario.elements import Elements
from qkdopt.physics.scenario.entanglement import Entanglement, PairDetector, PairOptics, PairSource
from qkdopt.physics.scenario.link_parts import Link, PairLink
from qkdopt.physics.scenario.loader import load_scenario, parse_scenario
from qkdopt.physics.scenario.loss_terms import Clouds, Losses
from qkdopt.physics.scenario.model import Scenario, ScenarioWarning
from qkdopt.physics.scenario.parts import Atmosphere, Slew, Visibility
from qkdopt.physics.scenario.satellite import Satellite
from qkdopt.physics.scenario.station import Station
from qkdopt.physics.scenario.station_settings import StationSettings

__all__ = [
    "Atmosphere",
    "Clouds",
    "Detector",
    "Elements",
    "Entanglement",
    "Link",
    "Losses",
    "Optics",
    "PairDetector",
    "PairLink",
    "PairOptics",
    "PairSource",
    "Satellite",
    "Scenario",
    "ScenarioWarning",
    "Slew",
    "Source",
    "Station",
    "StationSettings",
    "Visibility",
    "load_scenario",
    "parse_scenario",
]
